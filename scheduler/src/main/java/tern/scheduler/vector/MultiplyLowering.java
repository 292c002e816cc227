package tern.scheduler.vector;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
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
import tern.scheduler.program.Names;
import tern.scheduler.program.Parameters;

/// The kernel that multiplies prepared activations with packed weights and applies the formula.
///
///     for cache block on cores
///       sums := 0
///       for block of k tiles
///         where blocks of tokens share digits, for block of row tiles in cache block: decode
///         for block of tokens
///           for block of row tiles in cache block: sums += what a TileLoop finds
///       for block of tokens, block of row tiles in cache block: result := formula of the sums
///
/// A kernel with groups does all but the last for each group, and adds the sums to the chains of their rows.
///
/// With k outermost, the prepared activations of a block of k tiles are read from memory once for a cache block, not once for each block of
/// row tiles: they stay in the nearest cache while the rows pass by.
public final class MultiplyLowering {

    private final Geometry g;
    private final Names names = new Names();
    private final Var n = Program.N;
    private final Buf prepared;
    private final List<Buf> weights = new ArrayList<>();
    private final List<Buf> parameters = new ArrayList<>();
    private final Buf result;
    private final Buf sums;
    /// Null where each block of tokens decodes for itself.
    private final @Nullable DigitPanel panel;
    private final TileLoop tileLoop;
    private final SumOffset sumOffset;
    private final Epilogue epilogue;
    /// Blocks of tokens in a launch.
    private final Var tokenBlocks = names.value("tokenBlocks", Type.I32);

    private MultiplyLowering(Geometry g) {
        this.g = g;
        Interval values = switch (g.form()) {
            case ActivationForm.Tables _ -> g.term();
            case ActivationForm.Ordered _ -> Parameters.ACTIVATION;
            case ActivationForm.Fours _ -> null;
        };
        prepared = Buf.in("prepared", g.form().element(), i32(g.preparedElements()), values);
        for (KernelDef.Param param : g.kernel().params()) {
            Buf buffer = Parameters.of(param, n, g.problem(), g.packing(), prepared);
            parameters.add(buffer);
            if (param.kind() == KernelDef.Kind.WEIGHT) weights.add(buffer);
        }
        result = Parameters.result(n, g.problem());
        int count = g.schedule().cacheBlock() * g.tokenBlocks() * blockSums(g);
        sums = Buf.scratch("sums", Element.I32, Buf.Scope.CORE, count, null);
        ByteDigits digits = g.isByteProduct() ? new ByteDigits(g, names, weights) : null;
        panel = digits != null && g.sharesDigits() ? new DigitPanel(g, names, weights, digits) : null;
        tileLoop = g.schedule().rolled()
                ? new RolledTileBody(g, names, prepared, weights, sums)
                : new TileBody(g, names, prepared, weights, sums, digits, panel);
        sumOffset = new SumOffset(g, names, prepared, sums);
        epilogue = new Epilogue(g, names, n, parameters, result, sums, count);
    }

    public static Program lower(Geometry geometry) {
        return new MultiplyLowering(geometry).program();
    }

    /// Elements that the accumulators of one row tile and one token take in the `sums` scratch.
    static int stride(Geometry g) {
        return g.accumulators().rows().size() * g.sumLanes();
    }

    /// Elements that a block of row tiles and tokens takes in the `sums` scratch.
    private static int blockSums(Geometry g) {
        return g.kernel().weights().size() * g.schedule().rowTiles() * g.tokenBlock() * stride(g);
    }

    /// Where the sums of a weight parameter, row tile and token are among those of its block.
    static int sumsAt(Geometry g, int weight, int rowTile, int token) {
        return ((weight * g.schedule().rowTiles() + rowTile) * g.tokenBlock() + token) * stride(g);
    }

