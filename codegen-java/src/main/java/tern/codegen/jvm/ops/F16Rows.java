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
import jdk.incubator.vector.IntVector;
import tern.ir.Op;

/// Rows of finite f16, widened exactly by integer operations: there is no vector of f16 in the Vector API of Java 25.
///
/// The exponent of an f16 is biased by 15, that of an f32 by 127. So with the exponent field e and the fraction m, both
/// moved to their places in an f32, adding 112 to the field gives n = 2^(e - 15) (1 + m): the value, if e > 0. A
/// subnormal is 2^-14 m = 2n - 2^-14, exactly; and 2n - 2^-14 < n just for e = 0, so the value is the lesser of the two,
/// found by an integer minimum since neither is negative. No f32 on the way is subnormal, which some machines are slow at.
final class F16Rows implements Rows {

    static final F16Rows ROWS = new F16Rows();

    private static final FloatVector TWO = FloatVector.broadcast(F32, 2f);
    private static final FloatVector LESS_2_14 = FloatVector.broadcast(F32, -0x1p-14f);

    private static final int MAGNITUDE = 0x7fff;
    private static final int SIGN = 1 << 31;
    private static final int REBIAS = 127 - 15 << 23;

    private F16Rows() {}

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

            IntVector halfA = fromMemorySegment(I16, ALL, p + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts();
            IntVector nA = halfA.and(MAGNITUDE).lanewise(LSHL, 13).add(REBIAS);
            IntVector magnitudeA = nA.min(nA.reinterpretAsFloats().fma(TWO, LESS_2_14).reinterpretAsInts());
            sumA = halfA.and(SIGN).or(magnitudeA).reinterpretAsFloats().fma(v, sumA);

            IntVector halfB = fromMemorySegment(I16, ALL, q + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts();
            IntVector nB = halfB.and(MAGNITUDE).lanewise(LSHL, 13).add(REBIAS);
            IntVector magnitudeB = nB.min(nB.reinterpretAsFloats().fma(TWO, LESS_2_14).reinterpretAsInts());
            sumB = halfB.and(SIGN).or(magnitudeB).reinterpretAsFloats().fma(v, sumB);

            IntVector halfC = fromMemorySegment(I16, ALL, r + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts();
            IntVector nC = halfC.and(MAGNITUDE).lanewise(LSHL, 13).add(REBIAS);
            IntVector magnitudeC = nC.min(nC.reinterpretAsFloats().fma(TWO, LESS_2_14).reinterpretAsInts());
            sumC = halfC.and(SIGN).or(magnitudeC).reinterpretAsFloats().fma(v, sumC);

            IntVector halfD = fromMemorySegment(I16, ALL, s + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts();
            IntVector nD = halfD.and(MAGNITUDE).lanewise(LSHL, 13).add(REBIAS);
            IntVector magnitudeD = nD.min(nD.reinterpretAsFloats().fma(TWO, LESS_2_14).reinterpretAsInts());
            sumD = halfD.and(SIGN).or(magnitudeD).reinterpretAsFloats().fma(v, sumD);
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
        for (int i = 0; i <= width - COUNT; i += COUNT) {
            IntVector half = fromMemorySegment(I16, ALL, from + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts();
            IntVector n = half.and(MAGNITUDE).lanewise(LSHL, 13).add(REBIAS);
            IntVector magnitude = n.min(n.reinterpretAsFloats().fma(TWO, LESS_2_14).reinterpretAsInts());
            half.and(SIGN).or(magnitude).intoMemorySegment(ALL, to + 4L * i, ORDER);
        }
        widenTail(row, width, out);
    }

    @Override
    public float at(long row, int i) {
        return Float.float16ToFloat(Lanes.i16(row + 2L * i));
    }
}
