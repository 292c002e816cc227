package tern.codegen.jvm.ops;

import tern.codegen.jvm.amx.MatrixUnit;
import tern.ir.Screen;

/// Rows of a [Screen] and one vector by the matrix unit: the vector rounded to whole multiples of a step, each two digits of 8 bits.
///
///     x = step * (128 * high + low) + rest        sum = 128 * (q . high) + (q . low), exactly
///
/// One tile holds [#ROWS] rows, which may lie anywhere at equal distances: each is a stream of its own for the prefetcher.
final class ScreenTiles {

    /// Rows of a product.
    static final int ROWS = 16;

    private static final int BASE = 128, LARGEST = 127 * BASE, TILE = 1024, WIDTH = 64;

    private final Screen screen;
    private final int steps;
    /// Digits of x as tiles, of whose 16 columns two are used; then a product.
    private final Scratch scratch;

    private float step, rest;

    /// For one worker. Works where [MatrixUnit#isAvailable].
    ScreenTiles(Screen screen) {
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

    /// Takes the vector of all products that follow.
    ///
    /// @param x address of f32 `[width]`
    void take(long x) {
        float largest = 0;
        for (int i = 0; i < screen.width(); i++) largest = Math.max(largest, Math.abs(Lanes.f32(x + 4L * i)));
        step = largest / LARGEST;
        float inverse = step > 0 ? 1 / step : 0;
        if (!(inverse <= Float.MAX_VALUE)) inverse = 0; // so small that all of x is left out
        double left = 0;
        for (int i = 0; i < screen.width(); i++) {
            float value = Lanes.f32(x + 4L * i);
            int whole = Math.clamp(Math.round(value * inverse), -LARGEST, LARGEST);
            int high = whole + BASE / 2 >> 7, low = whole - BASE * high;
            long at = digits() + i / WIDTH * (long) TILE + i % WIDTH / 4 * (long) WIDTH + i % 4;
            Lanes.i8(at, (byte) high);
            Lanes.i8(at + 4, (byte) low);
            double off = value - (double) step * whole;
            left += off * off;
        }
        rest = NativeTopLogits.up(Math.sqrt(left));
    }

    /// The norm of what was left out of x, rounded up.
    float rest() {
        return rest;
    }

    /// Products of [#ROWS] rows.
    ///
    /// @param rows  address of the first
    /// @param apart bytes from a row to the next
    /// @param to    address of f32 (out), the first
    /// @param next  bytes from a product to the next
    void products(long rows, long apart, long to, long next) {
        long product = product();
        MatrixUnit.rows(product, rows, apart, digits(), steps);
        for (int r = 0; r < ROWS; r++) {
            long at = product + (long) r * WIDTH;
            Lanes.f32(to + r * next, (float) ((long) BASE * Lanes.i32(at) + Lanes.i32(at + 4)) * step);
        }
    }
}
