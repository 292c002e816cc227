package tern.runtime.generate;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.IntSupplier;
import tern.runtime.model.Model;
import tern.runtime.model.Session;
import tern.runtime.sample.Sampler;
import tern.runtime.sample.Sampling;

/// Continues a sequence of tokens. It computes no more logits than the sampler needs, and allocates nothing for a token.
public final class Generator {

    private final Session session;
    private final Sampler sampler;
    private final MemorySegment tokens, logits;

    /// @param arena of the logits
    public Generator(Model model, Sampling sampling, Arena arena) {
        int vocabulary = model.config().vocabulary();
        sampler = new Sampler(sampling, vocabulary);
        int count = sampler.shortlist();
        session = model.session(false, count);
        tokens = arena.allocate(4L * count, 64);
        logits = arena.allocate(4L * (count == 0 ? vocabulary : count), 64);
    }

    public Session session() {
        return session;
    }

    /// Whether tokens are picked from the largest logits, so that most of the head is not read.
    public boolean screens() {
        return sampler.shortlist() > 0;
    }

    /// The token that follows; the session does not take it up.
    public int pick() {
        if (!screens()) {
            session.logits(logits);
            return sampler.pick(logits);
        }
        session.topLogits(tokens, logits);
        return sampler.pick(tokens, logits);
    }

    /// Tokens that follow, one after the other: each is taken up when the next one is asked for, so that the last may be one that the
    /// context has no room for.
    public IntSupplier tokens() {
        return new IntSupplier() {
            private int last = -1;

            @Override
            public int getAsInt() {
                last = last < 0 ? pick() : follow(last);
                return last;
            }
        };
    }

    /// Has the session take up a token, and picks the one that follows it: where tokens are picked from the largest logits, one sequence of
    /// launches.
    public int follow(int token) {
        if (!screens()) {
            session.next(token);
            return pick();
        }
        session.next(token, tokens, logits);
        return sampler.pick(tokens, logits);
    }

    /// The token that follows one of the last pass, see [Session#topLogits(int, MemorySegment, MemorySegment)].
    ///
    /// @param position of that token
    /// @throws IllegalStateException if tokens are not picked from the largest logits
    public int pickAfter(int position) {
        if (!screens()) throw new IllegalStateException("all logits are there behind the last token alone");
        session.topLogits(position, tokens, logits);
        return sampler.pick(tokens, logits);
    }

    /// Picks the token that follows and has the session take it up.
    public int next() {
        int token = pick();
        session.next(token);
        return token;
    }
}
