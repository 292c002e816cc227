package tern.examples.learn;

import tern.examples.learn.Layout.Projection;
import tern.examples.learn.Layout.Tensor;
import tern.examples.learn.Layout.Stack;

/// The parameters as passes use them: made once a step from the masters, then only read.
final class Weights {

    private final Layout layout;
    private final Rounding rounding;
    /// Rounded, in the places of the masters.
    private final float[] values;
    /// Each stack and the embedding transposed, in the same places.
    private final float[] transposed;

    Weights(Layout layout, Rounding rounding) {
        this.layout = layout;
        this.rounding = rounding;
        values = new float[layout.size()];
        transposed = new float[layout.size()];
    }

    Rounding rounding() {
        return rounding;
    }

    Layout layout() {
        return layout;
    }

    float[] values() {
        return values;
    }

    float[] transposed() {
        return transposed;
    }

    void round(float[] masters) {
        for (Tensor part : layout.parts())
            if (part.ternary()) rounding.weights(masters, part.at(), part.size(), values);
            else System.arraycopy(masters, part.at(), values, part.at(), part.size());
        for (Layout.Layer layer : layout.layers()) {
            layer.qkv().forEach(this::transpose);
            transpose(layer.output());
            layer.gateUp().forEach(this::transpose);
            transpose(layer.down());
        }
        Tensor embedding = layout.embedding();
        transpose(new Stack(embedding.at(), embedding.m(), embedding.k()));
    }

    private void transpose(Projection projection) {
        transpose(projection.stack());
    }

    private void transpose(Stack stack) {
        int at = stack.at(), m = stack.m(), k = stack.k();
        for (int j = 0; j < m; j++) for (int i = 0; i < k; i++) transposed[at + i * m + j] = values[at + j * k + i];
    }
}
