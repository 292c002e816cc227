package tern.examples.learn;

/// RMS norm of rows, and its gradient.
final class RmsNorm {

    private RmsNorm() {}

    /// `y = x r w` with `r = 1 / sqrt(mean(x^2) + epsilon)`.
    ///
    /// @param x,y  `[rows, width]`
    /// @param w    `[wAt .. wAt + width - 1]`
    /// @param r    `[rows]` (out)
    static void forward(float[] x, float[] w, int wAt, float epsilon, float[] y, float[] r, int rows, int width) {
        for (int row = 0; row < rows; row++) {
            int at = row * width;
            float squares = 0;
            for (int i = 0; i < width; i++) squares += x[at + i] * x[at + i];
            float one = (float) (1 / Math.sqrt(squares / width + epsilon));
            r[row] = one;
            for (int i = 0; i < width; i++) y[at + i] = x[at + i] * one * w[wAt + i];
        }
    }

    /// Adds to the gradients of x and w.
    ///
    /// @param dy `[rows, width]`
    /// @param dx `[rows, width]` (in and out)
    /// @param dw as w (in and out)
    static void backward(
            float[] x, float[] w, int wAt, float[] r, float[] dy, float[] dx, float[] dw, int rows, int width) {
        for (int row = 0; row < rows; row++) {
            int at = row * width;
            float one = r[row], along = 0;
            for (int i = 0; i < width; i++) along += dy[at + i] * w[wAt + i] * x[at + i];
            float back = along * one * one * one / width;
            for (int i = 0; i < width; i++) {
                dw[wAt + i] += dy[at + i] * x[at + i] * one;
                dx[at + i] += dy[at + i] * w[wAt + i] * one - x[at + i] * back;
            }
        }
    }
}
