package tern.codegen.jvm.ops;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.MAX;
import static tern.codegen.jvm.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.whole;

import jdk.incubator.vector.FloatVector;
import tern.ir.Exponential;
import tern.ir.Op;

/// Softmax of one row of scores, without the division: that is left to whoever multiplies the exponentials.
final class Softmax {

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
            FloatVector score = Lanes.load(at + 4L * p).mul(factor);
            Lanes.store(score, at + 4L * p);
            largest = largest.max(score);
        }
        float result = largest.reduceLanes(MAX);
        for (; p < count; p++) {
            float score = Lanes.f32(at + 4L * p) * factor;
            Lanes.f32(at + 4L * p, score);
            result = Math.max(result, score);
        }
        return result;
    }

    private static void part(long scores, int count, float largest, int part, long lanes) {
        long at = scores & MASK;
        FloatVector sum = FloatVector.zero(F32);
        for (int p = part; p < count; p += Op.LANES) {
            FloatVector e = exp(Lanes.load(at + 4L * p).sub(largest));
            Lanes.store(e, at + 4L * p);
            sum = sum.add(e);
        }
        Lanes.store(sum, lanes + 4L * part);
    }

    /// [Exponential#exp], operation by operation.
    static FloatVector exp(FloatVector x) {
        FloatVector bounded = x.max(Exponential.LOWEST).min(Exponential.HIGHEST);
        FloatVector shifted = bounded.fma(Exponential.LOG2_E, Exponential.ROUND);
        FloatVector n = shifted.sub(Exponential.ROUND);
        FloatVector r = n.fma(splat(-Exponential.LN2_LOW), n.fma(splat(-Exponential.LN2_HIGH), bounded));
        FloatVector p = splat(Exponential.C5).fma(r, splat(Exponential.C4));
        p = p.fma(r, splat(Exponential.C3));
        p = p.fma(r, splat(Exponential.C2));
        p = p.fma(r, splat(Exponential.C1));
        p = p.fma(r, splat(Exponential.C0));
        FloatVector mantissa = p.fma(r.mul(r), r).add(1f);
        return mantissa.mul(shifted.reinterpretAsInts().lanewise(LSHL, 23).add(Float.floatToRawIntBits(1f))
                .reinterpretAsFloats());
    }

    private static FloatVector splat(float value) {
        return FloatVector.broadcast(F32, value);
    }
}
