package tern.runtime.doctor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.Op.RopePairs;
import tern.ir.RopeAngles;
import tern.runtime.model.Block;
import tern.runtime.model.Block.Norms;
import tern.runtime.model.Linear;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;
import tern.runtime.model.TensorNames;

/// The model in f64, as the BitNet b1.58 2B4T report and huggingface/transformers `integrations/bitnet.py` describe it. All tokens go through a
/// part together, from position 0 on.
final class PlainModel {

    /// How a file is read where files do not say it.
    ///
    /// @param activation of the feed-forward part
    /// @param pairs      that RoPE rotates
    record Reading(Activation activation, RopePairs pairs) {}

    /// What is between gate and up.
    enum Activation {
        SQUARED_RELU("squared ReLU") {
            @Override
            double of(double gate) {
                return gate > 0 ? gate * gate : 0;
            }
        },
        SILU("SiLU") {
            @Override
            double of(double gate) {
                return gate / (1 + Math.exp(-gate));
            }
        },
        GELU("GELU") {
            @Override
            double of(double gate) {
                return gate / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (gate + 0.044715 * gate * gate * gate)));
            }
        };

        static Activation of(Block.Activation activation) {
            return switch (activation) {
                case SQUARED_RELU -> SQUARED_RELU;
                case SILU -> SILU;
                case GELU -> GELU;
            };
        }

        final String title;

        Activation(String title) {
            this.title = title;
        }

        abstract double of(double gate);
    }

    private final ModelSource model;
    private final ModelConfig config;
    private final Reading reading;
    private double largest;

    PlainModel(ModelSource model, Reading reading) {
        this.model = model;
        config = model.config();
        this.reading = reading;
    }

    /// Largest magnitude that entered a norm within a part since the last call.
    double takeLargest() {
        double taken = largest;
        largest = 0;
        return taken;
    }

    /// The residual stream of all tokens before the first layer.
    double[][] embed(int[] tokens) {
        double[][] x = new double[tokens.length][];
        for (int t = 0; t < tokens.length; t++) x[t] = row(tokens[t]);
        return x;
    }

    private double[] row(int token) {
        double[] row = new double[config.hidden()];
        MemorySegment table = model.embedding();
        for (int i = 0; i < row.length; i++)
            row[i] = (float) element(table, model.embeddingElement(), (long) token * row.length + i) * config.block().embeddingFactor();
        return row;
    }

    private static double element(MemorySegment table, Element element, long index) {
        return switch (element) {
            case F32 -> table.get(JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 4 * index);
            case F16 -> Float.float16ToFloat(table.get(JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 2 * index));
            case BF16 -> Float.intBitsToFloat(table.get(JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 2 * index) << 16);
            default -> throw new IllegalStateException("a table of " + element);
        };
    }

    /// `x + post(o_proj(sub_norm(attention(qkv_proj(norm(x))))))`
    double[][] attention(int layer, double[][] x) {
        String at = "blk." + layer + ".";
        int kv = config.kvHeads() * config.headDim();
        double[][] a = norm(x, at + "attn_norm.weight");
        double[][] q = product(at + "attn_q", config.attentionWidth(), a), k = product(at + "attn_k", kv, a), v = product(at + "attn_v", kv, a);
        headNorm(q, at + "attn_q_norm.weight");
        headNorm(k, at + "attn_k_norm.weight");
        for (int t = 0; t < x.length; t++) {
            rotate(layer, q[t], t);
            rotate(layer, k[t], t);
        }
        double[][] y = new double[x.length][config.attentionWidth()];
        IntStream.range(0, x.length * config.heads()).parallel().forEach(i -> attend(layer, i / config.heads(), i % config.heads(), q, k, v, y));
        return sum(x, post(product(at + "attn_output", config.hidden(), subNorm(y, at + "attn_sub_norm.weight")), at + "post_attention_norm.weight"));
    }

    private void headNorm(double[][] heads, String name) {
        if (!config.block().has(Norms.HEAD)) return;
        int d = config.headDim();
        for (double[] row : heads)
            for (int head = 0; head < row.length; head += d)
                System.arraycopy(norm(new double[][] {Arrays.copyOfRange(row, head, head + d)}, name)[0], 0, row, head, d);
    }

    private void rotate(int layer, double[] heads, int position) {
        int d = config.headDim();
        boolean halves = reading.pairs == RopePairs.HALVES;
        RopeAngles angles = config.angles(layer);
        double factor = angles.yarn() == null ? 1 : angles.yarn().attention();
        for (int head = 0; head < heads.length; head += d)
            for (int i = 0; i < d / 2; i++) {
                int one = head + (halves ? i : 2 * i), two = halves ? one + d / 2 : one + 1;
                double angle = position * frequency(angles, i), a = heads[one] * factor, b = heads[two] * factor;
                heads[one] = a * Math.cos(angle) - b * Math.sin(angle);
                heads[two] = b * Math.cos(angle) + a * Math.sin(angle);
            }
    }

    /// YaRN as transformers' `_compute_yarn_parameters` has it.
    private double frequency(RopeAngles angles, int pair) {
        int d = config.headDim();
        double base = angles.theta(), plain = Math.pow(base, -2.0 * pair / d);
        RopeAngles.Yarn yarn = angles.yarn();
        if (yarn == null) return plain;
        double perTurn = d / (2 * Math.log(base)), low = Math.floor(perTurn * Math.log(yarn.original() / (yarn.fast() * 2 * Math.PI)));
        double high = Math.ceil(perTurn * Math.log(yarn.original() / (yarn.slow() * 2 * Math.PI)));
        low = Math.max(low, 0);
        high = Math.min(high, d - 1);
        double kept = 1 - Math.clamp((pair - low) / (high == low ? 0.001 : high - low), 0, 1);
        return plain * (kept + (1 - kept) / yarn.factor());
    }

    private void attend(int layer, int token, int head, double[][] q, double[][] k, double[][] v, double[][] y) {
        int d = config.headDim(), mine = head * d, theirs = head / (config.heads() / config.kvHeads()) * d, window = config.window(layer);
        int first = window == 0 ? 0 : Math.max(0, token - window + 1), scalar = config.block().queryScalar();
        double[] score = new double[token + 1];
        Arrays.fill(score, Double.NEGATIVE_INFINITY);
        for (int p = first; p <= token; p++) {
            score[p] = 0;
            for (int i = 0; i < d; i++) score[p] += q[token][mine + i] * k[p][theirs + i];
            score[p] /= Math.sqrt(scalar == 0 ? d : scalar);
        }
        double top = Arrays.stream(score).max().orElseThrow(), sum = 0;
        for (int p = first; p <= token; p++) {
            score[p] = Math.exp(score[p] - top);
            sum += score[p];
        }
        for (int p = first; p <= token; p++)
            for (int i = 0; i < d; i++) y[token][mine + i] += score[p] / sum * v[p][theirs + i];
    }

    /// `x + post(down_proj(sub_norm(activation(gate_proj(f)) * up_proj(f))))` with `f = norm(x)`
    double[][] feedForward(int layer, double[][] x) {
        String at = "blk." + layer + ".";
        double[][] f = norm(x, at + "ffn_norm.weight");
        double[][] gate = product(at + "ffn_gate", config.ffn(), f), up = product(at + "ffn_up", config.ffn(), f);
        for (int t = 0; t < x.length; t++)
            for (int i = 0; i < config.ffn(); i++) gate[t][i] = reading.activation.of(gate[t][i]) * up[t][i];
        return sum(x, post(product(at + "ffn_down", config.hidden(), subNorm(gate, at + "ffn_sub_norm.weight")), at + "post_ffw_norm.weight"));
    }

    /// Logits after one token.
    double[] logits(double[] x) {
        double[] y = norm(new double[][] {x}, "output_norm.weight")[0];
        MemorySegment table = model.head();
        return IntStream.range(0, config.vocabulary()).parallel().mapToDouble(token -> {
            double sum = 0;
            for (int i = 0; i < y.length; i++) sum += element(table, model.headElement(), (long) token * y.length + i) * y[i];
            return sum;
        }).toArray();
    }

    private double[][] subNorm(double[][] x, String name) {
        return config.block().has(Norms.SUB) ? norm(x, name) : x;
    }

    private double[][] post(double[][] x, String name) {
        return config.block().has(Norms.POST) ? norm(x, name) : x;
    }

    private double[][] norm(double[][] x, String name) {
        int width = x[0].length;
        MemorySegment weight = model.norm(name, width);
        double[][] y = new double[x.length][width];
        for (int t = 0; t < x.length; t++) {
            double squares = 0;
            for (double value : x[t]) {
                squares += value * value;
                largest = Math.max(largest, Math.abs(value));
            }
            double scale = 1 / Math.sqrt(squares / width + config.epsilon());
            for (int i = 0; i < width; i++) y[t][i] = x[t][i] * scale * weight.get(JAVA_FLOAT_UNALIGNED, 4L * i);
        }
        return y;
    }

    /// In 8 bits, times what a step of a token, or of its group, is worth.
    private double[][] quantised(double[][] x) {
        int width = x[0].length, size = config.block().inputGroup() == 0 ? width : config.block().inputGroup();
        double[][] y = new double[x.length][width];
        for (int t = 0; t < x.length; t++)
            for (int from = 0; from < width; from += size) {
                int end = Math.min(width, from + size);
                double absmax = 1e-5;
                for (int i = from; i < end; i++) absmax = Math.max(absmax, Math.abs(x[t][i]));
                for (int i = from; i < end; i++) y[t][i] = Math.clamp(Math.rint(x[t][i] * (127 / absmax)), -128, 127) * (absmax / 127);
            }
        return y;
    }

    /// @param name without `.weight`
    private double[][] product(String name, int m, double[][] input) {
        double[][] x = quantised(config.block().has(Norms.INPUT) ? norm(input, name + TensorNames.INPUT_NORM + ".weight") : input);
        int k = x[0].length;
        Linear weights = model.linear(name + ".weight", m, k);
        double[][] y = new double[x.length][m];
        IntStream.range(0, m).parallel().forEach(row -> {
            byte[] digits = new byte[k];
            weights.rows().read(row, digits);
            double[] w = new double[k];
            for (int i = 0; i < k; i++) w[i] = digits[i] * (double) weights.scales().of(row, i);
            for (int t = 0; t < y.length; t++) {
                double sum = 0;
                for (int i = 0; i < k; i++) sum += w[i] * x[t][i];
                y[t][row] = sum;
            }
        });
        return y;
    }

    private static double[][] sum(double[][] x, double[][] y) {
        for (int t = 0; t < x.length; t++) for (int i = 0; i < x[t].length; i++) y[t][i] += x[t][i];
        return y;
    }
}
