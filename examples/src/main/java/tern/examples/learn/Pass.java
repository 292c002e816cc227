package tern.examples.learn;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.examples.learn.Layout.Layer;
import tern.examples.learn.Layout.Projection;
import tern.examples.learn.Layout.Tensor;
import tern.runtime.model.ModelConfig;

/// The way through a model and back, for one batch: the graph of BitNet b1.58 2B4T or of BitNet-embedding on Qwen3, with its gradient.
/// Memory is allocated once.
final class Pass {

    private final ModelConfig config;
    private final Weights weights;
    private final Layout layout;
    private final Loss loss;
    private final Attention attention;
    private final int rows;
    private final List<Value> values = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    /// The residual stream before the first and after the last layer.
    private final Value in, out;
    /// Rows with a target, before and after the last norm.
    private final Value asked, normed;
    private final float[] askedScale;

    /// @param rows    most tokens of a batch
    /// @param longest sequence
    Pass(ModelConfig config, Weights weights, Loss loss, int rows, int longest) {
        this.config = config;
        this.weights = weights;
        this.loss = loss;
        this.rows = rows;
        layout = weights.layout();
        attention = new Attention(config, longest);
        in = value(config.hidden());
        Value x = in;
        for (Layer layer : layout.layers()) x = layer(layer, x);
        out = x;
        asked = value(config.hidden());
        normed = value(config.hidden());
        askedScale = new float[rows];
    }

    private Value value(int width) {
        var value = new Value(rows, width);
        values.add(value);
        return value;
    }

    private Value layer(Layer layer, Value x) {
        Value qkv = projected(layer.attentionNorm(), x, layer.qkv());
        Value y = value(config.attentionWidth());
        steps.add(new Step.Attend(attention, qkv, y, new float[attention.probabilities(rows)]));
        Value h = added(layer.output(), y, x);
        Value gateUp = projected(layer.ffnNorm(), h, layer.gateUp());
        Value act = value(config.ffn());
        steps.add(new Step.Gate(config.block().activation(), gateUp, act));
        return added(layer.down(), act, h);
    }

    /// All products of a normed input side by side.
    private Value projected(Tensor norm, Value x, List<Projection> parts) {
        Value a = normed(norm, x, parts.getFirst().norm() == null);
        if (parts.size() == 1) return product(parts.getFirst(), a);
        Value all = value(parts.stream().mapToInt(part -> part.stack().m()).sum());
        int at = 0;
        for (Projection part : parts) {
            steps.add(new Step.Copy(product(part, a), all, at));
            at += part.stack().m();
        }
        return all;
    }

    private Value product(Projection part, Value a) {
        Value y = value(part.stack().m());
        steps.add(new Step.Product(weights, normed(part.norm(), a, true), y, part.stack()));
        return normed(part.headNorm(), y, false);
    }

    /// A product that is added to the residual stream.
    private Value added(Projection part, Value from, Value stream) {
        Value input = normed(part.norm(), from, true), to = value(stream.width);
        steps.add(new Step.Copy(stream, to, 0));
        steps.add(new Step.Product(weights, input, to, part.stack()));
        return to;
    }

    private Value normed(@Nullable Tensor norm, Value x, boolean rounds) {
        if (norm == null) return x;
        Value to = value(x.width);
        steps.add(new Step.Norm(weights, config.epsilon(), x, to, norm, new float[rows * x.width / norm.k()], rounds));
        return to;
    }

    /// The summed loss of a batch, in nats.
    double loss(Batch batch) {
        return forward(batch, 1);
    }

    /// The summed loss of a batch; adds `share` times its gradient.
    ///
    /// @param gradient in the places of the parameters (in and out)
    double learn(Batch batch, float share, float[] gradient) {
        double found = forward(batch, share);
        int hidden = config.hidden(), n = batch.asked();
        loss.back(normed.x, batch.askedTargets(), normed.dx, gradient);
        RmsNorm.backward(asked.x, weights.values(), layout.lastNorm().at(), askedScale, normed.dx, asked.dx, gradient, n, hidden);
        n = 0;
        for (int row = 0; row < batch.rows(); row++)
            if (batch.targets()[row] >= 0) System.arraycopy(asked.dx, hidden * n++, out.dx, row * hidden, hidden);
        for (Step step : steps.reversed()) step.back(batch, gradient);
        int at = layout.embedding().at();
        for (int row = 0; row < batch.rows(); row++)
            for (int i = 0; i < hidden; i++) gradient[at + batch.tokens()[row] * hidden + i] += in.dx[row * hidden + i];
        return found;
    }

    private double forward(Batch batch, float share) {
        run(batch);
        return loss.of(normed.x, batch.askedTargets(), share);
    }

    private void run(Batch batch) {
        int hidden = config.hidden(), at = layout.embedding().at(), n = 0;
        values.forEach(value -> value.clear(batch.rows()));
        for (int row = 0; row < batch.rows(); row++)
            System.arraycopy(weights.values(), at + batch.tokens()[row] * hidden, in.x, row * hidden, hidden);
        for (Step step : steps) step.forward(batch);
        for (int row = 0; row < batch.rows(); row++)
            if (batch.targets()[row] >= 0) System.arraycopy(out.x, row * hidden, asked.x, hidden * n++, hidden);
        RmsNorm.forward(asked.x, weights.values(), layout.lastNorm().at(), config.epsilon(), normed.x, askedScale, n, hidden);
    }
}
