package tern.examples.learn;

import java.util.Arrays;
import tern.examples.learn.Layout.Tensor;
import tern.examples.learn.Products.Strided;
import tern.ir.Exponential;

/// The target is the token that follows; the embedding is the head.
final class NextToken implements Loss {

    private final Weights weights;
    private final Tensor table;
    /// `[rows, vocabulary]`: logits, then their gradient.
    private final float[] logits;

    /// @param rows most with a target
    NextToken(Weights weights, int rows) {
        this.weights = weights;
        table = weights.layout().embedding();
        logits = new float[rows * table.m()];
    }

    @Override
    public double of(float[] states, int[] targets, float share) {
        Arrays.fill(logits, 0, targets.length * table.m(), 0);
        Products.add(Strided.rows(states, 0, table.k()), weights.transposed(), table.at(), logits, 0, targets.length, table.k(), table.m());
        double loss = 0;
        for (int i = 0; i < targets.length; i++) loss += softmax(logits, i * table.m(), table.m(), targets[i], share);
        return loss;
    }

    /// Minus the logarithm of the target's probability.
    ///
    /// @param logits from `at` on; becomes the gradient times `share`
    static double softmax(float[] logits, int at, int count, int target, float share) {
        float largest = Float.NEGATIVE_INFINITY, sum = 0;
        int end = at + count;
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

    @Override
    public void back(float[] states, int[] targets, float[] dStates, float[] gradient) {
        int n = targets.length;
        Products.add(Strided.rows(logits, 0, table.m()), weights.values(), table.at(), dStates, 0, n, table.m(), table.k());
        Products.add(Strided.columns(logits, 0, table.m()), states, 0, gradient, table.at(), table.m(), n, table.k());
    }
}
