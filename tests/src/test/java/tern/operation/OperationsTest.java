package tern.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.Breadth;
import tern.operation.OpRun.Cpu;
import tern.operation.OpRun.Values;
import tern.codegen.jvm.device.CodeChoice;
import tern.codegen.machine.ExecutableMemory;
import tern.ir.Element;
import tern.ir.Op;

/// Every operation gives the reference's bits.
class OperationsTest {

    private static final boolean MACHINE = ExecutableMemory.obstacle() == null;

    /// In a build, of the launches of each kind: what takes the time is C2, and each has a kernel of its own.
    private static final int SHARE = 9;

    private static final List<Cpu> CPUS = new ArrayList<>();

    @BeforeAll
    static void open(@TempDir Path folder) {
        for (int workers : new int[] {1, 3}) CPUS.add(Cpu.of(workers, CodeChoice.BYTECODE));
        if (!MACHINE) return;
        for (int workers : new int[] {1, 7}) CPUS.add(Cpu.of(workers, CodeChoice.MACHINE));
        CPUS.add(Cpu.keeping(2, folder));
    }

    @AfterAll
    static void close() {
        CPUS.forEach(Cpu::close);
    }

    static Stream<OpRun> runs() {
        return Breadth.ALL ? OpRuns.all() : OpRuns.each(SHARE);
    }

    @ParameterizedTest
    @MethodSource("runs")
    void sameBitsAsTheReferenceForAnyNumberOfWorkers(OpRun run) {
        List<byte[]> expected = run.reference();
        for (Cpu cpu : CPUS) same(run, cpu, expected, run.cpu(cpu));
    }

    private static void same(OpRun run, Cpu cpu, List<byte[]> expected, List<byte[]> actual) {
        for (int i = 0; i < expected.size(); i++) {
            int at = Arrays.mismatch(expected.get(i), actual.get(i));
            assertThat(at).as("%s, %s: argument %d differs from the reference at byte %d", run, cpu, i, at).isEqualTo(-1);
        }
    }

    @Test
    void aBatchGivesTheBitsOfItsSteps() {
        int n = 5, position = 30, context = 40, d = 128;
        var op = new Op.Attention(8, 2, d, context, Element.BF16);
        OpRun batch = OpRun.of(op, n, position, Values.NORMAL, 1);
        byte[] expected = batch.cpu(CPUS.getLast()).get(3);
        int row = expected.length / n, qkv = batch.arguments().get(0).length / n;
        for (int i = 0; i < n; i++) {
            List<byte[]> arguments = new ArrayList<>(batch.arguments());
            arguments.set(0, Arrays.copyOfRange(arguments.get(0), i * qkv, (i + 1) * qkv));
            arguments.set(3, new byte[row]);
            assertThat(new OpRun(op, 1, position + i, arguments).cpu(CPUS.getLast()).get(3))
                    .as("token %d", i)
                    .isEqualTo(Arrays.copyOfRange(expected, i * row, (i + 1) * row));
        }
    }

    @Test
    void widensEveryFiniteF16() {
        int finite = 2 * 0x7c00;
        ByteBuffer table = ByteBuffer.allocate(2 * finite).order(ByteOrder.LITTLE_ENDIAN);
        for (int bits = 0; bits < 0x7c00; bits++) table.putShort((short) bits).putShort((short) (bits | 0x8000));
        var arguments = List.of(new byte[4], table.array(), new byte[4 * finite]);
        ByteBuffer widened = ByteBuffer.wrap(new OpRun(new Op.Embed(1, finite, Element.F16), 1, 0, arguments).cpu(CPUS.getLast()).get(2))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < finite; i++)
            assertThat(widened.getInt(4 * i))
                    .isEqualTo(Float.floatToRawIntBits(Float.float16ToFloat(table.getShort(2 * i))));
    }

    @Test
    void cachesRoundToNearestEven() {
        int[] bits = {0x3f808000, 0x3f818000, 0x3f808001, 0x3f807fff, 0x7f7f7fff, 0x00008000, 0x00018000, 0x80008001};
        int[] expected = {0x3f80, 0x3f82, 0x3f81, 0x3f80, 0x7f7f, 0x0000, 0x0002, 0x8001};
        int d = 32;
        ByteBuffer qkv = ByteBuffer.allocate(4 * 3 * d).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < d; i++) qkv.putInt(4 * (2 * d + i), bits[i % bits.length]);
        var op = new Op.RopeAppend(1, 1, d, 1, 10_000, Op.RopePairs.HALVES, Element.BF16);
        byte[] values = new OpRun(op, 1, 0, List.of(qkv.array(), new byte[2 * d], new byte[2 * d])).cpu(CPUS.getLast()).get(2);
        for (int i = 0; i < d; i++)
            assertThat(ByteBuffer.wrap(values).order(ByteOrder.LITTLE_ENDIAN).getShort(2 * i) & 0xffff)
                    .as("%08x", bits[i % bits.length])
                    .isEqualTo(expected[i % bits.length]);
    }

    /// The largest of a row becomes 127: the values stand for halves of integers.
    @Test
    void cachesOfBytesHaveAScaleForEachRow() {
        int d = 32;
        ByteBuffer qkv = ByteBuffer.allocate(4 * 3 * d).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < d; i++) qkv.putFloat(4 * (2 * d + i), i == 3 ? -254 : i - 16);
        var op = new Op.RopeAppend(1, 1, d, 2, 10_000, Op.RopePairs.HALVES, Element.I8);
        int bytes = (int) op.layout().bytes();
        byte[] values = new OpRun(op, 1, 1, List.of(qkv.array(), new byte[bytes], new byte[bytes])).cpu(CPUS.getLast()).get(2);
        assertThat(ByteBuffer.wrap(values).order(ByteOrder.LITTLE_ENDIAN).getFloat((int) op.layout().scale(0, 1))).isEqualTo(2);
        for (int i = 0; i < d; i++) assertThat(values[d + i]).isEqualTo((byte) Math.rint(i == 3 ? -127 : (i - 16) / 2.0));
        assertThat(Arrays.copyOf(values, d)).containsOnly(0);
    }

    /// x = 1 and no epsilon make r = 1; a weight of 127 makes s = 1.
    @Test
    void quantisesTiesToEven() {
        int width = 37;
        ByteBuffer x = ByteBuffer.allocate(4 * width).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer weight = ByteBuffer.allocate(4 * width).order(ByteOrder.LITTLE_ENDIAN);
        for (int k = 0; k < width; k++) {
            x.putFloat(1);
            weight.putFloat(k == 0 ? -127 : k - 17.5f);
        }
        var arguments = List.of(x.array(), weight.array(), new byte[width], new byte[4]);
        byte[] q = new OpRun(new Op.NormQuantise(width, 0), 1, 0, arguments).cpu(CPUS.getLast()).get(2);
        for (int k = 0; k < width; k++) assertThat(q[k]).isEqualTo((byte) (k == 0 ? -127 : Math.rint(k - 17.5)));
    }

    @Test
    void refusesATokenThatIsNotInTheVocabulary() {
        var arguments = List.of(new byte[] {3, 0, 0, 0}, new byte[12], new byte[4]);
        assertThatThrownBy(() -> new OpRun(new Op.Embed(3, 1, Element.F32), 1, 0, arguments).cpu(CPUS.getLast()))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("Index 3 out of bounds for length 3");
    }
}
