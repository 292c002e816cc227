package tern.models;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import tern.ir.Op.RopePairs;
import tern.runtime.model.Block.Activation;
import tern.runtime.model.ModelConfig;

/// A model as arrays, and its forward pass in f64, written from the formulas and independent of everything that Tern runs.
///
/// Tensors go by GGUF's names without `.weight`. Norms, embedding and head are bf16 numbers, so that every format holds them.
final class PlainModel {

    final ModelConfig config;
    /// `[m][k]`
    final Map<String, byte[][]> digits = new TreeMap<>();
    final Map<String, Float> scales = new HashMap<>();
    /// What the scales of a tensor are multiplied with, by row and group along k: powers of two, so that f16 holds the products.
    final Map<String, int[][]> exponents = new HashMap<>();
    int group;
    final Map<String, float[]> norms = new TreeMap<>();
    float[][] embedding = {}, head = {};

    PlainModel(ModelConfig config) {
        this.config = config;
    }

    /// Scales have at most 6 significant bits: f16 and bf16 hold them, and the inverse of some is rounded.
    static PlainModel random(ModelConfig c, long seed) {
        var model = new PlainModel(c);
        var random = new SplittableRandom(seed);
        model.embedding = table(random, c.vocabulary(), c.hidden(), 1);
        model.head = c.block().tiedHead() ? model.embedding : table(random, c.vocabulary(), c.hidden(), 0.2);
        model.norms.put("output_norm", norm(random, c.hidden()));
        int kv = c.kvHeads() * c.headDim();
        for (int layer = 0; layer < c.layers(); layer++) {
            String at = "blk." + layer + ".";
            model.norms.put(at + "attn_norm", norm(random, c.hidden()));
            model.norms.put(at + "ffn_norm", norm(random, c.hidden()));
            if (c.block().subNorms()) {
                model.norms.put(at + "attn_sub_norm", norm(random, c.attentionWidth()));
                model.norms.put(at + "ffn_sub_norm", norm(random, c.ffn()));
            }
            model.ternary(random, at + "attn_q", c.attentionWidth(), c.hidden());
            model.ternary(random, at + "attn_k", kv, c.hidden());
            model.ternary(random, at + "attn_v", kv, c.hidden());
            model.ternary(random, at + "attn_output", c.hidden(), c.attentionWidth());
            model.ternary(random, at + "ffn_gate", c.ffn(), c.hidden());
            model.ternary(random, at + "ffn_up", c.ffn(), c.hidden());
            model.ternary(random, at + "ffn_down", c.hidden(), c.ffn());
        }
        return model;
    }

    private void ternary(SplittableRandom random, String name, int m, int k) {
        var rows = new byte[m][k];
        for (byte[] row : rows) for (int i = 0; i < k; i++) row[i] = (byte) (random.nextInt(3) - 1);
        digits.put(name, rows);
        scales.put(name, (32 + random.nextInt(32)) / 512f);
    }

    private static float[] norm(SplittableRandom random, int length) {
        var norm = new float[length];
        for (int i = 0; i < length; i++) norm[i] = bf16((float) (1 + 0.2 * random.nextGaussian()));
        return norm;
    }

    private static float[][] table(SplittableRandom random, int rows, int k, double deviation) {
        var table = new float[rows][k];
        for (float[] row : table) for (int i = 0; i < k; i++) row[i] = bf16((float) (deviation * random.nextGaussian()));
        return table;
    }

