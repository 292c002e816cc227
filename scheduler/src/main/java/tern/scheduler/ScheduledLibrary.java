package tern.scheduler;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary;
import tern.ir.device.StartTimes;
import tern.ir.target.Target;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.Problem;

/// The kernel library of one device: chooses by a [ScheduleSource], else by the cost model; lowers; has the device compile.
/// What the source knows costs nothing to choose: no candidates are enumerated.
///
/// A packing is chosen for steps and batches together, since one copy of the weights serves both.
public final class ScheduledLibrary implements KernelLibrary {

    /// Weights of a matrix from which on the code of candidates is priced. A smaller one lies in a core's second cache and takes microseconds
    /// whatever is chosen: prices for it would cost more than thousands of tokens gain.
    private static final long PRICED = 1 << 19;

    private final Device device;
    private final List<Packing> packings;
    private final ScheduleSource source;
    private final Consumer<String> progress;
    private final @Nullable ChoiceStore store;

    /// @param packings from which the cost model chooses; those that cannot hold all weights of a use are left out
    /// @param progress told the name of each kernel before it is compiled
    public ScheduledLibrary(Device device, List<Packing> packings, ScheduleSource source, Consumer<String> progress) {
        this(device, packings, source, progress, null);
    }

    /// @param folder where choices are kept; null if they are not
    public ScheduledLibrary(
            Device device, List<Packing> packings, ScheduleSource source, Consumer<String> progress, @Nullable Path folder) {
        this.device = device;
        this.packings = List.copyOf(packings);
        this.source = source;
        this.progress = progress;
        store = folder == null ? null : new ChoiceStore(folder, device, packings);
    }

    /// Does in advance, on any thread, what the first library of a process would do: it reads the packings that come with Tern.
    public static void prepare() {
        ChoiceStore.prepare();
    }

    @Override
    public Plan plan(List<Use> uses) {
        Map<String, Choice> choices = new HashMap<>();
        for (Use use : uses) choices.put(use.name(), choose(use));
        return new Plan(choices);
    }

    private Choice choose(Use use) {
        Target target = device.target();
        Choice known = source.tuned(use)
                .or(() -> store == null ? Optional.empty() : store.find(use))
                .filter(tuned -> use.isHeldBy(tuned.packing()))
                .map(tuned -> compiled(use, tuned))
                .orElse(null);
        if (known != null) return known;
        Map<Boolean, List<Packing>> holding = packings.stream().collect(Collectors.partitioningBy(use::isHeldBy));
        List<Packing> usable = holding.getOrDefault(true, List.of()), refused = holding.getOrDefault(false, List.of());
        List<Rated> rated;
        try (var _ = StartTimes.part("schedules")) {
            rated = Rated.of(use, usable, target, (long) use.m() * use.k() >= PRICED);
        }
        for (Rated one : rated) {
            Stage step = firstThatCompiles(use, 1, one.step());
            Stage batch = step == null ? null : firstThatCompiles(use, use.maxTokens(), one.batch());
            if (step == null || batch == null) continue;
            if (store != null) store.keep(use, new ScheduleSource.Tuned(one.packing(), step.schedule(), batch.schedule()));
            return new Choice(use, one.packing(), step, batch);
        }
        throw new CompileException(use.name(), "no packing applies; tried " + names(usable)
                + (refused.isEmpty() ? "" : "; cannot hold every matrix of %s: ".formatted(use.weights()) + names(refused)));
    }

    private static String names(List<Packing> packings) {
        return packings.stream().map(Packing::name).collect(Collectors.joining(", ", "[", "]"));
    }

    /// What was found best on another day may not apply or compile any more; null then.
    private @Nullable Choice compiled(Use use, ScheduleSource.Tuned tuned) {
        try {
            Stage step = stage(use, 1, tuned.packing(), tuned.step());
            return new Choice(use, tuned.packing(), step, stage(use, use.maxTokens(), tuned.packing(), tuned.batch()));
        } catch (CompileException | InapplicableException | ArithmeticException e) { // the last: sizes beyond an int
            progress.accept("refused: " + e.getMessage());
            return null;
        }
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
        Lowering lowering;
        try (var _ = StartTimes.part("lowering")) {
            lowering = Lowering.of(new Problem(use.kernel(), use.m(), use.k(), maxTokens), packing, schedule);
        }
        progress.accept(lowering.multiply().name());
        return new Stage(
                schedule,
                device.compile(lowering.prepare(), schedule.isa()),
                device.compile(lowering.multiply(), schedule.isa()),
                lowering.preparedBytes());
    }
}
