package tern.runtime.model;

/// What the sums and products of one sequence would take at 7 nm, by the estimate of the BitNet b1.58 2B4T report, table 1. It is a
/// figure to compare models by, not what a machine takes: neither memory nor instructions count.
///
/// Counted are the linear layers, one operation for each weight and token, and attention as a full square of tokens, its scores and
/// its weighted sum, in FP16. The head, the norms and everything else are not.
///
/// @param tokens    of the sequence
/// @param linear    joules of the linear layers
/// @param attention joules of the attention
public record ArithmeticEnergy(int tokens, double linear, double attention) {

    /// Joules of an operation at 7 nm, as the report takes them.
    private static final double INT8_ADD = 0.007e-12, FP16_ADD = 0.16e-12, FP16_MULTIPLY = 0.34e-12;

    /// Tokens of the report's sequence.
    public static final int REPORTED = 512;

    /// Ternary weights: for each one and each token an INT8 sum, since to multiply by -1, 0 or 1 is to subtract, skip or add.
    public static ArithmeticEnergy ternary(ModelConfig model, int tokens) {
        return of(model, tokens, INT8_ADD);
    }

    /// The same sizes with FP16 weights: for each one and each token a product and a sum.
    public static ArithmeticEnergy float16(ModelConfig model, int tokens) {
        return of(model, tokens, FP16_MULTIPLY + FP16_ADD);
    }

    private static ArithmeticEnergy of(ModelConfig model, int tokens, double ofWeight) {
        if (tokens < 1) throw new IllegalArgumentException("tokens must be positive: " + tokens);
        double attention = 2.0 * tokens * tokens * model.attentionWidth() * model.layers();
        return new ArithmeticEnergy(
                tokens, (double) model.ternaryWeights() * tokens * ofWeight, attention * (FP16_MULTIPLY + FP16_ADD));
    }

    /// All of it.
    public double joules() {
        return linear + attention;
    }
}
