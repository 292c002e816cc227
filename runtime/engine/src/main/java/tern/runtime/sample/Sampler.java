package tern.runtime.sample;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Picks tokens from logits. The filters apply in this order: tokens that are not allowed go; the repetition penalty changes logits;
/// top-k keeps the k largest; softmax at the temperature turns them into probabilities; top-p keeps the fewest that together reach p, the
/// most likely first; min-p keeps those of at least that share of the best one's probability. Among equal logits the lower index comes
/// first throughout.
///
/// All memory is allocated once, none by [#pick]. For one thread at a time.
public final class Sampler {

    /// Logits this far below the best, in units of the temperature, weigh under 2^-64 of it: a whole vocabulary of
    /// them is lost in the rounding of the sum.
    private static final double NEGLIGIBLE = -64 * Math.log(2);

    /// A longer one is no longer worth its search.
    private static final int LONGEST_SHORTLIST = 256;

    /// Tokens of the longest context that anything is trained for.
    private static final int LONGEST_TEXT = 1 << 20;

    private final Sampling settings;
    private final int vocabulary;
    private final SplitMix64 random;
    private final Candidates candidates;
    private final double[] weights;
    private final double floor;
    /// Null if nothing is penalised.
    private final @Nullable Recent recent;

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
        this.recent = settings.penalty().isNone() ? null : new Recent(memory(), vocabulary);
    }

    /// Tokens that the penalty remembers.
    private int memory() {
        int last = settings.penalty().last();
        return last == -1 ? LONGEST_TEXT : Math.min(last, LONGEST_TEXT);
    }

    /// Where [#scaled] is at most this, a token cannot be chosen. The best weighs 1, so a token under (1 - p) / n has
    /// less than that probability; all such together have less than 1 - p, and the others reach p without them. That
    /// spares sorting a vocabulary. So does min-p, but for its own rounding. Top-k changes the sum, so it does without.
    private double floor() {
        if (settings.topK() != 0) return NEGLIGIBLE;
        double topP = settings.topP() == 1 ? NEGLIGIBLE : Math.log((1 - (double) settings.topP()) / vocabulary);
        double minP = settings.minP() == 0 ? NEGLIGIBLE : Math.log(settings.minP()) - 1e-9;
        return Math.max(NEGLIGIBLE, Math.max(topP, minP));
    }

    /// How many of the largest logits suffice to pick a token; 0 if all are needed.
    ///
    /// A penalty only lowers, unless its factor is below 1: each token that it may push down asks for one more.
    public int shortlist() {
        int kept = settings.temperature() == 0 ? 1 : settings.topK();
        int penalised = recent == null ? 0 : memory();
        if (kept == 0 || penalised > 0 && settings.penalty().factor() < 1) return 0;
        return kept + penalised <= LONGEST_SHORTLIST ? Math.min(kept + penalised, vocabulary) : 0;
    }

    private int limit() {
        return settings.topK() == 0 ? vocabulary : Math.min(settings.topK(), vocabulary);
    }

    /// Whether it must be told of the text, see [#take].
    public boolean penalises() {
        return recent != null;
    }

    /// The text has one more token.
    public void take(int token) {
        if (recent != null) recent.add(token);
    }

    /// The text is another one.
    ///
    /// @param text whose first `length` tokens are it
    public void restart(int[] text, int length) {
        if (recent == null) return;
        recent.clear();
        for (int i = Math.max(0, length - memory()); i < length; i++) recent.add(text[i]);
    }

    private float penalised(float logit, int token) {
        if (recent == null || !recent.has(token)) return logit;
        return logit > 0 ? logit / settings.penalty().factor() : logit * settings.penalty().factor();
    }

    /// The next token. With a temperature of 0 this changes nothing; otherwise it uses one random number.
    ///
    /// @param logits `[vocabulary]` f32 in native order; -infinity excludes a token
    /// @return its index
    /// @throws IllegalArgumentException if there are fewer logits
    /// @throws ArithmeticException      if a logit is NaN or +infinity, or all are -infinity
    public int pick(MemorySegment logits) {
        return pickOf(logits, null);
    }

    /// The same among some tokens.
    ///
    /// @param allowed not empty
    public int pick(MemorySegment logits, TokenSet allowed) {
        return pickOf(logits, allowed);
    }

    private int pickOf(MemorySegment logits, @Nullable TokenSet allowed) {
        if (logits.byteSize() < 4L * vocabulary)
            throw new IllegalArgumentException(
                    "found %d bytes of logits, expected %d".formatted(logits.byteSize(), 4L * vocabulary));
        int best = best(logits, allowed);
        if (settings.temperature() == 0) return best;
        float top = penalised(logits.getAtIndex(JAVA_FLOAT_UNALIGNED, best), best);
        double passedOver = select(logits, top, allowed);
        return draw(top, passedOver);
    }

    /// The next token, the same as [#pick(MemorySegment)] gives, from the largest logits alone.
    ///
    /// @param tokens i32 `[shortlist]` in native order
    /// @param logits f32 `[shortlist]` of them, falling
    /// @throws ArithmeticException if the largest is not finite
    public int pick(MemorySegment tokens, MemorySegment logits) {
        float first = logits.getAtIndex(JAVA_FLOAT_UNALIGNED, 0);
        if (!Float.isFinite(first))
            throw new ArithmeticException("logit %d is %s".formatted(tokens.getAtIndex(JAVA_INT_UNALIGNED, 0), first));
        int best = 0;
        float top = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < shortlist(); i++) {
            int token = tokens.getAtIndex(JAVA_INT_UNALIGNED, i);
            float logit = penalised(logits.getAtIndex(JAVA_FLOAT_UNALIGNED, i), token);
            if (logit < top || logit == top && token >= best) continue;
            top = logit;
            best = token;
        }
        if (settings.temperature() == 0) return best;
        candidates.clear();
        for (int i = 0; i < shortlist(); i++) {
            int token = tokens.getAtIndex(JAVA_INT_UNALIGNED, i);
            float logit = penalised(logits.getAtIndex(JAVA_FLOAT_UNALIGNED, i), token);
            if (scaled(logit, top) > floor) candidates.offer(logit, token);
        }
        return draw(top, 0);
    }

    private int best(MemorySegment logits, @Nullable TokenSet allowed) {
        int best = 0;
        float top = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < vocabulary; i++) {
            float logit = penalised(logits.getAtIndex(JAVA_FLOAT_UNALIGNED, i), i);
            if (!(logit < Float.POSITIVE_INFINITY)) throw new ArithmeticException("logit %d is %s".formatted(i, logit));
            if (logit > top && (allowed == null || allowed.has(i))) {
                top = logit;
                best = i;
            }
        }
        if (top == Float.NEGATIVE_INFINITY)
            throw new ArithmeticException("all %d logits are -infinity".formatted(allowed == null ? vocabulary : allowed.size()));
        return best;
    }

    /// Leaves in [#candidates] every token that can pass the filters.
    ///
    /// @return the weight of those that passed top-k and yet are not among them
    private double select(MemorySegment logits, float top, @Nullable TokenSet allowed) {
        candidates.clear();
        double passedOver = 0;
        for (int i = 0; i < vocabulary; i++) {
            if (allowed != null && !allowed.has(i)) continue;
            float logit = penalised(logits.getAtIndex(JAVA_FLOAT_UNALIGNED, i), i);
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
        if (settings.topP() < 1 || settings.topK() > 0 || settings.minP() > 0) candidates.sort();
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
        // The best one weighs 1.
        while (settings.minP() > 0 && kept > 1 && weights[kept - 1] < settings.minP()) mass -= weights[--kept];
        double rest = random.nextDouble() * mass;
        int chosen = 0;
        while (chosen < kept - 1 && rest >= weights[chosen]) rest -= weights[chosen++];
        return candidates.index(chosen);
    }
}
