package tern.scheduler.warp;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;
import static tern.ir.loop.Expr.subtract;

import java.util.ArrayList;
import java.util.List;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.KernelDef;
import tern.ir.Packing.Order;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;

/// The kernel that multiplies prepared activations with packed weights on warps, and applies the formula.
///
///     for some row tiles on blocks
///       for some tokens on blocks
///         for warp on warps: sums of its part of k, folded over its lanes, to shared memory
///         barrier
///         for warp on warps: 32 rows at once: sums of all parts, formula, result
public final class WarpMultiply {

    public static final Type LANES = new Type(Element.I32, 32);

    private final WarpGeometry g;
    private final Names names = new Names();
    private final Var n = Program.N;
    private final Buf prepared;
    private final List<Buf> weights = new ArrayList<>();
    private final List<Buf> parameters = new ArrayList<>();
    private final Buf result;
    private final WarpStep step;
    private final Sums sums;
    private final WarpUnit.Steps ofWarp;

    private WarpMultiply(WarpGeometry g, WarpUnit unit) {
        this.g = g;
        prepared = Buf.in("prepared", Element.I32, i32(g.preparedWords()), null);
        for (KernelDef.Param param : g.kernel().params()) parameters.add(parameter(param));
        KernelDef.Param y = g.kernel().result();
        result = Buf.out(y.name(), y.kind() == KernelDef.Kind.I32 ? Element.I32 : Element.F32, extent(y));
        step = new WarpStep(g, names, prepared, weights);
        sums = unit.sums(g, names, n, parameters, prepared, result);
        ofWarp = unit.steps(g, names, step, prepared, sums.memory());
    }

    public static Program lower(WarpGeometry geometry) {
        return lower(geometry, new OfWarps());
    }

    /// @param unit that multiplies
    public static Program lower(WarpGeometry geometry, WarpUnit unit) {
        return new WarpMultiply(geometry, unit).program();
    }

    /// Each warp on its own.
    private record OfWarps() implements WarpUnit {
        @Override
        public Sums sums(WarpGeometry g, Names names, Var n, List<Buf> parameters, Buf prepared, Buf result) {
            return new WarpSums(g, names, n, parameters, prepared, result);
        }

        @Override
        public Steps steps(WarpGeometry g, Names names, WarpStep step, Buf prepared, Buf memory) {
            return g.isStaged() ? new WarpPipeline(g, names, step, prepared, memory) : new WarpSteps(g, names, step);
        }
    }

    private Buf parameter(KernelDef.Param param) {
        return switch (param.kind()) {
            case I8 -> prepared;
            case WEIGHT -> {
                Buf weight = Buf.in(param.name(), Element.U32, i32(g.weightWords()), null);
                weights.add(weight);
                yield weight;
            }
            case I32 -> Buf.in(param.name(), Element.I32, extent(param), null);
            case F16 -> Buf.in(param.name(), Element.F16, extent(param), null);
            case BF16 -> Buf.in(param.name(), Element.BF16, extent(param), null);
            case F32 -> Buf.in(param.name(), Element.F32, extent(param), null);
        };
    }

    private Expr extent(KernelDef.Param param) {
        Expr extent = i32(1);
        for (String dim : param.dims()) extent = multiply(extent, dim.equals("n") ? ref(n) : i32(dim.equals("m") ? g.m() : g.k()));
        return extent;
    }

