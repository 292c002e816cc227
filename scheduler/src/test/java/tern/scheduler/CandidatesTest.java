package tern.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tern.ir.Interval;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.target.Target;
import tern.ir.target.Targets;
import tern.ir.text.Tir;
import tern.scheduler.problem.Problem;

/// What is proposed for the library's packings on each kind of machine. Times of GPUs are predictions that no card has confirmed: only what follows
/// from bytes and operations is asserted of them.
class CandidatesTest {

    private static final List<Packing> TERNARY =
            Tir.library().allPackings().stream().filter(packing -> packing.holdsAll(Interval.of(-1, 1))).toList();

    static Stream<Target> targets() {
        return Targets.all().stream();
    }

    private static Problem problem(int m, int tokens) {
        return new Problem(Tir.library().kernel("bitlinear"), m, 2560, tokens);
    }

    private static double seconds(Problem problem, String packing, Target target) {
        return Candidates.of(problem, List.of(Tir.library().packing(packing)), target).ranked().getFirst().seconds();
    }

    @ParameterizedTest
    @MethodSource("targets")
    void everyTernaryPackingHasCandidatesAndEveryRefusalAReason(Target target) {
        for (Packing packing : TERNARY)
            for (int tokens : new int[] {1, 32}) {
                Candidates.Result result = Candidates.of(problem(640, tokens), List.of(packing), target);
                assertThat(result.ranked()).as("%s, %d tokens", packing.name(), tokens).isNotEmpty();
                assertThat(result.rejected()).allSatisfy(one -> assertThat(one.reason()).isNotBlank());
                assertThat(result.ranked()).isSortedAccordingTo((a, b) -> Double.compare(a.seconds(), b.seconds()));
                List<String> ways = target instanceof Target.Gpu ? Schedule.Gpu.WAYS : Schedule.Cpu.WAYS;
                assertThat(result.ranked()).allSatisfy(one -> assertThat(one.schedule().way()).isIn(ways));
            }
    }

    @ParameterizedTest
    @MethodSource("targets")
    void moreRowsAndMoreTokensTakeLonger(Target target) {
        double step = seconds(problem(2560, 1), "i2_s", target);
        assertThat(seconds(problem(10240, 1), "i2_s", target)).isGreaterThan(step);
        assertThat(seconds(problem(2560, 32), "i2_s", target)).isGreaterThan(step);
    }

    @ParameterizedTest
    @ValueSource(strings = {"h200", "a100", "rtx4090"})
    void aCardReadsBytes(String name) {
        Target card = Targets.of(name);
        Problem large = problem(1 << 16, 1);
        double bytes = Tir.library().packing("i2_s").bytes(1 << 16, 2560);
        assertThat(seconds(large, "i2_s", card)).isGreaterThan(bytes / card.memoryBytesPerSecond()).isLessThan(3 * bytes / card.memoryBytesPerSecond());
        assertThat(seconds(large, "dense", card)).as("four times the bytes").isGreaterThan(seconds(large, "i2_s", card));
    }

    @ParameterizedTest
    @ValueSource(strings = {"h200", "a100", "rtx4090"})
    void warpgroupsAreForCardsThatHaveThem(String name) {
        Candidates.Result result = Candidates.of(problem(2560, 512), List.of(Tir.library().packing("i2_s")), Targets.of(name));
        assertThat(result.ranked().getFirst().schedule()).isInstanceOf(name.equals("h200") ? Schedule.Warpgroups.class : Schedule.Tiles.class);
        if (!name.equals("h200"))
            assertThat(result.rejected()).filteredOn(one -> one.schedule() instanceof Schedule.Warpgroups).isNotEmpty()
                    .allSatisfy(one -> assertThat(one.reason()).isNotBlank());
    }
}
