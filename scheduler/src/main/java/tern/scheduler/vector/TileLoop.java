package tern.scheduler.vector;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Var;

/// The innermost part of a multiply kernel: `sums += tiles x prepared activations`.
sealed interface TileLoop permits TileBody, RolledTileBody {

    /// Constants that the loop reads.
    List<Buf> constants();

    /// `tiles` k tiles from `kTile` on.
    ///
    /// @param outflow null: the sums are added to those in memory; never given to a loop whose sums lie there
    Loop run(Block block, Expr kTile, Expr tiles, @Nullable Outflow outflow);

    /// Where the sums in registers go.
    interface Outflow {
        /// @param accumulators of a weight parameter and a row tile of the block, by the token of the block and their number
        Loop of(int weight, int rowTile, Var[][] accumulators);
    }
}
