package tern.scheduler.vector;

import java.util.List;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;

/// The innermost part of a multiply kernel: `sums += tiles x prepared activations`.
sealed interface TileLoop permits TileBody, RolledTileBody {

    /// Constants that the loop reads.
    List<Buf> constants();

    /// `tiles` k tiles from `kTile` on.
    Loop run(Block block, Expr kTile, Expr tiles);
}
