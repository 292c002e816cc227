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
///
/// Loops are not dealt out beforehand: workers [#claim] runs of iterations, half of an equal share of what is left and in the end a
/// 16th of a share, so that a core that is slow, or that another process uses, does less and holds nobody up for long.
public final class Team implements AutoCloseable {

    /// Launches follow each other within microseconds, and a parked thread takes some 50 us to wake.
    private static final long SPIN_NANOS = 100_000;

    private static final int SPINS_PER_LOOK_AT_THE_CLOCK = 64;

    /// Smallest runs of iterations that make up an equal share.
    private static final int RUNS = 16;

    /// What [#claim] answers when nothing is left.
    public static final long NONE = -1;

    /// Counters lie 128 bytes apart: a cache line and the one that is fetched with it.
    private static final int LINE = 128 / Integer.BYTES;

    private static final int LAUNCH = LINE, ARRIVED = 2 * LINE, PHASE = 3 * LINE, FINISHED = 4 * LINE, DONE = 5 * LINE;
    private static final int PARKED = 6 * LINE;
    private static final VarHandle COUNTER = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle CLAIMED = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int CLAIM = LINE / 2;

    private final int workers;
    private final Thread[] threads;
    private final int[] counters = new int[7 * LINE];
    /// Above: number of a loop, counted from 0 in each launch. Below: how many of its iterations are taken.
    private final long[] claimed = new long[2 * CLAIM];
    /// Loops that a worker has seen the end of in this launch.
    private final int[] loops;
    private final long spinNanos;
    /// Parts that a loop is thought to have in a warm-up, of which the first alone is done; 1 otherwise.
    private int slices = 1;

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
        this.loops = new int[workers * LINE];
        // Who spins where there are more threads than processors keeps from running whom it waits for.
        this.spinNanos = workers > Runtime.getRuntime().availableProcessors() ? 0 : SPIN_NANOS;
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
        CLAIMED.setVolatile(claimed, CLAIM, 0L);
        if (workers == 1) {
            loops[0] = 0;
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

    /// The first of `slices` parts of each loop, on the calling thread alone.
    ///
    /// @throws IllegalStateException if the team has other workers
    public void warmUp(Spmd body, int slices, long[] addresses, int n, int position) {
        if (workers != 1) throw new IllegalStateException("a warm-up is one worker's");
        this.slices = slices;
        try {
            CLAIMED.setVolatile(claimed, CLAIM, 0L);
            loops[0] = 0;
            body.run(0, slices, this, addresses, n, position);
        } finally {
            this.slices = 1;
        }
    }

    /// Takes a run of the iterations of a loop that no other worker has. All workers come to the same loops in the same order, and each
    /// claims until it is told [#NONE].
    ///
    /// @param units iterations of the loop, at least 0, the same for all workers
    /// @return the first iteration in the upper 32 bits, the one past the last in the lower ones
    public long claim(int worker, int units) {
        int loop = loops[worker * LINE], end = Math.ceilDiv(units, slices);
        while (true) {
            long state = (long) CLAIMED.getVolatile(claimed, CLAIM);
            int current = (int) (state >>> 32), first = current == loop ? (int) state : 0;
            if (current > loop || first >= end) {
                loops[worker * LINE] = loop + 1;
                return NONE;
            }
            int last = first + run(end, end - first);
            if (CLAIMED.compareAndSet(claimed, CLAIM, state, (long) loop << 32 | last)) return (long) first << 32 | last;
        }
    }

    private int run(int units, int left) {
        if (workers == 1) return left;
        return Math.min(left, Math.max(Math.ceilDiv(units, RUNS * workers), left / (2 * workers)));
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
        loops[worker * LINE] = 0;
        try {
            work.run(worker, workers, this, addresses, n, position);
        } catch (Aborted _) {
            // Another worker failed, and told.
        } catch (Throwable thrown) {
            synchronized (this) {
                if (failure == null) failure = thrown;
            }
            wake();
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
        if (counter(PARKED) > 0) wake();
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
        if (spinNanos == 0) return changed(counter, old, abortable);
        long end = System.nanoTime() + spinNanos;
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

    /// Whether a worker that waits looks for a while before it sleeps.
    public boolean isSpinning() {
        return spinNanos > 0;
    }

    /// Wakes all workers that sleep, those of a body too.
    public void wake() {
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
