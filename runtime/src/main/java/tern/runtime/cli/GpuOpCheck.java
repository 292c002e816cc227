package tern.runtime.cli;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.Op.RopePairs;
import tern.ir.Screen;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Launch;
import tern.ir.device.OpSignature;
import tern.ir.reference.ReferenceDevice;
import tern.runtime.cli.GpuCheckLine.Status;

/// The operations of a transformer on a card against the reference: bit for bit, but for attention over a long context or of many tokens, whose
/// sums have another order on a card.
///
/// @param quick true: small widths
record GpuOpCheck(Device card, boolean quick, Consumer<GpuCheckLine> said) {

    private static final float EPSILON = 1e-5f;

    /// Positions and tokens up to which attention has the reference's bits; by how much its results, means of numbers up to 2, may differ beyond.
    private static final int ONE_PART = 64, FEW = 8;

    private static final float WITHIN = 2e-3f;

    /// @param n        tokens
    /// @param position tokens before them
    private record Case(Op op, int n, int position) {
        boolean isExact() {
            return !(op instanceof Op.Attention) || position + n <= ONE_PART && n <= FEW;
        }
    }

    private List<Case> cases() {
        var cases = new ArrayList<>(List.of(
                new Case(new Op.Embed(50, 100, Element.BF16), 3, 0),
                new Case(new Op.Norm(127, EPSILON, true), 2, 0),
                new Case(new Op.NormQuantise(640, EPSILON), 2, 0),
                new Case(new Op.Quantise(17), 2, 0),
                new Case(new Op.RopeAppend(4, 2, 32, 24, 10000f, RopePairs.HALVES, Element.BF16), 3, 5),
                new Case(new Op.RopeAppend(2, 2, 48, 24, 10000f, RopePairs.NEIGHBOURS, Element.F32), 2, 0),
                new Case(new Op.Attention(4, 2, 32, 80, Element.BF16), 2, 50),
                new Case(new Op.Attention(4, 2, 32, 80, Element.BF16), 2, 70),
                new Case(new Op.Attention(4, 2, 32, 80, Element.F32), 11, 60),
                new Case(new Op.Head(70, 32, Element.F32, false), 2, 0),
                new Case(new Op.TopLogits(300, 32, Element.BF16, 5), 1, 0)));
        if (quick) return cases;
        // Of 2B4T.
        for (int n : new int[] {1, 5, 33}) cases.add(new Case(new Op.NormQuantise(2560, EPSILON), n, 0));
        cases.add(new Case(new Op.NormQuantise(6912, EPSILON), 2, 0));
        for (Element cache : new Element[] {Element.F32, Element.BF16}) {
            cases.add(new Case(new Op.RopeAppend(20, 5, 128, 600, 500000f, RopePairs.HALVES, cache), 3, 500));
            cases.add(new Case(new Op.Attention(20, 5, 128, 600, cache), 1, 597));
            cases.add(new Case(new Op.Attention(20, 5, 128, 600, cache), 5, 61));
        }
        cases.add(new Case(new Op.Head(300, 2560, Element.F16, true), 2, 0));
        cases.add(new Case(new Op.Head(200, 2560, Element.BF16, false), 3, 0));
        cases.add(new Case(new Op.TopLogits(600, 2560, Element.F16, 40), 1, 0));
        return cases;
    }

    void run() {
        for (Case one : cases()) {
            String subject = "%s n %d position %d".formatted(OpSignature.name(one.op), one.n, one.position);
            try (Device reference = new ReferenceDevice()) {
                List<byte[]> arguments = arguments(one);
                compare(one, subject, results(reference, one, arguments), results(card, one, arguments));
            } catch (RuntimeException e) {
                said.accept(GpuCheckLine.failed(GpuCheckPart.OPS, subject, e));
            }
        }
    }

    private void compare(Case one, String subject, List<byte[]> expected, List<byte[]> found) {
        if (!one.isExact()) {
            float most = mostBetween(expected.getLast(), found.getLast());
            said.accept(GpuCheckLine.of(GpuCheckPart.OPS, subject, most <= WITHIN ? Status.RIGHT : Status.WRONG, "within " + WITHIN)
                    .with("largest difference", most));
            return;
        }
        for (int i = 0; i < expected.size(); i++) {
            int at = Arrays.mismatch(expected.get(i), found.get(i));
            if (at < 0) continue;
            said.accept(GpuCheckLine.of(GpuCheckPart.OPS, subject, Status.WRONG,
                    "argument %d differs from byte %d of %d on: expected %s, found %s".formatted(
                            i, at, expected.get(i).length, word(expected.get(i), at), word(found.get(i), at))));
            return;
        }
        said.accept(GpuCheckLine.of(GpuCheckPart.OPS, subject, Status.RIGHT, "bit for bit"));
    }

    /// Of floats; a NaN is farther than anything.
    private static float mostBetween(byte[] expected, byte[] found) {
        MemorySegment one = MemorySegment.ofArray(expected), other = MemorySegment.ofArray(found);
        float most = 0;
        for (long at = 0; at < expected.length; at += 4) {
            float difference = Math.abs(one.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at) - other.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at));
            if (!(difference <= most)) most = difference;
            if (Float.isNaN(difference)) return Float.NaN;
        }
        return most;
    }

    /// The four bytes around a place, as an integer and as a float.
    private static String word(byte[] bytes, int at) {
        if (bytes.length < 4) return Arrays.toString(bytes);
        int word = MemorySegment.ofArray(bytes).get(ValueLayout.JAVA_INT_UNALIGNED, Math.min(at / 4 * 4, bytes.length - 4));
        return "0x%08x (%s)".formatted(word, Float.intBitsToFloat(word));
    }

    private static List<byte[]> results(Device device, Case one, List<byte[]> arguments) {
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

    /// Random numbers around 1 wherever numbers belong, tokens where tokens do.
    private static List<byte[]> arguments(Case one) {
        var random = new SplittableRandom(3);
        var arguments = new ArrayList<byte[]>();
        long[] sizes = OpSignature.bytes(one.op, one.n);
        for (int i = 0; i < sizes.length; i++) {
            byte[] bytes = new byte[(int) sizes[i]];
            MemorySegment memory = MemorySegment.ofArray(bytes);
            if (one.op instanceof Op.Embed embed && i == 0)
                for (int t = 0; t < one.n; t++) memory.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * t, random.nextInt(embed.vocabulary()));
            else if (one.op instanceof Op.TopLogits top && i == 2) screen(top, MemorySegment.ofArray(arguments.get(1)), memory);
            else fill(memory, element(one.op, i), random);
            arguments.add(bytes);
        }
        return arguments;
    }

    private static void screen(Op.TopLogits op, MemorySegment table, MemorySegment memory) {
        var screen = new Screen(op.vocabulary(), op.width());
        float[] row = new float[op.width()];
        for (int v = 0; v < op.vocabulary(); v++) {
            for (int i = 0; i < row.length; i++) {
                long at = (long) v * op.width() + i;
                row[i] = switch (op.element()) {
                    case F16 -> Float.float16ToFloat(table.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * at));
                    case BF16 -> Float.intBitsToFloat(table.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * at) << 16);
                    case BOOL, I8, U8, I16, U16, I32, U32, I64, U64, F32 -> table.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * at);
                };
            }
            screen.write(v, row, memory);
        }
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
            switch (element.bytes()) {
                case 1 -> memory.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(-127, 128));
                case 2 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at,
                        element == Element.F16 ? Float.floatToFloat16(value) : (short) (Float.floatToRawIntBits(value) >> 16));
                default -> memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, value);
            }
        }
    }
}
