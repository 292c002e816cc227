package tern.scheduler.warpgroup;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.load;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;
import static tern.scheduler.warp.WarpMultiply.LANES;
import static tern.scheduler.warp.WarpMultiply.all;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr.Compare.Relation;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Loop.GroupProduct;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;
import tern.scheduler.program.RowFormula;
import tern.scheduler.warp.BlockRows;
import tern.scheduler.warp.Sums;
import tern.scheduler.warp.WarpGeometry;
import tern.scheduler.warp.WarpMultiply;
import tern.scheduler.warp.WarpStep;
import tern.scheduler.warp.WarpgroupLayout;

/// From the products of groups to results, by way of shared memory, see [WarpgroupLayout]: 32 neighbouring rows of eight tokens at once go
/// through the kernel's formula, without a branch, so that loads of several tokens are under way together.
final class WarpgroupSums implements Sums {

    private final WarpGeometry g;
    private final WarpgroupLayout layout;
    private final Names names;
    private final Var n;
    private final List<Buf> parameters;
    private final Buf prepared, result;
    private final BlockRows rows;
    /// For each row of a block, where its sum of the first of eight tokens lies.
    private final Buf shares;
    private final Buf sums;

    WarpgroupSums(WarpGeometry g, Names names, Var n, List<Buf> parameters, Buf prepared, Buf result) {
        this.g = g;
        layout = new WarpgroupLayout(g);
        this.names = names;
        this.n = n;
        this.parameters = parameters;
        this.prepared = prepared;
        this.result = result;
        rows = new BlockRows(g);
        shares = Buf.constant("share", Element.I32, rows.inOrder(this::share));
        sums = Buf.scratch("sums", Element.I32, Buf.Scope.CORE, g.sharedBytes() / 4, null);
    }

    @Override
    public Buf memory() {
        return sums;
    }

    @Override
    public List<Buf> buffers() {
        return List.of(shares, sums);
    }

    private int share(int packedTile, int row) {
        BlockRows.Sum sum = rows.product(packedTile, row);
        return layout.sumOf(sum.pairOfBlock(), sum.row());
    }

    @Override
    public void fold(List<Loop> steps, WarpStep.Registers place, Expr part, Expr rowWarp) {
        Var base = names.value("to", Type.I32);
        int pairs = g.pairs().size();
        steps.add(new Loop.Let(base, multiply(rowWarp, i32(layout.run(pairs, 0)))));
        for (int w = 0; w < place.products().length; w++)
            for (int p = 0; p < pairs; p++)
                for (int t = 0; t < g.tokenGroups(); t++)
                    for (int i = 0; i < 4; i++) {
                        final int register = i;
                        List<Integer> own = IntStream.range(0, 32).mapToObj(thread -> 4 * thread + register).toList();
                        int at = w * layout.weightWords() + t * layout.eightWords() + layout.run(p, i);
                        steps.add(new Loop.Store(sums, add(ref(base), i32(at)), new Expr.Shuffle(ref(place.products()[w][p][t]), own), null));
                    }
    }

    @Override
    public Loop finish(Expr block, Expr firstToken, Expr warp) {
        Var item = names.index("item"), eight = names.index("eight"), run = names.index("run");
        int runs = rows.runs();
        var steps = new ArrayList<Loop>();
        steps.add(new Loop.Let(eight, WarpMultiply.divide(ref(item), runs)));
        steps.add(new Loop.Let(run, WarpMultiply.remainder(ref(item), runs)));
        BlockRows.Run place = rows.run(names, steps, block, ref(run));
        Var share = names.value("share", LANES), token = names.index("token");
        var tokens = new ArrayList<Loop>();
        tokens.add(new Loop.Let(share, add(load(shares, multiply(ref(run), i32(32)), 32), all(multiply(ref(eight), i32(layout.eightWords()))))));
        tokens.add(new Loop.Let(token, add(firstToken, multiply(ref(eight), i32(GroupProduct.COLUMNS)))));
        for (int t = 0; t < GroupProduct.COLUMNS; t++) tokens.add(rows(place, share, token, t, tokens));
        steps.add(new Loop.If(Expr.binary(Operation.AND,
                new Expr.Compare(Relation.LT, ref(place.first()), ref(place.end())), new Expr.Compare(Relation.LT,
                        add(firstToken, multiply(ref(eight), i32(GroupProduct.COLUMNS))), ref(n))),
                Loop.block(tokens)));
        return Loop.loop(item, warp, i32(runs * g.tokenGroups()), g.schedule().warps(), Binding.SERIAL, Loop.block(steps));
    }

    /// The rows of one token. A token beyond the last one has that one's parameters, and its results lie beyond the end.
    private Loop rows(BlockRows.Run place, Var share, Var first, int t, List<Loop> steps) {
        Var token = names.index("token"), known = names.index("known"), end = names.index("end");
        steps.add(new Loop.Let(token, add(ref(first), i32(t))));
        steps.add(new Loop.Let(known, Expr.binary(Operation.MIN, ref(token), WarpMultiply.minus(ref(n), 1))));
        steps.add(new Loop.Let(end, Expr.binary(Operation.MIN, add(multiply(ref(token), i32(g.m())), ref(place.end())), multiply(ref(n), i32(g.m())))));
        var formula = new RowFormula(g.problem(), names, parameters, 32,
                weight -> sum(weight, share, t, ref(known), steps), dims -> dims.contains("n") ? ref(end) : ref(place.end()));
        return formula.store(result, ref(token), ref(known), ref(place.first()));
    }

    private Expr sum(int weight, Var share, int t, Expr token, List<Loop> steps) {
        Expr sum = new Expr.Gather(LANES, sums, add(ref(share), all(weight * layout.weightWords() + layout.sumOfToken(t))));
        int offset = g.view().offset();
        if (offset != 0) sum = add(sum, all(multiply(load(prepared, g.sumWord(token), 1), i32(offset))));
        Var named = names.value("sum", LANES);
        steps.add(new Loop.Let(named, sum));
        return ref(named);
    }
}
