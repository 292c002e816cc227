package tern.scheduler.warp;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;
import static tern.scheduler.warp.WarpMultiply.all;
import static tern.scheduler.warp.WarpMultiply.min;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.Packing.Order;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;

/// The chunks of weights that the lanes of a warp take: where they lie, and their loads.
final class WarpWeights {

    private final WarpGeometry g;
    private final Names names;
    private final List<Buf> weights;
    private final Buf bands;

    WarpWeights(WarpGeometry g, Names names, List<Buf> weights) {
        this.g = g;
        this.names = names;
        this.weights = weights;
        bands = bands();
    }

    /// For each lane, the word in the period of the chunk that it takes. Row tiles are dealt out by eights, so that a lane always has the
    /// same band.
    private Buf bands() {
        int lanes = g.schedule().lanes();
        int[][] members = g.bands().members();
        return Buf.constant("band", Element.I32, IntStream.range(0, 32)
                .map(lane -> members[lane / lanes % members.length][lane % lanes % g.bands().each()] * g.view().words())
                .toArray());
    }

    private boolean isBanded() {
        return g.bands().count() > 1;
    }

    List<Buf> constants() {
        return isBanded() ? List.of(bands) : List.of();
    }

    /// For each row tile of a lane, its first word.
    ///
    /// @param rowGroup number of the warp along the rows
    /// @param rowLane  number of the lane along the rows
    List<Var> rows(List<Loop> steps, Expr rowGroup, Expr rowLane) {
        Var tile = let(steps, "tile", add(all(multiply(rowGroup, i32(g.schedule().rowTiles() * g.rowLanes()))), rowLane));
        var rowWords = new ArrayList<Var>();
        long apart = g.packing().order() == Order.K_INNERMOST ? (long) g.columnTiles() * g.packing().tileBytes() / 4 : g.tileWords();
        for (int r = 0; r < g.schedule().rowTiles(); r++) {
            Expr own = add(ref(tile), all(r * g.rowLanes()));
            Expr packed = Expr.shiftRight(own, Integer.numberOfTrailingZeros(g.bands().count()));
            Expr first = multiply(min(packed, g.packedTiles() - 1), all(Math.toIntExact(apart)));
            rowWords.add(let(steps, "rowWord", isBanded() ? add(first, Expr.load(bands, i32(0), 32)) : first));
        }
        return rowWords;
    }

    /// The chunks of a step, `[weight][row tile]`.
    ///
    /// @param rowWords of [#rows]
    /// @param kLane    number of the lane along k
    Var[][] load(List<Loop> steps, List<Var> rowWords, Var kLane, Expr step) {
        Var at = let(steps, "chunk", chunkWord(kLane, step));
        Var[][] chunks = new Var[weights.size()][rowWords.size()];
        for (int w = 0; w < chunks.length; w++)
            for (int r = 0; r < chunks[w].length; r++)
                chunks[w][r] = let(steps, "words", new Expr.Gather(
                        new Type(Element.U32, 32 * g.view().words()), weights.get(w), add(ref(rowWords.get(r)), ref(at))));
        return chunks;
    }

    /// Variables that hold the chunks of one step and then those of the next.
    Var[][] kept(List<Loop> steps, Var[][] chunks) {
        Var[][] kept = new Var[chunks.length][];
        for (int w = 0; w < kept.length; w++) {
            kept[w] = new Var[chunks[w].length];
            for (int r = 0; r < kept[w].length; r++) {
                kept[w][r] = names.mutable("kept", chunks[w][r].type());
                steps.add(new Loop.Let(kept[w][r], ref(chunks[w][r])));
            }
        }
        return kept;
    }

    /// What [#kept] variables hold, under names that stay.
    Var[][] taken(List<Loop> steps, Var[][] kept) {
        Var[][] taken = new Var[kept.length][];
        for (int w = 0; w < kept.length; w++) {
            taken[w] = new Var[kept[w].length];
            for (int r = 0; r < kept[w].length; r++) taken[w][r] = let(steps, "words", ref(kept[w][r]));
        }
        return taken;
    }

    /// Puts chunks in the place of those before.
    void keep(List<Loop> steps, Var[][] kept, Var[][] chunks) {
        for (int w = 0; w < kept.length; w++)
            for (int r = 0; r < kept[w].length; r++) steps.add(new Loop.Set(kept[w][r], ref(chunks[w][r])));
    }

    /// The word of a step's chunk, counted from the row tile's first. Lanes beyond the last chunk read it again; their activations are 0.
    private Expr chunkWord(Var kLane, Expr step) {
        if (isBanded()) return periodWord(kLane, step);
        int lanes = g.schedule().lanes(), classes = g.view().classes(), words = g.view().words();
        boolean whole = g.chunks() % lanes == 0;
        if (g.packing().order() == Order.K_INNERMOST) {
            Expr chunk = add(ref(kLane), all(multiply(step, i32(lanes))));
            return multiply(whole ? chunk : min(chunk, g.chunks() - 1), all(words));
        }
        int log = Integer.numberOfTrailingZeros(classes);
        Expr tile = add(Expr.shiftRight(ref(kLane), log), all(multiply(step, i32(lanes / classes))));
        Expr inTile = Expr.mask(ref(kLane), classes - 1);
        Expr first = multiply(whole ? tile : min(tile, g.columnTiles() - 1), all(g.packedTiles() * g.tileWords()));
        return classes == 1 ? first : add(first, multiply(inTile, all(words)));
    }

    /// The first word of the period of a step; which chunk of it, the lane knows.
    private Expr periodWord(Var kLane, Expr step) {
        int each = g.bands().each(), perStep = g.schedule().lanes() / each, periods = g.columnTiles() / g.view().tiles();
        Expr period = add(Expr.shiftRight(ref(kLane), Integer.numberOfTrailingZeros(each)), all(multiply(step, i32(perStep))));
        int words = g.tileWords() * (g.packing().order() == Order.K_INNERMOST ? g.view().tiles() : g.packedTiles());
        return multiply(periods % perStep == 0 ? period : min(period, periods - 1), all(words));
    }

    private Var let(List<Loop> steps, String stem, Expr value) {
        Var var = names.value(stem, value.type());
        steps.add(new Loop.Let(var, value));
        return var;
    }
}
