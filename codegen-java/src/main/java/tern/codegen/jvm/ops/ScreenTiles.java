package tern.codegen.jvm.ops;

import tern.codegen.jvm.amx.MatrixUnit;
import tern.ir.Int8Head;

/// Rows of a [Int8Head] and a few vectors by the matrix unit: each vector rounded to whole multiples of a step, these as two digits of 8 bits.
///
///     x = step * (128 * high + low) + rest        sum = 128 * (q . high) + (q . low), exactly
///
/// One tile holds [#ROWS] rows, which may lie anywhere at equal distances: each is a stream of its own for the prefetcher.
final class ScreenTiles {

    /// Rows of a product.
    static final int ROWS = 16;

    /// Vectors of a product, two columns each.
    static final int TOKENS = 8;

    private static final int BASE = 128, LARGEST = 127 * BASE, TILE = 1024, WIDTH = 64;

    private final Int8Head screen;
    private final int steps;
    /// Digits of the vectors as tiles; then a product.
    private final Scratch scratch;

    private final float[] step = new float[TOKENS], rest = new float[TOKENS];

    /// For one worker. Works where [MatrixUnit#isAvailable].
    ScreenTiles(Int8Head screen) {
        this.screen = screen;
        steps = screen.stride() / WIDTH;
        scratch = new Scratch(1, (long) (steps + 1) * TILE);
    }

    private long digits() {
        return scratch.of(0);
    }

    private long product() {
        return digits() + (long) steps * TILE;
    }

    /// Takes a vector, for all products that follow.
    ///
    /// @param token below [#TOKENS]
    /// @param x     address of f32 `[width]`
    void take(int token, long x) {
        float largest = 0;
        for (int i = 0; i < screen.width(); i++) largest = Math.max(largest, Math.abs(Lanes.f32(x + 4L * i)));
        float one = largest / LARGEST, inverse = one > 0 ? 1 / one : 0;
        if (!(inverse <= Float.MAX_VALUE)) inverse = 0; // so small that all of x is left out
        double left = 0;
        for (int i = 0; i < screen.width(); i++) {
            float value = Lanes.f32(x + 4L * i);
            int whole = Math.clamp(Math.round(value * inverse), -LARGEST, LARGEST);
            int high = whole + BASE / 2 >> 7, low = whole - BASE * high;
            long at = digits() + i / WIDTH * (long) TILE + i % WIDTH / 4 * (long) WIDTH + token * 8L + i % 4;
            Lanes.i8(at, (byte) high);
            Lanes.i8(at + 4, (byte) low);
            double off = value - (double) one * whole;
            left += off * off;
        }
        step[token] = one;
        rest[token] = NativeTopLogits.up(Math.sqrt(left));
    }

    /// The norm of what was left out of a vector, rounded up.
    float rest(int token) {
        return rest[token];
    }

    /// Products of [#ROWS] rows and the first `count` vectors.
    ///
    /// @param rows    address of the first
    /// @param apart   bytes from a row to the next
    /// @param to      address of f32 (out), the first
    /// @param row     bytes from the product of a row to the next row's
    /// @param token   bytes from the product of a vector to the next one's
    void products(long rows, long apart, int count, long to, long row, long token) {
        long product = product();
        MatrixUnit.rows(product, rows, apart, digits(), steps);
        for (int r = 0; r < ROWS; r++)
            for (int t = 0; t < count; t++) {
                long at = product + (long) r * WIDTH + t * 8L;
                Lanes.f32(to + r * row + t * token, (float) ((long) BASE * Lanes.i32(at) + Lanes.i32(at + 4)) * step[t]);
            }
    }
}
