package tern.scheduler.vector;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.load;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Formula;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;
import tern.scheduler.program.Parameters;
import tern.scheduler.program.RowFormula;
import tern.scheduler.vector.TileLoop.Outflow;

/// From the sums of rows to results: the kernel's formula, for vectors of rows. Where the kernel sums by groups, after each group the
/// sums go to the chains of their rows, and the formula takes those.
final class Epilogue {

    /// Rows of one vector of results, at most.
    private static final int ROWS = 16;

    private final Geometry g;
    private final Names names;
    private final Var n;
    private final List<Buf> parameters;
    private final Buf result;
    private final RowSums rowSums;
    /// For each weight parameter what its groups are multiplied with; empty where the kernel knows no groups.
    private final List<Formula.Groups> groups;
    private final @Nullable Buf chains;
    /// Of each token what its sums of unsigned digits begin with in a group; null where they begin with 0, or lie in memory.
    private final @Nullable Buf starts;
    /// Of each token its scales in a group, where the sums do not lie in memory.
    private final Map<KernelDef.Param, Buf> tokenScales = new LinkedHashMap<>();

    /// @param sums  lane sums
    /// @param count of them
    Epilogue(Geometry g, Names names, Var n, List<Buf> parameters, Buf result, Buf sums, int count) {
        this.g = g;
        this.names = names;
        this.n = n;
        this.parameters = parameters;
        this.result = result;
        rowSums = new RowSums(g, names, sums);
        groups = g.weightGroups();
        chains = g.isGrouped() ? Buf.scratch("chains", Element.F32, Buf.Scope.CORE, count, null) : null;
        int tokens = g.tokenBlocks() * g.tokenBlock() * g.sumLanes();
        starts = g.chainsFromRegisters() && g.digitOffset() != 0
                ? Buf.scratch("starts", Element.I32, Buf.Scope.CORE, tokens, Parameters.ACTIVATION.upTo(g.groupSize()).times(Interval.of(g.digitOffset())))
                : null;
        if (g.chainsFromRegisters())
            for (Formula.Groups ofWeight : groups)
                for (Formula.At scale : ofWeight.scales()) {
                    KernelDef.Param param = g.kernel().param(scale.param());
                    if (param.dims().contains("n"))
                        tokenScales.computeIfAbsent(param, _ -> Buf.scratch("scales_" + param.name(), Element.F32, Buf.Scope.CORE, tokens, null));
                }
    }

    /// Constants and scratch besides the lane sums.
    List<Buf> constants() {
        var own = new ArrayList<>(rowSums.constants());
        if (chains != null) own.add(chains);
        if (starts != null) own.add(starts);
        own.addAll(tokenScales.values());
        return own;
    }

    /// Results of a block.
    Loop results(Block block) {
        return forEachRow(block, !g.isGrouped(), row -> row.formula().store(result, ref(row.token), ref(row.row)));
    }

    /// Sets the chains of a block to 0: `count` of them, a multiple of `lanes`.
    Loop clearChains(Expr count, int lanes) {
        Var i = names.index("clear");
        Loop store = new Loop.Store(chains(), multiply(ref(i), i32(lanes)), Expr.zero(new Type(Element.F32, lanes)), null);
        return Loop.loop(i, i32(0), count, 1, Binding.SERIAL, store);
    }

    /// `chain = fma(f32(sum), scales, chain)`, for each row of a block.
    Loop chain(Block block, Expr group) {
        return forEachRow(block, true, row -> {
            var steps = new ArrayList<Loop>();
            for (int w = 0; w < groups.size(); w++) {
                Expr sum = Expr.convert(Element.F32, row.sum(w));
                Expr scale = row.formula().scale(groups.get(w), ref(row.token), ref(row.row), group, (_, value) -> value);
                Expr at = row.chainAt(w);
                steps.add(new Loop.Store(chains(), at, new Expr.Fma(sum, scale, load(chains(), at, row.lanes)), null));
            }
            return Loop.block(steps);
        });
    }

