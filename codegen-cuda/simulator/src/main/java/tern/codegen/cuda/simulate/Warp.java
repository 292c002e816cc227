package tern.codegen.cuda.simulate;

import java.util.Arrays;
import tern.codegen.cuda.simulate.Fault.Kind;
import tern.codegen.cuda.simulate.Fault.Trouble;

/// 32 threads in step.
final class Warp {

    enum State { READY, AT_BARRIER, DONE }

    final Block block;
    final int number;
    /// `[slot * 32 + lane]`.
    final long[] registers;
    /// Lanes of each slot that hold a value.
    final int[] known;
    /// What this warp knows of the progress of each warp, itself too; see [SharedMemory].
    final int[] clock;
    /// What any thread of this warp did before this time of its clock happened before what any does now.
    int ordered = 1;
    /// Up to which time of its own the warp has waited for what it had begun.
    int copied;
    final AsyncCopies copies = new AsyncCopies();
    final Products products = new Products();
    private final Code code;
    private final Groups groups;
    private State state = State.READY;
    private boolean yielding;
    /// Threads that have not left.
    int alive;
    /// Whether launches before may still run: this one overlaps them, and the warp has not waited for them.
    boolean early;

    Warp(Block block, int number, int threads) {
        this.block = block;
        this.number = number;
        code = block.grid.code;
        alive = threads == 32 ? -1 : (1 << threads) - 1;
        early = block.grid.chain < block.grid.number;
        groups = new Groups(alive);
        Registers mine = block.grid.registers();
        registers = mine.values();
        known = mine.known();
        clock = new int[block.warpCount];
        clock[number] = 1;
        code.slots().specials().forEach((name, slot) -> {
            Specials.Value value = Specials.of(name);
            for (int lane = 0; lane < 32; lane++) registers[slot * 32 + lane] = value.of(this, lane);
            known[slot] = -1;
        });
    }

    /// The values of all slots of a warp, as [#registers] and [#known] hold them.
    record Registers(long[] values, int[] known) {

        /// Only constants have a value.
        static Registers of(Slots slots) {
            var fresh = new Registers(new long[slots.count() * 32], new int[slots.count()]);
            slots.constants().forEach((bits, slot) -> {
                Arrays.fill(fresh.values, slot * 32, slot * 32 + 32, bits);
                fresh.known[slot] = -1;
            });
            return fresh;
        }

        /// For another warp of the same kernel: constants stay as they are.
        void forget(int registers) {
            Arrays.fill(known, 0, registers, 0);
        }
    }

    /// What a later warp may use, when this one is done.
    Registers registers() {
        return new Registers(registers, known);
    }

    int thread(int lane) {
        return number * 32 + lane;
    }

    State state() {
        return state;
    }

    /// All threads of this warp have met.
    void meet() {
        ordered = ++clock[number];
    }

    /// A barrier lets it go on.
    void release() {
        state = State.READY;
    }

    /// Gives the other warps a turn, as when it has looked in vain for something that they do.
    void giveWay() {
        yielding = true;
    }

    boolean isYielding() {
        return yielding;
    }

    /// Runs until it waits, has left, or `budget` instructions are over.
    ///
    /// @return the instructions that it ran
    int run(int budget) {
        int left = budget;
        yielding = false;
        while (state == State.READY && left > 0 && !yielding) {
            groups.merge();
            if (groups.count() == 0) {
                state = State.DONE;
                break;
            }
            int group = groups.lowest();
            if (group < 0) throw stuck();
            left = run(group, groups.limit(group), left);
        }
        return budget - left;
    }

    /// Runs one group until it meets another, splits or waits.
    private int run(int group, int limit, int budget) {
        Action[] actions = code.actions();
        int lanes = groups.lanes(group);
        int pc = groups.pc(group);
        int left = budget;
        try {
            while (pc < limit && left > 0 && !yielding) {
                left--;
                Action action = actions[pc];
                int executing = action.guard < 0 ? lanes : guard(action, lanes);
                switch (action.flow) {
                    case STRAIGHT -> {
                        if (executing != 0) execute(action, executing);
                        pc++;
                    }
                    case BRANCH -> {
                        int target = ((Branch) action).target;
                        if (executing == lanes) {
                            pc = target;
                            // Backwards, it may come to a group that was below.
                            if (groups.count() > 1) return left;
                        } else if (executing != 0) {
                            ((Branch) action).divides(executing);
                            groups.split(group, executing, target);
                            pc++;
                            return left;
                        } else {
                            pc++;
                        }
                    }
                    case EXIT -> {
                        if (executing != 0) {
                            alive &= ~executing;
                            groups.leave(group, executing);
                            groups.unpark();
                        }
                        pc++;
                        return left;
                    }
                    case TOGETHER -> {
                        if (executing != 0 && executing != lanes) {
                            groups.split(group, lanes & ~executing, pc + 1);
                            return left;
                        }
                        if (executing != 0) {
                            if ((action.members(this, executing) & alive & ~executing) != 0) {
                                groups.park(group);
                                return left;
                            }
                            execute(action, executing);
                        }
                        pc++;
                    }
                    case ALIGNED, BARRIER -> {
                        if (executing != 0) {
                            if (executing != alive)
                                throw new Trouble(Kind.DIVERGED, -1, "executed by threads %08x of the warp's %08x"
                                        .formatted(executing, alive));
                            execute(action, executing);
                        }
                        pc++;
                        if (state == State.AT_BARRIER) return left;
                    }
                }
            }
        } catch (Trouble trouble) {
            throw block.fault(trouble, this, actions[pc].source);
        } finally {
            groups.move(group, pc);
        }
        return left;
    }

    private void execute(Action action, int lanes) {
        for (int slot : action.reads) if ((lanes & ~known[slot]) != 0) throw unknown(slot, lanes);
        if (action.unfences) products.unfence();
        action.run(this, lanes);
        for (int slot : action.writes) known[slot] |= lanes;
    }

    /// Those of `lanes` whose predicate lets them execute.
    private int guard(Action action, int lanes) {
        if ((lanes & ~known[action.guard]) != 0) throw unknown(action.guard, lanes);
        int set = 0;
        int from = action.guard * 32;
        for (int lane = 0; lane < 32; lane++) if (registers[from + lane] != 0) set |= 1 << lane;
        return lanes & (action.negated ? ~set : set);
    }

    Trouble unknown(int slot, int lanes) {
        int lane = Integer.numberOfTrailingZeros(lanes & ~known[slot]);
        if (products.fills(slot))
            return new Trouble(Kind.IN_FLIGHT, -1, "uses " + code.slots().name(slot)
                    + " while an asynchronous product still fills it; a wgmma.wait_group is missing");
        return new Trouble(Kind.UNKNOWN_REGISTER, lane, "uses " + code.slots().name(slot) + ", which has no value");
    }

    void waitAtBarrier() {
        state = State.AT_BARRIER;
    }

    private RuntimeException stuck() {
        int pc = groups.pc(0);
        return block.fault(new Trouble(Kind.DEADLOCK, Integer.numberOfTrailingZeros(groups.lanes(0)),
                "waits for threads of its warp that never come here (%08x are here of %08x)"
                        .formatted(groups.lanes(0), alive)),
                this, code.statement(pc));
    }

    /// The barrier that it has come to.
    Statement barrier() {
        return code.statement(groups.pc(0) - 1);
    }

    /// Where it stands, for a fault that is not of one instruction.
    Statement place() {
        return code.statement(groups.count() == 0 ? 0 : groups.pc(0));
    }
}
