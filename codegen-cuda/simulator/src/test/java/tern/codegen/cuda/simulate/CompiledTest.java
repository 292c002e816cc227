package tern.codegen.cuda.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tern.codegen.cuda.Gpu.Extent;

/// PTX that NVIDIA's compiler makes of CUDA C, where this machine has it: neither we nor the simulator had a hand in it.
class CompiledTest {

    private static final String SOURCE = """
            #include <cuda_bf16.h>
            extern "C" __global__ void softmax(const float* x, float* y, int n) {
              __shared__ float part[32];
              float most = -INFINITY;
              for (int i = threadIdx.x; i < n; i += blockDim.x) most = fmaxf(most, x[blockIdx.x * n + i]);
              for (int o = 16; o; o >>= 1) most = fmaxf(most, __shfl_xor_sync(~0u, most, o));
              if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = most;
              __syncthreads();
              for (int i = 0; i < blockDim.x / 32; i++) most = fmaxf(most, part[i]);
              __syncthreads();
              float sum = 0;
              for (int i = threadIdx.x; i < n; i += blockDim.x) sum += expf(x[blockIdx.x * n + i] - most);
              for (int o = 16; o; o >>= 1) sum += __shfl_xor_sync(~0u, sum, o);
              if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = sum;
              __syncthreads();
              sum = 0;
              for (int i = 0; i < blockDim.x / 32; i++) sum += part[i];
              for (int i = threadIdx.x; i < n; i += blockDim.x) y[blockIdx.x * n + i] = expf(x[blockIdx.x * n + i] - most) / sum;
            }
            extern "C" __global__ void quantise(const __nv_bfloat16* x, signed char* q, int n, float scale) {
              int i = blockIdx.x * blockDim.x + threadIdx.x;
              if (i >= n) return;
              int v = __float2int_rn(__bfloat162float(x[i]) * scale);
              q[i] = (signed char) (v < -128 ? -128 : v > 127 ? 127 : v);
            }
            extern "C" __global__ void histogram(const unsigned char* x, unsigned* h, int n) {
              __shared__ unsigned mine[256];
              mine[threadIdx.x] = 0;
              __syncthreads();
              for (int i = blockIdx.x * 256 + threadIdx.x; i < n; i += gridDim.x * 256) atomicAdd(&mine[x[i]], 1u);
              __syncthreads();
              atomicAdd(&h[threadIdx.x], mine[threadIdx.x]);
            }
            // Every thread loops as long as its own number asks for.
            extern "C" __global__ void collatz(unsigned long long* x) {
              unsigned long long v = x[threadIdx.x];
              int n = 0;
              for (; v != 1; n++) v = v % 2 ? 3 * v + 1 : v / 2;
              x[threadIdx.x] = n;
            }
            extern "C" __global__ void sort(int* x) {
              __shared__ int s[256];
              int t = threadIdx.x;
              s[t] = x[t];
              for (int size = 2; size <= 256; size *= 2)
                for (int step = size / 2; step; step /= 2) {
                  __syncthreads();
                  int a = s[t], b = s[t ^ step];
                  bool up = ((t & size) == 0) == ((t & step) == 0);
                  __syncthreads();
                  s[t] = up == (a < b) ? a : b;
                }
              __syncthreads();
              x[t] = s[t];
            }
            """;

    private static String ptx = "";

    @BeforeAll
    static void compile() throws IOException, InterruptedException {
        Path nvcc = Ptxas.find().map(p -> p.resolveSibling("nvcc")).filter(Files::isExecutable).orElse(null);
        assumeTrue(nvcc != null, "no nvcc on this machine: no compiled PTX was run");
        Path directory = Files.createTempDirectory("tern");
        Path source = directory.resolve("kernels.cu");
        Path target = directory.resolve("kernels.ptx");
        try {
            Files.writeString(source, SOURCE);
            Process process = new ProcessBuilder(nvcc.toString(), "-ptx", "-arch=sm_90", "-o", target.toString(), source.toString())
                    .redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes());
            assumeTrue(process.waitFor() == 0, "nvcc does not work here: " + said);
            ptx = Files.readString(target);
        } finally {
            Files.deleteIfExists(source);
            Files.deleteIfExists(target);
            Files.delete(directory);
        }
    }

    @Test
    void softmax() {
        int n = 300;
        var bench = new Bench();
        float[] x = new float[2 * n];
        var random = new Random(1);
        for (int i = 0; i < x.length; i++) x[i] = (float) random.nextGaussian() * 3;
        long y = bench.card.allocate(8 * n);
        bench.launch(ptx, "softmax", Extent.of(2), Extent.of(128), 0, bench.up(x), y, n);
        float[] found = bench.floats(y, 2 * n);
        for (int row = 0; row < 2; row++) {
            double sum = 0;
            for (int i = 0; i < n; i++) sum += Math.exp(x[row * n + i]);
            for (int i = 0; i < n; i++)
                assertThat((double) found[row * n + i]).isCloseTo(Math.exp(x[row * n + i]) / sum, within(1e-6));
        }
    }

    @Test
    void quantise() {
        int n = 1000;
        var bench = new Bench();
        int[] words = new Random(2).ints(n / 2, 0, 1 << 30).toArray();
        long q = bench.card.allocate(n);
        bench.launch(ptx, "quantise", Extent.of(4), Extent.of(256), 0, bench.up(words), q, n, Float.floatToIntBits(31.5f));
        byte[] found = new byte[n];
        bench.card.read(q, java.lang.foreign.MemorySegment.ofArray(found));
        for (int i = 0; i < n; i++) {
            float value = Float.intBitsToFloat(words[i / 2] >>> 16 * (i % 2) << 16);
            long expected = Float.isNaN(value) ? 0 : Math.clamp((long) Math.rint(value * 31.5f), -128, 127);
            assertThat(found[i]).as("%s", value).isEqualTo((byte) expected);
        }
    }

    @Test
    void histogram() {
        int n = 5000;
        var bench = new Bench();
        byte[] x = new byte[n];
        new Random(3).nextBytes(x);
        long h = bench.up(new int[256]);
        bench.launch(ptx, "histogram", Extent.of(3), Extent.of(256), 0, bench.up(x), h, n);
        int[] expected = new int[256];
        for (byte b : x) expected[b & 255]++;
        assertThat(bench.ints(h, 256)).isEqualTo(expected);
    }

    @Test
    void collatz() {
        var bench = new Bench();
        long[] x = new long[96];
        for (int i = 0; i < x.length; i++) x[i] = 27 + i;
        long address = bench.up(x);
        bench.launch(ptx, "collatz", Extent.of(1), Extent.of(96), 0, address);
        long[] found = bench.longs(address, 96);
        for (int i = 0; i < x.length; i++) {
            int steps = 0;
            for (long v = x[i]; v != 1; steps++) v = v % 2 == 1 ? 3 * v + 1 : v / 2;
            assertThat(found[i]).as("%d", x[i]).isEqualTo(steps);
        }
    }

    @Test
    void sort() {
        var bench = new Bench();
        int[] x = new Random(4).ints(256).toArray();
        long address = bench.up(x);
        bench.launch(ptx, "sort", Extent.of(1), Extent.of(256), 0, address);
        java.util.Arrays.sort(x);
        assertThat(bench.ints(address, 256)).isEqualTo(x);
    }
}
