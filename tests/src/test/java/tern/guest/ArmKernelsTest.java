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
