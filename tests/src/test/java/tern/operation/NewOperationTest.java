package tern.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tern.codegen.jvm.device.CodeChoice;
import tern.codegen.jvm.device.CpuDevice;
import tern.codegen.machine.ExecutableMemory;
import tern.ir.Exponential;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.tensor.TensorParser;
import tern.ir.tensor.TensorProgram;
import tern.scheduler.operation.OperationLowering;

/// An operation that Tern does not have is a text: the scheduler and both code generators do the rest, to the bit.
class NewOperationTest {

    private static final int TOKENS = 3;

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 50})
    void layerNorm(int width) {
        String text = """
                layernorm(x: f32[n, width], y: f32[n, width]) {
                    for i < n {
                        mean = lanes(k < width: x[i, k]) / width
                        variance = lanes(k < width: (x[i, k] - mean) * (x[i, k] - mean)) / width
                        for k < width: y[i, k] = (x[i, k] - mean) / sqrt(variance + 1e-5)
                    }
                }
                """;
        float[] x = floats(TOKENS * width), expected = new float[x.length];
        for (int i = 0; i < TOKENS; i++) {
            int row = i * width;
            float mean = lanes(IntStream.range(0, width).mapToObj(k -> new float[] {1, x[row + k]}).toList()) / width;
            float variance = lanes(IntStream.range(0, width).mapToObj(k -> new float[] {x[row + k] - mean, x[row + k] - mean}).toList()) / width;
            for (int k = 0; k < width; k++) expected[row + k] = (x[row + k] - mean) / (float) Math.sqrt(variance + 1e-5f);
        }
        same(text, Map.of("width", width), expected, x);
    }

    /// `gelu(gate) * up`, with `x / (1 + exp(-1.702 x))` as GELU.
    @ParameterizedTest
    @ValueSource(ints = {1, 16, 50})
    void geluGate(int width) {
        String text = """
                gelu(gate: f32[n, width], up: f32[n, width], y: f32[n, width]) {
                    for i < n { for k < width: y[i, k] = gate[i, k] / (1 + exp(-1.702 * gate[i, k])) * up[i, k] }
                }
                """;
        float[] gate = floats(TOKENS * width), up = floats(TOKENS * width), expected = new float[gate.length];
        for (int k = 0; k < gate.length; k++) expected[k] = gate[k] / (1 + Exponential.exp(-1.702f * gate[k])) * up[k];
        same(text, Map.of("width", width), expected, gate, up);
    }

    /// The mean of the last few rows, oldest first.
    @ParameterizedTest
    @ValueSource(ints = {1, 16, 50})
    void slidingWindow(int width) {
        int window = 2;
        String text = """
                window(x: f32[n, width], y: f32[n, width]) {
                    for i < n {
                        let first = max(i - window + 1, 0)
                        for k < width: y[i, k] = chain(p in first .. i + 1: x[p, k] * 0.5)
                    }
                }
                """;
        float[] x = floats(TOKENS * width), expected = new float[x.length];
        for (int i = 0; i < TOKENS; i++)
            for (int p = Math.max(0, i - window + 1); p <= i; p++)
                for (int k = 0; k < width; k++) expected[i * width + k] = Math.fma(x[p * width + k], 0.5f, expected[i * width + k]);
        same(text, Map.of("width", width, "window", window), expected, x);
    }

    private static float[] floats(int count) {
        SplittableRandom random = new SplittableRandom(count);
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) floats[i] = (float) random.nextGaussian();
        return floats;
    }

    /// The sum in the order of [Op] of products, by fma.
    private static float lanes(List<float[]> products) {
        float[] sums = new float[Op.LANES];
        for (int i = 0; i < products.size(); i++)
            sums[i % Op.LANES] = Math.fma(products.get(i)[0], products.get(i)[1], sums[i % Op.LANES]);
        for (int half = Op.LANES / 2; half > 0; half /= 2) for (int l = 0; l < half; l++) sums[l] += sums[l + half];
        return sums[0];
    }

    private static void same(String text, Map<String, Integer> constants, float[] expected, float[]... inputs) {
        TensorProgram program = TensorParser.parse(text, constants);
        assertThat(TensorParser.parse(program.toString(), Map.of())).as("printed and read again").isEqualTo(program);
        List<CodeChoice> codes = ExecutableMemory.obstacle() == null ? List.of(CodeChoice.MACHINE, CodeChoice.BYTECODE) : List.of(CodeChoice.BYTECODE);
        for (CodeChoice code : codes)
            try (var device = new CpuDevice(2, code)) {
                List<Buffer> buffers = new ArrayList<>();
                for (float[] input : inputs) buffers.add(device.share(MemorySegment.ofArray(input)));
                buffers.add(device.allocate(4L * expected.length));
                device.compile(OperationLowering.lower(program.name(), program, device.target())).launch(buffers, TOKENS, 0);
                float[] found = new float[expected.length];
                buffers.getLast().read(0, MemorySegment.ofArray(found));
                assertThat(Arrays.mismatch(found, expected)).as("%s: %s\n%s", code, Arrays.toString(found), program).isEqualTo(-1);
            }
    }
}
