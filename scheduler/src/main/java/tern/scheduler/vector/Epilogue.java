package tern.scheduler.vector;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.load;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;
import tern.scheduler.program.RowFormula;

/// From lane sums to results: folds the lanes that belong to one row, then applies the kernel's formula to vectors of rows.
final class Epilogue {

    /// Rows of one vector of results, at most.
    private static final int ROWS = 16;

    /// Accumulators that are folded one by one in written-out code, at most.
    private static final int WRITTEN_OUT = 16;

    private final Geometry g;
    private final Names names;
    private final Var n;
    private final List<Buf> parameters;
    private final Buf result;
    private final Buf sums;
    /// Sums by row of the tile; the lane sums themselves where those are in order.
    private final Buf rowSums;
    private final boolean inOrder;
    private final @Nullable Buf rowOfLane;

    Epilogue(Geometry g, Names names, Var n, List<Buf> parameters, Buf result, Buf sums) {
        this.g = g;
        this.names = names;
        this.n = n;
        this.parameters = parameters;
        this.result = result;
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

    /// Constants and scratch beside the lane sums.
    List<Buf> constants() {
        var own = new ArrayList<Buf>();
        if (rowOfLane != null) own.add(rowOfLane);
        if (!inOrder) own.add(rowSums);
        return own;
    }

    /// Results of a block.
    Loop results(Block block) {
        RowTiles rowTiles = block.rowTiles();
        Var tile = names.index("r"), inBlock = names.index("t"), token = names.value("token", Type.I32);
        var steps = new ArrayList<Loop>();
        if (!inOrder)
            for (int w = 0; w < g.kernel().weights().size(); w++) steps.add(fold(w, block, tile, inBlock));
        steps.add(rows(block, tile, inBlock, token));
        Loop body = Loop.block(
                new Loop.Let(token, add(multiply(block.tokens(), i32(g.tokenBlock())), ref(inBlock))),
                new Loop.If(
                        new Expr.Compare(Expr.Compare.Relation.LT, ref(token), ref(n)),
                        Loop.block(steps)));
        return Loop.loop(
                tile, rowTiles.size(), Binding.SERIAL, Loop.loop(inBlock, g.tokenBlock(), Binding.SERIAL, body));
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

    /// rowSums := lane sums, by row.
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

    /// The formula for all rows of a tile.
    private Loop rows(Block block, Var tile, Var inBlock, Var token) {
        int rows = g.packing().rows();
        int lanes = g.packing().spread() ? 1 : Math.min(ROWS, Integer.lowestOneBit(rows));
        Var chunk = names.index("chunk"), row = names.value("row", Type.I32);
        Expr inTile = multiply(ref(chunk), i32(lanes));
        Expr tileIndex = block.rowTiles().tile(ref(tile));
        Expr first = g.packing().spread()
                ? add(tileIndex, multiply(inTile, i32(g.rowTiles())))
                : add(multiply(tileIndex, i32(rows)), inTile);
        var evaluation = new RowFormula(g.kernel(), g.m(), names, parameters, lanes,
                weight -> sum(weight, block, tile, inBlock, inTile, lanes), dims -> limit(dims, token, lanes));
        Loop store = evaluation.store(result, ref(token), ref(row));
        boolean exact = g.m() == g.rowTiles() * rows;
        if (lanes == 1 && !exact)
            store = new Loop.If(new Expr.Compare(Expr.Compare.Relation.LT, ref(row), i32(g.m())), store);
        return Loop.loop(
                chunk, rows / lanes, Binding.SERIAL, Loop.block(new Loop.Let(row, first), store));
    }

    private Expr sum(int weight, Block block, Var tile, Var inBlock, Expr rowInTile, int lanes) {
        int stride = inOrder ? MultiplyLowering.stride(g) : g.packing().rows();
        Expr from = add(multiply(blockIndex(weight, tile, inBlock), i32(stride)), rowInTile);
        return load(rowSums, inOrder ? add(block.sums(), from) : from, lanes);
    }

    /// First element behind the rows of this token, null where no vector reaches it.
    private @Nullable Expr limit(List<String> dims, Var token, int lanes) {
        if (lanes == 1 || g.m() % g.packing().rows() == 0) return null;
        return dims.contains("n") ? add(multiply(ref(token), i32(g.m())), i32(g.m())) : i32(g.m());
    }
}
