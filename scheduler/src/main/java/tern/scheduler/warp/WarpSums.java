package tern.scheduler.warp;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.load;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;
import static tern.scheduler.warp.WarpMultiply.LANES;
import static tern.scheduler.warp.WarpMultiply.all;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr.Compare.Relation;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.program.Names;
import tern.scheduler.program.RowFormula;

/// From the accumulators of lanes to results: lanes that hold the same rows are added by exchanging registers, warps that share rows
/// through shared memory; then 32 neighbouring rows at once go through the kernel's formula.
final class WarpSums implements Sums {

    private final WarpGeometry g;
    private final Names names;
    private final Var n;
    private final List<Buf> parameters;
    private final Buf prepared, result;
    private final BlockRows rows;
    /// `[weight][token][part of k][row warp][row tile][slot][lane]`; of matrices
    /// `[weight][part of k][row warp][pair][group of tokens][lane of a product]`
    private final Buf sums;
    /// For each row of a block where in a part of `sums` it lies; one list for each lane that holds a share of it.
    private final List<Buf> shares = new ArrayList<>();
    private final int distances;

    WarpSums(WarpGeometry g, Names names, Var n, List<Buf> parameters, Buf prepared, Buf result) {
        this.g = g;
        this.names = names;
        this.n = n;
        this.parameters = parameters;
        this.prepared = prepared;
        this.result = result;
        rows = new BlockRows(g);
        distances = g.isTensor() ? 0 : distances();
        sums = Buf.scratch("sums", Element.I32, Buf.Scope.CORE, g.sharedBytes() / 4, null);
        findShares();
    }

    @Override
    public Buf memory() {
        return sums;
    }

    @Override
    public List<Buf> buffers() {
        var buffers = new ArrayList<>(shares);
        buffers.add(sums);
        return buffers;
    }

    /// Words of all row tiles of a block, for one part of k.
    private int partWords() {
        if (g.isTensor()) return g.rowWarps() * g.pairs().size() * g.tokenGroups() * 128;
        return g.rowWarps() * g.schedule().rowTiles() * g.view().slots() * 32;
    }

    /// Distances between lanes, as bits, that hold the same rows.
    private int distances() {
        int found = 0, classes = g.view().classes();
        for (int d = 1; d < g.schedule().lanes(); d *= 2) {
            final int distance = d;
            boolean same = IntStream.range(0, g.schedule().lanes())
                    .allMatch(kl -> Arrays.equals(g.view().rows()[kl % classes], g.view().rows()[(kl ^ distance) % classes]));
            if (same) found |= d;
        }
        return found;
    }

    // Before the barrier

    /// Adds up what the lanes of a warp hold of the same rows, and leaves it in shared memory.
    @Override
    public void fold(List<Loop> steps, WarpStep.Registers place, Expr part, Expr rowWarp) {
        Var base = names.value("to", Type.I32);
        Expr index = add(multiply(part, i32(g.rowWarps())), rowWarp);
        if (g.isTensor()) {
            int each = g.pairs().size() * g.tokenGroups() * 128;
            steps.add(new Loop.Let(base, multiply(index, i32(each))));
            for (int w = 0; w < place.products().length; w++)
                for (int p = 0; p < g.pairs().size(); p++)
                    for (int t = 0; t < g.tokenGroups(); t++) {
                        int at = w * g.schedule().split() * partWords() + (p * g.tokenGroups() + t) * 128;
                        steps.add(new Loop.Store(sums, add(ref(base), i32(at)), ref(place.products()[w][p][t]), null));
                    }
            return;
        }
        steps.add(new Loop.Let(base, multiply(index, i32(g.schedule().rowTiles() * g.view().slots() * 32))));
        for (int w = 0; w < place.sums().length; w++)
            for (int r = 0; r < g.schedule().rowTiles(); r++)
                for (int t = 0; t < g.schedule().tokens(); t++)
                    for (int slot = 0; slot < g.view().slots(); slot++) {
                        Expr sum = whole(place.sums()[w][r][t][slot], g.shifts(slot));
                        for (int d = 1; d < 32; d *= 2) {
                            if ((distances & d) == 0) continue;
                            final int distance = d;
                            Var own = names.value("own", LANES);
                            steps.add(new Loop.Let(own, sum));
                            sum = add(ref(own), new Expr.Shuffle(
                                    ref(own), IntStream.range(0, 32).map(lane -> lane ^ distance).boxed().toList()));
                        }
                        int at = (w * g.schedule().tokens() + t) * g.schedule().split() * partWords() + (r * g.view().slots() + slot) * 32;
                        steps.add(new Loop.Store(sums, add(ref(base), i32(at)), sum, null));
                    }
    }

    /// What was added up above its place goes down again: exactly, since it is a multiple.
    private static Expr whole(Var[] sums, List<Integer> shifts) {
        Expr all = null;
        for (int s = 0; s < sums.length; s++) {
            Expr sum = shifts.get(s) == 0 ? ref(sums[s]) : Expr.binary(Operation.SHIFT_RIGHT, ref(sums[s]), i32(shifts.get(s)));
            all = all == null ? sum : add(all, sum);
        }
        if (all == null) throw new IllegalStateException("a slot without digits");
        return all;
    }

