package tern.runtime.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome;
import tern.autotune.record.ProblemKey;
import tern.autotune.search.Pruned;
import tern.autotune.search.Shortlist;
import tern.autotune.search.ThreadSweep;
import tern.autotune.search.Tuning;
import tern.autotune.search.TuningCandidate;
import tern.autotune.search.UseResult;
import tern.autotune.search.UseResult.Pair;
import tern.autotune.search.UseResult.Timed;
import tern.autotune.search.UseResult.Trace;
import tern.autotune.trial.Runner;
import tern.autotune.trial.StoppedException;
import tern.autotune.trial.Timing;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Samples;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Tir;
import tern.runtime.cli.bench.BenchCommand;
import tern.runtime.cli.bench.Costs;
import tern.runtime.cli.bench.Measurement;
import tern.runtime.cli.bench.MemoryUse;
import tern.runtime.cli.option.Devices;
import tern.runtime.cli.tune.Explored;
import tern.runtime.cli.tune.PackingLaboratory;
import tern.runtime.model.ArithmeticEnergy;
import tern.runtime.model.Footprint;
import tern.runtime.model.KernelTimes;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.PassTime;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// Results that nobody measured, of real candidates, for pages.
final class MadeUp {

    static final double BANDWIDTH = 24e9;

    private static final int TRIED = 12;

    private MadeUp() {}

    /// Of all products of 2B4T; one candidate of each trace has failed, with a reason that looks like markup.
    static Tuning tuning() {
        var random = new SplittableRandom(1);
        var target = (Target.Cpu) Targets.of("avx512");
        var results = new ArrayList<UseResult>();
        for (Use use : Model.uses(ModelConfig.BITNET_2B4T, 32)) {
            Shortlist list = Shortlist.of(use, Tir.library().allPackings(), target, false);
            Trace step = trace(list.step(), random), batch = trace(list.batch(), random);
            var chosen = new Pair(best(step), best(batch));
            results.add(new UseResult(use, Optional.of(chosen), Optional.of(chosen), Optional.empty(), Optional.of(slower(chosen)), Optional.of(chosen),
                    Optional.of(chosen), step, batch));
        }
        var environment = new Environment("model Abacus <7>; bits 512", "25.0.3+9", "none", 2);
        return new Tuning(environment, BANDWIDTH, results, List.of(new ThreadSweep.Result(2, 0.06, 0.02), new ThreadSweep.Result(1, 0.1, 0.04)), 60, 61, true);
    }

    private static Trace trace(Shortlist.Field field, SplittableRandom random) {
        var outcomes = new LinkedHashMap<TuningCandidate, Outcome>();
        List<TuningCandidate> all = field.candidates();
        var pruned = new ArrayList<>(field.pruned());
        for (int i = 0; i < all.size(); i++) {
            TuningCandidate one = all.get(i * 7 % all.size());
            if (outcomes.size() == TRIED || outcomes.containsKey(one)) continue;
            double seconds = Math.max(one.predicted() * random.nextDouble(1, 2.5), one.bytes() / BANDWIDTH);
            outcomes.put(one, new Outcome.Measured(seconds, seconds * 0.9, seconds * 1.2, 7));
        }
        all.stream().filter(c -> !outcomes.containsKey(c)).findFirst()
                .ifPresent(c -> outcomes.put(c, new Outcome.Failed(Outcome.Reason.CRASHED, "status 134: <b>SIGSEGV</b> & more")));
        for (TuningCandidate one : all)
            if (!outcomes.containsKey(one)) pruned.add(new Pruned(one.packing(), one.schedule(), one.predicted(), "more promising ones have taken all trials"));
        return new Trace(field.problem(), field.candidates().getFirst().bytes() / BANDWIDTH, outcomes, pruned);
    }

    private static Timed best(Trace trace) {
        TuningCandidate best = null;
        double least = Double.POSITIVE_INFINITY;
        for (Map.Entry<TuningCandidate, Outcome> one : trace.outcomes().entrySet())
            if (one.getValue() instanceof Outcome.Measured measured && measured.seconds() < least) {
                least = measured.seconds();
                best = one.getKey();
            }
        if (best == null) throw new AssertionError("nothing was made up for " + trace.problem());
        return new Timed(best, Samples.of(least, least * 0.99, least * 1.03));
    }

