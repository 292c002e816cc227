package tern.ir.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tern.ir.Interval;
import tern.ir.reference.ReferenceDevice;
import tern.ir.text.IrException;
import tern.ir.text.Source;

class TileProductTest {

    private static final String TEXT = """
            program p source "p.tir"
              n in 1..1
              in a: i8[4096]
              in b: i32[1024]
              inout y: i32[1024]
            {
              tileproduct y[0 +: 1024] += a[0 +: 4096] * b[0 +: 1024] by 2, 2
            }
            """;

    private static Program parse(String text) {
        return LoopParser.parse(new Source("test", text));
    }

    @Test
    void addsAMatrixProduct() {
        Program program = parse(TEXT);
        assertThat(program.toString()).isEqualTo(TEXT);
        var random = new SplittableRandom(1);
        // 32 rows and 32 columns, k = 128: two tiles along k.
        byte[][] left = new byte[32][128], right = new byte[128][32];
        for (byte[] row : left) random.nextBytes(row);
        for (byte[] row : right) random.nextBytes(row);
        byte[] a = new byte[4096], b = new byte[4096];
        for (int i = 0; i < 32; i++)
            for (int k = 0; k < 128; k++) {
                int tile = (i / 16 * 2 + k / 64) * 1024;
                a[tile + i % 16 * 64 + k % 64] = left[i][k];
                b[tile + k % 64 / 4 * 64 + i % 16 * 4 + k % 4] = right[k][i];
            }
        int[] y = random.ints(1024).toArray(), expected = y.clone();
        for (int i = 0; i < 32; i++)
            for (int j = 0; j < 32; j++)
                for (int k = 0; k < 128; k++) expected[i * 32 + j] += left[i][k] * right[k][j];
        try (var device = new ReferenceDevice(1)) {
            var buffers = List.of(device.allocate(4096), device.allocate(4096), device.allocate(4096));
            buffers.get(0).write(0, MemorySegment.ofArray(a));
            buffers.get(1).write(0, MemorySegment.ofArray(b));
            buffers.get(2).write(0, MemorySegment.ofArray(y));
            device.compile(program).launch(buffers, 1, 0);
            buffers.get(2).read(0, MemorySegment.ofArray(y));
        }
        assertThat(y).isEqualTo(expected);
    }

    @Test
    void sizesMustAgree() {
        assertThatThrownBy(() -> parse(TEXT.replace("b[0 +: 1024]", "b[0 +: 512]")))
                .isInstanceOf(IrException.class)
                .hasMessageContaining("2 by 2 tiles of 2 steps take 4096 elements and 1024, and give 1024");
        assertThatThrownBy(() -> parse(TEXT.replace("a[0 +: 4096]", "a[0 +: 1024]")))
                .isInstanceOf(IrException.class)
                .hasMessageContaining("1024 elements are less than 2 tiles");
        assertThatThrownBy(() -> parse(TEXT.replace("by 2, 2", "by 3, 2"))).isInstanceOf(IrException.class).hasMessageContaining("3");
    }

    @Test
    void whatItAddsIsKnown() {
        assertThat(Loop.TileProduct.sums(2)).isEqualTo(Interval.of(-128 * 127 * 128, 128 * 128 * 128));
        // Nothing is known of y, so it may wrap; from zeros it may not.
        assertThat(Ranges.of(parse(TEXT)).wraps()).hasSize(1);
        String zeros = TEXT.replace("inout y: i32[1024]", "out y: i32[1024]\n  core s: i32[1024]")
                .replace("  tileproduct y[", "  s[0 +: 1024] = 0:i32x1024\n  tileproduct s[");
        assertThat(Ranges.of(parse(zeros)).wraps()).isEmpty();
        assertThat(Ranges.of(parse(zeros.replace("b[0 +: 1024]", "b[17 +: 1024]"))).accesses()).hasSize(1);
    }

    @Test
    void sumsAreIntegersThatMayBeWritten() {
        assertThat(LoopChecker.structure(parse(TEXT))).isEmpty();
        assertThat(LoopChecker.structure(parse(TEXT.replace("inout y", "in y")))).anyMatch(problem -> problem.toString().contains("only read"));
        assertThat(LoopChecker.structure(parse(TEXT.replace("inout y: i32", "inout y: f32")))).anyMatch(problem -> problem.toString().contains("sums are i32"));
    }
}
