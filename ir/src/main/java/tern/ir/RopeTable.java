package tern.ir;

/// Cosines and sines of rotary position embedding, computed in f64 by [StrictMath] and rounded to f32: the same bits on
/// every machine.
///
/// @param cos f32 `[context, headDim / 2]`
/// @param sin f32 `[context, headDim / 2]`
public record RopeTable(float[] cos, float[] sin) {

    /// Angle of pair i at position p: `p * theta^(-2i / headDim)`, or as YaRN stretches it.
    public static RopeTable of(int context, int headDim, RopeAngles angles) {
        int pairs = headDim / 2;
        float[] cos = new float[context * pairs], sin = new float[context * pairs];
        for (int i = 0; i < pairs; i++) {
            double frequency = angles.frequency(i, headDim), factor = angles.attention();
            for (int p = 0; p < context; p++) {
                cos[p * pairs + i] = (float) (StrictMath.cos(p * frequency) * factor);
                sin[p * pairs + i] = (float) (StrictMath.sin(p * frequency) * factor);
            }
        }
        return new RopeTable(cos, sin);
    }
}
