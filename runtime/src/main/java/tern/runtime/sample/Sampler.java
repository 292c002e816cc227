package tern.runtime.sample;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// Picks tokens from logits. The filters apply in this order: top-k keeps the k largest logits; softmax at the
/// temperature turns them into probabilities; top-p keeps the fewest that together reach p, the most likely first.
/// Among equal logits the lower index comes first throughout.
///
/// All memory is allocated once, none by [#pick]. For one thread at a time.
public final class Sampler {

    /// Logits this far below the best, in units of the temperature, weigh under 2^-64 of it: a whole vocabulary of
    /// them is lost in the rounding of the sum.
    private static final double NEGLIGIBLE = -64 * Math.log(2);

    /// A longer one is no longer worth its search.
    private static final int LONGEST_SHORTLIST = 256;

    private final Sampling settings;
    private final int vocabulary;
    private final SplitMix64 random;
    private final Candidates candidates;
    private final double[] weights;
    private final double floor;

    /// @param vocabulary number of logits
    public Sampler(Sampling settings, int vocabulary) {
        if (vocabulary < 1) throw new IllegalArgumentException("vocabulary must be positive: " + vocabulary);
        this.settings = settings;
        this.vocabulary = vocabulary;
        this.random = new SplitMix64(settings.seed());
        int capacity = settings.temperature() == 0 ? 0 : limit();
        this.candidates = new Candidates(capacity);
        this.weights = new double[capacity];
        this.floor = floor();
    }

    /// Where [#scaled] is at most this, a token cannot be chosen. The best weighs 1, so a token under (1 - p) / n has
    /// less than that probability; all such together have less than 1 - p, and the others reach p without them. That
    /// spares sorting a vocabulary. Top-k changes the sum, so it does without.
    private double floor() {
        if (settings.topK() != 0 || settings.topP() == 1) return NEGLIGIBLE;
        return Math.max(NEGLIGIBLE, Math.log((1 - (double) settings.topP()) / vocabulary));
    }

    public Sampling settings() {
        return settings;
    }

    /// How many of the largest logits suffice to pick a token; 0 if all are needed.
    public int shortlist() {
        if (settings.temperature() == 0) return 1;
        return settings.topK() > 0 && settings.topK() <= LONGEST_SHORTLIST ? limit() : 0;
    }

    private int limit() {
        return settings.topK() == 0 ? vocabulary : Math.min(settings.topK(), vocabulary);
    }

    /// The next token. With a temperature of 0 this changes nothing; otherwise it uses one random number.
    ///
    /// @param logits `[vocabulary]` f32 in native order; -infinity excludes a token
    /// @return its index
    /// @throws IllegalArgumentException if there are fewer logits
    /// @throws ArithmeticException      if a logit is NaN or +infinity, or all are -infinity
    public int pick(MemorySegment logits) {
        if (logits.byteSize() < 4L * vocabulary)
            throw new IllegalArgumentException(
                    "found %d bytes of logits, expected %d".formatted(logits.byteSize(), 4L * vocabulary));
        int best = best(logits);
        if (settings.temperature() == 0) return best;
        float top = logits.getAtIndex(JAVA_FLOAT_UNALIGNED, best);
        double passedOver = select(logits, top);
        return draw(top, passedOver);
    }

    /// The next token, the same as [#pick(MemorySegment)] gives, from the largest logits alone.
    ///
    /// @param tokens i32 `[shortlist]` in native order
    /// @param logits f32 `[shortlist]` of them, falling
    /// @throws ArithmeticException if the largest is not finite
    public int pick(MemorySegment tokens, MemorySegment logits) {
        float top = logits.getAtIndex(JAVA_FLOAT_UNALIGNED, 0);
        if (!Float.isFinite(top))
            throw new ArithmeticException("logit %d is %s".formatted(tokens.getAtIndex(JAVA_INT_UNALIGNED, 0), top));
        if (settings.temperature() == 0) return tokens.getAtIndex(JAVA_INT_UNALIGNED, 0);
        candidates.clear();
        for (int i = 0; i < shortlist(); i++) {
            float logit = logits.getAtIndex(JAVA_FLOAT_UNALIGNED, i);
            if (scaled(logit, top) > floor) candidates.offer(logit, tokens.getAtIndex(JAVA_INT_UNALIGNED, i));
        }
        return draw(top, 0);
    }

    private int best(MemorySegment logits) {
        int best = 0;
        float top = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < vocabulary; i++) {
            float logit = logits.getAtIndex(JAVA_FLOAT_UNALIGNED, i);
            if (!(logit < Float.POSITIVE_INFINITY)) throw new ArithmeticException("logit %d is %s".formatted(i, logit));
            if (logit > top) {
                top = logit;
                best = i;
            }
        }
        if (top == Float.NEGATIVE_INFINITY)
            throw new ArithmeticException("all %d logits are -infinity".formatted(vocabulary));
        return best;
    }

    /// Leaves in [#candidates] every token that can pass the filters.
    ///
    /// @return the weight of those that passed top-k and yet are not among them
    private double select(MemorySegment logits, float top) {
        candidates.clear();
        double passedOver = 0;
        for (int i = 0; i < vocabulary; i++) {
            float logit = logits.getAtIndex(JAVA_FLOAT_UNALIGNED, i);
            double x = scaled(logit, top);
            if (x > floor) candidates.offer(logit, i);
            else if (x > NEGLIGIBLE) passedOver += Math.exp(x);
        }
        return passedOver;
    }

    /// Logarithm of a token's weight, that of the best token being 0.
    private double scaled(float logit, float top) {
        return ((double) logit - top) / settings.temperature();
    }

    private int draw(float top, double passedOver) {
        if (settings.topP() < 1 || settings.topK() > 0) candidates.sort();
        double mass = 0;
        for (int i = 0; i < candidates.size(); i++) {
            weights[i] = Math.exp(scaled(candidates.logit(i), top));
            mass += weights[i];
        }

        int kept = candidates.size();
        if (settings.topP() < 1) {
            double wanted = settings.topP() * (mass + passedOver);
            int most = kept;
            mass = 0;
            for (kept = 0; kept < most && mass < wanted; kept++) mass += weights[kept];
        }
        double rest = random.nextDouble() * mass;
        int chosen = 0;
        while (chosen < kept - 1 && rest >= weights[chosen]) rest -= weights[chosen++];
        return candidates.index(chosen);
    }
}
