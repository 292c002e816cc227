package tern.scheduler.vector;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import tern.ir.loop.Expr;
import tern.ir.loop.Var;

/// The row tiles that one iteration works on: `first + r * apart`, r from 0 to `size` - 1.
///
/// Where the k tiles of a row tile follow each other in memory, the row tiles of a block lie far apart: each is then a stream that goes
/// on, without a jump, where the block before left it, and the processor's prefetchers see `size` of them. Both numbers are
/// variables so that loops over matrices with other rows are the same code.
record RowTiles(Var first, Var apart, int size) {

    Expr tile(int r) {
        return r == 0 ? ref(first) : add(ref(first), multiply(ref(apart), i32(r)));
    }

    Expr tile(Expr r) {
        return add(ref(first), multiply(ref(apart), r));
    }
}
