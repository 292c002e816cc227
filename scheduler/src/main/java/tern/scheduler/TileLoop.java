package tern.scheduler;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;

import java.util.List;
import tern.ir.Packing;
import tern.ir.Packing.Order;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;

/// The innermost part of a multiply kernel: `sums += tiles x prepared activations`.
sealed interface TileLoop permits TileBody, RolledTileBody {

    /// Constants that the loop reads.
    List<Buf> constants();

    /// `tiles` k tiles from `kTile` on.
    Loop run(Block block, Expr kTile, Expr tiles);

    /// First word of a tile in the packed weights.
    static Expr tileWord(Geometry g, Expr rowTile, Expr kTile) {
        return tileWord(g.packing(), g.rowTiles(), g.columnTiles(), rowTile, kTile);
    }

    /// First word of a tile in the packed weights, of which there are `rowTiles` by `columnTiles`.
    static Expr tileWord(Packing packing, int rowTiles, int columnTiles, Expr rowTile, Expr kTile) {
        Expr index = packing.order() == Order.K_INNERMOST
                ? add(multiply(rowTile, i32(columnTiles)), kTile)
                : add(multiply(kTile, i32(rowTiles)), rowTile);
        return multiply(index, i32(packing.words()));
    }
}
