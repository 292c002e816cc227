package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.ShortVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;
import static tern.codegen.jvm.Memory.ALL;
import static tern.codegen.jvm.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.I16;
import static tern.codegen.jvm.ops.Lanes.I32;
import static tern.codegen.jvm.ops.Lanes.ORDER;
import static tern.codegen.jvm.ops.Lanes.whole;

import jdk.incubator.vector.FloatVector;
import tern.ir.Op;

/// Rows of bf16: the upper half of an f32.
final class Bf16Rows implements Rows {

    static final Bf16Rows ROWS = new Bf16Rows();

    private Bf16Rows() {}

    @Override
    public void dots(long a, long b, long c, long d, long x, int width, long lanes) {
        for (int part = 0; part < Op.LANES; part += COUNT) part(a, b, c, d, x, whole(width), part, lanes);
        if (whole(width) < width) dotTails(a, b, c, d, x, width, lanes);
    }

    private static void part(long a, long b, long c, long d, long x, int width, int part, long lanes) {
        long p = a & MASK, q = b & MASK, r = c & MASK, s = d & MASK, xs = x & MASK;
        FloatVector sumA = FloatVector.zero(F32), sumB = sumA, sumC = sumA, sumD = sumA;
        for (int i = part; i < width; i += Op.LANES) {
            FloatVector v = fromMemorySegment(F32, ALL, xs + 4L * i, ORDER);
            sumA = fromMemorySegment(I16, ALL, p + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts()
                    .lanewise(LSHL, 16).reinterpretAsFloats().fma(v, sumA);
            sumB = fromMemorySegment(I16, ALL, q + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts()
                    .lanewise(LSHL, 16).reinterpretAsFloats().fma(v, sumB);
            sumC = fromMemorySegment(I16, ALL, r + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts()
                    .lanewise(LSHL, 16).reinterpretAsFloats().fma(v, sumC);
            sumD = fromMemorySegment(I16, ALL, s + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts()
                    .lanewise(LSHL, 16).reinterpretAsFloats().fma(v, sumD);
        }
        long out = lanes + 4L * part;
        sumA.intoMemorySegment(ALL, out, ORDER);
        sumB.intoMemorySegment(ALL, out + Fold.ROW, ORDER);
        sumC.intoMemorySegment(ALL, out + 2 * Fold.ROW, ORDER);
        sumD.intoMemorySegment(ALL, out + 3 * Fold.ROW, ORDER);
    }

    @Override
    public void widen(long row, int width, long out) {
        long from = row & MASK, to = out & MASK;
        for (int i = 0; i <= width - COUNT; i += COUNT)
            fromMemorySegment(I16, ALL, from + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts()
                    .lanewise(LSHL, 16).intoMemorySegment(ALL, to + 4L * i, ORDER);
        widenTail(row, width, out);
    }

    @Override
    public float at(long row, int i) {
        return Float.intBitsToFloat(Lanes.i16(row + 2L * i) << 16);
    }
}
