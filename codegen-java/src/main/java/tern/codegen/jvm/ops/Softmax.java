package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.MAX;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.team.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.ORDER;
import static tern.codegen.jvm.ops.Lanes.whole;

import jdk.incubator.vector.FloatVector;
import tern.ir.Exponential;
import tern.ir.Op;

/// Softmax of one row of scores, without the division: that is left to whoever multiplies the exponentials.
final class Softmax {

    private static final FloatVector LOG2_E = splat(Exponential.LOG2_E), ROUND = splat(Exponential.ROUND);
    private static final FloatVector LESS_LN2_HIGH = splat(-Exponential.LN2_HIGH);
    private static final FloatVector LESS_LN2_LOW = splat(-Exponential.LN2_LOW);
    private static final FloatVector C0 = splat(Exponential.C0), C1 = splat(Exponential.C1), C2 = splat(Exponential.C2);
    private static final FloatVector C3 = splat(Exponential.C3), C4 = splat(Exponential.C4), C5 = splat(Exponential.C5);
    private static final int ONE = Float.floatToRawIntBits(1f);

    private Softmax() {}

    /// Replaces each score by `exp(score * factor - max(scores * factor))`.
    ///
    /// @param scores address of f32 `[count]`
    /// @param lanes  address of f32 `[16]`, scratch
    /// @return the sum of the exponentials
    static float exponentials(long scores, int count, float factor, long lanes) {
        float largest = scale(scores, count, factor);
        for (int part = 0; part < Op.LANES; part += COUNT) part(scores, whole(count), largest, part, lanes);
        for (int p = whole(count); p < count; p++) {
            long lane = lanes + 4L * (p % Op.LANES);
            float e = Exponential.exp(Lanes.f32(scores + 4L * p) - largest);
            Lanes.f32(scores + 4L * p, e);
            Lanes.f32(lane, Lanes.f32(lane) + e);
        }
        return Fold.one(lanes);
    }

    private static float scale(long scores, int count, float factor) {
        long at = scores & MASK;
        FloatVector largest = FloatVector.broadcast(F32, Float.NEGATIVE_INFINITY);
        int p = 0;
        for (; p <= count - COUNT; p += COUNT) {
            FloatVector score = fromMemorySegment(F32, ALL, at + 4L * p, ORDER).mul(factor);
            score.intoMemorySegment(ALL, at + 4L * p, ORDER);
            largest = score.max(largest); // of the two, the one whose class C2 knows without a profile comes first
        }
        float result = largest.reduceLanes(MAX);
        for (; p < count; p++) {
            float score = Lanes.f32(at + 4L * p) * factor;
            Lanes.f32(at + 4L * p, score);
            result = Math.max(result, score);
        }
        return result;
    }

    /// [Exponential#exp], operation by operation.
    private static void part(long scores, int count, float largest, int part, long lanes) {
        long at = scores & MASK;
        FloatVector sum = FloatVector.zero(F32);
        for (int p = part; p < count; p += Op.LANES) {
            FloatVector x = fromMemorySegment(F32, ALL, at + 4L * p, ORDER).sub(largest);
            FloatVector bounded = x.max(Exponential.LOWEST).min(Exponential.HIGHEST);
            FloatVector shifted = bounded.fma(LOG2_E, ROUND);
            FloatVector n = shifted.sub(ROUND);
            FloatVector r = n.fma(LESS_LN2_LOW, n.fma(LESS_LN2_HIGH, bounded));
            FloatVector polynomial = C5.fma(r, C4).fma(r, C3).fma(r, C2).fma(r, C1).fma(r, C0);
            FloatVector mantissa = polynomial.fma(r.mul(r), r).add(1f);
            FloatVector power = shifted.reinterpretAsInts().lanewise(LSHL, 23).add(ONE).reinterpretAsFloats();
            FloatVector e = mantissa.mul(power);
            e.intoMemorySegment(ALL, at + 4L * p, ORDER);
            sum = e.add(sum);
        }
        sum.intoMemorySegment(ALL, lanes + 4L * part, ORDER);
    }

    private static FloatVector splat(float value) {
        return FloatVector.broadcast(F32, value);
    }
}
