package tern.autotune.verify;

import static java.util.Locale.ROOT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Int8Head;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Launch;
import tern.ir.device.OpSignature;

/// An operation of a transformer with arguments that are always the same, to be run on several devices.
///
/// @param n        tokens
/// @param position tokens before them
public record OpTrial(Op op, int n, int position) {

    private static final int SEED = 3;

    /// Of what a step of a scaled cache is worth: numbers up to 2.
    private static final double MOST_SCALE = 2 / 127.0;

    @Override
    public String toString() {
        return String.format(ROOT, "%s n %d position %d", OpSignature.name(op), n, position);
    }

    /// Bytes of every argument before the launch: random numbers up to 2 wherever numbers belong, tokens where tokens do.
    public List<byte[]> arguments() {
        var random = new SplittableRandom(SEED);
        var arguments = new ArrayList<byte[]>();
        @Nullable CacheLayout layout = layout();
        long[] sizes = OpSignature.bytes(op, n);
        for (int i = 0; i < sizes.length; i++) {
            byte[] bytes = new byte[(int) sizes[i]];
            MemorySegment memory = MemorySegment.ofArray(bytes);
            if (op instanceof Op.Embed embed && i == 0)
                for (int t = 0; t < n; t++) memory.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * t, random.nextInt(embed.vocabulary()));
            else fill(memory, element(op, i), random);
            if (layout != null && layout.isScaled() && (i == 1 || i == 2))
                for (long at = layout.scale(0, 0); at < bytes.length; at += 4)
                    memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, (float) random.nextDouble(MOST_SCALE));
            arguments.add(bytes);
        }
        Op of = op instanceof Op.RaggedBatch batch ? batch.of() : op;
        if (of instanceof Op.TopLogits top) arguments.set(2, int8Head(top, arguments.get(1)));
        else if (op instanceof Op.RaggedBatch) setPlaces(MemorySegment.ofArray(arguments.getLast()));
        return arguments;
    }

    /// Slots from the last on, positions up to the launch's.
    private void setPlaces(MemorySegment places) {
        for (int i = 0; i < n; i++) {
            places.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, 2L * i, n - 1 - i);
            places.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, 2L * i + 1, position * (i + 1) / n);
        }
    }

    /// The int8 head of a table: what goes by it must be able to trust it.
    ///
    /// @param rows of the table
    public static byte[] int8Head(Op.TopLogits op, byte[] rows) {
        MemorySegment table = MemorySegment.ofArray(rows);
        byte[] int8Head = new byte[Math.toIntExact(new Int8Head(op.vocabulary(), op.width()).bytes())];
        float[] row = new float[op.width()];
        for (int v = 0; v < op.vocabulary(); v++) {
            for (int i = 0; i < row.length; i++) row[i] = value(table, op.element(), (long) v * row.length + i);
            new Int8Head(op.vocabulary(), op.width()).write(v, row, MemorySegment.ofArray(int8Head));
        }
        return int8Head;
    }

    private static float value(MemorySegment table, Element element, long at) {
        if (element == Element.F32) return table.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
        short bits = table.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, at);
        return element == Element.F16 ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
    }

    private @Nullable CacheLayout layout() {
        return op instanceof Op.Attention attention ? attention.layout() : op instanceof Op.RopeAppend rope ? rope.layout() : null;
    }

    private static Element element(Op op, int argument) {
        return switch (op) {
            case Op.Embed embed -> argument == 1 ? embed.element() : Element.F32;
            case Op.RopeAppend rope -> argument == 0 ? Element.F32 : rope.cache();
            case Op.Attention attention -> argument == 1 || argument == 2 ? attention.cache() : Element.F32;
            case Op.Head head -> argument == 1 ? head.element() : Element.F32;
            case Op.TopLogits top -> argument == 1 ? top.element() : Element.F32;
            case Op.PerToken _ -> Element.F32;
            case Op.RaggedBatch(Op of, _, _) -> element(of, argument);
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

    /// Bytes of every argument after a launch.
    ///
    /// @param arguments before it
    public List<byte[]> run(Device device, List<byte[]> arguments) {
        var buffers = new ArrayList<Buffer>();
        for (byte[] argument : arguments) {
            Buffer buffer = device.allocate(argument.length);
            buffer.write(0, MemorySegment.ofArray(argument));
            buffers.add(buffer);
        }
        device.sequence(List.of(new Launch(device.compile(op), buffers))).run(n, position);
        device.await();
        return buffers.stream().map(buffer -> {
            byte[] bytes = new byte[(int) buffer.bytes()];
            buffer.read(0, MemorySegment.ofArray(bytes));
            return bytes;
        }).toList();
    }
}
