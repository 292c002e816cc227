package tern.ir;

import static java.util.Locale.ROOT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// A copy of a float matrix in 8 bits a value, with a proven bound of what each row leaves out: where to look for the largest products
/// without reading the matrix.
///
/// Row r is `scale[r] * q[r, i]`, q from -127 to 127. For any x let `exact` be the product of the row and x as [Op.Head] defines it,
/// and `near` the one of `q[r]` and x in f32, summed in any order with at most `width / 16 + 16` roundings on the way of each summand, then
/// multiplied with the scale. Then
///
///     |exact - near| <= bound[r] * |x| + SMALLEST        |x| the Euclidean norm
///
/// Cauchy and Schwarz give `|w x - s q x| <= |w - s q| |x|`. A sum with t roundings on the way of a summand is off by at most
/// `g |a| |x|`, `g = t u / (1 - t u)`, u = 2^-24 (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1), once
/// with a = w for `exact`, once with a = s q for `near`. The sum of the three is the bound, rounded up; it has room for forming
/// `near +- bound * |x|` in f32. Subnormal products are off by less than `SMALLEST` in all.
///
/// If x is first rounded to some x', whose product with `q[r]` is formed exactly and rounded no more than three times, then
///
///     |exact - near| <= bound[r] * (|x| + |x - x'|) + scale[r] * LARGEST * sqrt(width) * |x - x'| + SMALLEST
///
/// since no row of `q` is longer than `LARGEST * sqrt(width)`.
///
/// Memory: `q`, with a row stride of a multiple of 64 bytes; then the scales, then the bounds, f32 both, little endian.
public record Int8Head(int rows, int width) {

    /// Covers the absolute error of subnormal results in a sum of up to 2^20 products.
    public static final float SMALLEST = 0x1p-120f;

    /// Of the values of q.
    public static final int LARGEST = 127;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public Int8Head {
        if (rows < 1 || width < 1 || width > 1 << 20)
            throw new IllegalArgumentException(String.format(ROOT, "no int8 head of %d rows of %d", rows, width));
    }

    /// Bytes from a row to the next.
    public int stride() {
        return (width + 63) / 64 * 64;
    }

    /// Offset of the scales.
    public long scales() {
        return (long) rows * stride();
    }

    /// Offset of the bounds.
    public long bounds() {
        return scales() + 4L * rows;
    }

    public long bytes() {
        return bounds() + 4L * rows;
    }

    /// Writes one row.
    ///
    /// @param values finite `[width]`
    /// @param memory of the int8 head, zeroed
    public void write(int row, float[] values, MemorySegment memory) {
        float largest = 0;
        for (int i = 0; i < width; i++) largest = Math.max(largest, Math.abs(values[i]));
        float scale = largest / LARGEST;
        float inverse = scale > 0 ? 1 / scale : 0;
        if (inverse > Float.MAX_VALUE) inverse = 0; // so small that all of the row is left out
        long at = (long) row * stride();
        double left = 0, whole = 0, kept = 0;
        for (int i = 0; i < width; i++) {
            int q = (int) Math.clamp(Math.rint(values[i] * inverse), -LARGEST, LARGEST);
            memory.set(ValueLayout.JAVA_BYTE, at + i, (byte) q);
            double near = (double) scale * q, rest = values[i] - near;
            left += rest * rest;
            whole += (double) values[i] * values[i];
            kept += near * near;
        }
        double roundings = (width / 16 + 32) * 0x1p-24;
        double bound = Math.sqrt(left) + roundings / (1 - roundings) * (Math.sqrt(whole) + Math.sqrt(kept));
        memory.set(FLOAT, scales() + 4L * row, scale);
        memory.set(FLOAT, bounds() + 4L * row, Math.nextUp((float) (bound * (1 + 0x1p-20))));
    }
}
