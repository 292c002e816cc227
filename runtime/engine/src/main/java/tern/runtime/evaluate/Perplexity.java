package tern.runtime.evaluate;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.Consumer;
import tern.runtime.model.Model;
import tern.runtime.model.Session;

/// Perplexity of a text: e to the mean of the negative log-likelihood of its tokens.
///
/// The text is cut into chunks of the context's length, what is left over at its end is not used. A chunk starts from nothing, and tokens in
/// its first half are only read, so that every scored token has half a context before it. Where the model begins its texts with a token, that
/// token takes the place of a chunk's first. Source: llama.cpp, `tools/perplexity/perplexity.cpp`, which gives the same number.
public final class Perplexity {

    /// The estimate so far.
    ///
    /// @param chunks  read
    /// @param tokens  scored
    /// @param nats    sum of negative log-likelihoods
    /// @param squares sum of their squares
    public record Estimate(int chunks, long tokens, double nats, double squares) {

        static final Estimate NONE = new Estimate(0, 0, 0, 0);

        Estimate plus(double nats) {
            return new Estimate(chunks, tokens + 1, this.nats + nats, squares + nats * nats);
        }

        Estimate chunkDone() {
            return new Estimate(chunks + 1, tokens, nats, squares);
        }

        /// Nats a token.
        public double mean() {
            return nats / tokens;
        }

        public double perplexity() {
            return Math.exp(mean());
        }

        /// One standard error of the perplexity, as if tokens were independent; 0 for a single token.
        public double error() {
            double variance = squares / tokens - mean() * mean();
            return tokens > 1 && variance > 0 ? Math.sqrt(variance / (tokens - 1)) * perplexity() : 0;
        }
    }

    private final Session session;
    private final int context;
    private final OptionalInt begin;
    private final int vocabulary;
    private final MemorySegment row;

    /// @param context tokens of a chunk, at most the model's
    /// @param begin   takes the place of a chunk's first token; empty to use the tokens as they are
    /// @param arena   of the logits
    /// @throws IllegalArgumentException if no token of such a chunk would be scored, or the model's context is shorter
    public Perplexity(Model model, int context, OptionalInt begin, Arena arena) {
        if (context < 3 || context > model.context())
            throw new IllegalArgumentException("chunks of %d tokens: expected 3 to %d".formatted(context, model.context()));
        this.context = context;
        this.begin = begin;
        session = model.session(true, 0);
        vocabulary = model.config().vocabulary();
        row = arena.allocate(4L * vocabulary, 64);
    }

    /// Chunks of a text.
    public int chunks(int tokens) {
        return tokens / context;
    }

    /// @param tokens   of the text
    /// @param most     chunks to read; 0 = all
    /// @param progress told after each chunk
    /// @throws IllegalArgumentException if there are fewer tokens than two chunks have, or one is not in the vocabulary
    /// @throws ArithmeticException      if a logit is NaN or infinite
    public Estimate of(int[] tokens, int most, Consumer<Estimate> progress) {
        if (tokens.length < 2 * context)
            throw new IllegalArgumentException(
                    "%d tokens are too few for a context of %d: there must be %d".formatted(tokens.length, context, 2 * context));
        int chunks = most == 0 ? chunks(tokens.length) : Math.min(most, chunks(tokens.length));
        Estimate estimate = Estimate.NONE;
        for (int i = 0; i < chunks; i++) {
            estimate = read(Arrays.copyOfRange(tokens, i * context, (i + 1) * context), estimate).chunkDone();
            progress.accept(estimate);
        }
        return estimate;
    }

    private Estimate read(int[] chunk, Estimate before) {
        int first = context / 2;
        if (begin.isPresent()) chunk[0] = begin.getAsInt();
        session.reset();
        session.feed(Arrays.copyOf(chunk, first));
        Estimate[] sum = {before};
        // What follows the last token is in the next chunk and not asked for.
        session.feed(Arrays.copyOfRange(chunk, first, context - 1), row,
                (i, logits) -> sum[0] = sum[0].plus(-Likelihood.of(logits, vocabulary).log(chunk[first + i + 1])));
        return sum[0];
    }
}
