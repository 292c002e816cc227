package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.team.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.FLOAT;
import static tern.codegen.jvm.ops.Lanes.ORDER;

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
        for (; k <= width - COUNT; k += COUNT) FloatVector.zero(F32).intoMemorySegment(ALL, at + 4L * k, ORDER);
        for (; k < width; k++) Lanes.f32(at + 4L * k, 0f);
    }

    /// @param y address of f32 `[width]` (in and out)
    static void divide(long y, int width, float divisor) {
        long at = y & MASK;
        int k = 0;
        for (; k <= width - COUNT; k += COUNT)
            fromMemorySegment(F32, ALL, at + 4L * k, ORDER).div(divisor).intoMemorySegment(ALL, at + 4L * k, ORDER);
        for (; k < width; k++) Lanes.f32(at + 4L * k, Lanes.f32(at + 4L * k) / divisor);
    }

    /// Eight vectors: enough independent sums to hide the latency of fma.
    private static void eight(long weights, long rows, int count, long stride, long y) {
        long w = weights & MASK, row = rows & MASK, step = 4L * COUNT;
        FloatVector a = fromMemorySegment(F32, ALL, y, ORDER);
        FloatVector b = fromMemorySegment(F32, ALL, y + step, ORDER);
        FloatVector c = fromMemorySegment(F32, ALL, y + 2 * step, ORDER);
        FloatVector d = fromMemorySegment(F32, ALL, y + 3 * step, ORDER);
        FloatVector e = fromMemorySegment(F32, ALL, y + 4 * step, ORDER);
        FloatVector f = fromMemorySegment(F32, ALL, y + 5 * step, ORDER);
        FloatVector g = fromMemorySegment(F32, ALL, y + 6 * step, ORDER);
        FloatVector h = fromMemorySegment(F32, ALL, y + 7 * step, ORDER);
        for (int p = 0; p < count; p++) {
            FloatVector weight = FloatVector.broadcast(F32, ALL.get(FLOAT, w + 4L * p));
            long at = (row + p * stride) & MASK;
            a = weight.fma(fromMemorySegment(F32, ALL, at, ORDER), a);
            b = weight.fma(fromMemorySegment(F32, ALL, at + step, ORDER), b);
            c = weight.fma(fromMemorySegment(F32, ALL, at + 2 * step, ORDER), c);
            d = weight.fma(fromMemorySegment(F32, ALL, at + 3 * step, ORDER), d);
            e = weight.fma(fromMemorySegment(F32, ALL, at + 4 * step, ORDER), e);
            f = weight.fma(fromMemorySegment(F32, ALL, at + 5 * step, ORDER), f);
            g = weight.fma(fromMemorySegment(F32, ALL, at + 6 * step, ORDER), g);
            h = weight.fma(fromMemorySegment(F32, ALL, at + 7 * step, ORDER), h);
        }
        a.intoMemorySegment(ALL, y, ORDER);
        b.intoMemorySegment(ALL, y + step, ORDER);
        c.intoMemorySegment(ALL, y + 2 * step, ORDER);
        d.intoMemorySegment(ALL, y + 3 * step, ORDER);
        e.intoMemorySegment(ALL, y + 4 * step, ORDER);
        f.intoMemorySegment(ALL, y + 5 * step, ORDER);
        g.intoMemorySegment(ALL, y + 6 * step, ORDER);
        h.intoMemorySegment(ALL, y + 7 * step, ORDER);
    }

    private static void one(long weights, long rows, int count, long stride, long y) {
        long w = weights & MASK, row = rows & MASK;
        FloatVector sum = fromMemorySegment(F32, ALL, y, ORDER);
        for (int p = 0; p < count; p++)
            sum = FloatVector.broadcast(F32, ALL.get(FLOAT, w + 4L * p))
                    .fma(fromMemorySegment(F32, ALL, (row + p * stride) & MASK, ORDER), sum);
        sum.intoMemorySegment(ALL, y, ORDER);
    }

    private static void scalar(long weights, long rows, int count, long stride, long y) {
        float sum = Lanes.f32(y);
        for (int p = 0; p < count; p++) sum = Math.fma(Lanes.f32(weights + 4L * p), Lanes.f32(rows + p * stride), sum);
        Lanes.f32(y, sum);
    }
}
