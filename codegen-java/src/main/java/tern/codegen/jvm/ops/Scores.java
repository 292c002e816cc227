package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.team.Memory.MASK;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.ORDER;
import static tern.codegen.jvm.ops.Lanes.whole;

import jdk.incubator.vector.FloatVector;
import tern.ir.Op;

/// Products of queries with a block of keys. Rows are short (128 elements in 2B4T) and many, so the queries stay in
/// registers, and the sums of different rows hide each other's latency. Two queries at a time make an element of a key that is
/// loaded worth two multiplications; with four, C2 no longer inlines all that a loop needs.
final class Scores {

    /// Elements of a query that are in registers at a time: eight vectors in each part.
    private static final int PANEL = 8 * Op.LANES;

    /// Queries that are in registers together; one, where a vector has fewer lanes than there are.
    static final int QUERIES = COUNT == Op.LANES ? 2 : 1;

    /// Elements of each of two queries that are in registers at a time.
    private static final int NARROW_PANEL = 4 * Op.LANES;

    /// Bytes of scratch.
    static final int BYTES = 2 * Fold.BYTES;

    private Scores() {}

    /// @param keys    address of f32 `[count, width]`
    /// @param count   at most [Fold#ROWS]
    /// @param queries address of f32 `[heads, width]`
    /// @param lanes   address of [#BYTES], scratch
    /// @param scores  address of f32 `[16]` (out) for the first head, undefined from `count` on
    /// @param stride  bytes from one head's scores to the next one's
    static void block(long keys, int count, int width, long queries, int heads, long lanes, long scores, long stride) {
        int h = 0;
        if (QUERIES == 2 && width % NARROW_PANEL == 0)
            for (; h <= heads - 2; h += 2) {
                WeightedSum.clear(lanes, 2 * Fold.ROWS * Op.LANES);
                for (int i = 0; i < width; i += NARROW_PANEL)
                    two(keys + 4L * i, count, 4L * width, queries + 4L * ((long) h * width + i), lanes);
                Fold.sixteen(lanes, scores + h * stride);
                Fold.sixteen(lanes + Fold.BYTES, scores + (h + 1) * stride);
            }
        for (; h < heads; h++) block(keys, count, width, queries + 4L * h * width, lanes, scores + h * stride);
    }

    private static void two(long keys, int count, long stride, long queries, long lanes) {
        long row = keys & MASK, step = 4L * Op.LANES, sums = lanes & MASK, query = queries & MASK, second = query + stride & MASK;
        FloatVector a0 = fromMemorySegment(F32, ALL, query, ORDER);
        FloatVector a1 = fromMemorySegment(F32, ALL, query + step, ORDER);
        FloatVector a2 = fromMemorySegment(F32, ALL, query + 2 * step, ORDER);
        FloatVector a3 = fromMemorySegment(F32, ALL, query + 3 * step, ORDER);
        FloatVector b0 = fromMemorySegment(F32, ALL, second, ORDER);
        FloatVector b1 = fromMemorySegment(F32, ALL, second + step, ORDER);
        FloatVector b2 = fromMemorySegment(F32, ALL, second + 2 * step, ORDER);
        FloatVector b3 = fromMemorySegment(F32, ALL, second + 3 * step, ORDER);
        for (int p = 0; p < count; p++) {
            long at = (row + p * stride) & MASK, sum = (sums + p * step) & MASK;
            FloatVector a = fromMemorySegment(F32, ALL, sum, ORDER);
            FloatVector b = fromMemorySegment(F32, ALL, sum + Fold.BYTES, ORDER);
            FloatVector key = fromMemorySegment(F32, ALL, at, ORDER);
            a = key.fma(a0, a);
            b = key.fma(b0, b);
            key = fromMemorySegment(F32, ALL, at + step, ORDER);
            a = key.fma(a1, a);
            b = key.fma(b1, b);
            key = fromMemorySegment(F32, ALL, at + 2 * step, ORDER);
            a = key.fma(a2, a);
            b = key.fma(b2, b);
            key = fromMemorySegment(F32, ALL, at + 3 * step, ORDER);
            a = key.fma(a3, a);
            b = key.fma(b3, b);
            a.intoMemorySegment(ALL, sum, ORDER);
            b.intoMemorySegment(ALL, sum + Fold.BYTES, ORDER);
        }
    }

