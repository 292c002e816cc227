package tern.guest;

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
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.RandomPackings;
import tern.autotune.verify.Verdict;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.problem.Problem;

/// Machine code of the library's packings and of packings that nobody has written, in every strategy, exact on processors that are emulated: for
/// one token and several, with one worker and more, with each set of instructions. A build takes a few, a campaign all.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EmulatedKernels {

    private static final boolean ALL = Integer.getInteger("tern.campaign", 0) >= 1000;
    private final Map<Strategy, Integer> proven = new EnumMap<>(Strategy.class);
    private final List<GuestDevice> devices = new ArrayList<>();

    /// Skips the test where there is no emulator.
    abstract List<GuestDevice> open();

    @BeforeAll
    void openAll() {
        devices.addAll(open());
    }

    @AfterAll
    void closeAndCount() {
        if (devices.isEmpty()) return;
        devices.forEach(GuestDevice::close);
        System.out.println(getClass().getSimpleName() + ": proofs " + proven);
        assertThat(proven).containsKeys(Strategy.DECODE, Strategy.TABULATE);
    }

    /// Whether each launch starts an emulator, so that fewer are made.
    abstract boolean isSlow();

    Stream<Packing> library() {
        List<String> few = isSlow() ? List.of("tri5r16") : List.of("i2_s", "tri5r16", "quads8");
        return Tir.library().allPackings().stream().filter(packing -> ALL || few.contains(packing.name()));
    }

    LongStream random() {
        return LongStream.range(0, ALL ? 60 : isSlow() ? 1 : 3);
    }

    @ParameterizedTest
    @MethodSource("library")
    void isExactOverTheLibrary(Packing packing) {
        int m = packing.rows() + 1, k = 2 * packing.columns() - 1;
        int first = ALL && !isSlow() ? 0 : Math.floorMod(packing.name().hashCode(), devices.size()), end = ALL && !isSlow() ? devices.size() : first + 1;
        if (ALL || !isSlow())
            for (GuestDevice device : devices.subList(first, end)) prove(device, new Problem(Tir.library().kernel("bitlinear"), m, k, 1), packing, 3);
        prove(devices.get(packing.name().hashCode() & 1), new Problem(Tir.library().kernel("gate_up"), 2 * packing.rows(), packing.columns() + 1, 5), packing,
                4);
    }

    @ParameterizedTest
    @MethodSource("random")
    void isExactOverRandomPackings(long seed) {
        var random = new SplittableRandom(seed);
        Packing packing = seed % 2 == 0 ? RandomPackings.ofTrits(random) : RandomPackings.any(random);
        KernelDef kernel = Tir.library().kernel(seed % 3 == 0 ? "bitlinear_add" : "bitlinear");
        int m = 1 + random.nextInt(2 * packing.rows()), k = 1 + random.nextInt(2 * packing.columns());
        prove(devices.get((int) (seed % devices.size())), new Problem(kernel, m, k, 1 + random.nextInt(4)), packing, seed);
    }

    private void prove(GuestDevice device, Problem problem, Packing packing, long seed) {
        Candidates.Result candidates = Candidates.of(problem, List.of(packing), device.target());
        Set<Strategy> seen = new LinkedHashSet<>();
        for (Ranked ranked : candidates.ranked()) {
            if (!(ranked.schedule() instanceof Schedule.Vector schedule) || !seen.add(schedule.strategy())) continue;
            assertThat(new ExactnessProof(device).prove(problem, packing, schedule, seed)).as("%s", schedule).isInstanceOf(Verdict.Exact.class);
            proven.merge(schedule.strategy(), 1, Integer::sum);
        }
        assertThat(seen).isNotEmpty();
    }
}
