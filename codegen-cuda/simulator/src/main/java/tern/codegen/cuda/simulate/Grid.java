package tern.codegen.cuda.simulate;

import static java.util.Locale.ROOT;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import tern.codegen.cuda.Gpu.Extent;
import tern.codegen.cuda.simulate.Fault.Kind;
import tern.codegen.cuda.simulate.Fault.Trouble;

/// One launch. Blocks run one after the other; only where those that run write nothing for a while, as if they waited for others,
/// the next one runs along with them, as many as the card holds.
final class Grid {

    /// Instructions of a block's warps before the others have their turn.
    private static final long TURN = 100_000;

    final Code code;
    final GlobalMemory memory;
    final Extent blocks;
    final Extent block;
    final int dynamicShared;
    final Region parameters;
    /// Of this launch, from 1.
    final long number;
    /// Of the first launch that may overlap this one: this one, unless it overlaps those before.
    final long chain;
    private final int resident;
    private final long limit;
    /// Of blocks that have ended, for those to come.
    private final Deque<SharedMemory> free = new ArrayDeque<>();
    private final Deque<Warp.Registers> freeRegisters = new ArrayDeque<>();
    private long instructions;

    /// @param number   of this launch, from 1
    /// @param chain    of the first launch that may overlap it
    /// @param resident blocks that run at the same time
    /// @param limit    instructions of all warps
    Grid(Code code, GlobalMemory memory, Extent blocks, Extent block, int dynamicShared, Region parameters,
            long number, long chain, int resident, long limit) {
        this.code = code;
        this.memory = memory;
        this.blocks = blocks;
        this.block = block;
        this.dynamicShared = dynamicShared;
        this.parameters = parameters;
        this.number = number;
        this.chain = chain;
        this.resident = resident;
        this.limit = limit;
    }

    /// For a warp.
    Warp.Registers registers() {
        Warp.Registers used = freeRegisters.poll();
        if (used == null) return Warp.Registers.of(code.slots());
        used.forget(code.slots().registers());
        return used;
    }

    int sharedBytes() {
        return code.sharedBytes() + dynamicShared;
    }

    /// @return instructions that warps executed
    long run() {
        List<Block> running = new ArrayList<>();
        long next = 0;
        long count = blocks.count();
        boolean waiting = true;
        while (next < count || !running.isEmpty()) {
            if (waiting && next < count && running.size() < resident) running.add(begin(next++));
            waiting = true;
            for (Block each : running) waiting &= turn(each);
            waiting |= running.removeIf(this::ended);
        }
        return instructions;
    }

    private Block begin(long number) {
        SharedMemory shared = free.poll();
        if (shared == null) shared = new SharedMemory(sharedBytes(), (int) (block.count() + 31) / 32);
        else shared.clear();
        return new Block(this, number, shared);
    }

    /// @return whether it wrote nothing in its turn, as one that waits for another block
    private boolean turn(Block each) {
        long wrote = each.writes;
        instructions += each.run(TURN);
        if (instructions > limit)
            throw each.fault(new Trouble(Kind.ENDLESS, -1, String.format(ROOT, "is still running after %d instructions", instructions)),
                    each.warps[0], each.warps[0].place());
        return wrote == each.writes;
    }

    private boolean ended(Block each) {
        if (!each.isDone()) return false;
        each.requireAwaited();
        free.add(each.shared);
        for (Warp warp : each.warps) freeRegisters.add(warp.registers());
        return true;
    }
}
