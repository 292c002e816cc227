package tern.examples.learn;

import java.util.Arrays;

/// Two texts have each target: of all others, the one that means the same should be nearest to a text, by the cosine of their states.
///
/// The loss of a text is minus the logarithm of its partner's softmax among cosines times [#SHARPNESS] (Chen and others, 2020).
final class NearestText implements Loss {

    private static final float SHARPNESS = 20;

    private final int hidden;
    private final float[] units, lengths, cosines;

    /// @param rows most with a target
    NearestText(int hidden, int rows) {
        this.hidden = hidden;
        units = new float[rows * hidden];
        lengths = new float[rows];
        cosines = new float[rows * rows];
    }

    @Override
    public double of(float[] states, int[] targets, float share) {
        int n = targets.length;
        for (int i = 0; i < n; i++) {
            lengths[i] = (float) Math.sqrt(dot(states, i, states, i));
            for (int k = 0; k < hidden; k++) units[i * hidden + k] = states[i * hidden + k] / lengths[i];
        }
        double loss = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) cosines[i * n + j] = j == i ? Float.NEGATIVE_INFINITY : SHARPNESS * dot(units, i, units, j);
            loss += NextToken.softmax(cosines, i * n, n, partner(targets, i), share);
        }
        return loss;
    }

    private static int partner(int[] targets, int i) {
        for (int j = 0; j < targets.length; j++) if (j != i && targets[j] == targets[i]) return j;
        throw new IllegalArgumentException("text %d has no partner".formatted(i));
    }

    @Override
    public void back(float[] states, int[] targets, float[] dStates, float[] gradient) {
        int n = targets.length;
        float[] du = new float[hidden];
        for (int i = 0; i < n; i++) {
            Arrays.fill(du, 0);
            for (int j = 0; j < n; j++) {
                float factor = SHARPNESS * (cosines[i * n + j] + cosines[j * n + i]);
                for (int k = 0; k < hidden; k++) du[k] += factor * units[j * hidden + k];
            }
            float along = 0;
            for (int k = 0; k < hidden; k++) along += du[k] * units[i * hidden + k];
            for (int k = 0; k < hidden; k++) dStates[i * hidden + k] += (du[k] - along * units[i * hidden + k]) / lengths[i];
        }
    }

    private float dot(float[] a, int i, float[] b, int j) {
        float sum = 0;
        for (int k = 0; k < hidden; k++) sum += a[i * hidden + k] * b[j * hidden + k];
        return sum;
    }
}
