package tern.runtime.serve;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tern.runtime.model.BatchedDecoder;
import tern.runtime.model.Model;
import tern.runtime.model.PassTime;
import tern.runtime.sample.TokenSet;

/// Continues many texts together on one model. A thread of its own runs pass after pass; at each, texts that are finished or cancelled leave and
/// waiting ones join. Prompts are read in parts along with the texts that generate. For use by any number of threads.
public final class Batcher implements AutoCloseable {

    /// @param parallel texts that generate at the same time, at most
    /// @param slots    sequences whose keys and values are kept, at least `parallel`; those without a text keep beginnings that may be shared
    /// @param pages    of keys and values in all; texts wait until there are enough for all that they may become. 0 = a whole context for each slot
    /// @param queue    texts that wait, at most
    /// @param chunk    tokens of prompts in a pass along with texts that generate: it bounds how long these wait
    public record Settings(int parallel, int slots, int pages, int queue, int chunk) {
        public Settings {
            if (parallel < 1 || slots < parallel || pages < 0 || queue < 0 || chunk < 1)
                throw new IllegalArgumentException(
                        "%d texts in %d slots, %d pages, %d waiting, parts of %d".formatted(parallel, slots, pages, queue, chunk));
        }

        /// With memory for a whole context in each slot.
        public Settings(int parallel, int slots, int queue, int chunk) {
            this(parallel, slots, 0, queue, chunk);
        }
    }

    /// The queue is full, or the batcher takes nothing more.
    public static final class Refused extends RuntimeException {
        private Refused(String message) {
            super(message);
        }
    }

    private final Settings settings;
    private final int vocabulary, context;
    private final BatchedDecoder sequences;
    private final Slots slots;
    private final MemorySegment row;
    private final @Nullable TokenSet sampled;
    private final Thread thread;
    /// The device is one's at a time.
    private final ReentrantLock turns = new ReentrantLock(true);
    /// Guards the queue, the tally and the end.
    private final Object lock = new Object();
    private final ArrayDeque<Generation> waiting = new ArrayDeque<>();
    private final Tally tally = new Tally();
    private boolean isClosing, isCancelling;
    /// Of the thread alone, but for their number.
    private final List<Seat> seats = new ArrayList<>();
    private int running;

    /// @param model of which no session is used meanwhile, but as [#between] allows
    public Batcher(Model model, Settings settings) {
        this.settings = settings;
        vocabulary = model.config().vocabulary();
        context = model.context();
        sequences = settings.pages == 0 ? model.batchedDecoder(settings.slots) : model.batchedDecoder(settings.slots, settings.pages);
        slots = new Slots(sequences);
        sampled = model.sampled().orElse(null);
        row = Arena.ofAuto().allocate(4L * vocabulary, 64);
        thread = Thread.ofPlatform().name("tern-batch").daemon().start(this::loop);
    }

    /// Takes up a text.
    ///
    /// @throws Refused if the queue is full, or [#drain] was called
    /// @throws IllegalArgumentException if the prompt does not fit, or has a token that the model has not
    public Generation submit(Request request) {
        if (request.prompt().length > context)
            throw new IllegalArgumentException("the prompt has %d tokens, and the context %d".formatted(request.prompt().length, context));
        int pages = Model.pages(longest(request));
        if (settings.pages > 0 && pages > settings.pages)
            throw new IllegalArgumentException("the text may need %d pages of keys and values, and there are %d".formatted(pages, settings.pages));
        for (int token : request.prompt())
            if (token < 0 || token >= vocabulary)
                throw new IllegalArgumentException("token %d is not in the vocabulary of %d".formatted(token, vocabulary));
        var generation = new Generation(request);
        synchronized (lock) {
            if (isClosing) throw new Refused("no more requests are taken");
            sweep();
            if (running + waiting.size() >= settings.parallel + settings.queue) {
                tally.refused++;
                throw new Refused("%d requests are running and %d are waiting".formatted(running, waiting.size()));
            }
            waiting.add(generation);
            tally.requests++;
            lock.notifyAll();
        }
        return generation;
    }

    public Counts counts() {
        synchronized (lock) {
            return tally.now(running, waiting.size());
        }
    }

    /// Where the time of all passes so far went.
    public List<PassTime> times() {
        return sequences.times();
    }

    public Settings settings() {
        return settings;
    }

    /// Takes nothing more, and waits for what there is.
    ///
    /// @return whether all of it was finished within the time
    public boolean drain(Duration deadline) throws InterruptedException {
        synchronized (lock) {
            isClosing = true;
            lock.notifyAll();
        }
        return thread.join(deadline);
    }

