package tern.codegen.jvm.ops;

import static tern.codegen.jvm.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.whole;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import tern.ir.Op;

/// Rows of finite f16, widened exactly by integer operations: there is no vector of f16 in the Vector API of Java 25.
///
/// The exponent of an f16 is biased by 15, that of an f32 by 127. So with the exponent field e and the fraction m, both
/// moved to their places in an f32, adding 112 to the field gives n = 2^(e - 15) (1 + m): the value, if e > 0. A
/// subnormal is 2^-14 m = 2n - 2^-14, exactly; and 2n - 2^-14 < n just for e = 0, so the value is the lesser of the two,
/// found by an integer minimum since neither is negative. No f32 on the way is subnormal, which some machines are slow at.
final class F16Rows implements Rows {

    static final F16Rows ROWS = new F16Rows();

    private static final FloatVector TWO = FloatVector.broadcast(Lanes.F32, 2f);
    private static final FloatVector LESS_2_14 = FloatVector.broadcast(Lanes.F32, -0x1p-14f);

    private F16Rows() {}

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
        return Float.float16ToFloat(Lanes.i16(row + 2L * i));
    }

    private static FloatVector load(long address) {
        IntVector half = (IntVector) Lanes.loadShorts(address).convertShape(VectorOperators.S2I, Lanes.I32, 0);
        IntVector n = half.and(0x7fff).lanewise(VectorOperators.LSHL, 13).add(112 << 23);
        FloatVector subnormal = n.reinterpretAsFloats().fma(TWO, LESS_2_14);
        IntVector magnitude = n.min(subnormal.reinterpretAsInts());
        return half.and(1 << 31).or(magnitude).reinterpretAsFloats();
    }
}
