package tern.codegen.cuda.simulate;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.codegen.cuda.simulate.Fault.Kind;
import tern.codegen.cuda.simulate.Fault.Trouble;

/// One block of a grid: its warps, shared memory and barriers.
final class Block {

    /// Instructions of a warp before another has its turn.
    private static final int TURN = 10_000;

    /// Turns in which all warps only look at mbarriers in vain.
    private static final int PATIENCE = 1000;

    /// One of the sixteen barriers of a block.
    private static final class Barrier {
        int arrived;
        int expected;
        final List<Warp> waiting = new ArrayList<>();
        final int[] joined;
        /// Whether one who came has waited for the launches before: then what they wrote is there for all.
        boolean awaited;

        Barrier(int warps) {
            joined = new int[warps];
        }
    }

    final Grid grid;
    final long number;
    final SharedMemory shared;
    final int warpCount;
    final Warp[] warps;
    private final @Nullable Barrier[] barriers = new Barrier[16];
    private final Region[] local;
    /// Of this address, in shared memory.
    final Map<Integer, TransactionBarrier> transactions = new HashMap<>();
    /// Stores and atomics so far.
    long writes;
    /// Counts what may let a waiting warp go on.
    private int progress;

    Block(Grid grid, long number, SharedMemory shared) {
        this.grid = grid;
        this.number = number;
        this.shared = shared;
        int threads = (int) grid.block.count();
        warpCount = (threads + 31) / 32;
        local = new Region[threads];
        warps = new Warp[warpCount];
        for (int w = 0; w < warpCount; w++) warps[w] = new Warp(this, w, Math.min(32, threads - w * 32));
    }

    /// What went wrong where a block has ended and none of its warps waited for the launches that it overlaps: those after it wait for it,
    /// and take them for done as well.
    void requireAwaited() {
        for (Warp warp : warps) if (!warp.early) return;
        throw fault(new Trouble(Kind.RACE, -1, "leaves without griddepcontrol.wait, so that no launch behind it waits for those before it"),
                warps[0], warps[0].place());
    }

    int x() {
        return (int) (number % grid.blocks.x());
    }

    int y() {
        return (int) (number / grid.blocks.x() % grid.blocks.y());
    }

    int z() {
        return (int) (number / grid.blocks.x() / grid.blocks.y());
    }

    /// Runs its warps in turn.
    ///
    /// @param budget instructions of its warps, about
    /// @return the instructions that they ran
    long run(long budget) {
        long ran = 0;
        int idle = 0;
        while (ran < budget) {
            long turn = 0;
            int before = progress;
            boolean waiting = true;
            for (Warp warp : warps) {
                if (warp.state() == Warp.State.READY) turn += warp.run(TURN);
                waiting &= warp.state() != Warp.State.READY || warp.isYielding();
            }
            ran += turn;
            if (isDone()) return ran;
            if (turn == 0) throw deadlock();
            idle = waiting && before == progress ? idle + 1 : 0;
            if (idle == PATIENCE) throw starved();
        }
        return ran;
    }

    /// Something happened that a waiting warp may wait for.
    void progress() {
        progress++;
    }

    private RuntimeException starved() {
        for (Warp warp : warps)
            if (warp.state() == Warp.State.READY)
                return fault(new Trouble(Kind.DEADLOCK, -1, "waits at an mbarrier that nobody completes; " + transactions.values()),
                        warp, warp.place());
        throw new IllegalStateException("no warp waits");
    }

    boolean isDone() {
        for (Warp warp : warps) if (warp.state() != Warp.State.DONE) return false;
        return true;
    }

    private RuntimeException deadlock() {
        for (Barrier barrier : barriers)
            if (barrier != null && !barrier.waiting.isEmpty()) {
                Warp first = barrier.waiting.getFirst();
                return fault(new Trouble(Kind.DEADLOCK, -1, String.format(ROOT, "waits for %d threads, but only %d come",
                        barrier.expected, barrier.arrived)), first, first.barrier());
            }
        throw new IllegalStateException("no warp runs and none waits");
    }

    /// A warp comes to a barrier.
    ///
    /// @param threads that it waits for, rounded up to whole warps; 0 for all of the block
    /// @param waits   whether it stops there
    void arrive(Warp warp, int id, int threads, boolean waits) {
        if (id < 0 || id > 15) throw new Trouble(Kind.UNDEFINED, -1, "there are barriers 0 to 15, not " + id);
        if (threads % 32 != 0) throw new Trouble(Kind.UNDEFINED, -1, threads + " threads are no whole warps");
        int expected = threads == 0 ? warpCount * 32 : threads;
        Barrier barrier = barriers[id];
        if (barrier == null) barriers[id] = barrier = new Barrier(warpCount);
        if (barrier.arrived > 0 && barrier.expected != expected)
            throw new Trouble(Kind.UNDEFINED, -1, String.format(ROOT, "waits for %d threads where others wait for %d", expected, barrier.expected));
        barrier.expected = expected;
        barrier.arrived += 32;
        release(warp, barrier.joined);
        barrier.awaited |= !warp.early;
        warp.meet();
        progress++;
        if (waits) {
            barrier.waiting.add(warp);
            warp.waitAtBarrier();
        }
        if (barrier.arrived < expected) return;
        for (Warp waiting : barrier.waiting) {
            acquire(waiting, barrier.joined);
            if (barrier.awaited) waiting.early = false;
            waiting.release();
        }
        barriers[id] = null;
    }

    /// What `warp` did so far happens before what those do who [acquire][#acquire] `joined` later.
    static void release(Warp warp, int[] joined) {
        for (int w = 0; w < joined.length; w++) joined[w] = Math.max(joined[w], warp.clock[w]);
        warp.clock[warp.number]++;
    }

    static void acquire(Warp warp, int[] joined) {
        for (int w = 0; w < joined.length; w++) if (w != warp.number) warp.clock[w] = Math.max(warp.clock[w], joined[w]);
        warp.copied = Math.max(warp.copied, joined[warp.number]);
    }

    Region local(int thread) {
        Region mine = local[thread];
        if (mine == null) local[thread] = mine = new Region(0, grid.code.kernel().localBytes());
        return mine;
    }

    Fault fault(Trouble trouble, Warp warp, Statement statement) {
        String who = trouble.lane < 0 ? "warp " + warp.number : thread(warp.thread(trouble.lane));
        return new Fault(trouble.kind, grid.code.kernel().name(), statement.line(),
                String.format(ROOT, "line %d: %s: block (%d,%d,%d) %s %s", statement.line(), statement.text(), x(), y(), z(), who,
                        trouble.getMessage()));
    }

    private String thread(int index) {
        int x = grid.block.x();
        int y = grid.block.y();
        return String.format(ROOT, "thread (%d,%d,%d)", index % x, index / x % y, index / x / y);
    }
}
