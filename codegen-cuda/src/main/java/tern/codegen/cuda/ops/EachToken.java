package tern.codegen.cuda.ops;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// A program for tokens of one sequence as a program for one token of each of several, see [tern.ir.Op.Each]: it gets one more axis of blocks, a
/// token each, on which n is 1, the position is read from memory, and every parameter begins where that token's share does.
///
///     for token in 0..n on blocks {                     for eachToken in 0..n on blocks {
///       ... x[token * 64 + i] ...                         let eachBefore: i32 = places[eachToken * 2 + 1]
///       ... position + token ...                          let eachOf_x: i32 = eachToken * 64
///     }                                                   ... x[eachOf_x + i] ...   ... eachBefore ...
///
/// A number of blocks that depends on the position is that of the longest sequence, whose position the launch passes.
public final class EachToken {

    /// Elements from the share of a token to the next one's.
    ///
    /// @param elements  from one to the next, 0 if all tokens see the same
    /// @param ofSlot    whether it is the sequence's slot that counts them, not the token's number
    /// @param count     of shares; 0 = as many as tokens
    public record Share(long elements, boolean ofSlot, int count) {

        public static Share all() {
            return new Share(0, false, 0);
        }

        public static Share token(long elements) {
            return new Share(elements, false, 0);
        }

        public static Share slot(long elements, int slots) {
            return new Share(elements, true, slots);
        }
    }

    private final Program program;
    private final Var n, before;
    private final Map<Buf, Buf> buffers = new HashMap<>();
    private final Map<Buf, Var> offsets = new HashMap<>();
    private boolean gridMoves;

    private EachToken(Program program) {
        this.program = program;
        n = Var.value("n", Type.I32);
        before = Var.value("eachBefore", Type.I32);
    }

    /// @param shares of the parameters, in order
    /// @param most   tokens of a launch
    /// @return with one parameter more: places i32 `[n, 2]`, slot and position of each token
    public static Program of(Program program, List<Share> shares, int most, String name) {
        return new EachToken(program).of(shares, most, name);
    }

