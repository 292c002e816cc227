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

    /// The sums of several heads.
    ///
    /// @param weights address of f32 `[count]` for the first head
    /// @param stride  bytes from one head's weights to the next one's
    /// @param rows    address of f32 `[count, width]`
    /// @param y       address of f32 `[heads, width]` (in and out)
    static void add(long weights, long stride, long rows, int count, int width, int heads, long y) {
        int h = 0;
        if (width % (4 * COUNT) == 0)
            for (; h <= heads - 2; h += 2)
                for (int k = 0; k < width; k += 4 * COUNT)
                    two(weights + h * stride, stride, rows + 4L * k, count, 4L * width, y + 4L * ((long) h * width + k));
        for (; h < heads; h++) add(weights + h * stride, rows, count, width, y + 4L * h * width);
    }

    private static void two(long weights, long weightStride, long rows, int count, long stride, long y) {
        long row = rows & MASK, step = 4L * COUNT;
        long wa = weights & MASK, wb = wa + weightStride & MASK, ya = y & MASK, yb = ya + stride & MASK;
        FloatVector a0 = fromMemorySegment(F32, ALL, ya, ORDER);
        FloatVector a1 = fromMemorySegment(F32, ALL, ya + step, ORDER);
        FloatVector a2 = fromMemorySegment(F32, ALL, ya + 2 * step, ORDER);
        FloatVector a3 = fromMemorySegment(F32, ALL, ya + 3 * step, ORDER);
        FloatVector b0 = fromMemorySegment(F32, ALL, yb, ORDER);
        FloatVector b1 = fromMemorySegment(F32, ALL, yb + step, ORDER);
        FloatVector b2 = fromMemorySegment(F32, ALL, yb + 2 * step, ORDER);
        FloatVector b3 = fromMemorySegment(F32, ALL, yb + 3 * step, ORDER);
        for (int p = 0; p < count; p++) {
            long at = (row + p * stride) & MASK;
            FloatVector a = FloatVector.broadcast(F32, ALL.get(FLOAT, wa + 4L * p));
            FloatVector b = FloatVector.broadcast(F32, ALL.get(FLOAT, wb + 4L * p));
            FloatVector value = fromMemorySegment(F32, ALL, at, ORDER);
            a0 = value.fma(a, a0);
            b0 = value.fma(b, b0);
            value = fromMemorySegment(F32, ALL, at + step, ORDER);
            a1 = value.fma(a, a1);
            b1 = value.fma(b, b1);
            value = fromMemorySegment(F32, ALL, at + 2 * step, ORDER);
            a2 = value.fma(a, a2);
            b2 = value.fma(b, b2);
            value = fromMemorySegment(F32, ALL, at + 3 * step, ORDER);
            a3 = value.fma(a, a3);
            b3 = value.fma(b, b3);
        }
        a0.intoMemorySegment(ALL, ya, ORDER);
        a1.intoMemorySegment(ALL, ya + step, ORDER);
        a2.intoMemorySegment(ALL, ya + 2 * step, ORDER);
        a3.intoMemorySegment(ALL, ya + 3 * step, ORDER);
        b0.intoMemorySegment(ALL, yb, ORDER);
        b1.intoMemorySegment(ALL, yb + step, ORDER);
        b2.intoMemorySegment(ALL, yb + 2 * step, ORDER);
        b3.intoMemorySegment(ALL, yb + 3 * step, ORDER);
    }

    /// @param weights address of f32 `[count]`
    /// @param rows    address of f32 `[count, width]`
    /// @param y       address of f32 `[width]` (in and out)
    private static void add(long weights, long rows, int count, int width, long y) {
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
