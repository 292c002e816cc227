package tern.runtime.model;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.LongConsumer;

/// A sequence of tokens and the model's state after them.
public final class Session {

    /// Tokens that are taken up one by one where a just-in-time compiler makes the kernels of batches: that is over before. The bits are the same.
    private static final int FEW = 12;

    /// The same where all kernels are there: a batch costs what three single tokens do (2B4T on a Zen 3, two threads).
    private static final int FEW_AT_ONCE = 2;

    private final ModelConfig config;
    private final Transformer transformer;
    private final int context;
    /// Most tokens that are taken up one by one.
    private final int few;
    private final int[] one = new int[1];
    private int position;
    /// Tokens before those of the last pass.
    private int passed;

    Session(ModelConfig config, Transformer transformer, int context) {
        this.config = config;
        this.transformer = transformer;
        few = transformer.isFastAtOnce() ? FEW_AT_ONCE : FEW;
        this.context = context;
    }

    /// Tokens so far.
    public int position() {
        return position;
    }

    /// Forgets all tokens.
    public void reset() {
        position = 0;
        passed = 0;
    }

    /// Makes the first tokens as fast as later ones where a device compiles while it runs; takes as long as the compiler needs.
    ///
    /// @param tokens   that will come at once, as a prompt
    /// @param progress told per mille
    /// @throws IllegalStateException if there are tokens already: they would be lost
    public void warmUp(int tokens, LongConsumer progress) {
        if (position > 0) throw new IllegalStateException("a session of " + position + " tokens cannot warm up");
        int together = Math.min(tokens, context);
        transformer.warmUp(together <= few ? 1 : together, progress);
    }

    /// Takes up one token.
    ///
    /// @throws IllegalArgumentException if the token is not in the vocabulary or the context is full
    public void next(int token) {
        one[0] = token;
        check(one, 1);
        forward(one, 0, 1);
    }

    /// Takes up one token and computes the largest logits after it: [#next] and [#topLogits(MemorySegment, MemorySegment)] as one sequence of
    /// launches, so that a card gets it as one graph.
    ///
    /// @param tokens i32 `[top]` (out)
    /// @param logits f32 `[top]` (out)
    /// @throws IllegalArgumentException if the token is not in the vocabulary or the context is full
    /// @throws IllegalStateException if the session was made without the largest logits
    public void next(int token, MemorySegment tokens, MemorySegment logits) {
        one[0] = token;
        check(one, 1);
        transformer.forwardToTop(one, position, tokens, logits);
        passed = position;
        position++;
    }

    private void forward(int[] tokens, int from, int count) {
        transformer.forward(tokens, from, count, position);
        passed = position;
        position += count;
    }

    /// Tokens that one pass takes up, at most.
    public int batch() {
        return transformer.batch();
    }

    /// Takes up the first tokens of an array in one pass.
    ///
    /// @param count 1 to [#batch]
    /// @throws IllegalArgumentException if there are more, a token is not in the vocabulary, or the context does not suffice
    public void pass(int[] tokens, int count) {
        if (count < 1 || count > transformer.batch())
            throw new IllegalArgumentException("a pass of %d tokens, expected 1 to %d".formatted(count, transformer.batch()));
        check(tokens, count);
        forward(tokens, 0, count);
    }

    /// Goes back: forgets all tokens but the first ones. What follows has the bits that it has in a session that never saw the others.
    ///
    /// @param position tokens that stay; logits are there at once if the last pass took up the last of them, else after another token
    /// @throws IllegalArgumentException if there are not so many tokens
    public void rollback(int position) {
        if (position < 0 || position > this.position)
            throw new IllegalArgumentException("cannot go back to token %d of %d".formatted(position, this.position));
        this.position = position;
        if (position > passed) transformer.keep(position - passed);
    }

    /// Where the time of all passes so far went, of this session and of others with the same kernels; all zero where a device does not tell.
    public List<PassTime> times() {
        return transformer.times();
    }

    /// The kernels of a pass of one token, then those of a pass of several that are others, each where it is launched first. What is one kernel here
    /// was several operations of the graph: norm and quantisation, or rotation and the writing of keys and values.
    public List<PassTime.Part> parts() {
        return transformer.parts();
    }

