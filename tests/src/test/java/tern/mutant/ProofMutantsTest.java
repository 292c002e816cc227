package tern.mutant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.RandomPackings;
import tern.autotune.verify.Verdict;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.loop.Program;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Tir;
import tern.mutant.Mutation.Kind;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// Kernels with a wrong shift, mask, bound, sign or widening are refused by the proof or found by the comparison. What passes both computes
/// the same for other weights, activations and scales as well: it is no fault, but another way to write the kernel.
///
/// `-Dtern.mutants=100`, or the Maven profile `campaign`, makes so many; `-Dtern.mutant=SEED` that one alone.
class ProofMutantsTest {

    private static final int MUTANTS = Integer.getInteger("tern.mutants", 12), MORE = 4;
    private static final List<Target.Cpu> TARGETS = List.of(Targets.AVX2, Targets.AVX512, Targets.NEON128);

    /// @param seed    of all that is random in it
    /// @param problem what is computed
    private record Mutant(int seed, Mutation mutation, int way, Problem problem, Packing packing, Schedule schedule) {

        static Mutant of(int seed) {
            var random = new SplittableRandom(seed);
            Kind kind = Kind.values()[seed % Kind.values().length];
            while (true) {
                List<Packing> library = Tir.library().allPackings();
                Packing packing = random.nextBoolean() ? library.get(random.nextInt(library.size())) : RandomPackings.ofTrits(random);
                if (packing.rows() * packing.columns() > 4096) continue;
                int m = packing.rows() + 1 + random.nextInt(5), k = 2 * packing.columns() + 1 + random.nextInt(7);
                var problem = new Problem(Tir.library().kernel("bitlinear"), m, k, 1 + random.nextInt(3));
                List<Ranked> ranked = Candidates.of(problem, List.of(packing), TARGETS.get(random.nextInt(TARGETS.size()))).ranked();
                if (ranked.isEmpty()) continue;
                Schedule schedule = ranked.get(random.nextInt(ranked.size())).schedule();
                int places = Mutation.places(kind, Lowering.of(problem, packing, schedule).multiply());
                if (places > 0) return new Mutant(seed, new Mutation(kind, random.nextInt(places)), random.nextInt(2), problem, packing, schedule);
            }
        }

        /// The first line that is another.
        String difference() {
            Program good = Lowering.of(problem, packing, schedule).multiply();
            List<String> before = good.toString().lines().toList(), after = mutation.of(good, way).toString().lines().toList();
            for (int i = 0; i < Math.min(before.size(), after.size()); i++)
                if (!before.get(i).equals(after.get(i))) return "    %s%n    %s".formatted(before.get(i).strip(), after.get(i).strip());
            return "    the same text";
        }

        @Override
        public String toString() {
            return "mutant %d: %s at %d, way %d, of %s %d x %d, n %d, %s".formatted(
                    seed, mutation.kind(), mutation.place(), way, packing.name(), problem.m(), problem.k(), problem.tokens(), schedule);
        }
    }

    @Test
    void noneIsLetThroughThatComputesAnotherResult() {
        int refused = 0, found = 0;
        var same = new ArrayList<Mutant>();
        List<Integer> seeds = Integer.getInteger("tern.mutant") == null
                ? IntStream.range(0, MUTANTS).boxed().toList() : List.of(Integer.getInteger("tern.mutant"));
        for (int seed : seeds) {
            Mutant mutant = Mutant.of(seed);
            try (var device = new MutantDevice(mutant.mutation, mutant.way)) {
                switch (ExactnessProof.prove(device, mutant.problem, mutant.packing, mutant.schedule, 1)) {
                    case Verdict.Refused _ -> refused++;
                    case Verdict.Wrong _ -> found++;
                    case Verdict.Exact _ -> {
                        assertComputesTheSame(mutant, device);
                        same.add(mutant);
                    }
                }
                assertThat(device.faults).as("what the proof let pass: %s", mutant).isEmpty();
            }
        }
        System.out.printf("%d mutants: %d refused by the proof, %d found by the comparison, %d compute the same%n", seeds.size(), refused, found, same.size());
        same.forEach(mutant -> System.out.printf("%s%n%s%n", mutant, mutant.difference()));
        assertThat(refused).isPositive();
        assertThat(found).isPositive();
    }

    private static void assertComputesTheSame(Mutant mutant, MutantDevice device) {
        for (int seed = 2; seed < 2 + MORE; seed++)
            assertThat(ExactnessProof.prove(device, mutant.problem, mutant.packing, mutant.schedule, seed)).as("%s, which the comparison did not find", mutant)
                    .isInstanceOf(Verdict.Exact.class);
    }
}
