package tern.ir.reference;

import tern.ir.loop.Loop.Binding;

/// Who is running right now, and what it may see: parallel iterations are run one after the other, but each write is
/// stamped with the iteration that made it, so that a read that only this order makes possible is found.
///
/// Stamps count upwards with every parallel iteration begun. Code outside a parallel loop is run by everyone, so what it
/// writes everyone sees. What an iteration writes only it sees until a barrier has passed.
final class Crew {

    /// Stamps of the iterations under way; 0 outside.
    private int core, warp, thread;
    private int stamps, coreBarrier, threadBarrier, warpBarrier;

    /// @param core, warp, thread as they were before an iteration began
    record Before(int core, int warp, int thread) {}

    /// A launch begins: what was written before it, all see.
    void reset() {
        core = warp = thread = 0;
        stamps = coreBarrier = threadBarrier = warpBarrier = 0;
    }

    Before enter(Binding binding) {
        var before = new Before(core, warp, thread);
        int stamp = ++stamps;
        switch (binding) {
            case CORES, BLOCKS -> {
                core = stamp;
                warp = 0;
                thread = 0;
            }
            case WARPS -> {
                warp = stamp;
                thread = stamp;
            }
            case THREADS -> thread = stamp;
            case SERIAL, UNROLLED -> throw new IllegalArgumentException("not parallel: " + binding);
        }
        return before;
    }

    void leave(Before before) {
        core = before.core;
        warp = before.warp;
        thread = before.thread;
    }

    void barrier(Binding scope) {
        switch (scope) {
            case CORES, BLOCKS -> coreBarrier = stamps;
            case THREADS -> threadBarrier = stamps;
            case WARPS -> warpBarrier = stamps;
            case SERIAL, UNROLLED -> throw new IllegalArgumentException("no barrier: " + scope);
        }
    }

    /// The stamp of a write made now.
    long now() {
        return (long) core << 32 | thread;
    }

    /// True if a write stamped `stamp` is certainly seen now.
    ///
    /// @param ownCore memory of one core or block: what another one wrote there is never seen
    boolean sees(long stamp, boolean ownCore) {
        int byCore = (int) (stamp >>> 32), byThread = (int) stamp;
        if (byCore != 0 && byCore != core) return !ownCore && byCore <= coreBarrier;
        return byThread == 0
                || byThread == thread
                || byThread == warp
                || byThread <= threadBarrier
                || byThread <= warpBarrier && byThread > warp && warp != 0
                || byCore == 0 && byThread <= coreBarrier;
    }
}
