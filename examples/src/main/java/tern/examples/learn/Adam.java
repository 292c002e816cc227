package tern.examples.learn;

/// The optimiser: steps along the mean of the gradients, divided by the root of the mean of their squares. Source: Kingma and Ba, 2015.
final class Adam {

    private static final float MEAN = 0.9f, SQUARE = 0.98f, EPSILON = 1e-9f;

    private final float[] mean, square;
    private double meanLeft = 1, squareLeft = 1;

    Adam(int parameters) {
        mean = new float[parameters];
        square = new float[parameters];
    }

    /// Changes the parameters.
    ///
    /// @param rate length of a step
    void step(float[] parameters, float[] gradient, float rate) {
        meanLeft *= MEAN;
        squareLeft *= SQUARE;
        float forMean = (float) (rate / (1 - meanLeft)), forSquare = (float) (1 / (1 - squareLeft));
        for (int i = 0; i < parameters.length; i++) {
            float g = gradient[i];
            mean[i] = MEAN * mean[i] + (1 - MEAN) * g;
            square[i] = SQUARE * square[i] + (1 - SQUARE) * g * g;
            parameters[i] -= forMean * mean[i] / ((float) Math.sqrt(square[i] * forSquare) + EPSILON);
        }
    }
}
