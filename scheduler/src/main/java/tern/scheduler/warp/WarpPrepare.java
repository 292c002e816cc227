package tern.scheduler.warp;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.binary;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.List;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;
import tern.scheduler.program.Parameters;

/// The kernel that brings activations i8 `[n, k]` into the order in which lanes read them, see [WarpGeometry]. A warp takes a step of one
/// token, or, where there is but one, 32 words of it: then time counts more than warps. The first one also adds up the activations.
public final class WarpPrepare {

    /// Of a block, for many tokens and for one.
    private static final int WARPS = 4, WARPS_OF_ONE = 32;
    private static final Type LANES = new Type(Element.I32, 32);

    private final WarpGeometry g;
    private final Names names = new Names();
    private final Var n = Program.N;
    private final Buf x, prepared;
    private final List<Buf> columns = new ArrayList<>();

    private WarpPrepare(WarpGeometry g) {
        this.g = g;
        x = Buf.in("x", Element.I8, multiply(ref(n), i32(g.k())), Parameters.ACTIVATION);
        prepared = Buf.out("prepared", Element.I32, i32(g.preparedWords()));
        for (int b = 0; b < 4; b++) columns.add(columns(b));
    }

    public static Program lower(WarpGeometry geometry) {
        return new WarpPrepare(geometry).program();
    }

    private int runs() {
        return Math.ceilDiv(g.groupWords(), 32);
    }

    /// The column of byte `b` of each word of a step, counted from the step's first one; beyond all columns where there is none.
    private Buf columns(int b) {
        int[] columns = new int[g.groups() * runs() * 32];
        for (int i = 0; i < columns.length; i++) {
            int group = i / (runs() * 32), inGroup = i % (runs() * 32);
            int place = inGroup / g.group(), word = group * g.group() + inGroup % g.group();
            columns[i] = inGroup < g.groupWords() && word < g.view().columns().size() ? column(place, word, b) : g.k();
        }
        return Buf.constant("column" + b, Element.I32, columns);
    }

    private int column(int place, int word, int b) {
        int pattern = place % g.count(), cls = 0;
        while (g.patterns()[cls] != pattern) cls++;
        int column = g.view().columns().get(word)[g.bands().members()[0][cls]][b];
        return column < 0 ? g.k() : place / g.count() * g.view().period() + column;
    }

    private Program program() {
        boolean one = g.maxTokens() == 1;
        int warps = one ? WARPS_OF_ONE : WARPS, perStep = one ? g.groups() * runs() : 1;
        int parts = Math.ceilDiv(g.steps() * perStep, warps);
        Var block = names.index("block"), token = names.index("token"), part = names.index("part"), warp = names.index("warp");
        Var item = names.value("item", Type.I32), step = names.index("step"), to = names.index("to");
        Loop orders = new Loop.If(
                new Expr.Compare(Expr.Compare.Relation.LT, ref(step), i32(g.steps())),
                Loop.block(
                        new Loop.Let(to, g.stepWord(ref(token), ref(step))),
                        one ? words(token, step, to, WarpMultiply.remainder(ref(item), perStep)) : order(token, step, to)));
        Loop sums = new Loop.If(
                new Expr.Compare(Expr.Compare.Relation.EQ, add(ref(part), ref(warp)), i32(0)),
                new ActivationSum(names, x, prepared, g.k()).of(token, g.sumWord(ref(token))));
        var work = new ArrayList<Loop>();
        work.add(new Loop.Let(item, add(multiply(ref(part), i32(warps)), ref(warp))));
        work.add(new Loop.Let(step, WarpMultiply.divide(ref(item), perStep)));
        work.add(orders);
        // Digits that are weights need no correction.
        if (g.view().offset() != 0) work.add(sums);
        Loop body = Loop.block(
                new Loop.Let(token, binary(Operation.DIVIDE, ref(block), i32(parts))),
                new Loop.Let(part, binary(Operation.REMAINDER, ref(block), i32(parts))),
                Loop.loop(warp, warps, Binding.WARPS, Loop.block(work)));
        var buffers = new ArrayList<>(List.of(x, prepared));
        buffers.addAll(columns);
        Loop blocks = Loop.loop(block, i32(0), multiply(ref(n), i32(parts)), 1, Binding.BLOCKS, body);
        return new Program(
                "prepare_" + g.name(),
                g.kernel().source(),
                List.of(new Program.Scalar(n, Interval.of(1, g.maxTokens()))),
                buffers,
                new Loop.At(g.kernel().line(), Loop.block(
                        new Loop.GridDependency(Loop.GridAction.LAUNCH_DEPENDENTS), new Loop.GridDependency(Loop.GridAction.WAIT), blocks)));
    }

    /// The words of one step, 32 at once.
    private Loop order(Var token, Var step, Var to) {
        Var group = names.index("group"), run = names.index("run");
        return Loop.loop(group, g.groups(), Binding.SERIAL,
                Loop.loop(run, runs(), Binding.SERIAL, Loop.block(run(token, step, to, ref(group), ref(run)))));
    }

    /// 32 words of a step.
    private Loop words(Var token, Var step, Var to, Expr number) {
        Var group = names.value("group", Type.I32), run = names.value("run", Type.I32);
        var steps = new ArrayList<Loop>();
        steps.add(new Loop.Let(group, WarpMultiply.divide(number, runs())));
        steps.add(new Loop.Let(run, WarpMultiply.remainder(number, runs())));
        steps.addAll(run(token, step, to, ref(group), ref(run)));
        return Loop.block(steps);
    }

    private List<Loop> run(Var token, Var step, Var to, Expr group, Expr run) {
        Var at = names.index("at");
        Expr first = multiply(add(multiply(group, i32(runs())), run), i32(32));
        Expr word = multiply(run, i32(32));
        int perStep = g.places() / g.count() * g.view().period();
        var steps = new ArrayList<Loop>();
        steps.add(new Loop.Let(at, first));
        Expr value = null;
        for (int b = 0; b < 4; b++) {
            Var column = names.value("column", LANES);
            steps.add(new Loop.Let(column, add(
                    new Expr.Load(LANES, columns.get(b), ref(at), null),
                    Expr.broadcast(32, multiply(ref(step), i32(perStep))))));
            Expr bits = Expr.shiftLeft(Expr.mask(activation(token, column), 255), 8 * b);
            value = value == null ? bits : binary(Operation.OR, value, bits);
        }
        if (value == null) throw new IllegalStateException("a word has four bytes");
        Expr place = g.isSwizzled() ? binary(Operation.XOR, group, Expr.mask(ref(token), 1)) : group;
        Expr start = add(ref(to), multiply(place, i32(g.groupWords())));
        steps.add(new Loop.Store(prepared, add(start, word), value,
                g.groupWords() % 32 == 0 ? null : add(start, i32(g.groupWords()))));
        return steps;
    }

    /// The activations in some columns of a token, 0 beyond k.
    private Expr activation(Var token, Var column) {
        Expr last = new Expr.Int(LANES, g.k() - 1);
        Expr index = add(Expr.broadcast(32, multiply(ref(token), i32(g.k()))), binary(Operation.MIN, ref(column), last));
        Expr value = Expr.convert(Element.I32, new Expr.Gather(new Type(Element.I8, 32), x, index));
        return new Expr.Select(new Expr.Compare(Expr.Compare.Relation.LE, ref(column), last), value, Expr.zero(LANES));
    }
}
