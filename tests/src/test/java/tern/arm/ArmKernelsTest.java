package tern.arm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.RandomPackings;
import tern.autotune.verify.Verdict;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.target.Isa;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.problem.Problem;

/// Machine code for AArch64 of the library's packings and of packings that nobody has written, in every strategy, exact under qemu: for one token
/// and several, with one worker and three, with each set of instructions on a processor that has no more. A build takes a few, a campaign
/// all.
class ArmKernelsTest {

    private static final boolean ALL = Integer.getInteger("tern.campaign", 0) >= 1000;
    private static final Map<Strategy, Integer> PROVEN = new EnumMap<>(Strategy.class);
    private static final List<QemuDevice> DEVICES = new ArrayList<>();

    @BeforeAll
    static void open() {
        QemuDevice.require();
        DEVICES.add(new QemuDevice(Isa.NEON, "cortex-a57", 1));
        DEVICES.add(new QemuDevice(Isa.NEON_DOTPROD, "neoverse-n1", 3));
        DEVICES.add(new QemuDevice(Isa.NEON_I8MM, "max", 2));
    }

    @AfterAll
    static void closeAndCount() {
        if (DEVICES.isEmpty()) return;
        DEVICES.forEach(QemuDevice::close);
        System.out.println("proofs of code for AArch64: " + PROVEN);
        assertThat(PROVEN).containsKeys(Strategy.DECODE, Strategy.TABULATE, Strategy.BYTES);
    }

    static Stream<Packing> library() {
        List<String> few = List.of("i2_s", "tri5r16", "quads8");
        return Tir.library().allPackings().stream().filter(packing -> ALL || few.contains(packing.name()));
    }

    static LongStream seeds() {
        return LongStream.range(0, ALL ? 60 : 3);
    }

    @ParameterizedTest
    @MethodSource("library")
    void isExactOverTheLibrary(Packing packing) {
        int m = packing.rows() + 1, k = 2 * packing.columns() - 1;
        int first = ALL ? 0 : Math.floorMod(packing.name().hashCode(), DEVICES.size()), end = ALL ? DEVICES.size() : first + 1;
        for (QemuDevice device : DEVICES.subList(first, end)) prove(device, new Problem(Tir.library().kernel("bitlinear"), m, k, 1), packing, 3);
        prove(DEVICES.get(packing.name().hashCode() & 1), new Problem(Tir.library().kernel("gate_up"), 2 * packing.rows(), packing.columns() + 1, 5), packing,
                4);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void isExactOverRandomPackings(long seed) {
        var random = new SplittableRandom(seed);
        Packing packing = seed % 2 == 0 ? RandomPackings.ofTrits(random) : RandomPackings.any(random);
        KernelDef kernel = Tir.library().kernel(seed % 3 == 0 ? "bitlinear_add" : "bitlinear");
        int m = 1 + random.nextInt(2 * packing.rows()), k = 1 + random.nextInt(2 * packing.columns());
        prove(DEVICES.get((int) (seed % DEVICES.size())), new Problem(kernel, m, k, 1 + random.nextInt(4)), packing, seed);
    }

    /// The comparison with a processor of few instructions means something.
    @Test
    void anInstructionThatTheProcessorLacksIsNoticed() {
        Packing packing = Tir.library().packing("quads8");
        var fours = new Schedule.Vector("bitlinear", packing.name(), Strategy.FOURS, 32, 1, 1, 64, 1, false);
        var problem = new Problem(Tir.library().kernel("bitlinear"), packing.rows(), packing.columns(), 1);
        try (QemuDevice old = new QemuDevice(Isa.NEON_DOTPROD, "cortex-a57", 1)) {
            assertThat(new ExactnessProof(old).prove(problem, packing, fours, 1)).isInstanceOf(Verdict.Wrong.class);
        }
    }

    private static void prove(QemuDevice device, Problem problem, Packing packing, long seed) {
        Candidates.Result candidates = Candidates.of(problem, List.of(packing), device.target());
        Set<Strategy> seen = new LinkedHashSet<>();
        for (Ranked ranked : candidates.ranked()) {
            if (!(ranked.schedule() instanceof Schedule.Vector schedule) || !seen.add(schedule.strategy())) continue;
            assertThat(new ExactnessProof(device).prove(problem, packing, schedule, seed)).as("%s", schedule).isInstanceOf(Verdict.Exact.class);
            PROVEN.merge(schedule.strategy(), 1, Integer::sum);
        }
        assertThat(seen).isNotEmpty();
    }
}
