package tern.runtime.sample;

/// How the next token is chosen.
///
/// @param temperature divides the logits; 0 takes the most likely token always
/// @param topK        only this many most likely tokens stand for election; 0 lets all stand
/// @param topP        of those, only the fewest that together have this probability, `0 < topP <= 1`; 1 lets all stand
/// @param minP        of those, only the ones with at least this share of the best one's probability, `0 <= minP <= 1`; 0 lets all stand
/// @param penalty     of tokens that the text repeats
/// @param seed        the same seed gives the same tokens for the same logits
public record Sampling(float temperature, int topK, float topP, float minP, Penalty penalty, long seed) {

    /// The most likely token, always.
    public static final Sampling GREEDY = new Sampling(0, 0, 1, 0);

    /// Makes tokens of the recent text less likely: a positive logit is divided by the factor, a negative one multiplied.
    ///
    /// Source: Keskar et al., "CTRL", 2019, 4.1, in the form of llama.cpp and Hugging Face transformers, where it does not matter how often
    /// a token was there.
    ///
    /// @param factor 1 changes nothing, less than 1 makes repetition more likely
    /// @param last   how many of the last tokens, prompt included, count as recent; -1 = all
    public record Penalty(float factor, int last) {

        public static final Penalty NONE = new Penalty(1, 0);

        public Penalty {
            if (!(factor > 0 && factor < Float.POSITIVE_INFINITY))
                throw new IllegalArgumentException("repetition penalty must be finite and positive: " + factor);
            if (last < -1) throw new IllegalArgumentException("tokens of the repetition penalty must be -1 or more: " + last);
        }

        /// Whether it changes nothing.
        public boolean isNone() {
            return factor == 1 || last == 0;
        }
    }

    public Sampling {
        // Written so that NaN fails too.
        if (!(temperature >= 0 && temperature < Float.POSITIVE_INFINITY))
            throw new IllegalArgumentException("temperature must be finite and not negative: " + temperature);
        if (topK < 0) throw new IllegalArgumentException("top-k must not be negative: " + topK);
        if (!(topP > 0 && topP <= 1)) throw new IllegalArgumentException("top-p must be above 0 and at most 1: " + topP);
        if (!(minP >= 0 && minP <= 1)) throw new IllegalArgumentException("min-p must be from 0 to 1: " + minP);
    }

    /// Without min-p and penalty.
    public Sampling(float temperature, int topK, float topP, long seed) {
        this(temperature, topK, topP, 0, Penalty.NONE, seed);
    }

    /// What the 2B4T report recommends: temperature 0.6, top-p 0.9.
    public static Sampling recommended(long seed) {
        return new Sampling(0.6f, 0, 0.9f, seed);
    }
}
