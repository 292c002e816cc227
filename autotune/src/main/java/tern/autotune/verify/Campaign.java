package tern.autotune.verify;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tern.scheduler.problem.Problem;

/// Many proofs: a packing, known or drawn at random, in every way in which a machine can multiply with it, for one token, for a few and
/// for many, with sizes that fit none of its tiles. What is drawn follows from a seed alone, so that the seed repeats a failure.
public final class Campaign {

    /// Schedules that a machine may refuse before the way is given up on.
    private static final int TRIES = 12;

    /// Of inputs: several steps of a pipeline, and soon simulated.
    private static final int LONG = 300;

    private static final int[] PRIMES = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41};

    private final Target target;
    private final Map<String, Prover> machines;

    /// A product to be proved.
    ///
    /// @param n largest number of tokens
    public record Case(KernelDef kernel, Packing packing, int m, int k, int n, long seed) {
        @Override
        public String toString() {
            return String.format(ROOT, "%s %s %d x %d n %d", packing.name(), kernel.name(), m, k, n);
        }
    }

    /// What became of one way on one machine.
    ///
    /// @param machine  by its name; empty if no schedule applies on any
    /// @param schedule the last that was tried; null if none applies
    public record Finding(Case subject, String machine, String way, @Nullable Schedule schedule, Verdict verdict) {}

    /// @param target   for which schedules are made
    /// @param machines that run them, by name
    public Campaign(Target target, Map<String, Prover> machines) {
        this.target = target;
        this.machines = machines;
    }

    /// The best schedule of every way for three products, and one that the seed draws.
    ///
    /// @param said told each finding when it is there
    public void prove(Packing packing, long seed, Consumer<Finding> said) {
        int rows = packing.rows(), columns = packing.columns();
        // The sums of two matrices of 256 rows a tile do not fit the registers.
        String few = rows > 128 ? "bitlinear" : "gate_up";
        var random = new SplittableRandom(seed);
        prove(List.of(
                new Case(kernel("bitlinear"), packing, Math.min(rows + 3, 40), columns(packing, 5), 1, seed),
                new Case(kernel(few), packing, Math.min(rows + 1, 33), columns(packing, 1), 9, seed),
                new Case(kernel("bitlinear_add"), packing, Math.min(rows + 3, 66), Math.min(9 * columns + 1, 4 * LONG), 35, seed)),
                schedules -> Stream.of(schedules.getFirst(), schedules.get(random.nextInt(schedules.size()))).distinct().toList(), said);
    }

    /// Where a tile holds one column, a row of tiles is only as many bytes as there are columns, and lanes read four at least.
    private static int columns(Packing packing, int more) {
        return packing.columns() == 1 ? 4 * (more + 1) : packing.columns() + more;
    }

    /// A packing, kernels, sizes and schedules that a seed draws.
    ///
    /// @param said told each finding when it is there
    public void prove(long seed, Consumer<Finding> said) {
        var random = new SplittableRandom(seed);
        Packing packing = packing(seed, random);
        var cases = new ArrayList<Case>();
        List<KernelDef> kernels = Tir.library().allKernels();
        for (int n : new int[] {1, 3 + 2 * random.nextInt(4), (random.nextBoolean() ? 17 : 33) + 2 * random.nextInt(9)})
            cases.add(new Case(kernels.get(random.nextInt(kernels.size())), packing,
                    size(packing.rows(), random), n < 17 ? size(packing.columns(), random) : longSize(packing.columns(), random), n, seed));
        prove(cases, schedules -> List.of(random.nextBoolean() ? schedules.getFirst() : schedules.get(random.nextInt(schedules.size()))), said);
    }

    private static Packing packing(long seed, RandomGenerator random) {
        return seed % 2 == 0 ? RandomPackings.ofTrits(random) : RandomPackings.any(random);
    }

    private static KernelDef kernel(String name) {
        return Tir.library().kernel(name);
    }

    private static int size(int tile, RandomGenerator random) {
        return switch (random.nextInt(6)) {
            case 0 -> 1;
            case 1 -> Math.max(1, tile - 1);
            case 2 -> tile;
            case 3 -> tile + 1;
            case 4 -> 2 * tile + 1;
            default -> PRIMES[random.nextInt(PRIMES.length)];
        };
    }

    private static int longSize(int tile, RandomGenerator random) {
        return Math.min(LONG, random.nextBoolean() ? size(tile, random) : (3 + random.nextInt(9)) * tile + 1);
    }

    /// Which of the schedules that apply in a way are proved.
    private interface Choice {
        List<Schedule> of(List<Schedule> ranked);
    }

    /// @param cases with one token, a few, and many: of the last only the ways that are for many alone are proved
    private void prove(List<Case> cases, Choice choice, Consumer<Finding> said) {
        @Nullable Ways before = null;
        for (Case each : cases) {
            Ways ways = Ways.of(new Problem(each.kernel, each.m, each.k, each.n), each.packing, target);
            for (String way : Ways.names(target)) {
                List<Schedule> schedules = ways.schedules().getOrDefault(way, List.of());
                boolean isKnown = before != null && each.equals(cases.getLast()) && before.schedules().containsKey(way);
                boolean isTried = ways.reasons().containsKey(way);
                if (schedules.isEmpty() && isTried && !isKnown)
                    said.accept(new Finding(each, "", way, null, new Verdict.Refused(ways.reason(way))));
                else if (!schedules.isEmpty() && !isKnown)
                    for (Schedule schedule : choice.of(schedules)) prove(each, way, schedule, schedules, said);
            }
            before = ways;
        }
    }

    /// On each machine the schedule, or where that has no code for it, the best that it has code for.
    private void prove(Case subject, String way, Schedule first, List<Schedule> ranked, Consumer<Finding> said) {
        machines.forEach((name, proof) -> {
            Schedule schedule = first;
            Verdict verdict = verdict(proof, subject, schedule);
            for (int i = 0; verdict instanceof Verdict.Refused && i < Math.min(TRIES, ranked.size()); i++) {
                schedule = ranked.get(i);
                verdict = verdict(proof, subject, schedule);
            }
            said.accept(new Finding(subject, name, way, schedule, verdict));
        });
    }

    private static Verdict verdict(Prover machine, Case of, Schedule schedule) {
        return machine.prove(new Problem(of.kernel, of.m, of.k, of.n), of.packing, schedule, of.seed);
    }
}
