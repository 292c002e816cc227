package tern.examples.learn;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import tern.examples.learn.Layout.Layer;
import tern.examples.learn.Layout.Tensor;
import tern.examples.learn.Layout.Stack;
import tern.examples.learn.Products.Strided;
import tern.ir.Exponential;
import tern.runtime.model.ModelConfig;

/// The way through a model and back, for one batch: the graph of BitNet b1.58 2B4T with its gradient, every step of which is the mirror of
/// a step forward. Memory is allocated once.
final class Pass {

    private final ModelConfig config;
    private final Weights weights;
    private final Layout layout;
    private final Attention attention;
    private final int hidden, width, ffn, qkvRows;
    private final List<Memory> memories;
    /// The residual stream and its gradient; gradients of a step; last, what the head sees.
    private final float[] x, dx, wide, narrow, dqkv, asked, normed, askedScale, logits, dAsked, dNormed;

    /// What a layer's way back needs of its way forward. Inputs of products are kept rounded.
    private static final class Memory {
        final float[] x, a, qkv, p, y, s, h, f, gateUp, act, d, r1, r2, r3, r4;

        Memory(ModelConfig c, int rows, Attention attention) {
            x = new float[rows * c.hidden()];
            a = new float[rows * c.hidden()];
            qkv = new float[rows * c.qkvRows()];
            p = new float[attention.probabilities(rows)];
            y = new float[rows * c.attentionWidth()];
            s = new float[rows * c.attentionWidth()];
            h = new float[rows * c.hidden()];
            f = new float[rows * c.hidden()];
            gateUp = new float[rows * 2 * c.ffn()];
            act = new float[rows * c.ffn()];
            d = new float[rows * c.ffn()];
            r1 = new float[rows];
            r2 = new float[rows];
            r3 = new float[rows];
            r4 = new float[rows];
        }
    }

    /// @param rows    most tokens of a batch
    /// @param longest sequence
    Pass(ModelConfig config, Weights weights, int rows, int longest) {
        this.config = config;
        this.weights = weights;
        layout = weights.layout();
        attention = new Attention(config, longest);
        hidden = config.hidden();
        width = config.attentionWidth();
        ffn = config.ffn();
        qkvRows = config.qkvRows();
        memories = IntStream.range(0, config.layers()).mapToObj(i -> new Memory(config, rows, attention)).toList();
        x = new float[rows * hidden];
        dx = new float[rows * hidden];
        wide = new float[rows * 2 * ffn];
        narrow = new float[rows * Math.max(Math.max(hidden, width), ffn)];
        dqkv = new float[rows * qkvRows];
        asked = new float[rows * hidden];
        normed = new float[rows * hidden];
        dAsked = new float[rows * hidden];
        dNormed = new float[rows * hidden];
        askedScale = new float[rows];
        logits = new float[rows * config.vocabulary()];
    }

    /// The summed loss of a batch, in nats.
    double loss(Batch batch) {
        forward(batch);
        return score(batch, 1);
    }

    /// The summed loss of a batch; adds `share` times its gradient.
    ///
    /// @param gradient in the places of the parameters (in and out)
    double learn(Batch batch, float share, float[] gradient) {
        forward(batch);
        double loss = score(batch, share);
        backwardHead(batch, gradient);
        for (int i = memories.size() - 1; i >= 0; i--) backward(layout.layers().get(i), memories.get(i), batch, gradient);
        int at = layout.embedding().at();
        for (int row = 0; row < batch.rows(); row++)
            for (int i = 0; i < hidden; i++) gradient[at + batch.tokens()[row] * hidden + i] += dx[row * hidden + i];
        return loss;
    }

    // ---- forward ----

    private void forward(Batch batch) {
        int at = layout.embedding().at();
        for (int row = 0; row < batch.rows(); row++)
            System.arraycopy(weights.values(), at + batch.tokens()[row] * hidden, x, row * hidden, hidden);
        for (int i = 0; i < memories.size(); i++) forward(layout.layers().get(i), memories.get(i), batch);
    }

    private void forward(Layer layer, Memory m, Batch batch) {
        int n = batch.rows();
        System.arraycopy(x, 0, m.x, 0, n * hidden);
        norm(m.x, layer.attentionNorm(), m.a, m.r1, n);
        Arrays.fill(m.qkv, 0, n * qkvRows, 0);
        multiply(m.a, layer.qkv(), m.qkv, n);
        attention.rotate(m.qkv, batch.starts(), false);
        attention.forward(m.qkv, batch.starts(), m.p, m.y);
        norm(m.y, layer.attentionSubNorm(), m.s, m.r2, n);
        multiply(m.s, layer.output(), x, n);

        System.arraycopy(x, 0, m.h, 0, n * hidden);
        norm(m.h, layer.ffnNorm(), m.f, m.r3, n);
        Arrays.fill(m.gateUp, 0, n * 2 * ffn, 0);
        multiply(m.f, layer.gateUp(), m.gateUp, n);
        for (int row = 0; row < n; row++)
            for (int i = 0; i < ffn; i++) {
                float gate = Math.max(m.gateUp[row * 2 * ffn + i], 0);
                m.act[row * ffn + i] = gate * gate * m.gateUp[row * 2 * ffn + ffn + i];
            }
        norm(m.act, layer.ffnSubNorm(), m.d, m.r4, n);
        multiply(m.d, layer.down(), x, n);
    }

