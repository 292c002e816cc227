package tern.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.Verdict;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.target.Isa;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.problem.Problem;

/// Kernels for matrix units as machine code with AVX-512 and AMX, under Bochs: exact for several shapes of products of tiles.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AmxKernelsTest {

    private static final boolean ALL = Integer.getInteger("tern.campaign", 0) >= 1000;

    private GuestDevice device;
    private int proven;

    @BeforeAll
    void open() {
        device = GuestDevice.pc(Isa.AMX, "tigerlake", 2);
    }

    @AfterAll
    void closeAndCount() {
        if (device == null) return;
        device.close();
        System.out.println("AmxKernelsTest: proofs " + proven);
        assertThat(proven).isPositive();
    }

    List<String> packings() {
        return Tir.library().allPackings().stream().map(Packing::name)
                .filter(name -> ALL || name.equals("tri5r32"))
                .filter(name -> !schedules(problem(name), Tir.library().packing(name)).isEmpty())
                .toList();
    }

    private static Problem problem(String packing) {
        return new Problem(Tir.library().kernel("bitlinear"), Tir.library().packing(packing).rows() + 1, 137, 33);
    }

    /// Of a packing, in a build the first.
    private List<Schedule.Matrix> schedules(Problem problem, Packing packing) {
        return Candidates.of(problem, List.of(packing), device.target()).ranked().stream()
                .map(Ranked::schedule)
                .filter(Schedule.Matrix.class::isInstance).map(Schedule.Matrix.class::cast)
                .limit(ALL ? Integer.MAX_VALUE : 1)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("packings")
    void isExact(String name) {
        Packing packing = Tir.library().packing(name);
        for (Schedule.Matrix schedule : schedules(problem(name), packing)) {
            assertThat(new ExactnessProof(device).prove(problem(name), packing, schedule, 31)).as("%s", schedule).isInstanceOf(Verdict.Exact.class);
            proven++;
        }
    }
}
