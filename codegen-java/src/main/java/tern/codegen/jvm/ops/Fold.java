package tern.codegen.jvm.ops;

import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static tern.codegen.jvm.team.Memory.ALL;
import static tern.codegen.jvm.ops.Lanes.COUNT;
import static tern.codegen.jvm.ops.Lanes.F32;
import static tern.codegen.jvm.ops.Lanes.ORDER;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import tern.ir.Op;

/// The end of float reductions: the upper half of the lanes onto the lower half until one is left.
///
/// Sixteen reductions are folded together. While there are more lanes than a vector has, halves are added as vectors.
/// Then two reductions share a vector, for half = 4:
/// ```
///     a                  a0 a1 a2 a3 a4 a5 a6 a7
///     b                  b0 b1 b2 b3 b4 b5 b6 b7
///     a, upper half b    a0 a1 a2 a3 b4 b5 b6 b7
///     b, upper half a,
///     halves exchanged   a4 a5 a6 a7 b0 b1 b2 b3
///     sum                a folded    b folded
/// ```
/// Row r of COUNT rows is merged with row r + half, so in the end lane r holds the sum of row r.
final class Fold {

    /// Rows that [#sixteen] folds at once.
    static final int ROWS = Op.LANES;

    /// Bytes of the lanes of one reduction.
    static final int ROW = Op.LANES * Float.BYTES;

    /// Bytes of the lanes of [#ROWS] reductions.
    static final int BYTES = ROWS * ROW;

    private static final VectorMask<Float> UPPER_8 = upper(8), UPPER_4 = upper(4);
    private static final VectorMask<Float> UPPER_2 = upper(2), UPPER_1 = upper(1);
    private static final VectorShuffle<Float> EXCHANGE_8 = exchange(8), EXCHANGE_4 = exchange(4);
    private static final VectorShuffle<Float> EXCHANGE_2 = exchange(2), EXCHANGE_1 = exchange(1);

    private Fold() {}

    /// @param lanes f32 `[16]`, aligned; destroyed
    static float one(long lanes) {
        for (int half = Op.LANES / 2; half > 0; half /= 2)
            for (long l = lanes; l < lanes + 4L * half; l += 4) Lanes.f32(l, Lanes.f32(l) + Lanes.f32(l + 4L * half));
        return Lanes.f32(lanes);
    }

    /// @param lanes f32 `[16, 16]`; destroyed
    /// @param sums  f32 `[16]` (out)
    static void sixteen(long lanes, long sums) {
        for (int half = Op.LANES / 2; half >= COUNT; half /= 2) addHalves(lanes, half);
        for (int row = 0; row < ROWS; row += COUNT) {
            long rows = lanes + (long) row * ROW;
            if (COUNT > 8) merge(rows, 8, UPPER_8, EXCHANGE_8);
            if (COUNT > 4) merge(rows, 4, UPPER_4, EXCHANGE_4);
            merge(rows, 2, UPPER_2, EXCHANGE_2);
            merge(rows, 1, UPPER_1, EXCHANGE_1);
            fromMemorySegment(F32, ALL, rows, ORDER).intoMemorySegment(ALL, sums + 4L * row, ORDER);
        }
    }

    private static void addHalves(long lanes, int half) {
        for (long row = lanes; row < lanes + BYTES; row += ROW)
            for (long l = row; l < row + 4L * half; l += 4L * COUNT)
                fromMemorySegment(F32, ALL, l, ORDER)
                        .add(fromMemorySegment(F32, ALL, l + 4L * half, ORDER))
                        .intoMemorySegment(ALL, l, ORDER);
    }

    private static void merge(long rows, int half, VectorMask<Float> upper, VectorShuffle<Float> exchange) {
        for (long row = rows; row < rows + (long) half * ROW; row += ROW) {
            FloatVector a = fromMemorySegment(F32, ALL, row, ORDER);
            FloatVector b = fromMemorySegment(F32, ALL, row + (long) half * ROW, ORDER);
            a.blend(b, upper).add(b.blend(a, upper).rearrange(exchange)).intoMemorySegment(ALL, row, ORDER);
        }
    }

    private static VectorMask<Float> upper(int half) {
        long bits = 0;
        for (int l = 0; l < COUNT; l++) if ((l & half) != 0) bits |= 1L << l;
        return VectorMask.fromLong(F32, bits);
    }

    private static VectorShuffle<Float> exchange(int half) {
        return VectorShuffle.fromOp(F32, l -> (l ^ half) % COUNT);
    }
}
