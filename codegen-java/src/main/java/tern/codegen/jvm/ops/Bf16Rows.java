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
import tern.ir.Op;

/// Rows of bf16: the upper half of an f32.
final class Bf16Rows implements Rows {

    static final Bf16Rows ROWS = new Bf16Rows();

    private Bf16Rows() {}

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
            sum0 = fromMemorySegment(I16, ALL, row0 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts()
                    .lanewise(LSHL, 16).reinterpretAsFloats().fma(v, sum0);
            sum1 = fromMemorySegment(I16, ALL, row1 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts()
                    .lanewise(LSHL, 16).reinterpretAsFloats().fma(v, sum1);
            sum2 = fromMemorySegment(I16, ALL, row2 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts()
                    .lanewise(LSHL, 16).reinterpretAsFloats().fma(v, sum2);
            sum3 = fromMemorySegment(I16, ALL, row3 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts()
                    .lanewise(LSHL, 16).reinterpretAsFloats().fma(v, sum3);
            sum4 = fromMemorySegment(I16, ALL, row4 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts()
                    .lanewise(LSHL, 16).reinterpretAsFloats().fma(v, sum4);
            sum5 = fromMemorySegment(I16, ALL, row5 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts()
                    .lanewise(LSHL, 16).reinterpretAsFloats().fma(v, sum5);
            sum6 = fromMemorySegment(I16, ALL, row6 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts()
                    .lanewise(LSHL, 16).reinterpretAsFloats().fma(v, sum6);
            sum7 = fromMemorySegment(I16, ALL, row7 + 2L * i, ORDER).convertShape(S2I, I32, 0).reinterpretAsInts()
                    .lanewise(LSHL, 16).reinterpretAsFloats().fma(v, sum7);
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
