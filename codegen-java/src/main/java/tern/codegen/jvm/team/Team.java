package tern.codegen.jvm.team;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Threads that run an [Spmd] together. The thread that calls [#run] is worker 0; the others are daemons that spin for a
/// while between launches, then park. A launch creates no objects.
///
/// Every wait is for a counter to change: LAUNCH for work, PHASE at a barrier, DONE for the end of a launch. Whoever
/// arrives last raises the counter; nobody resets one, so a late reader cannot miss a change.
public final class Team implements AutoCloseable {

    /// Launches follow each other within microseconds, and a parked thread takes some 50 us to wake.
    private static final long SPIN_NANOS = 100_000;

    private static final int SPINS_PER_LOOK_AT_THE_CLOCK = 64;

    /// Counters lie 128 bytes apart: a cache line and the one that is fetched with it.
    private static final int LINE = 128 / Integer.BYTES;

    private static final int LAUNCH = LINE, ARRIVED = 2 * LINE, PHASE = 3 * LINE, FINISHED = 4 * LINE, DONE = 5 * LINE;
    private static final int PARKED = 6 * LINE;
    private static final VarHandle COUNTER = MethodHandles.arrayElementVarHandle(int[].class);

    private final int workers;
    private final Thread[] threads;
    private final int[] counters = new int[7 * LINE];

    // Of the launch under way; written before LAUNCH is raised.
    private @Nullable Spmd body;
    private long[] addresses = {};
    private int n;
    private int position;

    private volatile @Nullable Throwable failure;
    private volatile boolean closed;

    /// @param workers at least 1, the caller of [#run] included
    public Team(int workers) {
        if (workers < 1) throw new IllegalArgumentException("a team needs a worker: " + workers);
        this.workers = workers;
        this.threads = new Thread[workers];
        threads[0] = Thread.currentThread();
        for (int worker = 1; worker < workers; worker++) {
            int number = worker;
            threads[worker] = Thread.ofPlatform().daemon().name("tern-" + worker).unstarted(() -> serve(number));
        }
        for (int worker = 1; worker < workers; worker++) threads[worker].start();
    }

    public int workers() {
        return workers;
    }

    /// Of the workers' threads, that of the last caller of [#run] first.
    public long[] threadIds() {
        threads[0] = Thread.currentThread();
        return Arrays.stream(threads).mapToLong(Thread::threadId).toArray();
    }

    /// Runs `body` on all workers and returns when all have finished. What a worker throws is thrown here.
    ///
    /// @throws IllegalStateException if the team is closed
    public void run(Spmd body, long[] addresses, int n, int position) {
        if (closed) throw new IllegalStateException("the team is closed");
        if (workers == 1) {
            body.run(0, 1, this, addresses, n, position);
            return;
        }
        threads[0] = Thread.currentThread();
        this.body = body;
        this.addresses = addresses;
        this.n = n;
        this.position = position;
        int done = counter(DONE);
        raise(LAUNCH);
        work(0, body);
        await(DONE, done, false);
        this.body = null;
        if (failure != null) fail();
    }

    /// Returns when all workers have called it; what they wrote before is then visible to all.
    public void barrier() {
        if (workers == 1) return;
        int phase = counter(PHASE);
        if (!arrive(ARRIVED, PHASE)) await(PHASE, phase, true);
    }

    /// Lets the threads end. A launch under way must have returned.
    @Override
    public void close() {
        if (closed) return;
        closed = true;
        raise(LAUNCH);
    }

    private void serve(int worker) {
        int launch = 0;
        while (true) {
            await(LAUNCH, launch, false);
            launch++;
            Spmd work = body;
            if (closed || work == null) return;
            work(worker, work);
        }
    }

    private void work(int worker, Spmd work) {
        try {
            work.run(worker, workers, this, addresses, n, position);
        } catch (Aborted _) {
            // Another worker failed, and told.
        } catch (Throwable thrown) {
            synchronized (this) {
                if (failure == null) failure = thrown;
            }
            unparkAll();
        }
        arrive(FINISHED, DONE);
    }

    /// Counts the caller; the last one starts the next phase.
    private boolean arrive(int count, int phase) {
        if ((int) COUNTER.getAndAdd(counters, count, 1) != workers - 1) return false;
        COUNTER.setVolatile(counters, count, 0);
        raise(phase);
        return true;
    }

    /// A parking thread counts itself, then looks once more; here the order is the reverse, so that one sees the other.
    private void raise(int counter) {
        COUNTER.getAndAdd(counters, counter, 1);
        if (counter(PARKED) > 0) unparkAll();
    }

    private void await(int counter, int old, boolean abortable) {
        if (spin(counter, old, abortable)) return;
        COUNTER.getAndAdd(counters, PARKED, 1);
        try {
            while (!changed(counter, old, abortable)) LockSupport.park(this);
        } finally {
            COUNTER.getAndAdd(counters, PARKED, -1);
        }
    }

    private boolean spin(int counter, int old, boolean abortable) {
        long end = System.nanoTime() + SPIN_NANOS;
        do {
            for (int i = 0; i < SPINS_PER_LOOK_AT_THE_CLOCK; i++) {
                if (changed(counter, old, abortable)) return true;
                Thread.onSpinWait();
            }
        } while (System.nanoTime() < end);
        return false;
    }

    private boolean changed(int counter, int old, boolean abortable) {
        if (counter(counter) != old) return true;
        if (abortable && failure != null) throw new Aborted();
        return false;
    }

    private int counter(int counter) {
        return (int) COUNTER.getVolatile(counters, counter);
    }

    private void unparkAll() {
        for (Thread thread : threads) LockSupport.unpark(thread);
    }

    /// Workers may have left in the middle of a barrier: its count starts anew.
    private void fail() {
        Throwable thrown = failure;
        failure = null;
        COUNTER.setVolatile(counters, ARRIVED, 0);
        switch (thrown) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> throw new IllegalStateException("a worker failed", thrown);
        }
    }

    /// Ends a worker that waits for one that failed.
    private static final class Aborted extends RuntimeException {
        private static final long serialVersionUID = 1;

        private Aborted() {
            super("another worker failed", null, false, false);
        }
    }
}
