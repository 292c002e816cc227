package tern.models;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import tern.ir.Op.RopePairs;
import tern.ir.RopeAngles.Yarn;
import tern.runtime.model.Block.Norms;
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
            if (c.block().has(Norms.SUB)) {
                model.norms.put(at + "attn_sub_norm", norm(random, c.attentionWidth()));
                model.norms.put(at + "ffn_sub_norm", norm(random, c.ffn()));
            }
            model.furtherNorms(random, at);
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

    private void furtherNorms(SplittableRandom random, String at) {
        if (config.block().has(Norms.HEAD)) for (String name : List.of("attn_q_norm", "attn_k_norm")) norms.put(at + name, norm(random, config.headDim()));
        if (config.block().has(Norms.POST))
            for (String name : List.of("post_attention_norm", "post_ffw_norm")) norms.put(at + name, norm(random, config.hidden()));
        if (!config.block().has(Norms.INPUT)) return;
        for (String name : List.of("attn_q", "attn_k", "attn_v", "ffn_gate", "ffn_up")) norms.put(at + name + "_norm_in", norm(random, config.hidden()));
        norms.put(at + "attn_output_norm_in", norm(random, config.attentionWidth()));
        norms.put(at + "ffn_down_norm_in", norm(random, config.ffn()));
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

    /// After every token, before the head.
    double[][] states(int[] ids) {
        int n = ids.length;
        var x = new double[n][];
        for (int t = 0; t < n; t++) {
            x[t] = widened(embedding[ids[t]]);
            if (config.block().has(Norms.POST)) for (int i = 0; i < x[t].length; i++) x[t][i] *= Math.sqrt(config.hidden());
        }
        for (int layer = 0; layer < config.layers(); layer++) layer(layer, "blk." + layer + ".", x);
        var states = new double[n][];
        for (int t = 0; t < n; t++) states[t] = normed(x[t], "output_norm");
        return states;
    }

    /// Logits after every token.
    double[][] logits(int[] ids) {
        int n = ids.length;
        double[][] states = states(ids);
        var logits = new double[n][config.vocabulary()];
        for (int t = 0; t < n; t++) {
            double[] normed = states[t];
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

    private void layer(int layer, String at, double[][] x) {
        int n = x.length;
        double[][] q = new double[n][], k = new double[n][], v = new double[n][];
        for (int t = 0; t < n; t++) {
            double[] a = normed(x[t], at + "attn_norm");
            q[t] = rotated(layer, heads(product(at + "attn_q", a), at + "attn_q_norm"), t);
            k[t] = rotated(layer, heads(product(at + "attn_k", a), at + "attn_k_norm"), t);
            v[t] = product(at + "attn_v", a);
        }
        boolean subNorms = config.block().has(Norms.SUB);
        for (int t = 0; t < n; t++) {
            double[] attended = attention(isLocal(layer) ? config.block().positions().window() : n, q[t], k, v, t);
            add(x[t], post(product(at + "attn_output", subNorms ? normed(attended, at + "attn_sub_norm") : attended), at + "post_attention_norm"));
            double[] f = normed(x[t], at + "ffn_norm");
            double[] gate = product(at + "ffn_gate", f), up = product(at + "ffn_up", f);
            for (int i = 0; i < gate.length; i++) up[i] *= activated(gate[i]);
            add(x[t], post(product(at + "ffn_down", subNorms ? normed(up, at + "ffn_sub_norm") : up), at + "post_ffw_norm"));
        }
    }

    private double activated(double gate) {
        return switch (config.block().activation()) {
            case SILU -> gate / (1 + Math.exp(-gate));
            case SQUARED_RELU -> gate > 0 ? gate * gate : 0;
            case GELU -> 0.5 * gate * (1 + Math.tanh(0.7978845608028654 * (gate + 0.044715 * Math.pow(gate, 3)))); // arXiv 1606.08415, section 2
        };
    }

    /// Gemma 3 (arXiv 2503.19786), section 2: five local layers, then one that sees all; here as the configuration says.
    private boolean isLocal(int layer) {
        return config.block().positions().window() > 0 && layer % config.block().positions().period() != config.block().positions().period() - 1;
    }

    private double[] post(double[] y, String name) {
        return config.block().has(Norms.POST) ? normed(y, name) : y;
    }

    /// QK-Norm: the same weights for each head.
    private double[] heads(double[] x, String name) {
        if (!config.block().has(Norms.HEAD)) return x;
        var all = new double[x.length];
        for (int at = 0; at < x.length; at += config.headDim())
            System.arraycopy(normed(Arrays.copyOfRange(x, at, at + config.headDim()), name), 0, all, at, config.headDim());
        return all;
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

    /// W1.58A8: activations to 8 bits by the largest of a token, or of a group, an integer product, scales.
    private double[] product(String name, double[] input) {
        double[] x = config.block().has(Norms.INPUT) ? normed(input, name + "_norm_in") : input;
        int size = config.block().inputGroup() == 0 ? x.length : config.block().inputGroup();
        double[] largest = new double[Math.ceilDiv(x.length, size)];
        Arrays.fill(largest, 1e-5);
        for (int i = 0; i < x.length; i++) largest[i / size] = Math.max(largest[i / size], Math.abs(x[i]));
        var q = new long[x.length];
        for (int i = 0; i < q.length; i++) q[i] = (long) Math.clamp(Math.rint(x[i] * 127 / largest[i / size]), -128, 127);
        byte[][] rows = digits.get(name);
        var y = new double[rows.length];
        for (int r = 0; r < rows.length; r++)
            for (int i = 0; i < q.length; i++) y[r] += rows[r][i] * q[i] * (double) scale(name, r, i) * largest[i / size] / 127;
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

    private double[] rotated(int layer, double[] x, int position) {
        int d = config.headDim(), half = d / 2;
        double[] y = x.clone();
        for (int head = 0; head < x.length; head += d)
            for (int i = 0; i < half; i++) {
                int a = head + (config.pairs() == RopePairs.HALVES ? i : 2 * i);
                int b = head + (config.pairs() == RopePairs.HALVES ? i + half : 2 * i + 1);
                double angle = position * frequency(layer, i), m = mscale(layer);
                y[a] = (x[a] * Math.cos(angle) - x[b] * Math.sin(angle)) * m;
                y[b] = (x[b] * Math.cos(angle) + x[a] * Math.sin(angle)) * m;
            }
        return y;
    }

    /// llama.cpp `ggml_rope_yarn_corr_dims` and `rope_yarn`: a ramp over pairs mixes angles and angles over the factor.
    private double frequency(int layer, int pair) {
        double base = isLocal(layer) ? config.block().positions().localTheta() : config.theta(), angle = Math.pow(base, -2.0 * pair / config.headDim());
        Yarn yarn = isLocal(layer) ? null : config.block().positions().yarn();
        if (yarn == null) return angle;
        double start = Math.max(0, Math.floor(corrected(yarn, yarn.fast()))), end = Math.min(config.headDim() - 1, Math.ceil(corrected(yarn, yarn.slow())));
        double ramp = 1 - Math.min(1, Math.max(0, (pair - start) / Math.max(0.001, end - start)));
        return angle / yarn.factor() * (1 - ramp) + angle * ramp;
    }

    private double corrected(Yarn yarn, double rotations) {
        return config.headDim() * Math.log(yarn.original() / (rotations * 2 * Math.PI)) / (2 * Math.log(config.theta()));
    }

    private double mscale(int layer) {
        Yarn yarn = isLocal(layer) ? null : config.block().positions().yarn();
        return yarn == null ? 1 : 1 + 0.1 * Math.log(yarn.factor());
    }

    /// @param window positions that are seen
    private double[] attention(int window, double[] q, double[][] keys, double[][] values, int position) {
        int first = Math.max(0, position - window + 1);
        int d = config.headDim(), share = config.heads() / config.kvHeads();
        var y = new double[q.length];
        for (int h = 0; h < config.heads(); h++) {
            var e = new double[position + 1];
            double largest = Double.NEGATIVE_INFINITY, sum = 0;
            for (int p = first; p <= position; p++) {
                for (int i = 0; i < d; i++) e[p] += q[h * d + i] * keys[p][h / share * d + i];
                e[p] /= Math.sqrt(d);
                largest = Math.max(largest, e[p]);
            }
            for (int p = first; p <= position; p++) sum += e[p] = Math.exp(e[p] - largest);
            for (int p = first; p <= position; p++)
                for (int i = 0; i < d; i++) y[h * d + i] += e[p] / sum * values[p][h / share * d + i];
        }
        return y;
    }
}
