package tern.codegen.jvm.ops;

import static tern.codegen.jvm.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.whole;

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
        FloatVector sumA = FloatVector.zero(Lanes.F32), sumB = sumA, sumC = sumA, sumD = sumA;
        for (int i = part; i < width; i += Op.LANES) {
            FloatVector v = Lanes.load(xs + 4L * i);
            sumA = load(p + 4L * i).fma(v, sumA);
            sumB = load(q + 4L * i).fma(v, sumB);
            sumC = load(r + 4L * i).fma(v, sumC);
            sumD = load(s + 4L * i).fma(v, sumD);
        }
        long out = lanes + 4L * part;
        Lanes.store(sumA, out);
        Lanes.store(sumB, out + Fold.ROW);
        Lanes.store(sumC, out + 2 * Fold.ROW);
        Lanes.store(sumD, out + 3 * Fold.ROW);
    }

    @Override
    public void widen(long row, int width, long out) {
        long from = row & MASK, to = out & MASK;
        for (int i = 0; i <= width - COUNT; i += COUNT) Lanes.store(load(from + 4L * i), to + 4L * i);
        widenTail(row, width, out);
    }

    @Override
    public float at(long row, int i) {
        return Lanes.f32(row + 4L * i);
    }

    private static FloatVector load(long address) {
        return Lanes.load(address);
    }
}
