package tern.ir;

import org.jspecify.annotations.Nullable;

/// The angles of rotary position embedding: pair i at position p turns by `p * frequency(i)`.
///
/// @param theta base of the frequencies `theta^(-2i / headDim)`
/// @param yarn  how they are stretched for longer contexts, or null
public record RopeAngles(float theta, @Nullable Yarn yarn) {

    /// YaRN: pairs that turn often within the original context keep their frequency, those that turn seldom turn `factor` times slower, those
    /// between are mixed, and cosines and sines are multiplied with `attention`.
    ///
    /// Source: Peng et al. (arXiv 2309.00071), section 3; huggingface/transformers `modeling_rope_utils.py`, whose bounds are rounded outwards
    /// to whole pairs.
    ///
    /// @param factor   how much longer the context has become
    /// @param original context of the training
    /// @param fast     turns within it from which on a pair keeps its frequency, 32 as a rule
    /// @param slow     turns below which it is stretched in full, 1 as a rule
    /// @param attention of cosines and sines, see [#attention(float)]
    public record Yarn(float factor, int original, float fast, float slow, float attention) {

        /// What the paper proposes: `0.1 ln(factor) + 1`.
        public static float attention(float factor) {
            return (float) (0.1 * StrictMath.log(factor) + 1);
        }

        /// The pair, not whole, that turns so often within the original context.
        private double pair(double turns, int headDim, float theta) {
            return headDim * StrictMath.log(original / (turns * 2 * Math.PI)) / (2 * StrictMath.log(theta));
        }
    }

    /// Plain angles.
    public static RopeAngles of(float theta) {
        return new RopeAngles(theta, null);
    }

    /// Radians a position.
    double frequency(int pair, int headDim) {
        double plain = StrictMath.pow(theta, -2.0 * pair / headDim);
        if (yarn == null) return plain;
        double low = Math.max(0, Math.floor(yarn.pair(yarn.fast, headDim, theta)));
        double high = Math.min(headDim - 1, Math.ceil(yarn.pair(yarn.slow, headDim, theta)));
        double stretched = Math.clamp((pair - low) / Math.max(0.001, high - low), 0, 1);
        return plain / yarn.factor * stretched + plain * (1 - stretched);
    }

    /// Of cosines and sines.
    float attention() {
        return yarn == null ? 1 : yarn.attention;
    }
}
