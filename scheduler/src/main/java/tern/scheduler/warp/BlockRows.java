package tern.scheduler.warp;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.List;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.program.Names;

/// The rows of a block in their order: those of its tiles, or, where rows are spread, one row of all of its tiles after the other.
///
public record BlockRows(WarpGeometry g) {

    /// Which number a row of a tile has.
    public interface RowNumber {
        int of(int packedTile, int row);
    }

    /// Where products hold a row's sums: the pair of the block, the row of its 16.
    public record Sum(int pairOfBlock, int row) {}

    /// Up to 32 neighbouring rows.
    ///
    /// @param first row of the matrix
    /// @param end   past the last one
    public record Run(Var first, Var end) {}

    /// Neighbouring rows: all of the block, or one of each tile.
    private int segmentRows() {
        int tiles = g.rowTilesOfBlock() / g.bands().count();
        return g.packing().spread() ? tiles : tiles * g.packing().rows();
    }

    private int runsOfSegment() {
        return Math.ceilDiv(segmentRows(), 32);
    }

    /// Of a block.
    public int runs() {
        return (g.packing().spread() ? g.packing().rows() : 1) * runsOfSegment();
    }

    /// A number for each row of each run; rows that are none repeat the last one.
    public int[] inOrder(RowNumber place) {
        int[] found = new int[runs() * 32];
        for (int i = 0; i < found.length; i++) {
            int run = i / 32, segment = run / runsOfSegment();
            int inSegment = Math.min(run % runsOfSegment() * 32 + i % 32, segmentRows() - 1);
            found[i] = g.packing().spread()
                    ? place.of(inSegment, segment)
                    : place.of(inSegment / g.packing().rows(), inSegment % g.packing().rows());
        }
        return found;
    }

    /// Where warps have products of matrices, see [Expr.Mma].
    public Sum product(int packedTile, int row) {
        int band = g.bands().of(g.view(), row), tile = packedTile * g.bands().count() + band;
        int rowLane = tile % g.rowLanes(), rowTile = tile / g.rowLanes();
        int rowWarp = rowTile / g.schedule().rowTiles(), r = rowTile % g.schedule().rowTiles();
        int[] rows = g.view().rows()[g.bands().members()[band][0]];
        List<WarpGeometry.Pair> pairs = g.pairs();
        for (int p = 0; p < pairs.size(); p++) {
            WarpGeometry.Pair pair = pairs.get(p);
            int pairOfBlock = rowWarp * pairs.size() + p;
            if (pair.rowTile() == r && rows[pair.slot()] == row) return new Sum(pairOfBlock, rowLane);
            if (pair.otherRowTile() == r && rows[pair.otherSlot()] == row) return new Sum(pairOfBlock, rowLane + 8);
        }
        throw new InapplicableException("row " + row + " of a tile lies in no chunk");
    }

    /// Where a run of a block lies in the matrix.
    public Run run(Names names, List<Loop> steps, Expr block, Expr run) {
        Var first = names.value("row", Type.I32), end = names.value("end", Type.I32), from = names.value("from", Type.I32);
        Expr segment = WarpMultiply.divide(run, runsOfSegment());
        Expr start = multiply(block, i32(segmentRows()));
        if (g.packing().spread()) start = add(start, multiply(segment, i32(g.packedTiles())));
        steps.add(new Loop.Let(from, start));
        steps.add(new Loop.Let(first, add(ref(from), multiply(WarpMultiply.remainder(run, runsOfSegment()), i32(32)))));
        Expr last = Expr.binary(Operation.MIN, add(ref(from), i32(segmentRows())), i32(g.m()));
        if (g.packing().spread())
            last = Expr.binary(Operation.MIN, last, multiply(add(segment, i32(1)), i32(g.packedTiles())));
        steps.add(new Loop.Let(end, last));
        return new Run(first, end);
    }
}
