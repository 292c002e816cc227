package tern.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.Verdict;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.Schedule.Strategy;
import tern.ir.target.Isa;
import tern.ir.text.Tir;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// For AArch64, under qemu, on processors that have no more than the instructions.
class ArmKernelsTest extends EmulatedKernels {

    @Override
    List<GuestDevice> open() {
        return List.of(GuestDevice.arm(Isa.NEON, "cortex-a57", 1), GuestDevice.arm(Isa.NEON_DOTPROD, "neoverse-n1", 3),
                GuestDevice.arm(Isa.NEON_I8MM, "max", 2));
    }

    @Override
    boolean isSlow() {
        return false;
    }

    /// Products of tiles by `smmla`.
    @Test
    void kernelsForMatrixUnitsAreExact() {
        Problem problem = new Problem(Tir.library().kernel("bitlinear"), 33, 137, 33);
        int proven = 0;
        try (GuestDevice device = GuestDevice.arm(Isa.NEON_I8MM, "max", 2)) {
            for (Packing packing : library().toList())
                for (Ranked ranked : Candidates.of(problem, List.of(packing), device.target()).ranked()) {
                    if (!(ranked.schedule() instanceof Schedule.Matrix matrix)) continue;
                    assertThat(device.compile(Lowering.of(problem, packing, matrix).multiply()).listing()).contains("smmla");
                    assertThat(new ExactnessProof(device).prove(problem, packing, matrix, 5)).as("%s", matrix).isInstanceOf(Verdict.Exact.class);
                    proven++;
                }
        }
        assertThat(proven).isGreaterThanOrEqualTo(4);
    }

    /// The comparison with a processor of few instructions means something.
    @Test
    void anInstructionThatTheProcessorLacksIsNoticed() {
        Packing packing = Tir.library().packing("quads8");
        var fours = new Schedule.Vector("bitlinear", packing.name(), Strategy.FOURS, 32, 1, 1, 64, 1, false);
        var problem = new Problem(Tir.library().kernel("bitlinear"), packing.rows(), packing.columns(), 1);
        try (GuestDevice old = GuestDevice.arm(Isa.NEON_DOTPROD, "cortex-a57", 1)) {
            assertThat(new ExactnessProof(old).prove(problem, packing, fours, 1)).isInstanceOf(Verdict.Wrong.class);
        }
    }
}
