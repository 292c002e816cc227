package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static tern.codegen.jvm.Memory.ALL;
import static tern.codegen.jvm.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.ORDER;
import static tern.codegen.jvm.ops.Lanes.whole;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import tern.ir.Op;

/// Rows of f32, read as they are.
final class F32Rows implements Rows {

    static final F32Rows ROWS = new F32Rows();

    private F32Rows() {}

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
            sumA = fromMemorySegment(F32, ALL, p + 4L * i, ORDER).fma(v, sumA);
            sumB = fromMemorySegment(F32, ALL, q + 4L * i, ORDER).fma(v, sumB);
            sumC = fromMemorySegment(F32, ALL, r + 4L * i, ORDER).fma(v, sumC);
            sumD = fromMemorySegment(F32, ALL, s + 4L * i, ORDER).fma(v, sumD);
        }
        long out = lanes + 4L * part;
        sumA.intoMemorySegment(ALL, out, ORDER);
        sumB.intoMemorySegment(ALL, out + Fold.ROW, ORDER);
        sumC.intoMemorySegment(ALL, out + 2 * Fold.ROW, ORDER);
        sumD.intoMemorySegment(ALL, out + 3 * Fold.ROW, ORDER);
    }

    @Override
    public void widen(long row, int width, long out) {
        MemorySegment.copy(ALL, row, ALL, out, 4L * width);
    }

    @Override
    public float at(long row, int i) {
        return Lanes.f32(row + 4L * i);
    }
}
