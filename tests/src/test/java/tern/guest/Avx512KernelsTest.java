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
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// With vectors of 512 bits, under Bochs.
class Avx512KernelsTest extends EmulatedKernels {

    @Override
    List<GuestDevice> open() {
        return List.of(GuestDevice.pc(Isa.AVX512, "corei7_skylake_x", 1), GuestDevice.pc(Isa.AVX512_VNNI, "corei7_icelake_u", 3),
                GuestDevice.pc(Isa.AVX512_VBMI, "tigerlake", 2));
    }

    @Override
    boolean isSlow() {
        return true;
    }

    /// As a search tries it.
    @Test
    void aKernelMayUseNarrowerVectors() {
        Packing packing = Tir.library().packing("quads8");
        var narrow = new Schedule.Vector("bitlinear", packing.name(), Strategy.BYTES, 32, 1, 1, 16, 1, false).withIsa(Isa.AVX2);
        var problem = new Problem(Tir.library().kernel("bitlinear"), packing.rows(), packing.columns(), 1);
        try (GuestDevice device = GuestDevice.pc(Isa.AVX512, "corei7_skylake_x", 1)) {
            assertThat(device.compile(Lowering.of(problem, packing, narrow).multiply(), Isa.AVX2).listing()).contains("ymm").doesNotContain("zmm");
            assertThat(new ExactnessProof(device).prove(problem, packing, narrow, 1)).isInstanceOf(Verdict.Exact.class);
        }
    }

    /// The comparison with a processor of few instructions means something.
    @Test
    void anInstructionThatTheProcessorLacksIsNoticed() {
        Packing packing = Tir.library().packing("quads8");
        var fours = new Schedule.Vector("bitlinear", packing.name(), Strategy.FOURS, 32, 1, 1, 64, 1, false);
        var problem = new Problem(Tir.library().kernel("bitlinear"), packing.rows(), packing.columns(), 1);
        try (GuestDevice old = GuestDevice.pc(Isa.AVX512_VNNI, "corei7_skylake_x", 1)) {
            assertThat(new ExactnessProof(old).prove(problem, packing, fours, 1)).isInstanceOf(Verdict.Wrong.class);
        }
    }
}
