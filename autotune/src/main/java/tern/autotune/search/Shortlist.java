package tern.autotune.search;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import tern.autotune.record.Candidate;
import tern.autotune.record.ProblemKey;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.target.Isa;
import tern.ir.target.Target;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.Rated;

/// What is worth a trial for a use, for single tokens and for batches.
///
/// @param step  for one token
/// @param batch for the use's largest n
public record Shortlist(Use use, Field step, Field batch) {

    /// Slower than the best by this factor, says the cost model: hopeless. It errs, but it was not seen to err by that much.
    private static final double HOPELESS = 4, HOPELESS_IF_EXHAUSTIVE = 8;

    /// Who takes part in one round.
    ///
    /// @param candidates best first
    /// @param costModel  what the cost model would choose, best first: the first that the device accepts. They are candidates
    /// @param pruned     the others, and why
    public record Field(ProblemKey problem, List<TuningCandidate> candidates, List<TuningCandidate> costModel, List<Pruned> pruned) {
        public Field {
            candidates = List.copyOf(candidates);
            costModel = List.copyOf(costModel);
            pruned = List.copyOf(pruned);
        }
    }

    /// False where a launch has one token at most: then both are the same problem.
    public boolean isBatched() {
        return use.maxTokens() > 1;
    }

    /// @param packings   from which to choose; those that do not hold the use's weights are left out
    /// @param exhaustive true: leave out less
    /// @throws IllegalArgumentException if no packing can serve the use
    public static Shortlist of(Use use, List<Packing> packings, Target target, boolean exhaustive) {
        List<Packing> ternary = packings.stream().filter(use::isHeldBy).toList();
        List<Rated> rated = Rated.of(use, ternary, target);
        if (rated.isEmpty())
            throw new IllegalArgumentException(String.format(ROOT, "%s: none of %d packings can serve it", use.name(), packings.size()));
        List<Rated> narrower = narrower(use, ternary, target);
        var lister = new Lister(use, target, exhaustive ? HOPELESS_IF_EXHAUSTIVE : HOPELESS);
        Rated first = rated.getFirst();
        return new Shortlist(
                use,
                lister.field(1, both(rated, narrower, Rated::step), first.step()),
                lister.field(use.maxTokens(), both(rated, narrower, Rated::batch), first.batch()));
    }

    private static List<Ranked> both(List<Rated> rated, List<Rated> narrower, Function<Rated, List<Ranked>> which) {
        return Stream.of(rated, narrower).flatMap(List::stream).flatMap(one -> which.apply(one).stream()).toList();
    }

    /// Machine code of narrower vectors than the processor has: which is faster is measured.
    private static List<Rated> narrower(Use use, List<Packing> packings, Target target) {
        var all = new ArrayList<Rated>();
        if (!(target instanceof Target.Cpu cpu) || !cpu.machineCode()) return all;
        for (Isa isa : cpu.isa().narrower())
            for (Rated one : Rated.of(use, packings, cpu.withIsa(isa).withMachineCode()))
                all.add(new Rated(one.packing(), alone(one.step(), isa), alone(one.batch(), isa)));
        return all;
    }

    private static List<Ranked> alone(List<Ranked> ranked, Isa isa) {
        return ranked.stream().filter(one -> one.schedule() instanceof Schedule.Vector)
                .map(one -> new Ranked(one.packing(), ((Schedule.Vector) one.schedule()).withIsa(isa), one.seconds(), one.vectorBits(), one.instructions()))
                .toList();
    }

    private record Lister(Use use, Target target, double hopeless) {

        Field field(int tokens, List<Ranked> all, List<Ranked> costModel) {
            List<Ranked> sorted = all.stream().sorted(Comparator.comparingDouble(Ranked::seconds)).toList();
            double best = sorted.getFirst().seconds();
            boolean anyWide = sorted.stream().anyMatch(one -> one.vectorBits() == widest(one));
            var candidates = new ArrayList<TuningCandidate>();
            var pruned = new ArrayList<Pruned>();
            for (Ranked ranked : sorted) {
                TuningCandidate candidate = candidate(ranked);
                if (ranked.seconds() > hopeless * best)
                    pruned.add(Pruned.of(candidate, String.format(ROOT, "%.1f times the best, by the cost model", ranked.seconds() / best)));
                else if (anyWide && ranked.vectorBits() > 0 && ranked.vectorBits() < widest(ranked))
                    // HotSpot's profiles of the Vector API are shared by all kernels: where two widths meet, both lose their
                    // vector code (seen on JDK 25: kernels compiled after the first narrow one ran forty times slower).
                    pruned.add(Pruned.of(candidate, String.format(ROOT, "vectors of %d bits and others of %d in one JVM would make both slow",
                            ranked.vectorBits(), widest(ranked))));
                else candidates.add(candidate);
            }
            return new Field(
                    ProblemKey.of(use.kernel(), use.m(), use.k(), tokens),
                    candidates,
                    costModel.stream().map(this::candidate).filter(candidates::contains).toList(),
                    pruned);
        }

        /// Vectors that a schedule could have; of a card, all are as wide as a warp.
        private int widest(Ranked ranked) {
            Isa isa = ranked.schedule().isa();
            return isa != null ? isa.vectorBits() : target instanceof Target.Cpu cpu ? cpu.vectorBits() : 0;
        }

        private TuningCandidate candidate(Ranked ranked) {
            Packing packing = ranked.packing();
            long bytes = packing.bytes(use.m(), use.k()) * use.kernel().weights().size();
            Candidate record = Candidate.of(packing, target.name(), ranked.schedule());
            return new TuningCandidate(packing, ranked.schedule(), record, ranked.seconds(), bytes);
        }
    }
}
