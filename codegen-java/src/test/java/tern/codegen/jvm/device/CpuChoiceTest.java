package tern.codegen.jvm.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tern.codegen.jvm.probe.CpuProbe;
import tern.codegen.machine.ExecutableMemory;
import tern.codegen.machine.code.Feature;
import tern.ir.device.CompileException;
import tern.ir.device.DeviceException;
import tern.ir.loop.Program;
import tern.ir.target.Isa;
import tern.ir.loop.LoopParser;
import tern.ir.text.Source;

class CpuChoiceTest {

    @Test
    void aDevicesNameSaysCodeAndInstructions() {
        assertThat(CpuChoice.of("auto")).isEqualTo(new CpuChoice(CodeChoice.AUTO, null));
        assertThat(CpuChoice.of("machine+avx2")).isEqualTo(new CpuChoice(CodeChoice.MACHINE, Isa.AVX2));
        assertThat(CpuChoice.of("avx2-vnni")).isEqualTo(new CpuChoice(CodeChoice.AUTO, Isa.AVX2_VNNI));
        assertThat(CpuChoice.isName("1")).isFalse();
        assertThatThrownBy(() -> CpuChoice.of("machine+avx3"))
                .hasMessage(
                        "no set of instructions is named 'avx3'; there are neon, neon-dotprod, neon-i8mm, avx2, avx2-vnni, avx512, avx512-vnni, avx512-vbmi, "
                                + "amx");
    }

    @ParameterizedTest
    @EnumSource
    void instructionsAreThereOrOneLineSaysWhichAre(Isa isa) {
        var choice = new CpuChoice(CodeChoice.BYTECODE, isa);
        if (CpuProbe.absent(isa) != null) {
            assertThatThrownBy(() -> new CpuDevice(1, choice, _ -> {}))
                    .isInstanceOf(DeviceException.class).hasMessageStartingWith("this processor has no " + isa + "; it has ");
            return;
        }
        try (var device = new CpuDevice(1, choice, _ -> {})) {
            assertThat(device.target().isa()).isEqualTo(isa);
            assertThat(device.target().vectorBits()).isEqualTo(Math.min(isa.vectorBits(), CpuProbe.vectorBits()));
            // Products of tiles are machine code.
            assertThat(device.target().matrixOpsPerCycle()).isZero();
            assertThat(device.fingerprint().endsWith("; isa " + isa)).isEqualTo(isa != CpuProbe.isa());
        }
    }

    /// A kernel's own choice among them.
    @Test
    void aKernelMayUseFewer() {
        assumeTrue(ExecutableMemory.obstacle() == null, ExecutableMemory.obstacle());
        Program program = LoopParser.parse(new Source("sum.tir", """
            program sum source "sum.tir"
              in a: i32[16]
              out y: i32[16]
            {
              y[0 +: 16] = a[0 +: 16] + 1:i32x16
            }
            """));
        try (var device = new CpuDevice(1, new CpuChoice(CodeChoice.MACHINE, Isa.AVX2), _ -> {})) {
            assertThat(device.compile(program, Isa.AVX2).listing()).contains("ymm").doesNotContain("zmm");
            assertThatThrownBy(() -> device.compile(program, Isa.AVX512)).isInstanceOf(CompileException.class)
                    .hasMessage("sum: is for machine code of avx512, which this device does not make");
        }
        try (var device = new CpuDevice(1, new CpuChoice(CodeChoice.BYTECODE, Isa.AVX2), _ -> {})) {
            assertThatThrownBy(() -> device.compile(program, Isa.AVX2)).isInstanceOf(CompileException.class);
        }
    }

    /// A sum of four products of bytes: one instruction where there is AVX-VNNI, and never where the user does not want it.
    @Test
    void machineCodeUsesWhatItMay() {
        assumeTrue(ExecutableMemory.obstacle() == null, ExecutableMemory.obstacle());
        Program program = LoopParser.parse(new Source("fours.tir", """
            program fours source "fours.tir"
              in a: u8[32]
              in b: i8[32]
              out y: i32[8]
            {
              y[0 +: 8] = dot(0:i32x8, a[0 +: 32], b[0 +: 32])
            }
            """));
        for (Isa isa : List.of(Isa.AVX2, Isa.AVX2_VNNI, Isa.AVX512, Isa.AVX512_VNNI)) {
            if (CpuProbe.absent(isa) != null) continue;
            try (var device = new CpuDevice(1, new CpuChoice(CodeChoice.MACHINE, isa), _ -> {})) {
                assertThat(device.compile(program).listing().contains("vpdpbusd")).isEqualTo(isa.hasFours());
                assertThat(device.target().vectorBits()).isEqualTo(isa.vectorBits());
            }
        }
    }

    @Test
    void featuresAreThoseOfTheInstructions() {
        assertThat(Feature.of(Isa.AVX2)).containsAll(Feature.NEEDED).doesNotContain(Feature.AVX_VNNI);
        assertThat(Feature.of(Isa.AVX2_VNNI)).containsAll(Feature.NEEDED).contains(Feature.AVX_VNNI);
        assertThat(Feature.of(Isa.AVX512)).containsAll(Feature.NEEDED).contains(Feature.AVX512).doesNotContain(Feature.AVX512_VNNI, Feature.AVX512_VBMI);
        assertThat(Feature.of(Isa.AMX)).contains(Feature.AVX512, Feature.AVX512_VNNI, Feature.AVX512_VBMI);
        assertThat(Feature.of(Isa.NEON)).containsExactly(Feature.BASE, Feature.ASIMD);
    }

    /// The first is named, the others are counted.
    @Test
    void whatMachineCodeCannotExpressIsSaid() {
        assumeTrue(new CpuChoice(CodeChoice.AUTO, null).resolved() == CodeChoice.MACHINE, "kernels are bytecode here in any case");
        Program program = LoopParser.parse(new Source("place.tir", """
            program place source "place.tir"
              in a: i32[16]
              inout z: i32[64] values 0..1000
            {
              z[z[0] & 7 +: 16 below z[1] & 31] = a[0 +: 16] & 255:i32x16
            }
            """));
        List<String> said = new ArrayList<>();
        try (var device = new CpuDevice(1, CpuChoice.of("auto"), said::add)) {
            for (int i = 0; i < 3; i++) device.compile(program);
            assertThat(said).hasSize(1).first().asString()
                    .startsWith("this kernel is bytecode, for machine code cannot express it: place: ").contains("place depends on what it writes");
        }
        assertThat(said).hasSize(2).last().isEqualTo("3 kernels in all were bytecode, for machine code could not express them");
    }
}
