package tern.ir.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tern.ir.reference.Fault;
import tern.ir.reference.ReferenceDevice;
import tern.ir.text.IrException;
import tern.ir.text.Source;

/// Copies on signals, and products that run on.
class GroupTest {

    private static final String TEXT = """
            program p source "p.tir"
              in a: i8[512]
              in x: i8[256]
              out y: i32[128]
              core b: i8[512]
              core ready: u64[2]
            {
              bulkcopy b[0 +: 256] = x[0 +: 256] on ready[1]
              await ready[1] phase 0
              var sum: i32x128 = 5:i32x128
              groupproduct sum += (a[0 +: 128], a[128 +: 128], a[256 +: 128], a[384 +: 128]) * b[0 +: 128] apart 128
              groupwait 0
              y[0 +: 128] = sum
            }
            """;

    private static Program parse(String text) {
        return LoopParser.parse(new Source("test", text));
    }

    private static int[] run(String text, byte[] a, byte[] x) {
        int[] y = new int[128];
        try (var device = new ReferenceDevice(1)) {
            var buffers = List.of(device.allocate(512), device.allocate(256), device.allocate(512));
            buffers.get(0).write(0, MemorySegment.ofArray(a));
            buffers.get(1).write(0, MemorySegment.ofArray(x));
            device.compile(parse(text)).launch(buffers, 1, 0);
            buffers.get(2).read(0, MemorySegment.ofArray(y));
        }
        return y;
    }

    @Test
    void addsAProductOfSixteenRows() {
        assertThat(parse(TEXT).toString()).isEqualTo(TEXT);
        assertThat(LoopChecker.check(parse(TEXT))).isEmpty();
        var random = new SplittableRandom(3);
        byte[] a = new byte[512], x = new byte[256];
        random.nextBytes(a);
        random.nextBytes(x);
        int[] y = run(TEXT, a, x);
        for (int row = 0; row < 16; row++)
            for (int column = 0; column < 8; column++) {
                int sum = 5;
                for (int k = 0; k < 32; k++) {
                    int part = row / 8 + k / 16 * 2, thread = row % 8 * 4 + k % 16 / 4;
                    sum += a[part * 128 + thread * 4 + k % 4] * x[k / 16 * 128 + column * 16 + k % 16];
                }
                assertThat(y[(row % 8 * 4 + column / 2) * 4 + row / 8 * 2 + column % 2]).as("%d, %d", row, column).isEqualTo(sum);
            }
    }

    /// What has not been waited for is as it was.
    @Test
    void arrivesAsLateAsItMay() {
        byte[] ones = new byte[512], x = new byte[256];
        Arrays.fill(ones, (byte) 1);
        Arrays.fill(x, (byte) 1);
        assertThat(run(TEXT, ones, x)).containsOnly(37);
        assertThat(run(TEXT.replace("groupwait 0", "groupwait 1"), ones, x)).containsOnly(5);
        assertThatThrownBy(() -> run(TEXT.replace("  await ready[1] phase 0\n", ""), ones, x))
                .isInstanceOf(Fault.class)
                .hasMessageContaining("reads element 0 of b, which nobody wrote");
        assertThatThrownBy(() -> run(TEXT.replace("await ready[1]", "await ready[0]"), ones, x))
                .isInstanceOf(Fault.class)
                .hasMessageContaining("waits for copy 0 on signal 0 of ready, which nobody started");
        assertThat(parse(TEXT.replace("phase 0", "turn 0"))).as("as written until November 2026").isEqualTo(parse(TEXT));
        assertThatThrownBy(() -> run(TEXT.replace("phase 0", "phase 2"), ones, x))
                .isInstanceOf(Fault.class)
                .hasMessageContaining("waits for copy 2 on signal 1 of ready, where 0 have come");
    }

    private static List<String> problems(String from, String to) {
        assertThat(TEXT).contains(from);
        return LoopChecker.check(parse(TEXT.replace(from, to))).stream().map(Problem::toString).toList();
    }

    @Test
    void isChecked() {
        assertThat(problems("core ready: u64", "core ready: i32")).anyMatch(p -> p.contains("ready is no core scratch of u64"));
        assertThat(problems("var sum", "let sum")).anyMatch(p -> p.contains("sum stays as it is"));
        assertThat(problems("core b", "inout b")).anyMatch(p -> p.contains("copies x to b, not to core scratch"));
        assertThat(
                LoopChecker.structure(parse(TEXT.replace("groupproduct sum +=", "groupproduct sum, sum +=").replace("b[0 +: 128] apart", "b[0 +: 256] apart"))))
                .anyMatch(p -> p.toString().contains("adds twice to one sum"));
        assertThat(problems("apart 128", "apart 400")).anyMatch(p -> p.contains("b"));
        assertThat(problems("on ready[1]", "on ready[2]")).anyMatch(p -> p.contains("ready"));
        assertThatThrownBy(() -> parse(TEXT.replace("* b[0 +: 128]", "* b[0 +: 64]")))
                .isInstanceOf(IrException.class)
                .hasMessageContaining("1 sums take 128 elements, not 64");
        assertThatThrownBy(() -> parse(TEXT.replace(", a[384 +: 128])", ")")))
                .isInstanceOf(IrException.class)
                .hasMessageContaining("a product of 3 parts, not of 4");
    }
}
