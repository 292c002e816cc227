package tern.runtime.sample;

/// How the next token is chosen.
///
/// @param temperature divides the logits; 0 takes the most likely token always
/// @param topK        only this many most likely tokens stand for election; 0 lets all stand
/// @param topP        of those, only the fewest that together have this probability, `0 < topP <= 1`; 1 lets all stand
/// @param seed        the same seed gives the same tokens for the same logits
public record Sampling(float temperature, int topK, float topP, long seed) {

    /// The most likely token, always.
    public static final Sampling GREEDY = new Sampling(0, 0, 1, 0);

    public Sampling {
        // Written so that NaN fails too.
        if (!(temperature >= 0 && temperature < Float.POSITIVE_INFINITY))
            throw new IllegalArgumentException("temperature must be finite and not negative: " + temperature);
        if (topK < 0) throw new IllegalArgumentException("top-k must not be negative: " + topK);
        if (!(topP > 0 && topP <= 1)) throw new IllegalArgumentException("top-p must be above 0 and at most 1: " + topP);
    }

    /// What the 2B4T report recommends: temperature 0.6, top-p 0.9.
    public static Sampling recommended(long seed) {
        return new Sampling(0.6f, 0, 0.9f, seed);
    }
}
