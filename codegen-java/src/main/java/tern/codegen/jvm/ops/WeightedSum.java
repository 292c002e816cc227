package tern.codegen.jvm.ops;

import static tern.codegen.jvm.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;

import jdk.incubator.vector.FloatVector;

/// `y += weights[0] * row 0 + weights[1] * row 1 + ...`, in this order, by fma.
final class WeightedSum {

    private WeightedSum() {}

    /// @param weights address of f32 `[count]`
    /// @param rows    address of f32 `[count, width]`
    /// @param y       address of f32 `[width]` (in and out)
    static void add(long weights, long rows, int count, int width, long y) {
        int k = 0;
        for (; k <= width - 8 * COUNT; k += 8 * COUNT) eight(weights, rows + 4L * k, count, 4L * width, y + 4L * k);
        for (; k <= width - COUNT; k += COUNT) one(weights, rows + 4L * k, count, 4L * width, y + 4L * k);
        for (; k < width; k++) scalar(weights, rows + 4L * k, count, 4L * width, y + 4L * k);
    }

    /// @param y address of f32 `[width]` (out)
    static void clear(long y, int width) {
        long at = y & MASK;
        int k = 0;
        for (; k <= width - COUNT; k += COUNT) Lanes.store(FloatVector.zero(F32), at + 4L * k);
        for (; k < width; k++) Lanes.f32(at + 4L * k, 0f);
    }

    /// @param y address of f32 `[width]` (in and out)
    static void divide(long y, int width, float divisor) {
        long at = y & MASK;
        int k = 0;
        for (; k <= width - COUNT; k += COUNT) Lanes.store(Lanes.load(at + 4L * k).div(divisor), at + 4L * k);
        for (; k < width; k++) Lanes.f32(at + 4L * k, Lanes.f32(at + 4L * k) / divisor);
    }

    /// Eight vectors: enough independent sums to hide the latency of fma.
    private static void eight(long weights, long rows, int count, long stride, long y) {
        long w = weights & MASK, row = rows & MASK, step = 4L * COUNT;
        FloatVector a = Lanes.load(y), b = Lanes.load(y + step);
        FloatVector c = Lanes.load(y + 2 * step), d = Lanes.load(y + 3 * step);
        FloatVector e = Lanes.load(y + 4 * step), f = Lanes.load(y + 5 * step);
        FloatVector g = Lanes.load(y + 6 * step), h = Lanes.load(y + 7 * step);
        for (int p = 0; p < count; p++) {
            FloatVector weight = FloatVector.broadcast(F32, Lanes.f32(w + 4L * p));
            long at = (row + p * stride) & MASK;
            a = weight.fma(Lanes.load(at), a);
            b = weight.fma(Lanes.load(at + step), b);
            c = weight.fma(Lanes.load(at + 2 * step), c);
            d = weight.fma(Lanes.load(at + 3 * step), d);
            e = weight.fma(Lanes.load(at + 4 * step), e);
            f = weight.fma(Lanes.load(at + 5 * step), f);
            g = weight.fma(Lanes.load(at + 6 * step), g);
            h = weight.fma(Lanes.load(at + 7 * step), h);
        }
        Lanes.store(a, y);
        Lanes.store(b, y + step);
        Lanes.store(c, y + 2 * step);
        Lanes.store(d, y + 3 * step);
        Lanes.store(e, y + 4 * step);
        Lanes.store(f, y + 5 * step);
        Lanes.store(g, y + 6 * step);
        Lanes.store(h, y + 7 * step);
    }

    private static void one(long weights, long rows, int count, long stride, long y) {
        long w = weights & MASK, row = rows & MASK;
        FloatVector sum = Lanes.load(y);
        for (int p = 0; p < count; p++)
            sum = FloatVector.broadcast(F32, Lanes.f32(w + 4L * p)).fma(Lanes.load((row + p * stride) & MASK), sum);
        Lanes.store(sum, y);
    }

    private static void scalar(long weights, long rows, int count, long stride, long y) {
        float sum = Lanes.f32(y);
        for (int p = 0; p < count; p++) sum = Math.fma(Lanes.f32(weights + 4L * p), Lanes.f32(rows + p * stride), sum);
        Lanes.f32(y, sum);
    }
}
