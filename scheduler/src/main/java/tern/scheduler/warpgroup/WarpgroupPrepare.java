package tern.scheduler.warpgroup;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.binary;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.multiply;
import static tern.ir.loop.Expr.ref;
import static tern.scheduler.warp.WarpMultiply.LANES;
import static tern.scheduler.warp.WarpMultiply.all;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr.Compare.Relation;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.scheduler.program.Names;
import tern.scheduler.program.Parameters;
import tern.scheduler.warp.ActivationSum;
import tern.scheduler.warp.WarpGeometry;
import tern.scheduler.warp.WarpMultiply;
import tern.scheduler.warp.WarpgroupLayout;

/// The kernel that brings activations i8 `[n, k]` into the order of [WarpgroupLayout]. A warp takes a step of eight tokens, a word of each
/// token and lane along k at a time; those of the first step also add up the activations.
public final class WarpgroupPrepare {

    private static final int WARPS = 8, TOKENS = 8;

    private final WarpGeometry g;
    private final WarpgroupLayout layout;
    private final Names names = new Names();
    private final Var n = Program.N;
    private final Buf x, prepared;
    /// For each word of a step and each lane the columns of its bytes, or, where these are neighbours, that of the first byte.
    private final List<Buf> columns = new ArrayList<>();
    private final boolean whole;

    private WarpgroupPrepare(WarpGeometry g) {
        this.g = g;
        layout = new WarpgroupLayout(g);
        x = Buf.in("x", Element.I8, multiply(ref(n), i32(g.k())), Parameters.ACTIVATION);
        prepared = Buf.out("prepared", Element.I32, i32(g.preparedWords()));
        int[][] of = IntStream.range(0, 4).mapToObj(this::columns).toArray(int[][]::new);
        whole = g.k() % perStep() == 0 && IntStream.range(0, of[0].length).allMatch(
                i -> of[0][i] % 4 == 0 && of[0][i] < g.k() && IntStream.range(1, 4).allMatch(b -> of[b][i] == of[0][i] + b));
        for (int b = 0; b < (whole ? 1 : 4); b++) columns.add(Buf.constant("column" + b, Element.I32, of[b]));
    }

    public static Program lower(WarpGeometry geometry) {
        return new WarpgroupPrepare(geometry).program();
    }

    /// Columns of a step.
    private int perStep() {
        return g.schedule().lanes() / g.bands().each() * g.view().period();
    }

    /// `[word][lane]`: lane `4 * token + lane along k`, counted from the step's first column; `k` where there is none.
    private int[] columns(int b) {
        int[] columns = new int[layout.words() * 32];
        Arrays.fill(columns, g.k());
        for (int word = 0; word < g.view().columns().size(); word++)
            for (int lane = 0; lane < 32; lane++) {
                int kLane = lane % WarpgroupLayout.CHUNK;
                int column = g.view().columns().get(word)[g.bands().members()[0][kLane % g.bands().each()]][b];
                if (column >= 0) columns[word * 32 + lane] = kLane / g.bands().each() * g.view().period() + column;
            }
        return columns;
    }

    private Program program() {
        int parts = Math.ceilDiv(g.steps(), WARPS);
        Var block = names.index("block"), eight = names.index("eight"), part = names.index("part"), warp = names.index("warp");
        Var step = names.index("step");
        var work = new ArrayList<Loop>();
        work.add(new Loop.Let(step, add(multiply(ref(part), i32(WARPS)), ref(warp))));
        work.add(new Loop.If(new Expr.Compare(Relation.LT, ref(step), i32(g.steps())), order(eight, step)));
        // Digits that are weights need no correction.
        if (g.view().offset() != 0) work.add(sums(eight, part, warp));
        Loop body = Loop.block(
                new Loop.Let(eight, WarpMultiply.divide(ref(block), parts)),
                new Loop.Let(part, WarpMultiply.remainder(ref(block), parts)),
                Loop.loop(warp, WARPS, Binding.WARPS, Loop.block(work)));
        var buffers = new ArrayList<>(List.of(x, prepared));
        buffers.addAll(columns);
        Expr eights = WarpMultiply.divide(add(ref(n), i32(TOKENS - 1)), TOKENS);
        return new Program(
                "prepare_" + g.name(),
                g.kernel().source(),
                List.of(new Program.Scalar(n, Interval.of(1, g.maxTokens()))),
                buffers,
                new Loop.At(g.kernel().line(), Loop.loop(block, i32(0), multiply(eights, i32(parts)), 1, Binding.BLOCKS, body)));
    }

