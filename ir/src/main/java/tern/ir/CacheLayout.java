package tern.ir;

/// Where keys, or values, of all positions lie: `element[kvHeads, context, headDim]`; after them, if the element is I8, a scale
/// `f32[kvHeads, context]` for each row of `headDim` elements.
///
/// A row x of an I8 cache has the scale `s = max |x| / 127`; its elements are `x * (127 / max |x|)`, rounded to the nearest integer,
/// ties to even, and stand for `element * s`. A row of zeros has the scale 0.
///
/// @param context positions
/// @param element F32, BF16 (rounded to nearest even) or I8
public record CacheLayout(int kvHeads, int context, int headDim, Element element) {

    /// The largest element of an I8 row.
    public static final float LARGEST = 127;

    /// A float from here on has no fraction: adding it rounds, and the low bits are the integer.
    public static final float ROUND = 0x1.8p23f;

    private static final int ALIGNMENT = 64;

    public CacheLayout {
        switch (element) {
            case F32, BF16, I8 -> {}
            case BOOL, U8, F16, I16, U16, I32, U32, I64, U64 ->
                throw new IllegalArgumentException("the key-value cache holds f32, bf16 or i8, not " + element);
        }
    }

    /// Of the positions of a block alone: a page, of which sequences have some.
    public CacheLayout page() {
        return new CacheLayout(kvHeads, Op.Attention.BLOCK, headDim, element);
    }

    /// Pages that all positions need.
    public int pages() {
        return Math.ceilDiv(context, Op.Attention.BLOCK);
    }

    public boolean isScaled() {
        return element == Element.I8;
    }

    /// First byte of a position's row.
    public long row(int kvHead, int position) {
        return ((long) kvHead * context + position) * headDim * element.bytes();
    }

    /// First byte of the scale of a position's row.
    public long scale(int kvHead, int position) {
        return rows() + 4 * ((long) kvHead * context + position);
    }

    /// Bytes of keys, or of values, of one position.
    public long bytesPerPosition() {
        return kvHeads * ((long) headDim * element.bytes() + (isScaled() ? 4 : 0));
    }

    /// Bytes of all.
    public long bytes() {
        return isScaled() ? scale(kvHeads, 0) : row(kvHeads, 0);
    }

    /// Bytes from a cache to the next where several lie one after the other.
    public long apart() {
        return Math.ceilDiv(bytes(), ALIGNMENT) * ALIGNMENT;
    }

    /// Bytes before the first scale.
    private long rows() {
        return Math.ceilDiv(row(kvHeads, 0), ALIGNMENT) * ALIGNMENT;
    }

    /// Element of an I8 row.
    ///
    /// @param factor `127 / max |x|`, or 0 if that is 0
    public static byte quantised(float x, float factor) {
        return (byte) Float.floatToRawIntBits(x * factor + ROUND);
    }
}
