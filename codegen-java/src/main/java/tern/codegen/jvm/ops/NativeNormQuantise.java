package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.team.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.INT;
import static tern.codegen.jvm.ops.Lanes.ORDER;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.Op;

/// RMS norm and quantisation to 8 bits, tokens split over the workers. The normed values are computed twice, not stored.
final class NativeNormQuantise implements Spmd {

    /// 1.5 * 2^23: adding it leaves the nearest integer, ties to even, in the low bits. |a * s| is at most 127 (1 + 2^-23),
    /// so that the integer needs no clamping.
    static final float ROUND = 0x1.8p23f;

    static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * COUNT)));

    private final Op.NormQuantise op;
    private final Scratch scratch;

    NativeNormQuantise(Op.NormQuantise op, int workers) {
        this.op = op;
        this.scratch = new Scratch(workers, Fold.ROW);
    }

    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        long weight = addresses[1], q = addresses[2], scale = addresses[3];
        int end = Share.start(n, worker + 1, workers);
        for (int i = Share.start(n, worker, workers); i < end; i++) {
            long x = addresses[0] + 4L * i * op.width();
            float r = NativeNorm.inverseRoot(x, op.width(), op.epsilon(), scratch.of(worker));
            float s = 127f / largest(x, r, weight, op.width());
            quantise(x, r, weight, s, op.width(), q + (long) i * op.width());
            Lanes.f32(scale + 4L * i, 1f / s);
        }
    }

    /// Magnitudes are compared as integers, which is one instruction; the floats' maximum knows NaN and signed zeros.
    private static float largest(long x, float r, long weight, int width) {
        long xs = x & MASK, ws = weight & MASK;
        IntVector bits = IntVector.broadcast(Lanes.I32, Float.floatToRawIntBits(1e-5f));
        int i = 0;
        for (; i <= width - COUNT; i += COUNT)
            bits = fromMemorySegment(F32, ALL, xs + 4L * i, ORDER)
                    .mul(r)
                    .mul(fromMemorySegment(F32, ALL, ws + 4L * i, ORDER))
                    .reinterpretAsInts()
                    .and(Integer.MAX_VALUE)
                    .max(bits);
        float largest = Float.intBitsToFloat(bits.reduceLanes(VectorOperators.MAX));
        for (; i < width; i++) largest = Math.max(largest, Math.abs(normedAt(xs, r, ws, i)));
        return largest;
    }

    private static void quantise(long x, float r, long weight, float s, int width, long q) {
        long xs = x & MASK, ws = weight & MASK, qs = q & MASK;
        int i = 0;
        for (; i <= width - COUNT; i += COUNT) {
            Vector<Byte> bytes = fromMemorySegment(F32, ALL, xs + 4L * i, ORDER)
                    .mul(r)
                    .mul(fromMemorySegment(F32, ALL, ws + 4L * i, ORDER))
                    .mul(s)
                    .add(ROUND)
                    .reinterpretAsInts()
                    .sub(Float.floatToRawIntBits(ROUND))
                    .convertShape(VectorOperators.I2B, BYTES, 0);
            // Four bytes are less than the smallest vector.
            if (COUNT > 4) bytes.intoMemorySegment(ALL, qs + i, ORDER);
            else ALL.set(INT, qs + i, bytes.reinterpretAsInts().lane(0));
        }
        for (; i < width; i++) Lanes.i8(qs + i, (byte) Math.rint(normedAt(xs, r, ws, i) * s));
    }

    private static float normedAt(long x, float r, long weight, int i) {
        return Lanes.f32(x + 4L * i) * r * Lanes.f32(weight + 4L * i);
    }
}
