package tern.scheduler.warp;

import java.util.List;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;

/// How the accumulators of a block's warps become results.
public interface Sums {

    /// Constants and scratch.
    List<Buf> buffers();

    /// Shared memory, free until [#fold].
    Buf memory();

    /// Before the barrier: leaves a warp's accumulators in shared memory.
    ///
    /// @param part    of k
    /// @param rowWarp number of the warp among those with rows of their own
    void fold(List<Loop> steps, WarpStep.Registers place, Expr part, Expr rowWarp);

    /// After the barrier: what one warp does.
    Loop finish(Expr block, Expr firstToken, Expr warp);
}
