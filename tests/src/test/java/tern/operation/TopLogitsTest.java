package tern.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tern.codegen.jvm.device.CodeChoice;
import tern.codegen.machine.ExecutableMemory;
import tern.ir.Element;
import tern.ir.Op;

/// The int8 head never hides one of the largest logits, however the rows and x conspire.
class TopLogitsTest {

    private static final List<CodeChoice> CPUS = ExecutableMemory.obstacle() == null
            ? List.of(CodeChoice.MACHINE, CodeChoice.BYTECODE)
            : List.of(CodeChoice.BYTECODE);
    private static final int VOCABULARY = 700, WIDTH = 67;

    private final SplittableRandom random = new SplittableRandom(5);
    private final float[][] table = new float[VOCABULARY][WIDTH];
    private final float[] x = new float[WIDTH];

    private void normal() {
        for (float[] row : table) for (int i = 0; i < WIDTH; i++) row[i] = (float) random.nextGaussian();
        for (int i = 0; i < WIDTH; i++) x[i] = (float) random.nextGaussian();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 40, VOCABULARY})
    void ofNormalRows(int count) {
        normal();
        agree(count);
    }

    /// All rows are one row but for the last bit of a value: far closer than an int8 head can tell.
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 40})
    void ofRowsThatDifferInABit(int count) {
        normal();
        for (int v = 1; v < VOCABULARY; v++) {
            System.arraycopy(table[0], 0, table[v], 0, WIDTH);
            int i = random.nextInt(WIDTH);
            table[v][i] = Float.intBitsToFloat(Float.floatToIntBits(table[v][i]) ^ random.nextInt(2));
        }
        agree(count);
    }

    /// One large value makes the steps of q so coarse that the rest of the row is lost; x sees only the rest.
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 40})
    void ofRowsThatTheScreenLoses(int count) {
        normal();
        for (float[] row : table) {
            row[3] = 4000 * (random.nextBoolean() ? 1 : -1);
            for (int i = 4; i < WIDTH; i++) row[i] *= (float) random.nextDouble(5);
        }
        x[3] = 0;
        agree(count);
    }

    /// x is what the int8 head left out of a row, so that this row's product is off by the whole bound.
    @ParameterizedTest
    @ValueSource(ints = {0, 100, VOCABULARY - 1})
    void ofAnInputThatIsARowsRest(int victim) {
        normal();
        float largest = 0;
        for (float value : table[victim]) largest = Math.max(largest, Math.abs(value));
        for (int i = 0; i < WIDTH; i++) {
            float step = largest / 127;
            x[i] = table[victim][i] - step * (float) Math.rint(table[victim][i] / step);
        }
        for (int v = 0; v < VOCABULARY; v++)
            if (v != victim) for (int i = 0; i < WIDTH; i++) table[v][i] *= 0.001f;
        agree(1);
    }

    /// One large value of x makes the steps in which a matrix unit sees it so coarse that the others are lost; rows have nothing there.
    @ParameterizedTest
    @ValueSource(floats = {100, 1e4f, 1e30f})
    void ofAnInputThatIsLost(float large) {
        normal();
        for (float[] row : table) row[5] = 0;
        x[5] = large;
        agree(1);
        agree(40);
    }

    @ParameterizedTest
    @ValueSource(floats = {1e-20f, 1e-38f, 1e-44f})
    void ofATinyInput(float factor) {
        normal();
        for (int i = 0; i < WIDTH; i++) x[i] *= factor;
        agree(5);
    }

    @Test
    void theLowestRowWins() {
        normal();
        for (float[] row : table) java.util.Arrays.fill(row, 1);
        for (int v = 100; v < 120; v++) table[v][0] = 2;
        java.util.Arrays.fill(x, 0.5f);
        assertThat(top(4)).containsExactly(100, 101, 102, 103);
        java.util.Arrays.fill(x, 0);
        assertThat(top(3)).containsExactly(0, 1, 2);
    }

    private void agree(int count) {
        OpRun run = run(count);
        List<byte[]> expected = run.reference();
        for (CodeChoice code : CPUS)
            for (int workers : new int[] {1, 2, 5}) {
                List<byte[]> found = cpu(run, code, workers);
                assertThat(ints(found.get(3))).as("rows, %d workers, %s", workers, code).isEqualTo(ints(expected.get(3)));
                assertThat(ints(found.get(4))).as("bits of logits").isEqualTo(ints(expected.get(4)));
            }
    }

    private int[] top(int count) {
        return ints(cpu(run(count), CodeChoice.AUTO, 2).get(3));
    }

    private static List<byte[]> cpu(OpRun run, CodeChoice code, int workers) {
        try (var cpu = OpRun.Cpu.of(workers, code)) {
            return run.cpu(cpu);
        }
    }

    private OpRun run(int count) {
        var op = new Op.TopLogits(VOCABULARY, WIDTH, Element.F32, count);
        ByteBuffer values = ByteBuffer.allocate(4 * VOCABULARY * WIDTH).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : table) for (float value : row) values.putFloat(value);
        ByteBuffer input = ByteBuffer.allocate(4 * WIDTH).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : x) input.putFloat(value);
        return new OpRun(op, 1, 0, List.of(
                input.array(), values.array(), OpRun.int8Head(op, values.array()), new byte[4 * count], new byte[4 * count]));
    }

    private static int[] ints(byte[] bytes) {
        int[] ints = new int[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(ints);
        return ints;
    }
}
