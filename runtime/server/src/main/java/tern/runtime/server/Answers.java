package tern.runtime.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tern.runtime.generate.TextStream;
import tern.runtime.serve.Batcher;
import tern.runtime.serve.Generation;
import tern.runtime.serve.Token;

/// Has the texts of a request generated, and hands out their parts as they come. Whatever ends the request early ends its texts too.
final class Answers {

    /// After as many looks at a client for which nothing came, it is told that it waits.
    private static final int LOOKS = 20;

    /// Who hears them.
    interface Listener {

        /// @param text   whole characters, none of a stop text; perhaps empty
        /// @param tokens that came since the last call
        void part(int index, String text, List<Token> tokens);

        void end(int index, Done done);

        /// Nothing came for a while.
        void idle();
    }

    /// @param stop   the stop text that ended it; empty if none did
    /// @param tokens that were generated
    /// @param shared tokens of the prompt that were there already
    record Done(Generation.End end, String stop, int tokens, int shared) {

        /// Whether the answer is complete.
        boolean isComplete() {
            return !stop.isEmpty() || end == Generation.End.STOP || end == Generation.End.GRAMMAR;
        }
    }

    private sealed interface Event {
        record Part(int index, String text, List<Token> tokens) implements Event {}

        record Ended(int index, Done done) implements Event {}

        record Failed(String problem) implements Event {}
    }

    private final Served served;
    private final Metrics metrics;
    private final Duration limit;

    Answers(Served served, Metrics metrics, Duration limit) {
        this.served = served;
        this.metrics = metrics;
        this.limit = limit;
    }

    /// @throws ApiError if the queue is full, a text fails, or time is up
    /// @throws io.helidon.webserver.CloseConnectionException if the client goes away
    void run(Asked asked, Listener listener) {
        Connection client = Connection.current();
        long deadline = System.nanoTime() + limit.toNanos();
        var events = new LinkedBlockingQueue<Event>();
        var all = new ArrayList<Generation>();
        try {
            for (int i = 0; i < asked.count(); i++) all.add(submit(asked, i));
            for (int i = 0; i < all.size(); i++) {
                int index = i;
                Thread.startVirtualThread(() -> read(all.get(index), index, asked, events));
            }
            int silent = 0;
            for (int open = all.size(); open > 0;) {
                Event event = events.poll(Connection.LOOK.toMillis(), TimeUnit.MILLISECONDS);
                client.check();
                silent = event == null ? silent + 1 : 0;
                if (System.nanoTime() > deadline) throw new ApiError(504, "server_error", null, "the request took longer than " + limit.toSeconds() + " s");
                switch (event) {
                    case null -> {
                        if (silent % LOOKS == 0) listener.idle();
                    }
                    case Event.Part(int index, String text, List<Token> tokens) -> listener.part(index, text, tokens);
                    case Event.Ended(int index, Done done) -> {
                        listener.end(index, done);
                        open--;
                    }
                    case Event.Failed(String problem) -> throw new ApiError(500, "server_error", null, problem);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiError(503, "server_error", null, "the server stops");
        } finally {
            all.forEach(Generation::cancel);
        }
    }

    private Generation submit(Asked asked, int index) {
        try {
            return served.batcher().submit(asked.request(index, served));
        } catch (Batcher.Refused e) {
            throw new ApiError(429, "rate_limit_exceeded", null, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw ApiError.wrong(null, String.valueOf(e.getMessage()));
        }
    }

    private void read(Generation generation, int index, Asked asked, LinkedBlockingQueue<Event> events) {
        try {
            var stream = new TextStream(served.tokenizer(), asked.stops());
            int count = 0;
            long last = 0;
            for (Optional<Token> next = generation.next(); next.isPresent(); next = generation.next()) {
                long now = System.nanoTime();
                if (count++ == 0) metrics.first(generation.firstSeconds());
                else metrics.gap((now - last) * 1e-9);
                last = now;
                events.add(new Event.Part(index, stream.push(next.get().id()), List.of(next.get())));
                if (stream.isStopped()) generation.cancel();
            }
            if (generation.end() == Generation.End.FAILED) {
                events.add(new Event.Failed(generation.problem()));
                return;
            }
            String rest = stream.finish();
            if (!rest.isEmpty()) events.add(new Event.Part(index, rest, List.of()));
            events.add(new Event.Ended(index, new Done(generation.end(), stream.stopText(), count, generation.shared())));
        } catch (InterruptedException | RuntimeException e) {
            generation.cancel();
            events.add(new Event.Failed(String.valueOf(e.getMessage())));
        }
    }
}