    /// One step of eight tokens; tokens beyond the last one are 0.
    private Loop order(Var eight, Var step) {
        Var first = names.index("token"), to = names.index("to"), word = names.index("word");
        int eights = g.tokenGroups();
        Expr inBlock = multiply(WarpMultiply.remainder(ref(eight), eights), i32(TOKENS * WarpgroupLayout.CHUNK));
        Expr start = add(layout.stepWord(WarpMultiply.divide(ref(eight), eights), ref(step)), inBlock);
        Var token = names.value("token", LANES), row = names.value("row", LANES);
        var body = new ArrayList<Loop>();
        Expr value = whole ? neighbours(word, step, row, body) : bytes(word, step, row, body);
        Expr there = new Expr.Compare(Relation.LT, ref(token), all(ref(n)));
        body.add(new Loop.Store(prepared, add(ref(to), multiply(ref(word), i32(layout.wordWords()))),
                new Expr.Select(there, value, Expr.zero(LANES)), null));
        return Loop.block(
                new Loop.Let(first, multiply(ref(eight), i32(TOKENS))),
                new Loop.Let(to, start),
                new Loop.Let(token, add(Expr.shiftRight(new Expr.Lane(LANES), 2), all(ref(first)))),
                new Loop.Let(row, multiply(binary(Operation.MIN, ref(token), all(WarpMultiply.minus(ref(n), 1))), all(g.k()))),
                Loop.loop(word, layout.words(), Binding.SERIAL, Loop.block(body)));
    }

    private Expr column(int b, Var word, Var step) {
        return add(new Expr.Load(LANES, columns.get(b), multiply(ref(word), i32(32)), null), all(multiply(ref(step), i32(perStep()))));
    }

    private Expr neighbours(Var word, Var step, Var row, List<Loop> steps) {
        Var four = names.value("four", new Type(Element.I8, 128));
        steps.add(new Loop.Let(four, new Expr.Gather(four.type(), x, add(ref(row), column(0, word, step)))));
        return new Expr.Bitcast(LANES, ref(four));
    }

    private Expr bytes(Var word, Var step, Var row, List<Loop> steps) {
        Expr value = Expr.zero(LANES);
        for (int b = 0; b < 4; b++) {
            Var column = names.value("column", LANES);
            steps.add(new Loop.Let(column, column(b, word, step)));
            Expr last = all(g.k() - 1);
            Expr byteOf = Expr.convert(Element.I32, new Expr.Gather(new Type(Element.I8, 32), x, add(ref(row), binary(Operation.MIN, ref(column), last))));
            Expr inside = new Expr.Select(new Expr.Compare(Relation.LE, ref(column), last), byteOf, Expr.zero(LANES));
            Expr bits = Expr.shiftLeft(Expr.mask(inside, 255), 8 * b);
            value = b == 0 ? bits : binary(Operation.OR, value, bits);
        }
        return value;
    }

    /// Each of the eight warps of the first part adds up a token.
    private Loop sums(Var eight, Var part, Var warp) {
        Var token = names.index("token");
        Expr first = binary(Operation.AND,
                new Expr.Compare(Relation.EQ, ref(part), i32(0)), new Expr.Compare(Relation.LT, ref(token), ref(n)));
        return Loop.block(
                new Loop.Let(token, add(multiply(ref(eight), i32(TOKENS)), ref(warp))),
                new Loop.If(first, new ActivationSum(names, x, prepared, g.k()).of(token, g.sumWord(ref(token)))));
    }
}
