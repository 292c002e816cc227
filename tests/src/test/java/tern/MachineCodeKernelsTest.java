package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.RandomPackings;
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

/// Machine code of the library's packings and of packings that nobody has written, in every strategy: exact, with one thread and with three.
class MachineCodeKernelsTest {

    private static final Map<Strategy, Integer> PROVEN = new EnumMap<>(Strategy.class);
    private static Device alone, three;

    @BeforeAll
    static void open() {
        alone = Devices.machineCode(1);
        three = Devices.machineCode(3);
    }

    @AfterAll
    static void closeAndCount() {
        if (alone == null) return;
        alone.close();
        three.close();
        System.out.println("proofs of machine code: " + PROVEN);
        assertThat(PROVEN).containsKeys(Strategy.DECODE, Strategy.TABULATE, Strategy.BYTES);
    }

    static Stream<Packing> library() {
        return Tir.library().allPackings().stream();
    }

    static LongStream seeds() {
        return LongStream.range(0, Breadth.PACKINGS);
    }

    @ParameterizedTest
    @MethodSource("library")
    void isExactOverTheLibrary(Packing packing) {
        KernelDef gateUp = Tir.library().kernel("gate_up");
        prove(alone, new Problem(Tir.library().kernel("bitlinear"), packing.rows() + 1, 2 * packing.columns() - 1, 1), packing, 3);
        prove(three, new Problem(gateUp, 2 * packing.rows(), packing.columns() + 1, 5), packing, 4);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void isExactOverRandomPackings(long seed) {
        var random = new SplittableRandom(seed);
        Packing packing = seed % 2 == 0 ? RandomPackings.ofTrits(random) : RandomPackings.any(random);
        KernelDef kernel = Tir.library().kernel(seed % 3 == 0 ? "bitlinear_add" : "bitlinear");
        int m = 1 + random.nextInt(2 * packing.rows()), k = 1 + random.nextInt(2 * packing.columns());
        prove(seed % 4 == 0 ? three : alone, new Problem(kernel, m, k, 1 + random.nextInt(4)), packing, seed);
    }

    /// On processors without AVX-VNNI fours are put together from pairs.
    @ParameterizedTest
    @ValueSource(strings = {"quads8", "quads_more16", "i2_s", "msgpu_int2"})
    void foursAreExact(String name) {
        Packing packing = Tir.library().packing(name);
        KernelDef kernel = Tir.library().kernel("bitlinear");
        int m = 2 * packing.rows(), k = 2 * packing.columns() + 1;
        var one = new Schedule.Vector("bitlinear", name, Strategy.FOURS, 32, 1, 1, 64, 1, false);
        assertThat(new ExactnessProof(alone).prove(new Problem(kernel, m, k, 1), packing, one, 5)).isInstanceOf(Verdict.Exact.class);
        var several = new Schedule.Vector("bitlinear", name, Strategy.FOURS, 32, 2, 4, 1, 1, false);
        assertThat(new ExactnessProof(three).prove(new Problem(kernel, m, k, 9), packing, several, 6)).isInstanceOf(Verdict.Exact.class);
    }

    private static void prove(Device device, Problem problem, Packing packing, long seed) {
        Candidates.Result candidates = Candidates.of(problem, List.of(packing), (Target.Cpu) device.target());
        Set<Strategy> seen = new LinkedHashSet<>();
        for (Ranked ranked : candidates.ranked()) {
            if (!(ranked.schedule() instanceof Schedule.Vector schedule) || !seen.add(schedule.strategy())) continue;
            assertThat(new ExactnessProof(device).prove(problem, packing, schedule, seed)).as("%s", schedule).isInstanceOf(Verdict.Exact.class);
            PROVEN.merge(schedule.strategy(), 1, Integer::sum);
        }
        assertThat(seen).isNotEmpty();
    }
}
