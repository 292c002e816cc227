package tern.codegen.jvm.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tern.codegen.machine.ExecutableMemory;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.loop.LoopParser;
import tern.ir.loop.Program;
import tern.ir.reference.ReferenceDevice;
import tern.ir.text.Source;

/// Programs that no lowering writes and no random program holds, and that Loop IR allows.
class MachineCodeCornersTest {

    @BeforeEach
    void needsMachineCode() {
        String obstacle = ExecutableMemory.obstacle();
        Assumptions.assumeTrue(obstacle == null, obstacle);
    }

    @Test
    void addressesComputedInALoopAreNotThereBehindIt() {
        check("""
            program later source "later.tir"
              in count: i32[1] values 0..2
              in place: i32[4] values 0..7
              out y: i32[64]
            {
              let at: i32 = place[0]
              for i in 0..count[0] {
                let j: i32 = place[i + 1]
                y[j * 4 + at] = 1
              }
              y[at] = 7
              y[at + 63 - at] = 5
            }
            """);
    }

    @Test
    void numbersOfBothSignsAreDividedByPowersOfTwo() {
        var lines = new StringBuilder();
        int at = 0;
        for (String element : List.of("i32", "i64", "u32", "i16"))
            for (int by : new int[] {1, 2, 8, 16384}) {
                lines.append("y[i * 32 + %d] = (a[i] as %s / %d:%s) as i32\n".formatted(at++, element, by, element).replace(":i32", ""));
                lines.append("y[i * 32 + %d] = (a[i] as %s %% %d:%s) as i32\n".formatted(at++, element, by, element).replace(":i32", ""));
            }
        check("program divides source \"divides.tir\"\n  in a: i32[64]\n  out y: i32[2048]\n{\nfor i in 0..64 {\n" + lines + "}\n}\n");
    }

    @Test
    void addressesComputedUnderAConditionAreNotThereBehindIt() {
        check("""
            program later source "later.tir"
              in go: i32[1] values 0..1
              in place: i32[4] values 0..7
              out y: i32[64]
            {
              let at: i32 = place[0]
              for i in 0..2 {
                let j: i32 = place[i]
                if go[0] == 1 {
                  y[i * 8 + j * 4 + at] = 1
                }
                y[i + at] = 7
              }
              y[at + 9] = 3
            }
            """);
    }

    @Test
    void aValueStaysWhenWhatItIsMadeOfChanges() {
        check("""
            program stays source "stays.tir"
              in a: i32[16]
              out y: i8[64]
              out z: i32[16]
            {
              var x: i32x16 = a[0 +: 16]
              let before: i8x64 = x bits i8x64
              let same: i32x16 = shuffle(x, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
              x := x + 1:i32x16
              y[0 +: 64] = before
              z[0 +: 16] = same ^ x
            }
            """);
    }

    @Test
    void halvesChangePlaces() {
        check("""
            program swap source "swap.tir"
              in a: i32[16]
              out z: i32[16]
            {
              var x: i32x16 = a[0 +: 16]
              x := shuffle(x, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7])
              z[0 +: 16] = x
            }
            """);
    }

    @Test
    void aChangeSeesAllOfTheValueBefore() {
        check("""
            program sum source "sum.tir"
              in a: i32[16]
              in t: i32[64]
              out z: i32[16]
              out u: i32[16]
            {
              var x: i32x16 = a[0 +: 16]
              x := x + (reduce_add(x) splat i32x16)
              z[0 +: 16] = x
              var y: i32x16 = a[0 +: 16]
              y := t[reduce_add(y) & 31 +: 16]
              u[0 +: 16] = y
            }
            """);
    }

    @Test
    void allBitsOfANumberBecomeLanes() {
        check("""
            program whole source "whole.tir"
              in a: i64[2]
              out y: u8[8]
              out z: f32[2]
            {
              y[0 +: 8] = a[0] bits u8x8
              z[0 +: 2] = a[1] bits f32x2
            }
            """);
    }

    /// Four bytes at the end of a buffer's slack are the last that may be read.
    @Test
    void nothingBehindALoadIsRead() {
        Program program = program("""
            program narrow source "narrow.tir"
              in a: i8[4]
              out y: i16[4]
            {
              y[0 +: 4] = a[0 +: 4] as i16x4
            }
            """);
        try (CpuDevice machine = new CpuDevice(1, CodeChoice.MACHINE)) {
            assertThat(machine.compile(program).listing()).contains("vpmovsxbw").doesNotContainPattern("vpmovsxbw .*\\[");
        }
        check(program.toString());
    }

    /// Bytecode takes such a program, machine code says that it does not.
    @Test
    void aStoreWhosePlaceDependsOnItIsRefused() {
        Program program = program("""
            program place source "place.tir"
              in a: i32[16]
              inout z: i32[64] values 0..1000
            {
              z[z[0] & 7 +: 16 below z[1] & 31] = a[0 +: 16] & 255:i32x16
            }
            """);
        try (CpuDevice machine = new CpuDevice(1, CodeChoice.MACHINE); CpuDevice auto = new CpuDevice(1)) {
            assertThatThrownBy(() -> machine.compile(program)).isInstanceOf(CompileException.class)
                    .hasMessageContaining("place depends on what it writes: z");
            assertThat(auto.compile(program).listing()).isNotEmpty();
        }
    }

    private static Program program(String text) {
        return LoopParser.parse(new Source("corners.tir", text));
    }

    private static void check(String text) {
        Program program = program(text);
        try (Device reference = new ReferenceDevice(); CpuDevice machine = new CpuDevice(1, CodeChoice.MACHINE)) {
            for (int seed = 0; seed < 20; seed++) {
                List<byte[]> inputs = Differential.inputs(program, 1, 0, new Random(seed));
                List<byte[]> expected = Differential.run(reference, program, inputs, 1, 0, 1);
                List<byte[]> actual = Differential.run(machine, program, inputs, 1, 0, 1);
                assertThat(actual).hasSameSizeAs(expected);
                for (int i = 0; i < expected.size(); i++)
                    Differential.compare(program, "machine code", program.parameters().get(i), expected.get(i), actual.get(i));
            }
        }
    }
}