    private Program program() {
        int size = g.schedule().rowTiles(), cacheBlock = g.schedule().cacheBlock(), tiles = g.rowTiles();
        int blocks = tiles / size, inCacheBlocks = blocks - blocks % cacheBlock;
        var loops = new ArrayList<Loop>();
        if (inCacheBlocks > 0) loops.add(cacheBlocks(0, inCacheBlocks, cacheBlock, size));
        if (blocks > inCacheBlocks) loops.add(cacheBlocks(inCacheBlocks * size, blocks - inCacheBlocks, 1, size));
        if (tiles % size > 0) loops.add(cacheBlocks(blocks * size, tiles % size, 1, 1));
        var buffers = new ArrayList<>(parameters);
        buffers.add(result);
        buffers.addAll(tileLoop.constants());
        buffers.addAll(sumOffset.constants());
        buffers.addAll(epilogue.constants());
        buffers.add(sums);
        if (panel != null) buffers.add(panel.buffer());
        Expr blocksOfTokens = g.maxTokens() == 1
                ? i32(1)
                : Expr.binary(Expr.Binary.Operation.DIVIDE, add(ref(n), i32(g.tokenBlock() - 1)), i32(g.tokenBlock()));
        loops.addFirst(new Loop.Let(tokenBlocks, blocksOfTokens));
        return new Program(
                g.name(),
                g.kernel().source(),
                List.of(new Program.Scalar(n, Interval.of(1, g.maxTokens()))),
                buffers,
                new Loop.At(g.kernel().line(), Loop.block(loops)));
    }

    /// `blocks` blocks of `size` row tiles each, from row tile `from` on.
    ///
    /// @param count blocks of a cache block; divides `blocks`
    private Loop cacheBlocks(int from, int blocks, int count, int size) {
        Var index = names.index("cacheBlock");
        var cacheBlock = new CacheBlock(ref(index), from, count, size, names.value("apart", Type.I32));
        var steps = new ArrayList<Loop>();
        steps.add(new Loop.Let(cacheBlock.apart, i32(neighbours() ? 1 : blocks)));
        if (g.isGrouped()) addGroups(cacheBlock, steps);
        else {
            steps.add(begin(cacheBlock, i32(0)));
            steps.add(products(cacheBlock, i32(0), g.columnTiles(), g.columnTiles()));
        }
        steps.add(cacheBlock.forEachBlock(epilogue::results));
        return Loop.loop(index, blocks / count, Binding.CORES, Loop.block(steps));
    }

    /// Group after group: its exact sums, then one step of the chains. The last one may be shorter, and is the same code.
    private void addGroups(CacheBlock cacheBlock, List<Loop> steps) {
        int all = g.columnTiles(), tiles = g.groupTiles(), lanes = clearedAtOnce();
        Var group = names.index("group");
        Expr from = multiply(ref(group), i32(tiles));
        Expr count = atMost(tiles, from, all);
        Expr tokens = multiply(ref(tokenBlocks), i32(g.tokenBlock()));
        Loop body = g.chainsFromRegisters()
                ? Loop.block(
                        epilogue.ofTokens(tokens, ref(group), sumOffset),
                        decoded(cacheBlock, from, count, cacheBlock.forEachBlock(
                                block -> tileLoop.run(block, from, count, epilogue.outflow(block, ref(group))))))
                : Loop.block(
                        begin(cacheBlock, ref(group)),
                        products(cacheBlock, from, tiles, all),
                        cacheBlock.forEachBlock(block -> epilogue.chain(block, ref(group))));
        if (g.chainsFromRegisters()) steps.add(epilogue.ofTokens(tokens, null, sumOffset));
        steps.add(epilogue.clearChains(multiply(ref(tokenBlocks), i32(cacheBlock.count * blockSums(g) / lanes)), lanes));
        steps.add(Loop.loop(group, Math.ceilDiv(all, tiles), Binding.SERIAL, body));
    }

    /// Tiles from `first` on: `count`, or those that are left of `all`.
    private static Expr atMost(int count, Expr first, int all) {
        return all % count == 0 ? i32(count) : Expr.binary(Expr.Binary.Operation.MIN, i32(count), Expr.subtract(i32(all), first));
    }

    /// What the sums of a group begin with.
    private Loop begin(CacheBlock cacheBlock, Expr group) {
        return g.digitOffset() == 0 ? clearSums(cacheBlock.count) : cacheBlock.forEachBlock(block -> sumOffset.loop(block, group));
    }

