package tern.codegen.cuda.ops;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;
import tern.ir.loop.Rewriter;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// A program for tokens of one sequence as a program for one token of each of several, see [tern.ir.Op.RaggedBatch]: it gets one more axis of blocks, a
/// token each, on which n is 1, the position is read from memory, and every parameter begins where that token's share does.
///
///     for token in 0..n on blocks {                     for eachToken in 0..n on blocks {
///       ... x[token * 64 + i] ...                         let eachBefore: i32 = places[eachToken * 2 + 1]
///       ... position + token ...                          let eachOf_x: i32 = eachToken * 64
///     }                                                   ... x[eachOf_x + i] ...   ... eachBefore ...
///
/// A number of blocks that depends on the position is that of the longest sequence, whose position the launch passes.
public final class RaggedBatchRewriter extends Rewriter {

    /// Elements from the share of a token to the next one's.
    ///
    /// @param elements  from one to the next, 0 if all tokens see the same
    /// @param ofSlot    whether it is the sequence's slot that counts them, not the token's number
    /// @param count     of shares; 0 = as many as tokens
    public record TokenStride(long elements, boolean ofSlot, int count) {

        public static TokenStride all() {
            return new TokenStride(0, false, 0);
        }

        public static TokenStride token(long elements) {
            return new TokenStride(elements, false, 0);
        }

        public static TokenStride slot(long elements, int slots) {
            return new TokenStride(elements, true, slots);
        }
    }

    private final Program program;
    private final Var before = Var.value("eachBefore", Type.I32);
    private final Map<Buf, Buf> buffers = new HashMap<>();
    private final Map<Buf, Var> offsets = new HashMap<>();
    private boolean gridMoves;

    private RaggedBatchRewriter(Program program) {
        this.program = program;
    }

    /// @param shares of the parameters, in order
    /// @param most   tokens of a launch
    /// @return with one parameter more: places i32 `[n, 2]`, slot and position of each token
    public static Program of(Program program, List<TokenStride> shares, int most, String name) {
        return new RaggedBatchRewriter(program).of(shares, most, name);
    }

    private Program of(List<TokenStride> shares, int most, String name) {
        Var token = Var.value("eachToken", Type.I32), slot = Var.value("eachSlot", Type.I32);
        Buf places = Buf.in("places", Element.I32, Expr.multiply(Expr.ref(Program.N), Expr.i32(2)), Interval.of(0, Integer.MAX_VALUE));
        var parameters = new ArrayList<Buf>();
        var steps = new ArrayList<Loop>();
        Expr place = Expr.multiply(Expr.ref(token), Expr.i32(2));
        steps.add(new Loop.Let(slot, Expr.load(places, place, 1)));
        steps.add(new Loop.Let(before, Expr.load(places, Expr.add(place, Expr.i32(1)), 1)));
        List<Buf> old = program.parameters();
        if (old.size() != shares.size()) throw new IllegalArgumentException(old.size() + " parameters, " + shares.size() + " shares");
        for (int i = 0; i < old.size(); i++) {
            TokenStride share = shares.get(i);
            Buf is = moved(old.get(i), share, most);
            parameters.add(is);
            buffers.put(old.get(i), is);
            if (share.elements == 0) continue;
            Var offset = Var.value("eachOf_" + is.name(), Type.I32);
            offsets.put(old.get(i), offset);
            steps.add(new Loop.Let(offset, Expr.multiply(Expr.ref(share.ofSlot ? slot : token), Expr.i32((int) share.elements))));
        }
        parameters.add(places);
        program.buffers().stream().filter(one -> !one.isParameter()).forEach(parameters::add);
        steps.add(of(program.body()));
        var scalars = new ArrayList<Program.Scalar>();
        scalars.add(new Program.Scalar(Program.N, Interval.of(1, most)));
        if (gridMoves) program.scalars().stream().filter(Program.Scalar::isPosition).forEach(scalars::add);
        var all = new Loop.For(token, new Loop.Range.Steps(Expr.i32(0), Expr.ref(Program.N), 1), Loop.Binding.BLOCKS, new Loop.Block(steps));
        return new Program(name, program.source(), scalars, parameters, all);
    }

    private Buf moved(Buf buf, TokenStride share, int most) {
        if (share.elements * Math.max(share.count, most) > Integer.MAX_VALUE)
            throw new CompileException(program.name(), String.format(ROOT, "%d times %d elements of %s are more than a card's kernels count",
                    Math.max(share.count, most), share.elements, buf));
        Expr extent = share.elements == 0 ? inGrid(buf.extent())
                : Expr.multiply(share.count == 0 ? Expr.ref(Program.N) : Expr.i32(share.count), Expr.i32((int) share.elements));
        return new Buf(buf.name(), buf.element(), buf.scope(), extent, buf.values(), buf.data());
    }

    // Statements

    @Override
    public Loop of(Loop loop) {
        return switch (loop) {
            case Loop.For(Var index, Loop.Range.Steps range, var binding, Loop body) when binding == Loop.Binding.BLOCKS || binding == Loop.Binding.CORES ->
                ofGrid(index, range, binding, body);
            case Loop.TileProduct _, Loop.Group _ -> throw new CompileException(program.name(), "a product of tiles, which no operation has");
            case Loop.For _, Loop.Block _, Loop.Let _, Loop.Set _, Loop.Store _, Loop.If _, Loop.Outline _, Loop.At _, Loop.CopyAsync _, Loop.Barrier _,
                    Loop.Wait _, Loop.GridDependency _, Loop.Prefetch _ ->
                parts(loop);
        };
    }

    /// A loop over the only token is none.
    private Loop ofGrid(Var index, Loop.Range.Steps range, Loop.Binding binding, Loop body) {
        Expr first = inGrid(range.from()), end = inGrid(range.to());
        if (first.equals(Expr.i32(0)) && end.equals(Expr.i32(1))) return new Loop.Block(List.of(new Loop.Let(index, first), of(body)));
        return new Loop.For(index, new Loop.Range.Steps(first, end, range.step()), binding, of(body));
    }

    /// A number of blocks: known before the launch, so of the longest sequence.
    private Expr inGrid(Expr extent) {
        if (extent instanceof Expr.Binary(var op, Expr a, Expr b)) return new Expr.Binary(op, inGrid(a), inGrid(b));
        if (!(extent instanceof Expr.Ref(Var var))) return extent;
        gridMoves |= var.equals(Program.POSITION);
        return var.equals(Program.N) ? Expr.i32(1) : extent;
    }

    // Expressions

    @Override
    protected Buf of(Buf buffer) {
        return buffers.getOrDefault(buffer, buffer);
    }

    @Override
    protected Expr at(Buf buffer, Expr index) {
        Var offset = offsets.get(buffer);
        return offset == null ? of(index) : Expr.add(Expr.broadcast(index.type().lanes(), Expr.ref(offset)), of(index));
    }

    @Override
    public Expr of(Expr expr) {
        if (!(expr instanceof Expr.Ref(Var var))) return parts(expr);
        return var.equals(Program.N) ? Expr.i32(1) : var.equals(Program.POSITION) ? Expr.ref(before) : expr;
    }
}
