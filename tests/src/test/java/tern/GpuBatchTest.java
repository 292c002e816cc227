package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.codegen.cuda.device.GpuDevice;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Int8Head;
import tern.ir.Op;
import tern.ir.Op.RopePairs;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.target.Target;
import tern.ir.target.Targets;

/// Tokens of several sequences in one launch: on the CPU and on a simulated card each gets what it gets alone.
class GpuBatchTest {

    /// Slots and lengths of the sequences: neither in order nor all there.
    private static final int[][] PLACES = {{3, 40}, {0, 0}, {4, 63}, {1, 17}};
    private static final int SLOTS = 5, LONGEST = 63;

    static List<Op> ops() {
        return List.of(
                new Op.RopeAppend(4, 2, 32, 80, 10000f, RopePairs.HALVES, Element.BF16),
                new Op.RopeAppend(2, 2, 48, 80, 10000f, RopePairs.NEIGHBOURS, Element.I8),
                new Op.Attention(4, 2, 32, 80, Element.BF16),
                new Op.Attention(3, 1, 64, 77, Element.I8),
                new Op.Attention(2, 2, 16, 80, Element.F32),
                new Op.TopLogits(300, 32, Element.BF16, 2),
                new Op.TopLogits(2300, 64, Element.F16, 1),
                new Op.TopLogits(300, 128, Element.F32, 1));
    }

    private static GpuOpsTest.Case one(Op op) {
        return new GpuOpsTest.Case(new Op.RaggedBatch(op, SLOTS), PLACES.length, op instanceof Op.TopLogits ? 0 : LONGEST);
    }

    @ParameterizedTest
    @MethodSource("ops")
    void givesTheBitsOfTheReference(Op op) {
        GpuOpsTest.Case one = one(op);
        List<byte[]> arguments = GpuOpsTest.arguments(one);
        if (!(op instanceof Op.TopLogits)) setPlaces(arguments.getLast());
        if (op instanceof Op.Attention attention && attention.layout().isScaled())
            for (int a = 1; a <= 2; a++) setScales(attention.layout(), arguments.get(a));
        if (op instanceof Op.TopLogits top) setInt8Head(top, arguments);
        List<byte[]> expected = run("reference", 1, one, arguments);
        for (int threads : new int[] {1, 2}) same("cpu", run("cpu", threads, one, arguments), expected);
        try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            same("card", GpuOpsTest.run(card, one, arguments), expected);
        }
    }

    /// Two groups of tokens, the second one not full.
    @Test
    void theHeadTakesMoreTokensThanAWarpHolds() {
        var op = new Op.TopLogits(100, 32, Element.BF16, 1);
        var one = new GpuOpsTest.Case(new Op.RaggedBatch(op, 70), 67, 0);
        List<byte[]> arguments = GpuOpsTest.arguments(one);
        setInt8Head(op, arguments);
        try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            same("card", GpuOpsTest.run(card, one, arguments), run("reference", 1, one, arguments));
        }
    }

    private static void same(String where, List<byte[]> found, List<byte[]> expected) {
        for (int i = 0; i < expected.size(); i++)
            assertThat(Arrays.mismatch(found.get(i), expected.get(i))).as("%s, argument %d: first byte that differs", where, i).isEqualTo(-1);
    }

    /// A table in which the largest logit of the first token is there several times, and its int8 copy.
    private static void setInt8Head(Op.TopLogits op, List<byte[]> arguments) {
        MemorySegment x = MemorySegment.ofArray(arguments.get(0)), table = MemorySegment.ofArray(arguments.get(1));
        Int8Head int8Head = new Int8Head(op.vocabulary(), op.width());
        for (int row = 0; row < op.vocabulary(); row++) {
            float[] values = new float[op.width()];
            for (int i = 0; i < values.length; i++) {
                long at = (long) row * values.length + i;
                float sum = 0.5f * x.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
                if (row % 90 == 17) set(table, op.element(), at, sum);
                values[i] = get(table, op.element(), at);
            }
            int8Head.write(row, values, MemorySegment.ofArray(arguments.get(2)));
        }
    }

    private static void set(MemorySegment table, Element element, long at, float value) {
        if (element == Element.F32) table.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, at, value);
        else table.setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, at,
                element == Element.F16 ? Float.floatToFloat16(value) : (short) (Float.floatToRawIntBits(value) >>> 16));
    }

    private static float get(MemorySegment table, Element element, long at) {
        if (element == Element.F32) return table.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
        short bits = table.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, at);
        return element == Element.F16 ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
    }

    private static void setScales(CacheLayout layout, byte[] caches) {
        for (int slot = 0; slot < SLOTS; slot++)
            for (long at = layout.scale(0, 0); at < layout.bytes(); at += 4)
                MemorySegment.ofArray(caches).set(ValueLayout.JAVA_FLOAT_UNALIGNED, slot * layout.apart() + at, 1f / (100 + slot + at % 7));
    }

    private static void setPlaces(byte[] argument) {
        MemorySegment places = MemorySegment.ofArray(argument);
        for (int i = 0; i < PLACES.length; i++)
            for (int j = 0; j < 2; j++) places.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, 2L * i + j, PLACES[i][j]);
    }

    private static List<byte[]> run(String kind, int threads, GpuOpsTest.Case one, List<byte[]> arguments) {
        try (Device device = Devices.open(kind, threads)) {
            return GpuOpsTest.run(device, one, arguments);
        }
    }

    /// In the sizes of a 2.4 B model, 64 sequences; in a build on the newest card, and on the others in turn.
    @Test
    void allAssembleAndStayInRegisters() throws Exception {
        var ptxas = Ptxas.find();
        assumeThat(ptxas).as("ptxas is on this machine").isPresent();
        List<Op> ops = List.of(
                new Op.RopeAppend(20, 5, 128, 4096, 500000f, RopePairs.HALVES, Element.BF16),
                new Op.Attention(20, 5, 128, 4096, Element.BF16),
                new Op.Attention(20, 5, 128, 4096, Element.I8),
                new Op.TopLogits(128256, 2560, Element.F16, 1));
        for (Target.Gpu target : List.of(Targets.A100, Targets.RTX_4090, Targets.H200))
            try (Device card = new GpuDevice(new Simulator(target), target)) {
                for (Op op : ops) {
                    if (!Breadth.ALL && target != Targets.H200 && ops.indexOf(op) % 2 != (target == Targets.A100 ? 0 : 1)) continue;
                    Kernel kernel = card.compile(new Op.RaggedBatch(op, 64));
                    for (String ptx : kernel.listing().split("(?=// \\S+, from )"))
                        assertThat(ptxas.get().assemble(ptx, target.sm()).local()).as("%s on %s", kernel.name(), target.name()).isZero();
                }
            }
    }
}
