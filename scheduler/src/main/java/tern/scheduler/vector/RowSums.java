package tern.scheduler.vector;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.load;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;

/// The sums of rows, out of the lanes that belong to one row each.
final class RowSums {

    /// Accumulators that are folded one by one in written-out code, at most.
    private static final int WRITTEN_OUT = 16;

    private final Geometry g;
    private final Names names;
    private final Buf sums;
    /// Sums by row of the tile; the lane sums themselves where those are in order.
    private final Buf rowSums;
    private final boolean inOrder;
    private final @Nullable Buf rowOfLane;

    RowSums(Geometry g, Names names, Buf sums) {
        this.g = g;
        this.names = names;
        this.sums = sums;
        inOrder = g.accumulators().areRowsInOrder(g.packing().rows());
        int blocks = g.kernel().weights().size() * g.schedule().rowTiles() * g.tokenBlock();
        rowSums = inOrder
                ? sums
                : Buf.scratch("rowSums", Element.I32, Buf.Scope.CORE, blocks * g.packing().rows(), null);
        rowOfLane = inOrder || isOneRowEach()
                ? null
                : Buf.constant(
                        "rowOfLane",
                        Element.I32,
                        g.accumulators().rows().stream().flatMapToInt(Arrays::stream).toArray());
    }

    /// Constants and scratch besides the lane sums.
    List<Buf> constants() {
        var own = new ArrayList<Buf>();
        if (rowOfLane != null) own.add(rowOfLane);
        if (!inOrder) own.add(rowSums);
        return own;
    }

    /// True if all lanes of an accumulator belong to one row, and there are few accumulators. A lane without a row does no harm
    /// where its activations are 0; where one activation or table serves all lanes, it holds the product with whatever lies there.
    private boolean isOneRowEach() {
        boolean served = g.isTabulated() || g.form().stride() < g.sumLanes();
        return g.accumulators().rows().size() <= WRITTEN_OUT
                && g.accumulators().rows().stream()
                        .allMatch(rows -> Arrays.stream(rows).filter(r -> r >= 0 || served).distinct().count() == 1);
    }

    /// Number of a weight parameter's, row tile's and token's sums.
    private Expr blockIndex(int weight, Var tile, Var inBlock) {
        Expr row = add(i32(weight * g.schedule().rowTiles()), ref(tile));
        return add(multiply(row, i32(g.tokenBlock())), ref(inBlock));
    }

    /// Row sums := lane sums, by row, of all weight parameters.
    List<Loop> fold(Block block, Var tile, Var inBlock) {
        if (inOrder) return List.of();
        return IntStream.range(0, g.kernel().weights().size()).mapToObj(w -> fold(w, block, tile, inBlock)).toList();
    }

    private Loop fold(int weight, Block block, Var tile, Var inBlock) {
        Var to = names.value("to", Type.I32), from = names.value("from", Type.I32);
        int stride = MultiplyLowering.stride(g), rows = g.packing().rows();
        var steps = new ArrayList<Loop>();
        steps.add(new Loop.Let(to, multiply(blockIndex(weight, tile, inBlock), i32(rows))));
        steps.add(new Loop.Let(from, add(block.sums(), multiply(blockIndex(weight, tile, inBlock), i32(stride)))));
        if (rowOfLane == null) foldVectors(from, to, steps);
        else foldLanes(from, to, rowOfLane, stride, steps);
        return Loop.block(steps);
    }

    /// One reduction for each row: the accumulators of a row are added, then their lanes.
    private void foldVectors(Var from, Var to, List<Loop> steps) {
        int lanes = g.sumLanes();
        for (int row = 0; row < g.packing().rows(); row++) {
            Expr sum = null;
            for (int a = 0; a < g.accumulators().rows().size(); a++) {
                final int wanted = row;
                if (Arrays.stream(g.accumulators().rows().get(a)).noneMatch(r -> r == wanted)) continue;
                Expr lane = load(sums, add(ref(from), i32(a * lanes)), lanes);
                sum = sum == null ? lane : Expr.binary(Expr.Binary.Operation.ADD, sum, lane);
            }
            if (sum == null) throw new IllegalStateException("row " + row + " has no accumulator");
            Expr total = lanes == 1 ? sum : new Expr.Reduce(Expr.Binary.Operation.ADD, sum);
            steps.add(new Loop.Store(rowSums, add(ref(to), i32(row)), total, null));
        }
    }

    /// Lane after lane, for lanes that belong to rows in any order.
    private void foldLanes(Var from, Var to, Buf rowOf, int stride, List<Loop> steps) {
        Var row = names.index("row");
        steps.add(Loop.loop(
                row,
                g.packing().rows(),
                Binding.SERIAL,
                new Loop.Store(rowSums, add(ref(to), ref(row)), i32(0), null)));
        Var lane = names.index("lane"), owner = names.value("owner", Type.I32);
        Expr at = add(ref(to), ref(owner));
        Expr sum = Expr.binary(
                Expr.Binary.Operation.ADD, load(rowSums, at, 1), load(sums, add(ref(from), ref(lane)), 1));
        steps.add(Loop.loop(
                lane,
                stride,
                Binding.SERIAL,
                Loop.block(
                        new Loop.Let(owner, load(rowOf, ref(lane), 1)),
                        new Loop.If(
                                new Expr.Compare(Expr.Compare.Relation.GE, ref(owner), i32(0)),
                                new Loop.Store(rowSums, at, sum, null)))));
    }

    /// The sums of `lanes` rows from `rowInTile` on, i32, of what was folded last.
    Expr of(int weight, Block block, Var tile, Var inBlock, Expr rowInTile, int lanes) {
        int stride = inOrder ? MultiplyLowering.stride(g) : g.packing().rows();
        Expr from = add(multiply(blockIndex(weight, tile, inBlock), i32(stride)), rowInTile);
        return load(rowSums, inOrder ? add(block.sums(), from) : from, lanes);
    }

    /// Where a chain of a row lies: as many for each block as there are lane sums.
    Expr chainAt(int weight, Block block, Var tile, Var inBlock, Expr rowInTile) {
        return add(block.sums(), add(multiply(blockIndex(weight, tile, inBlock), i32(MultiplyLowering.stride(g))), rowInTile));
    }
}
