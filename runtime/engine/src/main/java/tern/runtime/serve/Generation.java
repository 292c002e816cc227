package tern.runtime.serve;

import java.util.ArrayDeque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A text that is being generated: its tokens as they come. One thread takes them; any may cancel.
public final class Generation {

    /// Why a text ended.
    public enum End {
        /// A stop token came.
        STOP,
        /// The grammar allows nothing more.
        GRAMMAR,
        /// As many tokens as were asked for.
        LENGTH,
        /// The context is full.
        CONTEXT,
        CANCELLED,
        FAILED
    }

    private final Request request;
    private final ArrayDeque<Token> ready = new ArrayDeque<>();
    private final long submitted = System.nanoTime();
    private @Nullable End end;
    private String problem = "";
    private boolean cancelled;
    private int shared;
    private long firstAt;

    Generation(Request request) {
        this.request = request;
    }

    public Request request() {
        return request;
    }

    /// The next token; waits for it. Empty at the end, of which [#end] tells.
    ///
    /// @throws InterruptedException if the thread is interrupted; the text goes on unless it is cancelled
    public synchronized Optional<Token> next() throws InterruptedException {
        while (ready.isEmpty() && end == null) wait();
        return Optional.ofNullable(ready.poll());
    }

    /// Ends the text; its place is free at the next pass.
    public synchronized void cancel() {
        cancelled = true;
        ready.clear();
        if (end == null) end(End.CANCELLED, "");
    }

    /// Why it ended.
    ///
    /// @throws IllegalStateException if it has not
    public synchronized End end() {
        if (end == null) throw new IllegalStateException("the text is not at its end");
        return end;
    }

    /// What went wrong, if it failed.
    public synchronized String problem() {
        return problem;
    }

    /// Tokens of the prompt whose keys and values were there already.
    public synchronized int shared() {
        return shared;
    }

    /// Seconds from the request to its first token; 0 if there is none yet.
    public synchronized double firstSeconds() {
        return firstAt == 0 ? 0 : (firstAt - submitted) * 1e-9;
    }

    synchronized boolean isCancelled() {
        return cancelled;
    }

    synchronized void shares(int tokens) {
        shared = tokens;
    }

    synchronized void give(Token token) {
        if (end != null) return;
        if (firstAt == 0) firstAt = System.nanoTime();
        ready.add(token);
        notifyAll();
    }

    synchronized void end(End how, String why) {
        if (end != null) return;
        end = how;
        problem = why;
        notifyAll();
    }
}
