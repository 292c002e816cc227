package tern.scheduler.warp;

import java.util.List;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;

/// What differs between the units of a multiprocessor that multiply.
public interface WarpUnit {

    /// How accumulators become results.
    Sums sums(WarpGeometry g, Names names, Var n, List<Buf> parameters, Buf prepared, Buf result);

    /// How the warps of a block go through k.
    ///
    /// @param memory shared, free until the sums are folded
    Steps steps(WarpGeometry g, Names names, WarpStep step, Buf prepared, Buf memory);

    /// All steps of a warp.
    interface Steps {

        /// Scratch.
        List<Buf> buffers();

        /// @param part   of k
        /// @param tokens number of the block's tokens
        void run(List<Loop> into, WarpStep.Registers place, Expr part, Expr warp, Expr tokens);
    }
}
