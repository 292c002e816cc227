package tern.scheduler;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tern.ir.Interval;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary;
import tern.ir.target.Target;

/// The kernel library of one device: chooses by a [ScheduleSource], else by the cost model; lowers; has the device compile.
///
/// A packing is chosen for steps and batches together, since one copy of the weights serves both.
public final class ScheduledLibrary implements KernelLibrary {

    private static final Interval TRITS = Interval.of(-1, 1);

    private final Device device;
    private final List<Packing> packings, refused;
    private final ScheduleSource source;
    private final Consumer<String> progress;
    private final PackingView.Cache views = new PackingView.Cache();

    /// @param packings from which to choose; those that cannot hold any ternary matrix are left out
    /// @param progress told the name of each kernel before it is compiled
    public ScheduledLibrary(Device device, List<Packing> packings, ScheduleSource source, Consumer<String> progress) {
        this.device = device;
        this.packings = packings.stream().filter(p -> p.holdsAll(TRITS)).toList();
        refused = packings.stream().filter(p -> !p.holdsAll(TRITS)).toList();
        this.source = source;
        this.progress = progress;
    }

    @Override
    public Plan plan(List<Use> uses) {
        Map<String, Choice> choices = new HashMap<>();
        for (Use use : uses) choices.put(use.name(), choose(use));
        return new Plan(choices);
    }

    private Choice choose(Use use) {
        if (!(device.target() instanceof Target.Cpu target))
            throw new CompileException(use.name(), "no schedules for " + device.target().name());
        var rated = packings.stream()
                .map(packing -> new Rated(packing, ranked(use, packing, 1, target), ranked(use, packing, use.maxTokens(), target)))
                .filter(Rated::applies)
                .sorted(Comparator.comparingDouble(one -> one.seconds(use.maxTokens())))
                .toList();
        for (Rated one : rated) {
            Stage step = firstThatCompiles(use, 1, one.step);
            Stage batch = step == null ? null : firstThatCompiles(use, use.maxTokens(), one.batch);
            if (step != null && batch != null) return new Choice(use, one.packing, step, batch);
        }
        throw new CompileException(use.name(), "no packing applies; tried " + names(packings)
                + (refused.isEmpty() ? "" : "; cannot hold every ternary matrix: " + names(refused)));
    }

    private static String names(List<Packing> packings) {
        return packings.stream().map(Packing::name).collect(Collectors.joining(", ", "[", "]"));
    }

    /// A packing with its schedules, best first.
    private record Rated(Packing packing, List<Candidates.Ranked> step, List<Candidates.Ranked> batch) {
        boolean applies() {
            return !step.isEmpty() && !batch.isEmpty();
        }

        /// A step plus a batch's share for one token.
        double seconds(int maxTokens) {
            return step.getFirst().seconds() + batch.getFirst().seconds() / Math.min(Candidates.BATCH, maxTokens);
        }
    }

    /// What the source knows, then the candidates of the cost model.
    private List<Candidates.Ranked> ranked(Use use, Packing packing, int maxTokens, Target.Cpu target) {
        var key = new KernelKey(use.kernel().name(), use.m(), use.k(), maxTokens, target.name(), target.cores());
        var ranked = new ArrayList<Candidates.Ranked>();
        source.best(key)
                .filter(schedule -> schedule.packing().equals(packing.name()))
                .ifPresent(schedule -> ranked.add(new Candidates.Ranked(packing, schedule, 0)));
        ranked.addAll(Candidates.of(use.kernel(), use.m(), use.k(), maxTokens, List.of(packing), target, views)
                .ranked());
        return ranked;
    }

    /// A back end may refuse a schedule, for its code size say; the next one then. Null if it refuses all.
    private @Nullable Stage firstThatCompiles(Use use, int maxTokens, List<Candidates.Ranked> ranked) {
        for (Candidates.Ranked candidate : ranked) {
            try {
                return stage(use, maxTokens, candidate.packing(), candidate.schedule());
            } catch (CompileException e) {
                progress.accept("refused: " + e.getMessage());
            }
        }
        return null;
    }

    private Stage stage(Use use, int maxTokens, Packing packing, Schedule schedule) {
        Lowering lowering = Lowering.of(use.kernel(), use.m(), use.k(), maxTokens, packing, schedule);
        progress.accept(lowering.multiply().name());
        return new Stage(
                schedule,
                device.compile(lowering.prepare()),
                device.compile(lowering.multiply()),
                lowering.preparedBytes());
    }
}