    private static Pair slower(Pair pair) {
        return new Pair(slower(pair.step()), slower(pair.batch()));
    }

    /// By a fiftieth.
    private static Timed slower(Timed timed) {
        return new Timed(timed.candidate(), Samples.of(timed.median() / 0.98));
    }

    /// Of kernels planned for the reference.
    static List<KernelTimes.Time> kernels() {
        try (Device device = Devices.open("reference", 0)) {
            var library = new ScheduledLibrary(device, Tir.library().allPackings(), ScheduleSource.NONE, kernel -> {});
            List<Use> uses = Model.uses(ModelConfig.BITNET_2B4T, 32);
            KernelLibrary.Plan plan = library.plan(uses);
            return uses.stream().map(use -> plan.choice(use.name())).map(MadeUp::time).toList();
        }
    }

    private static KernelTimes.Time time(KernelLibrary.Choice choice) {
        long bytes = choice.packing().bytes(choice.use().m(), choice.use().k()) * choice.use().kernel().weights().size();
        return new KernelTimes.Time(choice, bytes, bytes / (0.8 * BANDWIDTH), true);
    }

    static BenchCommand.Result bench() {
        var costs = new Costs(468_000_000, 1_128_000_000,
                ArithmeticEnergy.ternary(ModelConfig.BITNET_2B4T, 512), ArithmeticEnergy.float16(ModelConfig.BITNET_2B4T, 512), OptionalDouble.of(1.25));
        return new BenchCommand.Result("abacus", "wood; beads 100", 2, Samples.of(47, 48, 60), Samples.of(12, 13, 14), Samples.of(22e9, BANDWIDTH, 25e9), costs,
                false,
                new MemoryUse(new Footprint(468_000_000, 329_000_000, 657_000_000, 1_800_000, 98_000_000), Optional.empty(), 40_000_000),
                new Measurement.Spent(List.of(), List.of(new PassTime("gate_up", "bytes 32x2x1 k16", "machine code", 30, 0.02, 265_000_000),
                        new PassTime("attention", "blocks", "machine code", 30, 0.004, 0))));
    }

    static final Use USE = new Use("bitlinear", Tir.library().kernel("bitlinear"), 2560, 2560, 1, 1);

    static final Target.Cpu CPU = (Target.Cpu) Targets.of("avx512");

    /// With one thread a launch takes 400 us, with more it takes their part of that; of several candidates the last is fastest.
    static final class Machine implements PackingLaboratory.Opener {
        final List<Integer> asked = new ArrayList<>();
        @Nullable
        Candidate last;
        boolean failing;
        int closed;
        Runnable beforeTiming = () -> {};

        @Override
        public Runner open(int threads) {
            return new Runner() {
                private boolean stopped;

                @Override
                public Environment environment() {
                    return new Environment("model Abacus", "none", "none", threads);
                }

                @Override
                public double readBandwidth() {
                    return BANDWIDTH;
                }

                @Override
                public Optional<Outcome.Failed> prepare(ProblemKey problem, Candidate candidate) {
                    return Optional.empty();
                }

                @Override
                public List<Timing> time(ProblemKey problem, List<Candidate> candidates, int rounds) {
                    beforeTiming.run();
                    if (stopped) throw new StoppedException();
                    asked.add(candidates.size());
                    last = candidates.getLast();
                    return candidates.stream().map(candidate -> timing(threads, candidate.equals(last))).toList();
                }

                @Override
                public void release(ProblemKey problem, Candidate candidate) {}

                @Override
                public void stop() {
                    stopped = true;
                }

                @Override
                public void close() {
                    closed++;
                }
            };
        }

        private Timing timing(int threads, boolean fast) {
            if (failing) return new Timing.Untimed(new Outcome.Failed(Outcome.Reason.CRASHED, "made up <to fail>"));
            return new Timing.Timed(Samples.of((fast ? 4e-4 : 5e-4) / threads));
        }
    }

    static List<Explored> explored() {
        return new PackingLaboratory(USE, CPU.withCores(4), 2, new Machine()).explore(Tir.library().allPackings(), _ -> {});
    }
}