    static float bf16(float value) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xffff0000);
    }

    /// Logits behind every token.
    double[][] logits(int[] ids) {
        int n = ids.length;
        var x = new double[n][];
        for (int t = 0; t < n; t++) x[t] = widened(embedding[ids[t]]);
        for (int layer = 0; layer < config.layers(); layer++) layer("blk." + layer + ".", x);
        var logits = new double[n][config.vocabulary()];
        for (int t = 0; t < n; t++) {
            double[] normed = normed(x[t], "output_norm");
            for (int v = 0; v < config.vocabulary(); v++)
                for (int k = 0; k < normed.length; k++) logits[t][v] += head[v][k] * normed[k];
        }
        return logits;
    }

    private static double[] widened(float[] row) {
        var wide = new double[row.length];
        for (int i = 0; i < row.length; i++) wide[i] = row[i];
        return wide;
    }

    private void layer(String at, double[][] x) {
        int n = x.length;
        double[][] q = new double[n][], k = new double[n][], v = new double[n][];
        for (int t = 0; t < n; t++) {
            double[] a = normed(x[t], at + "attn_norm");
            q[t] = rotated(product(at + "attn_q", a), t);
            k[t] = rotated(product(at + "attn_k", a), t);
            v[t] = product(at + "attn_v", a);
        }
        boolean subNorms = config.block().subNorms();
        for (int t = 0; t < n; t++) {
            double[] attended = attention(q[t], k, v, t);
            add(x[t], product(at + "attn_output", subNorms ? normed(attended, at + "attn_sub_norm") : attended));
            double[] f = normed(x[t], at + "ffn_norm");
            double[] gate = product(at + "ffn_gate", f), up = product(at + "ffn_up", f);
            for (int i = 0; i < gate.length; i++) up[i] *= activated(gate[i]);
            add(x[t], product(at + "ffn_down", subNorms ? normed(up, at + "ffn_sub_norm") : up));
        }
    }

    private double activated(double gate) {
        if (config.block().activation() == Activation.SILU) return gate / (1 + Math.exp(-gate));
        return gate > 0 ? gate * gate : 0;
    }

    private static void add(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) x[i] += y[i];
    }

    private double[] normed(double[] x, String name) {
        float[] weight = norms.get(name);
        double squares = 0;
        for (double value : x) squares += value * value;
        double r = 1 / Math.sqrt(squares / x.length + config.epsilon());
        var y = new double[x.length];
        for (int i = 0; i < y.length; i++) y[i] = x[i] * r * weight[i];
        return y;
    }

    /// W1.58A8: activations to 8 bits by their largest, an integer product, scales.
    private double[] product(String name, double[] x) {
        double largest = 1e-5;
        for (double value : x) largest = Math.max(largest, Math.abs(value));
        var q = new long[x.length];
        for (int i = 0; i < q.length; i++) q[i] = (long) Math.clamp(Math.rint(x[i] * 127 / largest), -128, 127);
        byte[][] rows = digits.get(name);
        var y = new double[rows.length];
        for (int r = 0; r < rows.length; r++) {
            for (int i = 0; i < q.length; i++) y[r] += rows[r][i] * q[i] * (double) scale(name, r, i);
            y[r] *= largest / 127;
        }
        return y;
    }

    float scale(String name, int row, int column) {
        float one = scales.get(name);
        return group == 0 ? one : Math.scalb(one, exponents.get(name)[row][column / group]);
    }

    /// Gives each group of `size` weights of a row a scale of its own.
    void scaleGroups(int size, SplittableRandom random) {
        group = size;
        digits.forEach((name, rows) -> {
            int[][] of = new int[rows.length][Math.ceilDiv(rows[0].length, size)];
            for (int[] row : of) for (int g = 0; g < row.length; g++) row[g] = random.nextInt(4) - 3;
            exponents.put(name, of);
        });
    }

    private double[] rotated(double[] x, int position) {
        int d = config.headDim(), half = d / 2;
        double[] y = x.clone();
        for (int head = 0; head < x.length; head += d)
            for (int i = 0; i < half; i++) {
                int a = head + (config.pairs() == RopePairs.HALVES ? i : 2 * i);
                int b = head + (config.pairs() == RopePairs.HALVES ? i + half : 2 * i + 1);
                double angle = position * Math.pow(config.theta(), -2.0 * i / d);
                y[a] = x[a] * Math.cos(angle) - x[b] * Math.sin(angle);
                y[b] = x[b] * Math.cos(angle) + x[a] * Math.sin(angle);
            }
        return y;
    }

    private double[] attention(double[] q, double[][] keys, double[][] values, int position) {
        int d = config.headDim(), share = config.heads() / config.kvHeads();
        var y = new double[q.length];
        for (int h = 0; h < config.heads(); h++) {
            var e = new double[position + 1];
            double largest = Double.NEGATIVE_INFINITY, sum = 0;
            for (int p = 0; p <= position; p++) {
                for (int i = 0; i < d; i++) e[p] += q[h * d + i] * keys[p][h / share * d + i];
                e[p] /= Math.sqrt(d);
                largest = Math.max(largest, e[p]);
            }
            for (int p = 0; p <= position; p++) sum += e[p] = Math.exp(e[p] - largest);
            for (int p = 0; p <= position; p++)
                for (int i = 0; i < d; i++) y[h * d + i] += e[p] / sum * values[p][h / share * d + i];
        }
        return y;
    }
}
