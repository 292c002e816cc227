package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.Verdict;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.device.Device;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.problem.Problem;

/// Every packing that Tern brings along, under every kernel of a model, on this processor: all weights -1, 0, +1, all
/// activations -128 and 127, sizes around the tile.
class LibraryPackingKernelsTest {

    /// In the children of [OtherWidthsTest]: the kernel with the longest code, around the tile.
    private static final boolean LEAN = Boolean.getBoolean("tern.lean");

    private static final List<String> KERNELS = LEAN ? List.of("gate_up") : List.of("bitlinear", "bitlinear_add", "gate_up");

    private static Device cpu;
    private static ExactnessProof proof;
    private static final Map<String, Set<String>> PROVEN = new LinkedHashMap<>();
    private static int proofs;

    static Stream<Arguments> packingsAndKernels() {
        return Tir.library().allPackings().stream().flatMap(p -> KERNELS.stream().map(k -> Arguments.of(p.name(), k)));
    }

    @BeforeAll
    static void open() {
        cpu = Devices.open("cpu", 1);
        proof = new ExactnessProof(cpu);
    }

    @AfterAll
    static void closeAndCount() {
        cpu.close();
        System.out.println(proofs + " proofs of the library's kernels; " + PROVEN);
        assertThat(PROVEN.get("decode")).hasSize(Tir.library().allPackings().size());
        assertThat(PROVEN.get("tabulate"))
                .contains("tri5r32", "tri5r16", "tri5r8", "base3x5", "tl1", "tl2", "planes", "two_r256", "hf", "sherry5");
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("packingsAndKernels")
    void isExactAroundTheTile(String packingName, String kernelName) {
        Packing packing = Tir.library().packing(packingName);
        KernelDef kernel = Tir.library().kernel(kernelName);
        int rows = packing.rows(), columns = packing.columns();
        // A tile less, a tile, a tile more, and primes; n from 1 to more than a block of tokens.
        prove(kernel, packing, rows + 1, Math.max(1, columns - 1), 5);
        // In a build, the others under one kernel of each packing.
        if (LEAN || !Breadth.ALL && !kernelName.equals(KERNELS.get(Math.floorMod(packingName.hashCode(), KERNELS.size())))) return;
        prove(kernel, packing, Math.max(1, rows - 1), columns + 1, 1);
        prove(kernel, packing, 67, 137, 3);
        prove(kernel, packing, 1, 1, 1);
        prove(kernel, packing, 2 * rows, 2 * columns, 1);
    }

    private static void prove(KernelDef kernel, Packing packing, int m, int k, int n) {
        Candidates.Result candidates = Candidates.of(new Problem(kernel, m, k, n), List.of(packing), (Target.Cpu) cpu.target());
        for (Schedule schedule : bestOfEachKind(candidates)) {
            Verdict verdict = proof.prove(new Problem(kernel, m, k, n), packing, schedule, 31L * m + k);
            assertThat(verdict).as("%d x %d, n %d, %s", m, k, n, schedule).isInstanceOf(Verdict.Exact.class);
            PROVEN.computeIfAbsent(schedule.way(), s -> new LinkedHashSet<>()).add(packing.name());
            proofs++;
        }
    }

    /// By strategy, written out and rolled.
    private static Set<Schedule> bestOfEachKind(Candidates.Result candidates) {
        var chosen = new LinkedHashSet<Schedule>();
        for (String way : Schedule.Cpu.WAYS)
            for (boolean rolled : new boolean[] {false, true})
                candidates.ranked().stream()
                        .map(Ranked::schedule)
                        .filter(s -> s.way().equals(way) && (s instanceof Schedule.Vector v && v.rolled()) == rolled)
                        .findFirst()
                        .ifPresent(chosen::add);
        return chosen;
    }

    /// The best kernels at a size that has whole blocks of everything, run until HotSpot has compiled them.
    @Test
    void isExactOnceCompiled() {
        KernelDef kernel = Tir.library().kernel("bitlinear");
        for (String name : LEAN ? List.of("tq1_0", "tri5r32") : List.of("i2_s", "tq1_0", "tri5r32", "base3x5", "tl2", "planes")) {
            Packing packing = Tir.library().packing(name);
            int m = 8 * packing.rows() + 3, k = 4 * packing.columns() + 5;
            for (int n : new int[] {1, 9})
                for (Schedule schedule : bestOfEachKind(
                        Candidates.of(new Problem(kernel, m, k, n), List.of(packing), (Target.Cpu) cpu.target()))) {
                            if (schedule instanceof Schedule.Vector vector && vector.rolled()) continue;
                            assertThat(proof.prove(new Problem(kernel, m, k, n), packing, schedule, 5)).isInstanceOf(Verdict.Exact.class);
                        }
        }
    }
}
