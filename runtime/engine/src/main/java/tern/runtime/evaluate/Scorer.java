package tern.runtime.evaluate;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;
import tern.runtime.model.Model;
import tern.runtime.model.Session;
import tern.runtime.tokenizer.Tokenizer;

/// How likely a model takes a text to be, alone or after another. For one thread at a time.
public final class Scorer {

    /// @param tokens that were scored
    /// @param nats   sum of their negative log-likelihoods
    public record Score(int tokens, double nats) {

        /// e to the mean.
        public double perplexity() {
            return Math.exp(nats / tokens);
        }
    }

    private final Tokenizer tokenizer;
    private final Session session;
    private final int vocabulary, context;
    private final MemorySegment row;

    /// @param arena of the logits
    public Scorer(Model model, Tokenizer tokenizer, Arena arena) {
        this.tokenizer = tokenizer;
        session = model.session(true, 0);
        vocabulary = model.config().vocabulary();
        context = model.context();
        row = arena.allocate(4L * vocabulary, 64);
    }

    /// Both are made tokens together, so that a word that begins with a space is one. Where nothing is given, and the model begins its texts
    /// with no token, the first token is only read.
    ///
    /// @throws IllegalArgumentException if no token can be scored, or they exceed the context
    /// @throws ArithmeticException      if a logit is NaN or infinite
    public Score of(String given, String text) {
        int begin = tokenizer.bos().isPresent() ? 1 : 0;
        int[] ids = IntStream.concat(tokenizer.bos().stream(), Arrays.stream(tokenizer.encode(given + text))).toArray();
        int first = Math.max(1, begin + tokenizer.encode(given).length);
        if (first >= ids.length) throw new IllegalArgumentException("there is no token to score");
        if (ids.length > context) throw new IllegalArgumentException("the text has %d tokens, and the context %d".formatted(ids.length, context));
        session.reset();
        if (first > 1) session.feed(Arrays.copyOf(ids, first - 1));
        double[] nats = new double[1];
        session.feed(Arrays.copyOfRange(ids, first - 1, ids.length - 1), row,
                (i, logits) -> nats[0] -= Likelihood.of(logits, vocabulary).log(ids[first + i]));
        return new Score(ids.length - first, nats[0]);
    }
}