    /// k tiles from `from` on, block of k tiles after block; the last may be shorter, and is the same code.
    ///
    /// @param tiles of them, fewer where `all` tiles of the matrix end
    private Loop products(CacheBlock cacheBlock, Expr from, int tiles, int all) {
        int perBlock = g.kTiles();
        Var kBlock = names.index("kBlock");
        Expr first = multiply(ref(kBlock), i32(perBlock));
        Expr inGroup = atMost(perBlock, first, tiles);
        Expr count = all % tiles == 0 ? inGroup : Expr.binary(Expr.Binary.Operation.MIN, inGroup, Expr.subtract(i32(all), add(from, first)));
        Loop blocks = cacheBlock.forEachBlock(block -> tileLoop.run(block, add(from, first), count, null));
        return Loop.loop(kBlock, Math.ceilDiv(tiles, perBlock), Binding.SERIAL, decoded(cacheBlock, add(from, first), count, blocks));
    }

    /// After the digits that blocks of tokens share, if they do.
    private Loop decoded(CacheBlock cacheBlock, Expr kTile, Expr tiles, Loop blocks) {
        return panel == null ? blocks : Loop.block(cacheBlock.decode(panel, kTile, tiles), blocks);
    }

    private int clearedAtOnce() {
        return Math.min(g.sumLanes(), 16);
    }

    /// Sets the sums of `count` blocks of row tiles and all tokens to 0.
    private Loop clearSums(int count) {
        int lanes = clearedAtOnce();
        Var i = names.index("clear");
        Loop store = new Loop.Store(sums, multiply(ref(i), i32(lanes)), Expr.zero(new Type(Element.I32, lanes)), null);
        Expr end = multiply(ref(tokenBlocks), i32(count * blockSums(g) / lanes));
        return Loop.loop(i, i32(0), end, 1, Binding.SERIAL, store);
    }

    private boolean neighbours() {
        return g.packing().order() == Packing.Order.ROWS_INNERMOST;
    }

    /// Blocks of row tiles that one core takes through k together: neighbours, or as far apart as they can be, see [RowTiles].
    private final class CacheBlock {

        private final Expr index;
        private final int from, count, size;
        private final Var apart;

        /// @param index of the cache block
        /// @param from  first row tile of the first cache block
        /// @param count blocks of a cache block
        /// @param size  row tiles of a block
        /// @param apart distance of the row tiles of a block
        CacheBlock(Expr index, int from, int count, int size, Var apart) {
            this.index = index;
            this.from = from;
            this.count = count;
            this.size = size;
            this.apart = apart;
        }

        /// `body` once for each block of tokens and each block of row tiles.
        Loop forEachBlock(Function<Block, Loop> body) {
            Var tokens = names.index("tokens"), at = names.value("at", Type.I32);
            Expr token = g.maxTokens() == 1 ? i32(0) : ref(tokens);
            Loop inner = forEachOfRows((rowTiles, block) -> Loop.block(
                    new Loop.Let(at, multiply(add(multiply(token, i32(count)), block), i32(blockSums(g)))),
                    body.apply(new Block(rowTiles, token, block, ref(at)))));
            return g.maxTokens() == 1 ? inner : Loop.loop(tokens, i32(0), ref(tokenBlocks), 1, Binding.SERIAL, inner);
        }

        /// The digits of all blocks of row tiles, `tiles` k tiles from `kTile` on.
        Loop decode(DigitPanel to, Expr kTile, Expr tiles) {
            return forEachOfRows((rowTiles, block) -> to.fill(rowTiles, block, kTile, tiles));
        }

        /// `body` once for each block of row tiles and its number in the cache block.
        private Loop forEachOfRows(BiFunction<RowTiles, Expr, Loop> body) {
            Var number = names.index("block");
            var rowTiles = new RowTiles(names.value("rowTile", Type.I32), apart, size);
            Expr block = count == 1 ? i32(0) : ref(number);
            Expr tile = multiply(add(multiply(index, i32(count)), block), i32(neighbours() ? size : 1));
            Loop inner = Loop.block(new Loop.Let(rowTiles.first(), add(i32(from), tile)), body.apply(rowTiles, block));
            return count > 1 ? Loop.loop(number, count, Binding.SERIAL, inner) : inner;
        }
    }
}
