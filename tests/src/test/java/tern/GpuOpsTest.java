package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.codegen.cuda.device.GpuDevice;
import tern.codegen.cuda.ops.AttentionPrograms;
import tern.codegen.cuda.ops.OpPrograms;
import tern.codegen.cuda.ops.RopePrograms;
import tern.codegen.cuda.ops.ScreenPrograms;
import tern.codegen.cuda.ptx.PtxEmitter;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.Op.RopePairs;
import tern.ir.Screen;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Launch;
import tern.ir.device.OpSignature;
import tern.ir.loop.Program;
import tern.ir.target.Targets;

/// The operations of a transformer on a simulated card give the bits of the reference.
class GpuOpsTest {

    /// @param n        tokens
    /// @param position tokens before them
    record Case(Op op, int n, int position) {
        @Override
        public String toString() {
            return OpSignature.name(op) + " n " + n + " position " + position;
        }
    }

    static List<Case> cases() {
        return List.of(
                new Case(new Op.Embed(50, 100, Element.BF16), 3, 0),
                new Case(new Op.Embed(50, 64, Element.F16), 2, 0),
                new Case(new Op.Embed(9, 33, Element.F32), 1, 0),
                new Case(new Op.Norm(127, 1e-5f, true), 2, 0),
                new Case(new Op.Norm(512, 1e-5f, false), 3, 0),
                new Case(new Op.NormQuantise(17, 1e-5f), 2, 0),
                new Case(new Op.NormQuantise(640, 1e-5f), 2, 0),
                new Case(new Op.Quantise(17), 2, 0),
                new Case(new Op.Quantise(640), 2, 0),
                new Case(new Op.RopeAppend(4, 2, 32, 24, 10000f, RopePairs.HALVES, Element.BF16), 3, 5),
                new Case(new Op.RopeAppend(4, 1, 128, 24, 500000f, RopePairs.HALVES, Element.F32), 1, 7),
                new Case(new Op.RopeAppend(2, 2, 48, 24, 10000f, RopePairs.NEIGHBOURS, Element.F32), 2, 0),
                new Case(new Op.RopeAppend(4, 2, 128, 24, 10000f, RopePairs.HALVES, Element.I8), 2, 5),
                new Case(new Op.RopeAppend(2, 2, 48, 24, 10000f, RopePairs.NEIGHBOURS, Element.I8), 2, 3),
                // One part of the context: the bits of the reference.
                new Case(new Op.Attention(4, 2, 32, 80, Element.BF16), 2, 50),
                new Case(new Op.Attention(3, 1, 64, 80, Element.I8), 2, 37),
                new Case(new Op.Attention(2, 1, 128, 300, Element.F32), 1, 0),
                new Case(new Op.Attention(2, 2, 16, 80, Element.F32), 9, 68),
                new Case(new Op.Head(300, 48, Element.BF16, true), 2, 0),
                new Case(new Op.Head(70, 32, Element.F32, false), 2, 0),
                new Case(new Op.TopLogits(700, 32, Element.BF16, 5), 1, 0),
                new Case(new Op.TopLogits(2050, 16, Element.BF16, 4), 1, 0),
                new Case(new Op.TopLogits(20, 16, Element.F32, 20), 1, 0),
                new Case(new Op.TopLogits(300, 640, Element.F16, 1), 1, 0),
                new Case(new Op.TopLogits(70, 3600, Element.BF16, 3), 1, 0));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void givesTheBitsOfTheReference(Case one) {
        List<byte[]> arguments = arguments(one);
        List<byte[]> expected, found;
        try (Device reference = Devices.open("reference", 1)) {
            expected = run(reference, one, arguments);
        }
        try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            found = run(card, one, arguments);
        }
        for (int i = 0; i < expected.size(); i++)
            assertThat(found.get(i)).as("argument " + i).isEqualTo(expected.get(i));
    }

