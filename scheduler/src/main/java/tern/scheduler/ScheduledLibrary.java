package tern.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
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
    private final List<Packing> packings;
    private final ScheduleSource source;
    private final Consumer<String> progress;
    private final PackingView.Cache views = new PackingView.Cache();

    /// @param packings from which to choose; those that cannot hold any ternary matrix are left out
    /// @param progress told the name of each kernel before it is compiled
    public ScheduledLibrary(Device device, List<Packing> packings, ScheduleSource source, Consumer<String> progress) {
        this.device = device;
        this.packings =
                packings.stream().filter(p -> p.holdsAll(TRITS)).toList();
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
        Pair best = null;
        for (Packing packing : packings) {
            Pair pair = pair(use, packing, target);
            if (pair != null && (best == null || pair.seconds() < best.seconds())) best = pair;
        }
        if (best == null)
            throw new CompileException(
                    use.name(), "none of the packings " + packings.stream().map(Packing::name).toList() + " applies");
        return new Choice(
                use, best.packing, stage(use, 1, best.packing, best.step), stage(use, use.maxTokens(), best.packing, best.batch));
    }

    private record Pair(Packing packing, Schedule step, Schedule batch, double seconds) {}

    /// The best schedules for one packing, rated by a step plus a batch's share for one token; null if it does not apply.
    private @Nullable Pair pair(Use use, Packing packing, Target.Cpu target) {
        var step = ranked(use, packing, 1, target);
        var batch = ranked(use, packing, use.maxTokens(), target);
        if (step.isEmpty() || batch.isEmpty()) return null;
        double seconds = step.getFirst().seconds() + batch.getFirst().seconds() / Math.min(32, use.maxTokens());
        return new Pair(packing, step.getFirst().schedule(), batch.getFirst().schedule(), seconds);
    }

    private List<Candidates.Ranked> ranked(Use use, Packing packing, int maxTokens, Target.Cpu target) {
        var key = new KernelKey(use.kernel().name(), use.m(), use.k(), maxTokens, target.name(), target.cores());
        var known = source.best(key).filter(schedule -> schedule.packing().equals(packing.name()));
        if (known.isPresent()) return List.of(new Candidates.Ranked(packing, known.get(), 0));
        return new ArrayList<>(Candidates.of(use.kernel(), use.m(), use.k(), maxTokens, List.of(packing), target, views)
                .ranked());
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