    private Program of(List<Share> shares, int most, String name) {
        Var token = Var.value("eachToken", Type.I32), slot = Var.value("eachSlot", Type.I32);
        Buf places = Buf.in("places", Element.I32, Expr.multiply(Expr.ref(n), Expr.i32(2)), Interval.of(0, Integer.MAX_VALUE));
        var parameters = new ArrayList<Buf>();
        var steps = new ArrayList<Loop>();
        Expr place = Expr.multiply(Expr.ref(token), Expr.i32(2));
        steps.add(new Loop.Let(slot, Expr.load(places, place, 1)));
        steps.add(new Loop.Let(before, Expr.load(places, Expr.add(place, Expr.i32(1)), 1)));
        List<Buf> old = program.parameters();
        if (old.size() != shares.size()) throw new IllegalArgumentException(old.size() + " parameters, " + shares.size() + " shares");
        for (int i = 0; i < old.size(); i++) {
            Share share = shares.get(i);
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
        steps.add(loop(program.body()));
        var scalars = new ArrayList<Program.Scalar>();
        scalars.add(new Program.Scalar(n, Interval.of(1, most)));
        if (gridMoves) program.scalars().stream().filter(EachToken::isPosition).forEach(scalars::add);
        var all = new Loop.For(token, new Loop.Range.Steps(Expr.i32(0), Expr.ref(n), 1), Loop.Binding.BLOCKS, new Loop.Block(steps));
        return new Program(name, program.source(), scalars, parameters, all);
    }

    private Buf moved(Buf buf, Share share, int most) {
        if (share.elements * Math.max(share.count, most) > Integer.MAX_VALUE)
            throw new CompileException(program.name(), "%d times %d elements of %s are more than a card's kernels count"
                    .formatted(Math.max(share.count, most), share.elements, buf));
        Expr extent = share.elements == 0 ? inGrid(buf.extent())
                : Expr.multiply(share.count == 0 ? Expr.ref(n) : Expr.i32(share.count), Expr.i32((int) share.elements));
        return new Buf(buf.name(), buf.element(), buf.scope(), extent, buf.values(), buf.data());
    }

    private static boolean isPosition(Program.Scalar scalar) {
        return scalar.var().name().equals("position");
    }

    // Statements

    private Loop loop(Loop loop) {
        return switch (loop) {
            case Loop.Block(var steps) -> new Loop.Block(steps.stream().map(this::loop).toList());
            case Loop.For(Var index, Loop.Range range, Loop.Binding binding, Loop body) -> loop(index, range, binding, body);
            case Loop.Let(Var var, Expr value) -> new Loop.Let(var, of(value));
            case Loop.Set(Var var, Expr value) -> new Loop.Set(var, of(value));
            case Loop.Store(Buf buffer, Expr index, Expr value, @Nullable Expr limit) ->
                new Loop.Store(of(buffer), at(buffer, index), of(value), limit == null ? null : at(buffer, limit));
            case Loop.If(Expr condition, Loop then) -> new Loop.If(of(condition), loop(then));
            case Loop.Outline(String name, Loop body) -> new Loop.Outline(name, loop(body));
            case Loop.Barrier _, Loop.Wait _, Loop.Launches _ -> loop;
            case Loop.Fetch(Buf buffer, Expr index, int elements) -> new Loop.Fetch(of(buffer), at(buffer, index), elements);
            case Loop.CopyAsync(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements) ->
                new Loop.CopyAsync(of(to), at(to, toIndex), of(from), at(from, fromIndex), elements);
            case Loop.TileProduct _, Loop.Group _ -> throw new CompileException(program.name(), "a product of tiles, which no operation has");
            case Loop.At(int line, Loop body) -> new Loop.At(line, loop(body));
        };
    }

    /// A loop over the only token is none.
    private Loop loop(Var index, Loop.Range range, Loop.Binding binding, Loop body) {
        boolean ofGrid = binding == Loop.Binding.BLOCKS || binding == Loop.Binding.CORES;
        return switch (range) {
            case Loop.Range.Listed(Buf list, Expr count) ->
                new Loop.For(index, new Loop.Range.Listed(of(list), of(count)), binding, loop(body));
            case Loop.Range.Steps(Expr from, Expr to, int step) -> {
                Expr first = ofGrid ? inGrid(from) : of(from), end = ofGrid ? inGrid(to) : of(to);
                if (ofGrid && first.equals(Expr.i32(0)) && end.equals(Expr.i32(1)))
                    yield new Loop.Block(List.of(new Loop.Let(index, first), loop(body)));
                yield new Loop.For(index, new Loop.Range.Steps(first, end, step), binding, loop(body));
            }
        };
    }

    /// A number of blocks: known before the launch, so of the longest sequence.
    private Expr inGrid(Expr extent) {
        if (extent instanceof Expr.Binary(var op, Expr a, Expr b)) return new Expr.Binary(op, inGrid(a), inGrid(b));
        if (!(extent instanceof Expr.Ref(Var var))) return extent;
        gridMoves |= var.name().equals("position");
        return var.name().equals("n") ? Expr.i32(1) : extent;
    }

    // Expressions

    private Buf of(Buf buffer) {
        return buffers.getOrDefault(buffer, buffer);
    }

    private Expr at(Buf buffer, Expr index) {
        Var offset = offsets.get(buffer);
        return offset == null ? of(index) : Expr.add(Expr.broadcast(index.type().lanes(), Expr.ref(offset)), of(index));
    }

    private List<Expr> of(List<Expr> all) {
        return all.stream().map(this::of).toList();
    }

    private Expr of(Expr expr) {
        return switch (expr) {
            case Expr.Int _, Expr.Real _, Expr.Lane _ -> expr;
            case Expr.Ref(Var var) -> var.name().equals("n") ? Expr.i32(1) : var.name().equals("position") ? Expr.ref(before) : expr;
            case Expr.Load(var type, Buf buffer, Expr index, @Nullable Expr limit) ->
                new Expr.Load(type, of(buffer), at(buffer, index), limit == null ? null : at(buffer, limit));
            case Expr.Unary(var op, Expr a) -> new Expr.Unary(op, of(a));
            case Expr.Binary(var op, Expr a, Expr b) -> new Expr.Binary(op, of(a), of(b));
            case Expr.Fma(Expr a, Expr b, Expr c) -> new Expr.Fma(of(a), of(b), of(c));
            case Expr.Compare(var relation, Expr a, Expr b) -> new Expr.Compare(relation, of(a), of(b));
            case Expr.Select(Expr condition, Expr a, Expr b) -> new Expr.Select(of(condition), of(a), of(b));
            case Expr.Convert(var type, Expr a) -> new Expr.Convert(type, of(a));
            case Expr.Bitcast(var type, Expr a) -> new Expr.Bitcast(type, of(a));
            case Expr.Broadcast(var type, Expr a) -> new Expr.Broadcast(type, of(a));
            case Expr.Lookup(Expr table, Expr index) -> new Expr.Lookup(of(table), of(index));
            case Expr.Shuffle(Expr a, var pattern) -> new Expr.Shuffle(of(a), pattern);
            case Expr.Reduce(var op, Expr a) -> new Expr.Reduce(op, of(a));
            case Expr.Dot(Expr sum, Expr a, Expr b) -> new Expr.Dot(of(sum), of(a), of(b));
            case Expr.Gather(var type, Buf buffer, Expr indices) -> new Expr.Gather(type, of(buffer), at(buffer, indices));
            case Expr.Mma(Expr sum, var a, var b) -> new Expr.Mma(of(sum), of(a), of(b));
        };
    }
}