    static List<byte[]> run(Device device, Case one, List<byte[]> arguments) {
        var buffers = new ArrayList<Buffer>();
        for (byte[] argument : arguments) {
            Buffer buffer = device.allocate(argument.length);
            buffer.write(0, MemorySegment.ofArray(argument));
            buffers.add(buffer);
        }
        device.sequence(List.of(new Launch(device.compile(one.op), buffers))).run(one.n, one.position);
        device.await();
        return buffers.stream().map(buffer -> {
            byte[] bytes = new byte[(int) buffer.bytes()];
            buffer.read(0, MemorySegment.ofArray(bytes));
            return bytes;
        }).toList();
    }

    /// Random floats around 1 wherever floats belong, tokens where tokens do.
    static List<byte[]> arguments(Case one) {
        var random = new SplittableRandom(3);
        var arguments = new ArrayList<byte[]>();
        long[] sizes = OpSignature.bytes(one.op, one.n);
        for (int i = 0; i < sizes.length; i++) {
            byte[] bytes = new byte[(int) sizes[i]];
            MemorySegment memory = MemorySegment.ofArray(bytes);
            if (one.op instanceof Op.Embed embed && i == 0)
                for (int t = 0; t < one.n; t++)
                    memory.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * t, random.nextInt(embed.vocabulary()));
            else fill(memory, element(one.op, i), random);
            if (layout(one.op) instanceof CacheLayout layout && layout.isScaled() && (i == 1 || i == 2))
                for (long at = layout.scale(0, 0); at < bytes.length; at += 4)
                    memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, (float) random.nextDouble(2 / 127.0));
            arguments.add(bytes);
        }
        if (one.op instanceof Op.TopLogits top) arguments.set(2, screen(top, arguments.get(1)));
        return arguments;
    }

    /// Most of the table is not there any more, only its screen: what is left of it are the rows that may win.
    @Test
    void rowsThatCannotWinAreNotRead() {
        var op = new Op.TopLogits(500, 96, Element.F32, 2);
        var one = new Case(op, 1, 0);
        List<byte[]> arguments = arguments(one);
        MemorySegment table = MemorySegment.ofArray(arguments.get(1)), x = MemorySegment.ofArray(arguments.get(0));
        for (int v : new int[] {77, 300})
            for (int i = 0; i < op.width(); i++)
                table.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * (v * op.width() + i),
                        (v == 77 ? 3 : 2.9f) * x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i));
        arguments.set(2, screen(op, arguments.get(1)));
        List<byte[]> expected, found;
        try (Device reference = Devices.open("reference", 1)) {
            expected = run(reference, one, arguments);
        }
        for (int v = 0; v < op.vocabulary(); v++)
            if (v != 77 && v != 300)
                for (int i = 0; i < op.width(); i++) table.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * (v * op.width() + i), 1e30f);
        try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            found = run(card, one, arguments);
        }
        assertThat(found.get(3)).isEqualTo(expected.get(3));
        assertThat(found.get(4)).isEqualTo(expected.get(4));
    }

    private static byte[] screen(Op.TopLogits op, byte[] table) {
        var screen = new Screen(op.vocabulary(), op.width());
        byte[] bytes = new byte[Math.toIntExact(screen.bytes())];
        float[] row = new float[op.width()];
        MemorySegment from = MemorySegment.ofArray(table);
        for (int v = 0; v < op.vocabulary(); v++) {
            for (int i = 0; i < row.length; i++) row[i] = value(from, op.element(), (long) v * op.width() + i);
            screen.write(v, row, MemorySegment.ofArray(bytes));
        }
        return bytes;
    }

    private static float value(MemorySegment table, Element element, long i) {
        if (element == Element.F32) return table.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * i);
        short bits = table.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * i);
        return element == Element.BF16 ? Float.intBitsToFloat(bits << 16) : Float.float16ToFloat(bits);
    }

    private static @Nullable CacheLayout layout(Op op) {
        return op instanceof Op.Attention attention ? attention.layout() : op instanceof Op.RopeAppend rope ? rope.layout() : null;
    }

    private static Element element(Op op, int argument) {
        return switch (op) {
            case Op.Embed embed -> argument == 1 ? embed.element() : Element.F32;
            case Op.RopeAppend rope -> argument == 0 ? Element.F32 : rope.cache();
            case Op.Attention attention -> argument == 1 || argument == 2 ? attention.cache() : Element.F32;
            case Op.Head head -> argument == 1 ? head.element() : Element.F32;
            case Op.TopLogits top -> argument == 1 ? top.element() : Element.F32;
            case Op.Norm _, Op.NormQuantise _, Op.Quantise _ -> Element.F32;
        };
    }

    private static void fill(MemorySegment memory, Element element, SplittableRandom random) {
        for (long at = 0; at + element.bytes() <= memory.byteSize(); at += element.bytes()) {
            float value = (float) random.nextDouble(-2, 2);
            if (element == Element.F32) memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, value);
            else if (element == Element.I8) memory.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(-127, 128));
            else {
                int bits = element == Element.BF16 ? Float.floatToRawIntBits(value) >>> 16 : Float.floatToFloat16(value);
                memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) bits);
            }
        }
    }

    /// In the sizes of a 2.4 B model, for every target.
    @Test
    void allAssembleAndStayInRegisters() throws Exception {
        var ptxas = Ptxas.find();
        assumeThat(ptxas).as("ptxas is on this machine").isPresent();
        List<Program> programs = List.of(
                OpPrograms.embed(new Op.Embed(128256, 2560, Element.BF16)),
                OpPrograms.norm(new Op.Norm(2560, 1e-5f, true)),
                OpPrograms.normQuantise(new Op.NormQuantise(6912, 1e-5f)),
                OpPrograms.quantise(new Op.Quantise(6912)),
                RopePrograms.ropeAppend(new Op.RopeAppend(20, 5, 128, 4096, 500000f, RopePairs.HALVES, Element.BF16)),
                RopePrograms.ropeAppend(new Op.RopeAppend(20, 5, 128, 4096, 500000f, RopePairs.NEIGHBOURS, Element.F32)),
                RopePrograms.ropeAppend(new Op.RopeAppend(20, 5, 128, 4096, 500000f, RopePairs.HALVES, Element.I8)),
                OpPrograms.attention(new Op.Attention(20, 5, 48, 4096, Element.BF16)),
                AttentionPrograms.parts(new Op.Attention(20, 5, 128, 4096, Element.BF16), "parts"),
                AttentionPrograms.parts(new Op.Attention(20, 5, 128, 4096, Element.I8), "parts"),
                AttentionPrograms.merge(new Op.Attention(20, 5, 128, 4096, Element.BF16), "merge"),
                AttentionPrograms.tiles(new Op.Attention(20, 5, 128, 4096, Element.BF16), "tiles"),
                AttentionPrograms.tiles(new Op.Attention(20, 5, 128, 4096, Element.I8), "tiles"),
                OpPrograms.head(new Op.Head(128256, 2560, Element.BF16, true)),
                OpPrograms.slices(new Op.TopLogits(128256, 2560, Element.BF16, 40), "slices"),
                OpPrograms.top(new Op.TopLogits(128256, 2560, Element.BF16, 40), "top"),
                ScreenPrograms.split(new Op.TopLogits(128256, 2560, Element.F16, 1), "split"),
                ScreenPrograms.near(new Op.TopLogits(128256, 2560, Element.F16, 1), "near"),
                ScreenPrograms.near(new Op.TopLogits(32000, 5120, Element.F16, 1), "near_wide"),
                ScreenPrograms.exact(new Op.TopLogits(128256, 2560, Element.F16, 1), "exact"));
        for (Program program : programs)
            for (int sm : new int[] {80, 89, 90})
                assertThat(ptxas.get().assemble(PtxEmitter.emit(program, sm).ptx(), sm).local()).as(program.name()).isZero();
    }
}