    /// What [#outflow] takes of each token, in all lanes, so that instructions read it from memory.
    ///
    /// @param group null for what is the same in all groups
    Loop ofTokens(Expr tokens, @Nullable Expr group, SumOffset offset) {
        Var token = names.index("token"), loaded = names.value("loaded", Type.I32);
        Expr at = multiply(ref(token), i32(g.sumLanes()));
        RowFormula formula = formula(_ -> i32(0), loaded);
        var steps = new ArrayList<Loop>();
        tokenScales.forEach((param, scales) -> {
            if ((group != null) != param.dims().stream().anyMatch(dim -> KernelDef.groupOf(dim) > 0)) return;
            Expr scale = formula.element(param.name(), ref(loaded), i32(0), group == null ? i32(0) : group);
            steps.add(new Loop.Store(scales, at, scale, null));
        });
        Expr last = Expr.subtract(ref(n), i32(1));
        if (!steps.isEmpty())
            steps.addFirst(new Loop.Let(loaded, g.maxTokens() == 1 ? i32(0) : Expr.binary(Expr.Binary.Operation.MIN, ref(token), last)));
        if (group != null && starts != null) {
            Expr offsets = new Expr.Int(new Type(Element.I32, g.sumLanes()), g.digitOffset());
            steps.add(new Loop.Store(starts, at, multiply(offsets, offset.sum(ref(token), group, g.sumLanes())), null));
        }
        return steps.isEmpty() ? Loop.block(steps) : Loop.loop(token, i32(0), tokens, 1, Binding.SERIAL, Loop.block(steps));
    }

    /// The same from registers, where [Geometry#chainsFromRegisters()]. After the last token it counts once more.
    Outflow outflow(Block block, Expr group) {
        return (w, r, accumulators) -> {
            var steps = new ArrayList<Loop>();
            Expr one = new Expr.Int(accumulators[0][0].type(), 1), ones = g.isByteProduct() ? named("ones", one, steps) : one;
            for (int a = 0; a < accumulators[0].length; a++) outflow(block, group, w, r, a, accumulators, ones, steps);
            return Loop.block(steps);
        };
    }

    private void outflow(Block block, Expr group, int w, int r, int a, Var[][] accumulators, Expr ones, List<Loop> steps) {
        int lanes = g.sumLanes();
        Var row = names.value("row", Type.I32);
        steps.add(new Loop.Let(row, add(multiply(block.rowTiles().tile(r), i32(g.packing().rows())), i32(a * lanes))));
        var ofRows = new HashMap<KernelDef.Param, Expr>();
        for (int t = 0; t < accumulators.length; t++) {
            Expr token = add(multiply(block.tokens(), i32(g.tokenBlock())), i32(t)), inScratch = multiply(token, i32(lanes));
            Expr start = starts == null ? Expr.zero(new Type(Element.I32, lanes)) : load(starts, inScratch, lanes);
            Var accumulator = accumulators[t][a];
            Expr sum = g.isByteProduct() ? g.widened(start, accumulator, ones) : Expr.convert(Element.I32, ref(accumulator));
            Expr scale = formula(_ -> sum, row).scale(groups.get(w), i32(0), ref(row), group, (param, value) -> {
                Buf ofTokens = tokenScales.get(param);
                return ofTokens != null ? load(ofTokens, inScratch, lanes) : ofRows.computeIfAbsent(param, _ -> named("scale", value, steps));
            });
            Expr at = add(block.sums(), i32(MultiplyLowering.sumsAt(g, w, r, t) + a * lanes));
            steps.add(new Loop.Store(chains(), at, new Expr.Fma(Expr.convert(Element.F32, sum), scale, load(chains(), at, lanes)), null));
        }
    }

    private Expr named(String stem, Expr value, List<Loop> steps) {
        Var name = names.value(stem, value.type());
        steps.add(new Loop.Let(name, value));
        return ref(name);
    }

