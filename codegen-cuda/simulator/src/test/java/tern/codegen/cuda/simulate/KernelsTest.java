package tern.codegen.cuda.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tern.codegen.cuda.Gpu.Extent;

/// Whole kernels, written by hand, against plain Java.
class KernelsTest {

    private final Random random = new Random(7);

    @Test
    void vectorsAreAdded() {
        int n = 1000;
        var bench = new Bench();
        float[] a = new float[n];
        float[] b = new float[n];
        for (int i = 0; i < n; i++) {
            a[i] = random.nextFloat();
            b[i] = (float) random.nextGaussian();
        }
        long c = bench.card.allocate(4L * n);
        bench.launch(Texts.ADD, "add", Extent.of(8), Extent.of(128), 0, bench.up(a), bench.up(b), c, n);
        float[] found = bench.floats(c, n);
        for (int i = 0; i < n; i++) assertThat(found[i]).isEqualTo(a[i] + b[i]);
    }

    @Test
    void aBlockSumsByShuffles() {
        var bench = new Bench();
        int[] x = random.ints(1024).toArray();
        long y = bench.card.allocate(4);
        bench.launch(Texts.SUM, "sum", Extent.of(1), Extent.of(256), 0, bench.up(x), y);
        assertThat(bench.ints(y, 1)[0]).isEqualTo(IntStream.of(x).sum());
    }

    @Test
    void aWarpMultipliesMatricesThroughAPipeline() {
        int k = 160;
        var bench = new Bench();
        byte[] a = bytes(16 * k);
        byte[] b = bytes(8 * k);
        long y = bench.card.allocate(16 * 8 * 4);
        bench.launch(Texts.MATMUL, "matmul", Extent.of(1), Extent.of(32), 0, bench.up(a), bench.up(b), y, k);
        int[] found = bench.ints(y, 16 * 8);
        for (int i = 0; i < 16; i++)
            for (int j = 0; j < 8; j++) assertThat(found[i * 8 + j]).as("%d, %d", i, j).isEqualTo(dot(a, i * k, b, j * k, k));
    }

    @Test
    void aMatrixTimesAVectorOfAModelsSize() {
        int m = 2560;
        int k = 640;
        var bench = new Bench();
        byte[] w = bytes(m * k);
        byte[] x = bytes(k);
        long y = bench.card.allocate(4L * m);
        bench.launch(Texts.GEMV, "gemv", Extent.of(m / 8), Extent.of(256), 0, bench.up(w), bench.up(x), y, k);
        int[] found = bench.ints(y, m);
        for (int i = 0; i < m; i++) assertThat(found[i]).as("row %d", i).isEqualTo(dot(w, i * k, x, 0, k));
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static int dot(byte[] a, int from, byte[] b, int at, int k) {
        int sum = 0;
        for (int i = 0; i < k; i++) sum += a[from + i] * b[at + i];
        return sum;
    }

    @Test
    void theAssemblerTakesThem() {
        for (String architecture : new String[] {"sm_80", "sm_89", "sm_90"})
            for (String text : new String[] {Texts.ADD, Texts.SUM, Texts.MATMUL, Texts.GEMV})
                Ptxas.accepts(text, architecture);
    }
}