    /// Ends all texts, and waits until the device is not used any more.
    @Override
    public void close() {
        synchronized (lock) {
            isClosing = true;
            isCancelling = true;
            lock.notifyAll();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    /// Runs something else with the model, on the calling thread, while no pass runs. Whoever waits longer goes first.
    public void between(Runnable work) {
        turns.lock();
        try {
            work.run();
        } finally {
            turns.unlock();
        }
    }

    // ---- the thread ----

    private void loop() {
        try {
            while (join()) {
                if (!seats.isEmpty()) between(this::pass);
            }
        } finally {
            synchronized (lock) {
                isClosing = true;
                for (Seat seat : seats) seat.generation.end(Generation.End.FAILED, "the batcher has stopped");
                for (Generation one : waiting) one.end(Generation.End.FAILED, "the batcher has stopped");
            }
        }
    }

    private void pass() {
        Pass pass = Pass.of(seats, sequences, settings.chunk);
        long start = System.nanoTime();
        try {
            pass.run(sequences);
        } catch (RuntimeException e) {
            for (Seat seat : List.copyOf(seats)) leave(seat, new int[0], Generation.End.FAILED, String.valueOf(e.getMessage()));
            return;
        }
        double seconds = (System.nanoTime() - start) * 1e-9;
        synchronized (lock) {
            tally.pass(pass, seconds);
        }
        pick(pass);
    }

    /// Lets go whoever is cancelled, and lets in whoever waits; waits itself where there is nothing to do.
    ///
    /// @return false at the end
    private boolean join() {
        for (Seat seat : List.copyOf(seats)) if (seat.generation.isCancelled()) leave(seat, seat.text(), Generation.End.CANCELLED, "");
        var joining = new ArrayList<Generation>();
        synchronized (lock) {
            try {
                while (seats.isEmpty() && waiting.isEmpty() && !isClosing) lock.wait();
            } catch (InterruptedException e) {
                return false;
            }
            if (isCancelling) {
                waiting.forEach(Generation::cancel);
                seats.forEach(seat -> seat.generation.cancel());
            }
            sweep();
            while (!waiting.isEmpty() && seats.size() + joining.size() < settings.parallel) joining.add(waiting.poll());
            if (seats.isEmpty() && joining.isEmpty() && isClosing) return false;
            running = seats.size() + joining.size();
        }
        for (int i = 0; i < joining.size(); i++) if (!seat(joining.get(i))) return putBack(joining.subList(i, joining.size()));
        return true;
    }

    /// Whoever waits no more leaves the queue. Under the lock.
    private void sweep() {
        int before = waiting.size();
        waiting.removeIf(Generation::isCancelled);
        tally.cancelled += before - waiting.size();
    }

    /// Those who came first stay first.
    private boolean putBack(List<Generation> again) {
        synchronized (lock) {
            for (Generation one : again.reversed()) waiting.addFirst(one);
            running = seats.size();
        }
        return true;
    }

    /// Positions that a text may come to.
    private int longest(Request request) {
        return (int) Math.min(context, (long) request.prompt().length + request.most());
    }

    /// @return false if it takes more memory than the others leave
    private boolean seat(Generation generation) {
        Slots.Place place = slots.take(generation.request().prompt(), longest(generation.request()));
        if (place == null) return false;
        generation.shares(place.shared());
        seats.add(new Seat(generation, place.slot(), vocabulary, context, sampled));
        synchronized (lock) {
            tally.shared += place.shared();
        }
        return true;
    }

    private void pick(Pass pass) {
        int[] likeliest = new int[pass.best().size()];
        if (likeliest.length > 0) sequences.likeliest(likeliest);
        for (int i = 0; i < likeliest.length; i++) take(pass.best().get(i), new Token(likeliest[i], Float.NaN, List.of()));
        for (int i = 0; i < pass.all().size(); i++) {
            Seat seat = pass.all().get(i);
            sequences.logits(likeliest.length + i, row);
            try {
                take(seat, seat.pick(row));
            } catch (RuntimeException e) { // logits that are no numbers, a constraint without a way out: this text's own misfortune
                leave(seat, seat.text(), Generation.End.FAILED, String.valueOf(e.getMessage()));
            }
        }
    }

    private void take(Seat seat, Token token) {
        Generation.End end = seat.take(token);
        if (end != null) leave(seat, seat.text(), end, "");
        synchronized (lock) {
            tally.made++;
        }
    }

    /// @param known of the text, as far as its keys and values may be used again
    private void leave(Seat seat, int[] known, Generation.End end, String problem) {
        seats.remove(seat);
        slots.leave(seat.slot, known);
        seat.generation.end(end, problem);
        synchronized (lock) {
            running = seats.size();
            if (end == Generation.End.CANCELLED) tally.cancelled++;
        }
    }
}
