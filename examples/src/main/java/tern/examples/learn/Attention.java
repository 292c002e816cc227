package tern.examples.learn;

import tern.ir.Exponential;
import tern.ir.RopeAngles;
import tern.ir.RopeTable;
import tern.runtime.model.ModelConfig;

/// Rotary positions and causal attention within each sequence of a batch, and their gradients. Pairs are (i, i + d/2).
final class Attention {

    private final int heads, kvHeads, headDim, group, qkv, width, longest;
    private final float scale;
    private final RopeTable table;

    /// @param longest sequence
    Attention(ModelConfig c, int longest) {
        heads = c.heads();
        kvHeads = c.kvHeads();
        headDim = c.headDim();
        group = heads / kvHeads;
        qkv = c.qkvRows();
        width = c.attentionWidth();
        this.longest = longest;
        scale = (float) (1 / Math.sqrt(headDim));
        table = RopeTable.of(longest, headDim, RopeAngles.of(c.theta()));
    }

    /// Probabilities of `rows` tokens.
    int probabilities(int rows) {
        return rows * heads * longest;
    }

    /// Rotates queries and keys in place.
    ///
    /// @param qkvs    `[rows, qkv]`
    /// @param starts  first row of each sequence, and one past the last row
    /// @param inverse true for gradients
    void rotate(float[] qkvs, int[] starts, boolean inverse) {
        int half = headDim / 2;
        for (int s = 0; s + 1 < starts.length; s++)
            for (int row = starts[s]; row < starts[s + 1]; row++)
                for (int h = 0; h < heads + kvHeads; h++)
                    for (int i = 0; i < half; i++) {
                        int at = row * qkv + h * headDim + i, angle = (row - starts[s]) * half + i;
                        float a = qkvs[at], b = qkvs[at + half], cos = table.cos()[angle];
                        float sin = inverse ? -table.sin()[angle] : table.sin()[angle];
                        qkvs[at] = a * cos - b * sin;
                        qkvs[at + half] = b * cos + a * sin;
                    }
    }

    /// @param p probabilities (out)
    /// @param y `[rows, width]` (out)
    void forward(float[] qkvs, int[] starts, float[] p, float[] y) {
        for (int s = 0; s + 1 < starts.length; s++)
            for (int row = starts[s]; row < starts[s + 1]; row++)
                for (int h = 0; h < heads; h++) forward(qkvs, starts[s], row, h, p, y);
    }

    private void forward(float[] qkvs, int start, int row, int h, float[] p, float[] y) {
        int q = row * qkv + h * headDim, n = row - start + 1, at = (row * heads + h) * longest, out = row * width + h * headDim;
        float largest = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < n; j++) {
            p[at + j] = dot(qkvs, q, qkvs, key(start + j, h)) * scale;
            largest = Math.max(largest, p[at + j]);
        }
        float sum = 0;
        for (int j = 0; j < n; j++) {
            p[at + j] = Exponential.exp(p[at + j] - largest);
            sum += p[at + j];
        }
        for (int i = 0; i < headDim; i++) y[out + i] = 0;
        for (int j = 0; j < n; j++) {
            p[at + j] /= sum;
            addScaled(y, out, p[at + j], qkvs, value(start + j, h));
        }
    }

    /// Adds to the gradient of queries, keys and values.
    ///
    /// @param dy   `[rows, width]`
    /// @param dqkv `[rows, qkv]` (in and out)
    void backward(float[] qkvs, int[] starts, float[] p, float[] dy, float[] dqkv) {
        float[] dp = new float[longest];
        for (int s = 0; s + 1 < starts.length; s++)
            for (int row = starts[s]; row < starts[s + 1]; row++)
                for (int h = 0; h < heads; h++) backward(qkvs, starts[s], row, h, p, dy, dqkv, dp);
    }

    private void backward(float[] qkvs, int start, int row, int h, float[] p, float[] dy, float[] dqkv, float[] dp) {
        int q = row * qkv + h * headDim, n = row - start + 1, at = (row * heads + h) * longest, out = row * width + h * headDim;
        float mean = 0;
        for (int j = 0; j < n; j++) {
            dp[j] = dot(dy, out, qkvs, value(start + j, h));
            mean += p[at + j] * dp[j];
            addScaled(dqkv, value(start + j, h), p[at + j], dy, out);
        }
        for (int j = 0; j < n; j++) {
            float ds = p[at + j] * (dp[j] - mean) * scale;
            addScaled(dqkv, q, ds, qkvs, key(start + j, h));
            addScaled(dqkv, key(start + j, h), ds, qkvs, q);
        }
    }

    private int key(int row, int h) {
        return row * qkv + (heads + h / group) * headDim;
    }

    private int value(int row, int h) {
        return row * qkv + (heads + kvHeads + h / group) * headDim;
    }

    private float dot(float[] a, int aAt, float[] b, int bAt) {
        float even = 0, odd = 0;
        for (int i = 0; i < headDim; i += 2) {
            even += a[aAt + i] * b[bAt + i];
            odd += a[aAt + i + 1] * b[bAt + i + 1];
        }
        return even + odd;
    }

    private void addScaled(float[] to, int toAt, float factor, float[] from, int fromAt) {
        for (int i = 0; i < headDim; i++) to[toAt + i] += factor * from[fromAt + i];
    }
}
