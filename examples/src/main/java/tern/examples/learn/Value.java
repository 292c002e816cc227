package tern.examples.learn;

import java.util.Arrays;

/// A value of a pass for each row, and the gradient of the loss by it.
final class Value {

    final int width;
    /// `[rows, width]` each.
    final float[] x, dx;

    /// @param rows most of a batch
    Value(int rows, int width) {
        this.width = width;
        x = new float[rows * width];
        dx = new float[rows * width];
    }

    void clear(int rows) {
        Arrays.fill(x, 0, rows * width, 0);
        Arrays.fill(dx, 0, rows * width, 0);
    }
}