    /// Takes up tokens, in batches unless they are few.
    ///
    /// @throws IllegalArgumentException if a token is not in the vocabulary or the context does not suffice
    public void feed(int[] tokens) {
        check(tokens, tokens.length);
        if (tokens.length <= few) {
            for (int token : tokens) next(token);
            return;
        }
        transformer.forwardAll(tokens, position);
        passed = position + (tokens.length - 1) / transformer.batch() * transformer.batch();
        position += tokens.length;
    }

    /// Told the logits of a token.
    @FunctionalInterface
    public interface LogitsSink {
        void accept(int token, MemorySegment logits);
    }

    /// Takes up tokens in batches and hands out the logits after each; the session must have been made for that.
    ///
    /// @param row  memory of f32 `[vocabulary]` that is filled for each token
    public void feed(int[] tokens, MemorySegment row, LogitsSink sink) {
        check(tokens, tokens.length);
        for (int from = 0; from < tokens.length; from += transformer.batch()) {
            int count = Math.min(transformer.batch(), tokens.length - from);
            forward(tokens, from, count);
            transformer.allLogits();
            for (int i = 0; i < count; i++) {
                transformer.logits(i, row);
                sink.accept(from + i, row);
            }
        }
    }

    /// Told the residual stream of all tokens between two parts of the model.
    @FunctionalInterface
    public interface TraceSink {

        /// @param part     0 is the embedding, 2i + 1 the attention and 2i + 2 the feed-forward part of layer i
        /// @param residual f32 `[tokens, hidden]` after it; overwritten by the next
        void accept(int part, MemorySegment residual);
    }

    /// Takes up tokens in one batch, as [#feed], and shows what goes from part to part.
    ///
    /// @param residual memory of f32 `[tokens, hidden]` that is filled for each part
    /// @throws IllegalArgumentException as [#feed], or if there are more tokens than a batch has
    public void trace(int[] tokens, MemorySegment residual, TraceSink sink) {
        check(tokens, tokens.length);
        if (tokens.length > transformer.batch())
            throw new IllegalArgumentException("%d tokens do not fit a batch of %d".formatted(tokens.length, transformer.batch()));
        transformer.trace(tokens, 0, tokens.length, position, residual, part -> sink.accept(part, residual));
        position += tokens.length;
    }

    /// Computes all logits after the last token.
    ///
    /// @param into f32 `[vocabulary]`
    /// @throws IllegalStateException if there is no token yet
    public void logits(MemorySegment into) {
        checkStarted();
        transformer.lastLogits(into);
    }

    /// The state after the last token, after the final norm: what logits are made of.
    ///
    /// @param into f32 `[hidden]`
    /// @throws IllegalStateException if there is no token yet
    public void state(MemorySegment into) {
        checkStarted();
        transformer.state(into);
    }

    /// Computes the largest logits after the last token: falling, the lower token first among equals. They have the bits of
    /// [#logits], and most of the head is not read for them. The session must have been made for that many.
    ///
    /// @param tokens i32 `[top]` (out)
    /// @param logits f32 `[top]` (out)
    /// @throws IllegalStateException if there is no token yet, or the session was made without
    public void topLogits(MemorySegment tokens, MemorySegment logits) {
        checkStarted();
        transformer.topLogits(tokens, logits);
    }

    /// The same after a token of the last pass.
    ///
    /// @param position of the token
    /// @throws IllegalArgumentException if the last pass did not take it up, or it is forgotten
    public void topLogits(int position, MemorySegment tokens, MemorySegment logits) {
        if (position < passed || position >= this.position)
            throw new IllegalArgumentException("token %d is none of %d to %d".formatted(position, passed, this.position - 1));
        transformer.topLogits(position - passed, tokens, logits);
    }

    private void checkStarted() {
        if (position == 0) throw new IllegalStateException("there are no logits before the first token");
        if (position <= passed) throw new IllegalStateException("there are no logits after a token that was rolled back to");
    }

    private void check(int[] tokens, int count) {
        if (position + count > context)
            throw new IllegalArgumentException(
                    "%d tokens after %d exceed the context of %d".formatted(count, position, context));
        for (int i = 0; i < count; i++)
            if (tokens[i] < 0 || tokens[i] >= config.vocabulary())
                throw new IllegalArgumentException(
                        "token %d at %d is not in the vocabulary of %d".formatted(tokens[i], position + i, config.vocabulary()));
    }
}
