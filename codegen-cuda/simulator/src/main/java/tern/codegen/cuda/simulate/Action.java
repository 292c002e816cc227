package tern.codegen.cuda.simulate;

/// One instruction, decoded: what it does to the lanes of a warp.
abstract class Action {

    private static final int[] NONE = {};

    /// How a warp goes on.
    enum Flow {
        /// To the next one.
        STRAIGHT,
        /// To [Branch#target], those lanes that execute it.
        BRANCH,
        /// Nowhere.
        EXIT,
        /// To the next one when all of [#members] have come here.
        TOGETHER,
        /// To the next one; a warp that has diverged must not execute it.
        ALIGNED,
        /// To the next one when the block lets it.
        BARRIER
    }

    final Statement source;
    final Flow flow;
    /// Slot of the predicate before it, or -1.
    final int guard;
    final boolean negated;
    /// Slots that must have a value in every lane that executes it.
    int[] reads = NONE;
    /// Slots that have a value afterwards.
    int[] writes = NONE;

    /// Whether it writes a register of a wgmma otherwise than as one.
    boolean unfences;

    Action(Statement source, Flow flow) {
        this.source = source;
        this.flow = flow;
        guard = source.guard().map(Operand.Register::slot).orElse(-1);
        negated = source.negated();
    }

    Action(Statement source) {
        this(source, Flow.STRAIGHT);
    }

    final Action reading(int... slots) {
        reads = slots;
        return this;
    }

    final Action writing(int... slots) {
        writes = slots;
        return this;
    }

    /// @param lanes that execute it, at least one
    abstract void run(Warp warp, int lanes);

    /// Lanes that must be here before it runs, for [Flow#TOGETHER].
    int members(Warp warp, int lanes) {
        return lanes;
    }
}