    /// @param keys   address of f32 `[count, width]`
    /// @param count  at most [Fold#ROWS]
    /// @param query  address of f32 `[width]`
    /// @param lanes  address of f32 `[16, 16]`, scratch
    /// @param scores address of f32 `[16]` (out), undefined from `count` on
    private static void block(long keys, int count, int width, long query, long lanes, long scores) {
        WeightedSum.clear(lanes, count * Op.LANES);
        for (int part = 0; part < Op.LANES; part += COUNT) {
            long row = keys + 4L * part, q = query + 4L * part, out = lanes + 4L * part;
            int i = 0;
            for (; i <= width - PANEL; i += PANEL) panel(row + 4L * i, count, 4L * width, q + 4L * i, out);
            for (; i < whole(width); i += Op.LANES) one(row + 4L * i, count, 4L * width, q + 4L * i, out);
        }
        if (whole(width) < width)
            for (int p = 0; p < count; p++)
                F32Rows.ROWS.dotTail(keys + p * 4L * width, query, width, lanes + (long) p * Fold.ROW);
        Fold.sixteen(lanes, scores);
    }

    private static void panel(long keys, int count, long stride, long query, long lanes) {
        long row = keys & MASK, step = 4L * Op.LANES, sums = lanes & MASK;
        FloatVector a = fromMemorySegment(F32, ALL, query, ORDER);
        FloatVector b = fromMemorySegment(F32, ALL, query + step, ORDER);
        FloatVector c = fromMemorySegment(F32, ALL, query + 2 * step, ORDER);
        FloatVector d = fromMemorySegment(F32, ALL, query + 3 * step, ORDER);
        FloatVector e = fromMemorySegment(F32, ALL, query + 4 * step, ORDER);
        FloatVector f = fromMemorySegment(F32, ALL, query + 5 * step, ORDER);
        FloatVector g = fromMemorySegment(F32, ALL, query + 6 * step, ORDER);
        FloatVector h = fromMemorySegment(F32, ALL, query + 7 * step, ORDER);
        for (int p = 0; p < count; p++) {
            long at = (row + p * stride) & MASK;
            FloatVector sum = fromMemorySegment(F32, ALL, sums + p * step, ORDER);
            sum = fromMemorySegment(F32, ALL, at, ORDER).fma(a, sum);
            sum = fromMemorySegment(F32, ALL, at + step, ORDER).fma(b, sum);
            sum = fromMemorySegment(F32, ALL, at + 2 * step, ORDER).fma(c, sum);
            sum = fromMemorySegment(F32, ALL, at + 3 * step, ORDER).fma(d, sum);
            sum = fromMemorySegment(F32, ALL, at + 4 * step, ORDER).fma(e, sum);
            sum = fromMemorySegment(F32, ALL, at + 5 * step, ORDER).fma(f, sum);
            sum = fromMemorySegment(F32, ALL, at + 6 * step, ORDER).fma(g, sum);
            sum = fromMemorySegment(F32, ALL, at + 7 * step, ORDER).fma(h, sum);
            sum.intoMemorySegment(ALL, sums + p * step, ORDER);
        }
    }

    private static void one(long keys, int count, long stride, long query, long lanes) {
        long row = keys & MASK, step = 4L * Op.LANES, sums = lanes & MASK;
        FloatVector a = fromMemorySegment(F32, ALL, query, ORDER);
        for (int p = 0; p < count; p++) {
            FloatVector sum = fromMemorySegment(F32, ALL, sums + p * step, ORDER);
            fromMemorySegment(F32, ALL, (row + p * stride) & MASK, ORDER)
                    .fma(a, sum)
                    .intoMemorySegment(ALL, sums + p * step, ORDER);
        }
    }
}