    private void norm(float[] from, Tensor part, float[] to, float[] scale, int rows) {
        RmsNorm.forward(from, weights.values(), part.at(), config.epsilon(), to, scale, rows, part.k());
        for (int row = 0; row < rows; row++) weights.rounding().activations(to, row * part.k(), part.k());
    }

    /// Adds to `y`.
    private void multiply(float[] from, Stack stack, float[] y, int rows) {
        Products.add(Strided.rows(from, 0, stack.k()), weights.transposed(), stack.at(), y, 0, rows, stack.k(), stack.m());
    }

    /// Loss of the rows with a target; leaves in [#logits] its gradient times `share`.
    private double score(Batch batch, float share) {
        int n = 0, vocabulary = config.vocabulary();
        for (int row = 0; row < batch.rows(); row++)
            if (batch.targets()[row] >= 0) System.arraycopy(x, row * hidden, asked, hidden * n++, hidden);
        RmsNorm.forward(asked, weights.values(), layout.lastNorm().at(), config.epsilon(), normed, askedScale, n, hidden);
        Arrays.fill(logits, 0, n * vocabulary, 0);
        int table = layout.embedding().at();
        Products.add(Strided.rows(normed, 0, hidden), weights.transposed(), table, logits, 0, n, hidden, vocabulary);
        double loss = 0;
        n = 0;
        for (int target : batch.targets()) if (target >= 0) loss += score(vocabulary * n++, target, share);
        return loss;
    }

    private double score(int at, int target, float share) {
        float largest = Float.NEGATIVE_INFINITY, sum = 0;
        int end = at + config.vocabulary();
        for (int i = at; i < end; i++) largest = Math.max(largest, logits[i]);
        double loss = largest - logits[at + target];
        for (int i = at; i < end; i++) {
            logits[i] = Exponential.exp(logits[i] - largest);
            sum += logits[i];
        }
        for (int i = at; i < end; i++) logits[i] *= share / sum;
        logits[at + target] -= share;
        return loss + StrictMath.log(sum);
    }

    // ---- backward ----

    private void backwardHead(Batch batch, float[] gradient) {
        int n = batch.asked(), vocabulary = config.vocabulary(), table = layout.embedding().at(), last = layout.lastNorm().at();
        Arrays.fill(dNormed, 0, n * hidden, 0);
        Products.add(Strided.rows(logits, 0, vocabulary), weights.values(), table, dNormed, 0, n, vocabulary, hidden);
        Products.add(Strided.columns(logits, 0, vocabulary), normed, 0, gradient, table, vocabulary, n, hidden);
        Arrays.fill(dAsked, 0, n * hidden, 0);
        RmsNorm.backward(asked, weights.values(), last, askedScale, dNormed, dAsked, gradient, n, hidden);
        Arrays.fill(dx, 0, batch.rows() * hidden, 0);
        n = 0;
        for (int row = 0; row < batch.rows(); row++)
            if (batch.targets()[row] >= 0) System.arraycopy(dAsked, hidden * n++, dx, row * hidden, hidden);
    }

    private void backward(Layer layer, Memory m, Batch batch, float[] gradient) {
        int n = batch.rows();
        divide(dx, layer.down(), m.d, narrow, gradient, n);
        float[] dAct = new float[n * ffn];
        normBack(m.act, layer.ffnSubNorm(), m.r4, narrow, dAct, gradient, n);
        for (int row = 0; row < n; row++)
            for (int i = 0; i < ffn; i++) {
                int at = row * 2 * ffn + i;
                float gate = Math.max(m.gateUp[at], 0), d = dAct[row * ffn + i];
                wide[at] = 2 * gate * m.gateUp[at + ffn] * d;
                wide[at + ffn] = gate * gate * d;
            }
        divide(wide, layer.gateUp(), m.f, narrow, gradient, n);
        normBack(m.h, layer.ffnNorm(), m.r3, narrow, dx, gradient, n);

        divide(dx, layer.output(), m.s, narrow, gradient, n);
        float[] dY = new float[n * width];
        normBack(m.y, layer.attentionSubNorm(), m.r2, narrow, dY, gradient, n);
        Arrays.fill(dqkv, 0, n * qkvRows, 0);
        attention.backward(m.qkv, batch.starts(), m.p, dY, dqkv);
        attention.rotate(dqkv, batch.starts(), true);
        divide(dqkv, layer.qkv(), m.a, narrow, gradient, n);
        normBack(m.x, layer.attentionNorm(), m.r1, narrow, dx, gradient, n);
    }

    /// The way back through a product: its input's gradient replaces `to`, its weights' is added to `gradient`.
    private void divide(float[] dy, Stack stack, float[] input, float[] to, float[] gradient, int rows) {
        Arrays.fill(to, 0, rows * stack.k(), 0);
        Products.add(Strided.rows(dy, 0, stack.m()), weights.values(), stack.at(), to, 0, rows, stack.m(), stack.k());
        Products.add(Strided.columns(dy, 0, stack.m()), input, 0, gradient, stack.at(), stack.m(), rows, stack.k());
    }

    private void normBack(float[] input, Tensor part, float[] scale, float[] dy, float[] to, float[] gradient, int rows) {
        RmsNorm.backward(input, weights.values(), part.at(), scale, dy, to, gradient, rows, part.k());
    }
}
