package tern.runtime.evaluate;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// How far two predictions of the same tokens differ: the first is what the second is measured against.
///
/// @param positions     compared
/// @param sameBest      at which both find the same token likeliest
/// @param divergence    sum of the Kullback-Leibler divergences of the second from the first, in nats
/// @param worst         largest of them
/// @param worstAt       its position; -1 if there is none
/// @param difference    largest difference of two logits
/// @param differenceAt  its position; -1 if all are equal
/// @param squares       sum of the squared differences of logits
/// @param identical     positions whose logits have the same bits
public record Comparison(
        int positions, int sameBest, double divergence, double worst, int worstAt, double difference, int differenceAt, double squares,
        long logits, int identical) {

    public static final Comparison NONE = new Comparison(0, 0, 0, 0, -1, 0, -1, 0, 0, 0);

    /// This and one more position.
    ///
    /// @param first,second logits f32 `[vocabulary]`
    /// @throws ArithmeticException if one is NaN or infinite
    public Comparison plus(MemorySegment first, MemorySegment second, int vocabulary) {
        Likelihood p = Likelihood.of(first, vocabulary), q = Likelihood.of(second, vocabulary);
        double divergence = 0, difference = 0, squares = 0;
        for (int i = 0; i < vocabulary; i++) {
            double log = p.log(i);
            divergence += Math.exp(log) * (log - q.log(i));
            double apart = Math.abs((double) first.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i)
                    - second.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i));
            difference = Math.max(difference, apart);
            squares += apart * apart;
        }
        divergence = Math.max(divergence, 0); // it never is below, but for rounding
        boolean same = MemorySegment.mismatch(first, 0, 4L * vocabulary, second, 0, 4L * vocabulary) < 0;
        return new Comparison(
                positions + 1,
                sameBest + (p.best() == q.best() ? 1 : 0),
                this.divergence + divergence,
                Math.max(worst, divergence),
                divergence > worst ? positions : worstAt,
                Math.max(this.difference, difference),
                difference > this.difference ? positions : differenceAt,
                this.squares + squares,
                logits + vocabulary,
                identical + (same ? 1 : 0));
    }

    /// Nats a position.
    public double meanDivergence() {
        return positions == 0 ? 0 : divergence / positions;
    }

    /// Root of the mean squared difference of logits.
    public double rootMeanSquare() {
        return logits == 0 ? 0 : Math.sqrt(squares / logits);
    }

    /// Share of the positions at which both find the same token likeliest.
    public double agreement() {
        return positions == 0 ? 1 : (double) sameBest / positions;
    }
}
