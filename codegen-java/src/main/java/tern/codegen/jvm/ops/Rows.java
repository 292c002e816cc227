package tern.codegen.jvm.ops;

import static tern.codegen.jvm.ops.Lanes.whole;

import tern.ir.Element;
import tern.ir.Op;

/// How the rows of a float matrix are read: products with an f32 vector, or widened. One class for each element, so that
/// its loop is compiled for that element alone.
sealed interface Rows permits F32Rows, F16Rows, Bf16Rows {

    static Rows of(Element element) {
        return switch (element) {
            case F32 -> F32Rows.ROWS;
            case F16 -> F16Rows.ROWS;
            case BF16 -> Bf16Rows.ROWS;
            case BOOL, I8, U8, I16, U16, I32, U32, I64, U64 ->
                throw new IllegalArgumentException("no rows of " + element);
        };
    }

    /// Rows that [#dots] takes at once: as many streams keep more of the memory's latency hidden than one or four.
    int STREAMS = 8;

    /// Products of [#STREAMS] rows with one vector, not yet folded.
    ///
    /// @param rows   address of the first row, `element[width]`
    /// @param stride bytes from a row to the next
    /// @param last   index of the last row there is; further products repeat it
    /// @param x      address of f32 `[width]`
    /// @param lanes  address of f32 `[8, 16]` (out)
    void dots(long rows, long stride, int last, long x, int width, long lanes);

    /// @param row address of `element[width]`
    /// @param out address of f32 `[width]` (out)
    void widen(long row, int width, long out);

    /// Element `i` of a row.
    float at(long row, int i);

    /// The elements that do not fill all lanes.
    default void dotTail(long row, long x, int width, long lanes) {
        for (int i = whole(width); i < width; i++) {
            long lane = lanes + 4L * (i % Op.LANES);
            Lanes.f32(lane, Math.fma(at(row, i), Lanes.f32(x + 4L * i), Lanes.f32(lane)));
        }
    }

    /// As [#dotTail], of all rows.
    default void dotTails(long rows, long stride, int last, long x, int width, long lanes) {
        for (int r = 0; r < STREAMS; r++)
            dotTail(rows + Math.min(r, last) * stride, x, width, lanes + (long) r * Fold.ROW);
    }

    /// The elements that do not fill a vector.
    default void widenTail(long row, int width, long out) {
        for (int i = width - width % Lanes.COUNT; i < width; i++) Lanes.f32(out + 4L * i, at(row, i));
    }
}
