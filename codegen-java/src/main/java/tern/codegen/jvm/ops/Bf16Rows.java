package tern.codegen.jvm.ops;

import static tern.codegen.jvm.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.whole;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
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
        FloatVector sumA = FloatVector.zero(Lanes.F32), sumB = sumA, sumC = sumA, sumD = sumA;
        for (int i = part; i < width; i += Op.LANES) {
            FloatVector v = Lanes.load(xs + 4L * i);
            sumA = load(p + 2L * i).fma(v, sumA);
            sumB = load(q + 2L * i).fma(v, sumB);
            sumC = load(r + 2L * i).fma(v, sumC);
            sumD = load(s + 2L * i).fma(v, sumD);
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
        for (int i = 0; i <= width - COUNT; i += COUNT) Lanes.store(load(from + 2L * i), to + 4L * i);
        widenTail(row, width, out);
    }

    @Override
    public float at(long row, int i) {
        return Float.intBitsToFloat(Lanes.i16(row + 2L * i) << 16);
    }

    private static FloatVector load(long address) {
        IntVector bits = (IntVector) Lanes.loadShorts(address).convertShape(VectorOperators.S2I, Lanes.I32, 0);
        return bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }
}
