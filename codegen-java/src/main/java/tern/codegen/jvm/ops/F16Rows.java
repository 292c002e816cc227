package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.ShortVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.team.Memory.MASK;
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
    public void dots(long rows, long stride, int last, long x, int width, long lanes) {
        for (int part = 0; part < Op.LANES; part += COUNT) part(rows, stride, last, x, whole(width), part, lanes);
        if (whole(width) < width) dotTails(rows, stride, last, x, width, lanes);
    }

    private static void part(long rows, long stride, int last, long x, int width, int part, long lanes) {
        long row0 = rows & MASK;
        long row1 = rows + Math.min(1, last) * stride & MASK;
        long row2 = rows + Math.min(2, last) * stride & MASK;
        long row3 = rows + Math.min(3, last) * stride & MASK;
        long row4 = rows + Math.min(4, last) * stride & MASK;
        long row5 = rows + Math.min(5, last) * stride & MASK;
        long row6 = rows + Math.min(6, last) * stride & MASK;
        long row7 = rows + Math.min(7, last) * stride & MASK;
        long xs = x & MASK;
        FloatVector sum0 = FloatVector.zero(F32), sum1 = sum0, sum2 = sum0, sum3 = sum0;
        FloatVector sum4 = sum0, sum5 = sum0, sum6 = sum0, sum7 = sum0;
        for (int i = part; i < width; i += Op.LANES) {
            FloatVector v = fromMemorySegment(F32, ALL, xs + 4L * i, ORDER);

            IntVector half0 = fromMemorySegment(I16, ALL, row0 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts();
            IntVector n0 = half0.and(MAGNITUDE).lanewise(LSHL, 13).add(REBIAS);
            IntVector m0 = n0.min(n0.reinterpretAsFloats().fma(TWO, LESS_2_14).reinterpretAsInts());
            sum0 = half0.and(SIGN).or(m0).reinterpretAsFloats().fma(v, sum0);

            IntVector half1 = fromMemorySegment(I16, ALL, row1 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts();
            IntVector n1 = half1.and(MAGNITUDE).lanewise(LSHL, 13).add(REBIAS);
            IntVector m1 = n1.min(n1.reinterpretAsFloats().fma(TWO, LESS_2_14).reinterpretAsInts());
            sum1 = half1.and(SIGN).or(m1).reinterpretAsFloats().fma(v, sum1);

            IntVector half2 = fromMemorySegment(I16, ALL, row2 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts();
            IntVector n2 = half2.and(MAGNITUDE).lanewise(LSHL, 13).add(REBIAS);
            IntVector m2 = n2.min(n2.reinterpretAsFloats().fma(TWO, LESS_2_14).reinterpretAsInts());
            sum2 = half2.and(SIGN).or(m2).reinterpretAsFloats().fma(v, sum2);

            IntVector half3 = fromMemorySegment(I16, ALL, row3 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts();
            IntVector n3 = half3.and(MAGNITUDE).lanewise(LSHL, 13).add(REBIAS);
            IntVector m3 = n3.min(n3.reinterpretAsFloats().fma(TWO, LESS_2_14).reinterpretAsInts());
            sum3 = half3.and(SIGN).or(m3).reinterpretAsFloats().fma(v, sum3);

            IntVector half4 = fromMemorySegment(I16, ALL, row4 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts();
            IntVector n4 = half4.and(MAGNITUDE).lanewise(LSHL, 13).add(REBIAS);
            IntVector m4 = n4.min(n4.reinterpretAsFloats().fma(TWO, LESS_2_14).reinterpretAsInts());
            sum4 = half4.and(SIGN).or(m4).reinterpretAsFloats().fma(v, sum4);

            IntVector half5 = fromMemorySegment(I16, ALL, row5 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts();
            IntVector n5 = half5.and(MAGNITUDE).lanewise(LSHL, 13).add(REBIAS);
            IntVector m5 = n5.min(n5.reinterpretAsFloats().fma(TWO, LESS_2_14).reinterpretAsInts());
            sum5 = half5.and(SIGN).or(m5).reinterpretAsFloats().fma(v, sum5);

            IntVector half6 = fromMemorySegment(I16, ALL, row6 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts();
            IntVector n6 = half6.and(MAGNITUDE).lanewise(LSHL, 13).add(REBIAS);
            IntVector m6 = n6.min(n6.reinterpretAsFloats().fma(TWO, LESS_2_14).reinterpretAsInts());
            sum6 = half6.and(SIGN).or(m6).reinterpretAsFloats().fma(v, sum6);

            IntVector half7 = fromMemorySegment(I16, ALL, row7 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts();
            IntVector n7 = half7.and(MAGNITUDE).lanewise(LSHL, 13).add(REBIAS);
            IntVector m7 = n7.min(n7.reinterpretAsFloats().fma(TWO, LESS_2_14).reinterpretAsInts());
            sum7 = half7.and(SIGN).or(m7).reinterpretAsFloats().fma(v, sum7);
        }
        long out = lanes + 4L * part;
        sum0.intoMemorySegment(ALL, out, ORDER);
        sum1.intoMemorySegment(ALL, out + Fold.ROW, ORDER);
        sum2.intoMemorySegment(ALL, out + 2 * Fold.ROW, ORDER);
        sum3.intoMemorySegment(ALL, out + 3 * Fold.ROW, ORDER);
        sum4.intoMemorySegment(ALL, out + 4 * Fold.ROW, ORDER);
        sum5.intoMemorySegment(ALL, out + 5 * Fold.ROW, ORDER);
        sum6.intoMemorySegment(ALL, out + 6 * Fold.ROW, ORDER);
        sum7.intoMemorySegment(ALL, out + 7 * Fold.ROW, ORDER);
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
