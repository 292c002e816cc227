package tern.runtime.evaluate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/// The probabilities that logits stand for, in f64: `p[i] = exp(x[i]) / sum(exp(x))`.
final class Likelihood {

    private final MemorySegment logits;
    private final int best;
    private final double logSum;

    private Likelihood(MemorySegment logits, int best, double logSum) {
        this.logits = logits;
        this.best = best;
        this.logSum = logSum;
    }

    /// @param logits f32 `[vocabulary]` in native order; must not change while this is used
    /// @throws ArithmeticException if one is NaN or infinite
    static Likelihood of(MemorySegment logits, int vocabulary) {
        int best = 0;
        float top = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < vocabulary; i++) {
            float logit = logits.getAtIndex(JAVA_FLOAT_UNALIGNED, i);
            if (!(Math.abs(logit) <= Float.MAX_VALUE)) throw new ArithmeticException("logit %d is %s".formatted(i, logit));
            if (logit > top) {
                top = logit;
                best = i;
            }
        }
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) sum += Math.exp((double) logits.getAtIndex(JAVA_FLOAT_UNALIGNED, i) - top);
        return new Likelihood(logits, best, top + Math.log(sum));
    }

    /// The likeliest token; among equals the lowest.
    int best() {
        return best;
    }

    /// Natural logarithm of a token's probability.
    double log(int token) {
        return logits.getAtIndex(JAVA_FLOAT_UNALIGNED, token) - logSum;
    }
}