    private Program program() {
        Var block = names.index("block"), tokens = names.index("tokens"), warp = names.index("warp"), finisher = names.index("warp");
        Expr first = multiply(ref(tokens), i32(g.schedule().tokens()));
        var steps = new ArrayList<Loop>();
        steps.add(new Loop.GridDependency(Loop.GridAction.LAUNCH_DEPENDENTS));
        if (g.maxTokens() == 1) prefetch(ref(block), steps);
        steps.add(new Loop.GridDependency(Loop.GridAction.WAIT));
        steps.add(Loop.loop(warp, g.schedule().warps(), Binding.WARPS, multiplyPart(ref(block), ref(tokens), first, ref(warp))));
        steps.add(new Loop.Barrier(Binding.THREADS));
        steps.add(Loop.loop(finisher, g.schedule().warps(), Binding.WARPS, sums.finish(ref(block), first, ref(finisher))));
        Loop body = Loop.block(steps);
        Expr tokenBlocks = divide(add(ref(n), i32(g.schedule().tokens() - 1)), g.schedule().tokens());
        Loop loops = Loop.loop(block, g.blocks(), Binding.BLOCKS, g.maxTokens() == 1
                ? Loop.block(new Loop.Let(tokens, i32(0)), body)
                : Loop.loop(tokens, i32(0), tokenBlocks, 1, Binding.BLOCKS, body));
        var buffers = new ArrayList<>(parameters);
        buffers.add(result);
        buffers.addAll(step.constants());
        buffers.addAll(sums.buffers());
        buffers.addAll(ofWarp.buffers());
        return new Program(
                g.name(),
                g.kernel().source(),
                List.of(new Program.Scalar(n, Interval.of(1, g.maxTokens()))),
                buffers,
                new Loop.At(g.kernel().line(), loops));
    }

    /// The weights of a block, where they lie together, on their way before the launches are awaited that prepare the activations. Those of
    /// the last block end with the last weight.
    private void prefetch(Expr block, List<Loop> into) {
        for (Buf parameter : parameters)
            if (parameter.element() == Element.F32 && parameter.extent().equals(i32(g.m()))) fetchRows(parameter, block, into);
        if (g.packing().order() != Order.K_INNERMOST) return;
        int each = g.rowTilesOfBlock() / g.bands().count() * (g.columnTiles() * g.packing().tileBytes() / 4), all = g.weightWords();
        int words = Math.min(each, all);
        Expr first = each >= all ? i32(0) : Expr.binary(Operation.MIN, multiply(block, i32(each)), i32(all - words));
        for (Buf weight : weights) into.add(new Loop.Prefetch(weight, first, words));
    }

    /// What the formula takes of each row of a block, where whole 16 bytes of it lie together.
    private void fetchRows(Buf parameter, Expr block, List<Loop> into) {
        int rows = g.rowTilesOfBlock() / g.bands().count() * g.packing().rows();
        if (g.packing().spread() || rows % 4 != 0 || g.m() % 4 != 0) return;
        into.add(rows >= g.m()
                ? new Loop.Prefetch(parameter, i32(0), g.m())
                : new Loop.Prefetch(parameter, Expr.binary(Operation.MIN, multiply(block, i32(rows)), i32(g.m() - rows)), rows));
    }

    /// What one warp does before the barrier.
    private Loop multiplyPart(Expr block, Expr tokens, Expr firstToken, Expr warp) {
        int split = g.schedule().split();
        Var part = names.value("part", Type.I32), rowWarp = names.value("rowWarp", Type.I32);
        var steps = new ArrayList<Loop>();
        steps.add(new Loop.Let(part, remainder(warp, split)));
        steps.add(new Loop.Let(rowWarp, divide(warp, split)));
        WarpStep.Registers place = step.begin(steps, add(multiply(block, i32(g.rowWarps())), ref(rowWarp)), firstToken, n);
        ofWarp.run(steps, place, ref(part), warp, tokens);
        sums.fold(steps, place, ref(part), ref(rowWarp));
        return Loop.block(steps);
    }

    // Values of all lanes

    public static Expr all(Expr scalar) {
        return scalar instanceof Expr.Int(_, long value) ? all((int) value) : Expr.broadcast(32, scalar);
    }

    public static Expr all(int value) {
        return new Expr.Int(LANES, value);
    }

    static Expr min(Expr a, int b) {
        return Expr.binary(Operation.MIN, a, all(b));
    }

    public static Expr divide(Expr a, int b) {
        return b == 1 ? a : Expr.binary(Operation.DIVIDE, a, i32(b));
    }

    public static Expr remainder(Expr a, int b) {
        return b == 1 ? i32(0) : Expr.binary(Operation.REMAINDER, a, i32(b));
    }

    public static Expr minus(Expr a, int b) {
        return subtract(a, i32(b));
    }
}