    /// @param token a limit's
    private RowFormula formula(IntFunction<Expr> sums, Var token) {
        return new RowFormula(g.problem(), names, parameters, g.sumLanes(), sums, dims -> limit(dims, token, g.sumLanes()));
    }

    private Buf chains() {
        if (chains == null) throw new IllegalStateException("a kernel without groups has no chains");
        return chains;
    }

    /// Some neighbouring rows of a tile, of one token.
    private final class Row {
        private final Block block;
        private final Var tile, inBlock, token, row;
        private final Expr inTile;
        private final int lanes;

        Row(Block block, Var tile, Var inBlock, Var token, Var row, Expr inTile, int lanes) {
            this.block = block;
            this.tile = tile;
            this.inBlock = inBlock;
            this.token = token;
            this.row = row;
            this.inTile = inTile;
            this.lanes = lanes;
        }

        Expr sum(int weight) {
            return rowSums.of(weight, block, tile, inBlock, inTile, lanes);
        }

        Expr chainAt(int weight) {
            return rowSums.chainAt(weight, block, tile, inBlock, inTile);
        }

        RowFormula formula() {
            return new RowFormula(g.problem(), names, parameters, lanes,
                    weight -> g.isGrouped() ? load(chains(), chainAt(weight), lanes) : sum(weight), dims -> limit(dims, token, lanes));
        }
    }

    /// `body` for all rows of a block of which there are results.
    ///
    /// @param folds true if it needs the sums of the rows
    private Loop forEachRow(Block block, boolean folds, Function<Row, Loop> body) {
        Var tile = names.index("r"), inBlock = names.index("t"), token = names.value("token", Type.I32);
        var ofToken = new ArrayList<>(folds ? rowSums.fold(block, tile, inBlock) : List.of());
        ofToken.add(rows(block, tile, inBlock, token, body));
        Loop steps = Loop.block(
                new Loop.Let(token, add(multiply(block.tokens(), i32(g.tokenBlock())), ref(inBlock))),
                new Loop.If(
                        new Expr.Compare(Expr.Compare.Relation.LT, ref(token), ref(n)),
                        Loop.block(ofToken)));
        return Loop.loop(
                tile, block.rowTiles().size(), Binding.SERIAL, Loop.loop(inBlock, g.tokenBlock(), Binding.SERIAL, steps));
    }

    private Loop rows(Block block, Var tile, Var inBlock, Var token, Function<Row, Loop> body) {
        int rows = g.packing().rows();
        int lanes = g.packing().spread() ? 1 : Math.min(ROWS, Integer.lowestOneBit(rows));
        Var chunk = names.index("chunk"), row = names.value("row", Type.I32);
        Expr inTile = multiply(ref(chunk), i32(lanes));
        Expr tileIndex = block.rowTiles().tile(ref(tile));
        Expr first = g.packing().spread()
                ? add(tileIndex, multiply(inTile, i32(g.rowTiles())))
                : add(multiply(tileIndex, i32(rows)), inTile);
        Loop steps = body.apply(new Row(block, tile, inBlock, token, row, inTile, lanes));
        boolean exact = g.m() == g.rowTiles() * rows;
        if (lanes == 1 && !exact)
            steps = new Loop.If(new Expr.Compare(Expr.Compare.Relation.LT, ref(row), i32(g.m())), steps);
        return Loop.loop(chunk, rows / lanes, Binding.SERIAL, Loop.block(new Loop.Let(row, first), steps));
    }

    /// First element after the rows of this token, null where no vector reaches it.
    private @Nullable Expr limit(List<String> dims, Var token, int lanes) {
        if (lanes == 1 || g.m() % g.packing().rows() == 0) return null;
        return dims.contains("n") ? add(multiply(ref(token), i32(g.m())), i32(g.m())) : i32(g.m());
    }
}