    // After the barrier

    private void findShares() {
        int count = sharesOf(0, 0).size();
        for (int s = 0; s < count; s++) {
            final int share = s;
            shares.add(Buf.constant("share" + s, Element.I32, rows.inOrder((tile, row) -> {
                List<Integer> all = sharesOf(tile, row);
                if (all.size() != count) throw new InapplicableException("some rows lie in more lanes than others");
                return all.get(share);
            })));
        }
    }

    /// @param tile of the block
    private List<Integer> sharesOf(int tile, int row) {
        if (g.isTensor()) return List.of(shareOfProduct(tile, row));
        int lanes = g.schedule().lanes(), rowLane = tile % g.rowLanes(), rowTile = tile / g.rowLanes();
        var found = new ArrayList<Integer>();
        for (int kl = 0; kl < lanes; kl++) {
            if ((kl & distances) != 0) continue;
            int[] held = g.view().rows()[kl % g.view().classes()];
            for (int slot = 0; slot < held.length; slot++)
                if (held[slot] == row) found.add((rowTile * g.view().slots() + slot) * 32 + rowLane * lanes + kl);
        }
        if (found.isEmpty()) throw new InapplicableException("row " + row + " of a tile lies in no chunk");
        return found;
    }

    /// Where the first token's sum of a row lies among the products: see [Expr.Mma].
    private int shareOfProduct(int packedTile, int row) {
        BlockRows.Sum sum = rows.product(packedTile, row);
        return sum.pairOfBlock() * g.tokenGroups() * 128 + sum.row() % 8 * 16 + sum.row() / 8 * 2;
    }

    /// Where a token's sums lie, counted from the first token's.
    private Expr firstOf(int weight, Expr inToken) {
        if (!g.isTensor())
            return multiply(add(inToken, i32(weight * g.schedule().tokens())), i32(g.schedule().split() * partWords()));
        Expr group = multiply(WarpMultiply.divide(inToken, 8), i32(128));
        Expr thread = multiply(WarpMultiply.divide(WarpMultiply.remainder(inToken, 8), 2), i32(4));
        Expr column = WarpMultiply.remainder(inToken, 2);
        return add(add(add(group, thread), column), i32(weight * g.schedule().split() * partWords()));
    }

    /// What one warp does after the barrier: every so many runs of 32 rows of a token.
    @Override
    public Loop finish(Expr block, Expr firstToken, Expr warp) {
        Var item = names.index("item"), token = names.value("token", Type.I32);
        int perToken = rows.runs();
        Var inToken = names.value("t", Type.I32), run = names.value("run", Type.I32);
        var steps = new ArrayList<Loop>();
        steps.add(new Loop.Let(inToken, WarpMultiply.divide(ref(item), perToken)));
        steps.add(new Loop.Let(run, WarpMultiply.remainder(ref(item), perToken)));
        steps.add(new Loop.Let(token, add(firstToken, ref(inToken))));
        Loop formula = formula(block, ref(token), ref(inToken), ref(run));
        steps.add(g.schedule().tokens() == 1 ? formula : new Loop.If(new Expr.Compare(Relation.LT, ref(token), ref(n)), formula));
        return Loop.loop(item, warp, i32(g.schedule().tokens() * perToken), g.schedule().warps(), Binding.SERIAL, Loop.block(steps));
    }

    private Loop formula(Expr block, Expr token, Expr inToken, Expr run) {
        var steps = new ArrayList<Loop>();
        BlockRows.Run place = rows.run(names, steps, block, run);
        Expr first = ref(place.first()), end = ref(place.end());
        var formula = new RowFormula(g.problem(), names, parameters, 32,
                weight -> sum(weight, token, inToken, run, steps),
                dims -> dims.contains("n") ? add(multiply(token, i32(g.m())), end) : end);
        Loop store = formula.store(result, token, first);
        steps.add(new Loop.If(new Expr.Compare(Relation.LT, first, end), store));
        return Loop.block(steps);
    }

    /// The sums of 32 rows: of all parts of k and all shares, and what the digits lack.
    private Expr sum(int weight, Expr token, Expr inToken, Expr run, List<Loop> steps) {
        Expr sum = null;
        for (Buf share : shares) {
            Var place = names.value("share", LANES);
            Expr first = firstOf(weight, inToken);
            steps.add(new Loop.Let(place, add(load(share, multiply(run, i32(32)), 32), all(first))));
            for (int part = 0; part < g.schedule().split(); part++) {
                Expr one = new Expr.Gather(LANES, sums, add(ref(place), all(part * partWords())));
                sum = sum == null ? one : add(sum, one);
            }
        }
        if (sum == null) throw new IllegalStateException("no shares");
        Var named = names.value("sum", LANES);
        int offset = g.view().offset();
        if (offset != 0) {
            Expr x = load(prepared, g.sumWord(token), 1);
            sum = add(sum, all(multiply(x, i32(offset))));
        }
        steps.add(new Loop.Let(named, sum));
        return ref(named);
    }
}
