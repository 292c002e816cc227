package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.INT;
import static tern.codegen.jvm.ops.Lanes.ORDER;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.team.Memory.MASK;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorOperators;
import tern.codegen.jvm.team.Spmd;
import tern.codegen.jvm.team.Team;
import tern.ir.Op;

/// Quantisation to 8 bits without a norm, tokens split over the workers. Rounding and maximum are those of
/// [NativeNormQuantise].
record NativeQuantise(Op.Quantise op) implements Spmd {

    @Override
    public void run(int worker, int workers, Team team, long[] addresses, int n, int position) {
        long q = addresses[1], scale = addresses[2];
        int end = Share.start(n, worker + 1, workers);
        for (int i = Share.start(n, worker, workers); i < end; i++) {
            long x = addresses[0] + 4L * i * op.width();
            float s = 127f / largest(x, op.width());
            quantise(x, s, op.width(), q + (long) i * op.width());
            Lanes.f32(scale + 4L * i, 1f / s);
        }
    }

    private static float largest(long x, int width) {
        long xs = x & MASK;
        IntVector bits = IntVector.broadcast(Lanes.I32, Float.floatToRawIntBits(1e-5f));
        int i = 0;
        for (; i <= width - COUNT; i += COUNT)
            bits = fromMemorySegment(F32, ALL, xs + 4L * i, ORDER).reinterpretAsInts().and(Integer.MAX_VALUE).max(bits);
        float largest = Float.intBitsToFloat(bits.reduceLanes(VectorOperators.MAX));
        for (; i < width; i++) largest = Math.max(largest, Math.abs(Lanes.f32(xs + 4L * i)));
        return largest;
    }

    private static void quantise(long x, float s, int width, long q) {
        long xs = x & MASK, qs = q & MASK;
        int i = 0;
        for (; i <= width - COUNT; i += COUNT) {
            Vector<Byte> bytes = fromMemorySegment(F32, ALL, xs + 4L * i, ORDER)
                    .mul(s)
                    .add(NativeNormQuantise.ROUND)
                    .reinterpretAsInts()
                    .sub(Float.floatToRawIntBits(NativeNormQuantise.ROUND))
                    .convertShape(VectorOperators.I2B, NativeNormQuantise.BYTES, 0);
            // Four bytes are less than the smallest vector.
            if (COUNT > 4) bytes.intoMemorySegment(ALL, qs + i, ORDER);
            else ALL.set(INT, qs + i, bytes.reinterpretAsInts().lane(0));
        }
        for (; i < width; i++) Lanes.i8(qs + i, (byte) Math.rint(Lanes.f32(xs + 4L * i) * s));
    }
}
