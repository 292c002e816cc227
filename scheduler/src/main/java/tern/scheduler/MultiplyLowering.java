package tern.scheduler;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.List;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// The kernel that multiplies prepared activations with packed weights and applies the formula.
///
///     for block of row tiles on cores
///       for block of tokens
///         sums := 0
///         for block of k tiles: sums += what a TileLoop finds
///         for each row and token: result := formula of the sums
final class MultiplyLowering {

    private final Geometry g;
    private final Names names = new Names();
    private final Var n = Var.value("n", Type.I32);
    private final Buf prepared;
    private final List<Buf> weights = new ArrayList<>();
    private final List<Buf> parameters = new ArrayList<>();
    private final Buf result;
    private final Buf sums;
    private final TileLoop tileLoop;
    private final Epilogue epilogue;

    private MultiplyLowering(Geometry g) {
        this.g = g;
        Interval values = g.isTabulated() ? g.term() : Geometry.ACTIVATION;
        prepared = Buf.in("prepared", g.form().element(), i32(g.preparedElements()), values);
        for (KernelDef.Param param : g.kernel().params()) parameters.add(parameter(param));
        KernelDef.Param y = g.kernel().result();
        result = Buf.out(y.name(), element(y.kind()), extent(y));
        int count = weights.size() * g.schedule().rowTiles() * g.tokenBlock() * stride(g);
        sums = Buf.scratch("sums", Element.I32, Buf.Scope.CORE, count, null);
        tileLoop = g.schedule().rolled()
                ? new RolledTileBody(g, names, prepared, weights, sums)
                : new TileBody(g, names, prepared, weights, sums);
        epilogue = new Epilogue(g, names, n, parameters, result, sums);
    }

    static Program lower(Geometry geometry) {
        return new MultiplyLowering(geometry).program();
    }

    /// Elements that the accumulators of one row tile and one token take in the `sums` scratch.
    static int stride(Geometry g) {
        return g.accumulators().rows().size() * g.cover().lanes();
    }

    /// First element in the `sums` scratch for a weight parameter, row tile and token of the block.
    static int sumsAt(Geometry g, int weight, int rowTile, int token) {
        return ((weight * g.schedule().rowTiles() + rowTile) * g.tokenBlock() + token) * stride(g);
    }

    private Program program() {
        int block = g.schedule().rowTiles(), tiles = g.rowTiles();
        var loops = new ArrayList<Loop>();
        if (tiles / block > 0) loops.add(rowBlocks(0, tiles / block, block));
        if (tiles % block > 0) loops.add(rowBlocks(tiles - tiles % block, tiles % block, 1));
        var buffers = new ArrayList<>(parameters);
        buffers.add(result);
        buffers.addAll(tileLoop.constants());
        buffers.addAll(epilogue.constants());
        buffers.add(sums);
        return new Program(
                KernelName.of(g),
                g.kernel().source(),
                List.of(new Program.Scalar(n, Interval.of(1, g.maxTokens()))),
                buffers,
                new Loop.At(g.kernel().line(), Loop.block(loops)));
    }

    /// `blocks` blocks of `size` row tiles each, from row tile `from` on: neighbours, or as far apart as they can be, see [RowTiles].
    private Loop rowBlocks(int from, int blocks, int size) {
        Var block = names.index("block");
        boolean neighbours = g.packing().order() == Packing.Order.ROWS_INNERMOST;
        var rowTiles = new RowTiles(names.value("rowTile", Type.I32), names.value("apart", Type.I32), size);
        Loop tokens;
        if (g.maxTokens() == 1) {
            tokens = tokenBlock(rowTiles, i32(0));
        } else {
            Var tokenBlock = names.index("tokens");
            Expr blockCount = Expr.binary(
                    Expr.Binary.Operation.DIVIDE, add(ref(n), i32(g.tokenBlock() - 1)), i32(g.tokenBlock()));
            tokens = Loop.loop(
                    tokenBlock, i32(0), blockCount, 1, Binding.SERIAL, tokenBlock(rowTiles, ref(tokenBlock)));
        }
        Loop body = Loop.block(
                new Loop.Let(rowTiles.first(), add(i32(from), multiply(ref(block), i32(neighbours ? size : 1)))),
                new Loop.Let(rowTiles.apart(), i32(neighbours ? 1 : blocks)),
                tokens);
        return Loop.loop(block, blocks, Binding.CORES, body);
    }

    /// All of k for some row tiles and a block of tokens, then the formula.
    private Loop tokenBlock(RowTiles rowTiles, Expr tokenBlock) {
        var steps = new ArrayList<Loop>();
        steps.add(clearSums(rowTiles.size()));
        int perBlock = g.kTiles();
        Var kBlock = names.index("kBlock");
        steps.add(Loop.loop(
                kBlock, Math.ceilDiv(g.columnTiles(), perBlock), Binding.SERIAL, kTiles(rowTiles, tokenBlock, kBlock, perBlock)));
        steps.add(epilogue.block(rowTiles, tokenBlock));
        return Loop.block(steps);
    }

    /// The k tiles between two widenings; the last block may be shorter, and is the same code.
    private Loop kTiles(RowTiles rowTiles, Expr tokenBlock, Var kBlock, int perBlock) {
        Expr first = multiply(ref(kBlock), i32(perBlock));
        if (g.columnTiles() % perBlock == 0) return tileLoop.block(rowTiles, tokenBlock, first, i32(perBlock));
        Expr count = Expr.binary(Expr.Binary.Operation.MIN, i32(perBlock), Expr.subtract(i32(g.columnTiles()), first));
        return tileLoop.block(rowTiles, tokenBlock, first, count);
    }

    private Loop clearSums(int size) {
        int lanes = Math.min(g.cover().lanes(), 16);
        var parts = new ArrayList<Loop>();
        for (int w = 0; w < weights.size(); w++) {
            Var i = names.index("clear");
            Expr at = add(i32(sumsAt(g, w, 0, 0)), multiply(ref(i), i32(lanes)));
            Loop store = new Loop.Store(sums, at, Expr.zero(new Type(Element.I32, lanes)), null);
            parts.add(Loop.loop(i, size * g.tokenBlock() * stride(g) / lanes, Binding.SERIAL, store));
        }
        return Loop.block(parts);
    }

    private Buf parameter(KernelDef.Param param) {
        return switch (param.kind()) {
            case I8 -> prepared;
            case WEIGHT -> {
                Buf weight = Buf.in(param.name(), word(g.packing()), i32(g.weightWords()), null);
                weights.add(weight);
                yield weight;
            }
            case I32, F32 -> Buf.in(param.name(), element(param.kind()), extent(param), null);
        };
    }

    /// Packed words are bits: unsigned.
    private static Element word(Packing packing) {
        return switch (packing.word().bits()) {
            case 8 -> Element.U8;
            case 16 -> Element.U16;
            case 32 -> Element.U32;
            default -> Element.U64;
        };
    }

    private static Element element(KernelDef.Kind kind) {
        return kind == KernelDef.Kind.I32 ? Element.I32 : Element.F32;
    }

    private Expr extent(KernelDef.Param param) {
        Expr extent = i32(1);
        for (String dim : param.dims()) extent = multiply(extent, dim.equals("n") ? ref(n) : i32(dim.equals("m") ? g.m() : g.k()));
        return extent;
    }
}
