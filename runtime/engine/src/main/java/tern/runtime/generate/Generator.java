package tern.runtime.generate;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import tern.ir.device.StartTimes;
import tern.runtime.model.Model;
import tern.runtime.model.Session;
import tern.runtime.sample.Sampler;
import tern.runtime.sample.Sampling;
import tern.runtime.sample.TokenSet;

/// Continues a sequence of tokens. It computes no more logits than the sampler needs, and allocates nothing for a token.
///
/// With a repetition penalty the generator must see the whole text: then tokens go in by [#feed], [#take] and [#next], not by the session.
public final class Generator {

    /// Which tokens may follow, as a grammar says it.
    public interface Constraint {

        /// Those that may be next, tokens that end the text among them.
        TokenSet allowed();

        /// Whether a token is among them: cheaper than all of them.
        boolean allows(int token);

        /// Whether no text may follow. Then a text ends although no token ended it.
        boolean isOver();

        /// The text goes on with a token that was allowed.
        void take(int token);
    }

    private final Session session;
    private final Sampler sampler;
    private final Sampling sampling;
    private final MemorySegment tokens, logits;
    /// All logits, where they are needed although the largest would do without a constraint.
    private final Arena arena;
    private final int vocabulary;
    /// Null if every row of the head has a token.
    private final @Nullable TokenSet sampled;
    private @Nullable MemorySegment all;
    private final int[] text;
    private int length;

    /// @param arena of the logits
    public Generator(Model model, Sampling sampling, Arena arena) {
        this.sampling = sampling;
        this.arena = arena;
        vocabulary = model.config().vocabulary();
        try (var _ = StartTimes.part("sampler")) {
            sampled = model.sampled().orElse(null);
            sampler = new Sampler(sampling, vocabulary);
        }
        int count = sampler.shortlist();
        session = model.session(false, count);
        tokens = arena.allocate(4L * count, 64);
        logits = arena.allocate(4L * (count == 0 ? vocabulary : count), 64);
        text = new int[model.context()];
    }

    public Session session() {
        return session;
    }

    /// Whether tokens are picked from the largest logits, so that most of the head is not read.
    public boolean readsInt8Head() {
        return sampler.shortlist() > 0;
    }

    // ---- the text ----

    /// Tokens so far that went in here.
    public int[] text() {
        return Arrays.copyOf(text, length);
    }

    /// Takes up tokens, as [Session#feed(int[])] does.
    public void feed(int[] more) {
        session.feed(more);
        for (int token : more) note(token);
    }

    /// Takes up one token.
    public void take(int token) {
        session.next(token);
        note(token);
    }

    private void note(int token) {
        text[length++] = token;
        sampler.take(token);
    }

    /// Forgets all tokens but the first ones, see [Session#rollback].
    ///
    /// @param position tokens that stay
    public void goBack(int position) {
        session.rollback(position);
        length = position;
        sampler.restart(text, length);
    }

    // ---- the next token ----

    /// The token that follows; the session does not take it up.
    public int pick() {
        if (sampler.penalises() && length != session.position())
            throw new IllegalStateException("the generator saw %d tokens, the session %d".formatted(length, session.position()));
        if (!readsInt8Head()) {
            session.logits(logits);
            return sampled == null ? sampler.pick(logits) : sampler.pick(logits, sampled);
        }
        session.topLogits(tokens, logits);
        return pickOfLargest();
    }

    /// Of the largest logits, which are there; of all, if some of these belong to no token.
    private int pickOfLargest() {
        if (sampled == null || areTokens()) return sampler.pick(tokens, logits);
        MemorySegment row = all();
        session.logits(row);
        return sampler.pick(row, sampled);
    }

    private boolean areTokens() {
        for (int i = 0; i < sampler.shortlist(); i++) if (!Objects.requireNonNull(sampled).has(tokens.getAtIndex(ValueLayout.JAVA_INT, i))) return false;
        return true;
    }

    /// Whether some rows of the head belong to no token. Then what follows a token of a pass cannot always be told from the largest logits,
    /// see [#pickAfter(int)].
    public boolean hasGaps() {
        return sampled != null;
    }

    /// The token that follows, of those that a constraint allows.
    ///
    /// @throws IllegalStateException if it allows none
    public int pick(Constraint constraint) {
        if (sampling.temperature() == 0 && readsInt8Head()) {
            int free = pick(); // nothing is better, so if it is allowed, no other is asked for
            if (constraint.allows(free)) return free;
        }
        TokenSet allowed = constraint.allowed();
        if (allowed.size() == 0) throw new IllegalStateException("the constraint allows no token");
        MemorySegment row = all();
        session.logits(row);
        return sampler.pick(row, allowed);
    }

    private MemorySegment all() {
        if (!readsInt8Head()) return logits;
        if (all == null) all = arena.allocate(4L * vocabulary, 64);
        return all;
    }

    /// Tokens that follow, one after the other: each is taken up when the next one is asked for, so that the last may be one that the
    /// context has no room for.
    public IntSupplier tokens() {
        return tokens(null);
    }

    /// @param constraint null if every token may follow
    public IntSupplier tokens(@Nullable Constraint constraint) {
        return new IntSupplier() {
            private int last = -1;

            @Override
            public int getAsInt() {
                if (constraint == null) {
                    last = last < 0 ? pick() : follow(last);
                    return last;
                }
                if (last >= 0) take(last);
                last = pick(constraint);
                constraint.take(last);
                return last;
            }
        };
    }

    /// Takes up a token, and picks the one that follows it: where tokens are picked from the largest logits, one sequence of
    /// launches.
    public int follow(int token) {
        if (!readsInt8Head()) {
            take(token);
            return pick();
        }
        session.next(token, tokens, logits);
        note(token);
        return pickOfLargest();
    }

    /// The token that follows one of the last pass, see [Session#topLogits(int, MemorySegment, MemorySegment)].
    ///
    /// @param position of that token
    /// @throws IllegalStateException if tokens are not picked from the largest logits, some are penalised, or one of these logits belongs to
    ///                               no token
    public int pickAfter(int position) {
        if (!readsInt8Head()) throw new IllegalStateException("all logits are there after the last token alone");
        if (sampler.penalises()) throw new IllegalStateException("a penalty needs the text up to that token");
        session.topLogits(position, tokens, logits);
        if (sampled != null && !areTokens()) throw new IllegalStateException("one of the largest logits belongs to no token");
        return sampler.pick(tokens, logits);
    }

    /// Picks the token that follows and takes it up.
    public int next() {
        int token = pick();
        take(token);
        return token;
    }
}
