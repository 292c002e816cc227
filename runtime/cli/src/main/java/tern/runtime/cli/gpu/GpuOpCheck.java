package tern.runtime.cli.gpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import tern.autotune.verify.OpTrial;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.Op.RopePairs;
import tern.ir.device.Device;
import tern.ir.reference.ReferenceDevice;
import tern.runtime.cli.gpu.GpuCheckLine.Status;

/// The operations of a transformer on a card against the reference: bit for bit, but for attention over a long context or of many tokens, whose
/// sums have another order on a card.
///
/// @param quick true: small widths
record GpuOpCheck(Device card, boolean quick, Consumer<GpuCheckLine> said) {

    private static final float EPSILON = 1e-5f;

    /// Positions and tokens up to which attention has the reference's bits; by how much its results, means of numbers up to 2, may differ beyond.
    private static final int ONE_PART = 64, FEW = 8;

    private static final float WITHIN = 2e-3f;

    /// Tokens from which on attention over a bf16 cache rounds queries and weights to bf16, and how much results may differ then.
    private static final int MANY = 16;

    private static final float ROUNDED_WITHIN = 2e-2f;

    private static boolean isExact(OpTrial one) {
        return !(one.op() instanceof Op.Attention) || one.position() + one.n() <= ONE_PART && one.n() <= FEW;
    }

    private static float within(OpTrial one) {
        return one.op() instanceof Op.Attention attention && attention.cache() == Element.BF16 && one.n() >= MANY ? ROUNDED_WITHIN : WITHIN;
    }

    private List<OpTrial> cases() {
        var cases = new ArrayList<>(List.of(
                new OpTrial(new Op.Embed(50, 100, Element.BF16), 3, 0),
                new OpTrial(new Op.Norm(127, EPSILON, true), 2, 0),
                new OpTrial(new Op.NormQuantise(640, EPSILON), 2, 0),
                new OpTrial(new Op.Quantise(17), 2, 0),
                new OpTrial(new Op.RopeAppend(4, 2, 32, 24, 10000f, RopePairs.HALVES, Element.BF16), 3, 5),
                new OpTrial(new Op.RopeAppend(2, 2, 48, 24, 10000f, RopePairs.NEIGHBOURS, Element.F32), 2, 0),
                new OpTrial(new Op.Attention(4, 2, 32, 80, Element.BF16), 2, 50),
                new OpTrial(new Op.Attention(4, 2, 32, 80, Element.BF16), 2, 70),
                new OpTrial(new Op.Attention(4, 2, 32, 80, Element.F32), 11, 60),
                new OpTrial(new Op.Head(70, 32, Element.F32, false), 2, 0),
                new OpTrial(new Op.TopLogits(300, 32, Element.BF16, 5), 1, 0),
                new OpTrial(new Op.Attention(4, 2, 32, 80, Element.BF16), 20, 50),
                new OpTrial(new Op.RaggedBatch(new Op.RopeAppend(4, 2, 32, 24, 10000f, RopePairs.HALVES, Element.BF16), 3), 3, 20),
                new OpTrial(new Op.RaggedBatch(new Op.Attention(4, 2, 32, 80, Element.BF16), 3), 3, 60),
                new OpTrial(new Op.RaggedBatch(new Op.TopLogits(300, 32, Element.BF16, 1), 3), 3, 0)));
        if (quick) return cases;
        // Of 2B4T.
        for (int n : new int[] {1, 5, 33}) cases.add(new OpTrial(new Op.NormQuantise(2560, EPSILON), n, 0));
        cases.add(new OpTrial(new Op.NormQuantise(6912, EPSILON), 2, 0));
        for (Element cache : new Element[] {Element.F32, Element.BF16}) {
            cases.add(new OpTrial(new Op.RopeAppend(20, 5, 128, 600, 500000f, RopePairs.HALVES, cache), 3, 500));
            cases.add(new OpTrial(new Op.Attention(20, 5, 128, 600, cache), 1, 597));
            cases.add(new OpTrial(new Op.Attention(20, 5, 128, 600, cache), 5, 61));
        }
        cases.add(new OpTrial(new Op.Head(300, 2560, Element.F16, true), 2, 0));
        cases.add(new OpTrial(new Op.Head(200, 2560, Element.BF16, false), 3, 0));
        cases.add(new OpTrial(new Op.TopLogits(600, 2560, Element.F16, 40), 1, 0));
        cases.add(new OpTrial(new Op.Attention(20, 5, 128, 600, Element.BF16), 100, 450));
        cases.add(new OpTrial(new Op.RaggedBatch(new Op.Attention(20, 5, 128, 600, Element.BF16), 64), 64, ONE_PART - 1));
        cases.add(new OpTrial(new Op.RaggedBatch(new Op.TopLogits(600, 2560, Element.F16, 1), 64), 64, 0));
        return cases;
    }

    void run() {
        for (OpTrial one : cases()) {
            String subject = one.toString();
            try (Device reference = new ReferenceDevice()) {
                List<byte[]> arguments = one.arguments();
                compare(one, subject, one.run(reference, arguments), one.run(card, arguments));
            } catch (RuntimeException e) {
                said.accept(GpuCheckLine.failed(GpuCheckStep.OPS, subject, e));
            }
        }
    }

    private void compare(OpTrial one, String subject, List<byte[]> expected, List<byte[]> found) {
        if (!isExact(one)) {
            float most = mostBetween(expected.getLast(), found.getLast());
            said.accept(GpuCheckLine.of(GpuCheckStep.OPS, subject, most <= within(one) ? Status.RIGHT : Status.WRONG,
                    "within " + within(one))
                    .with("largest difference", most));
            return;
        }
        for (int i = 0; i < expected.size(); i++) {
            int at = Arrays.mismatch(expected.get(i), found.get(i));
            if (at < 0) continue;
            said.accept(GpuCheckLine.of(GpuCheckStep.OPS, subject, Status.WRONG,
                    "argument %d differs from byte %d of %d on: expected %s, found %s".formatted(
                            i, at, expected.get(i).length, word(expected.get(i), at), word(found.get(i), at))));
            return;
        }
        said.accept(GpuCheckLine.of(GpuCheckStep.OPS, subject, Status.RIGHT, "bit for bit"));
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
}
