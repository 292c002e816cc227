package tern.codegen.cuda.device;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;

/// A program's body over other buffers.
///
/// @param buffers what stands for what; a buffer that is not named stays
/// @param behind  whether it follows another body in the same block: its blocks come one after the other, and launches are no matter of its own
record Rebound(Map<Buf, Buf> buffers, boolean behind) {

    Loop of(Loop loop) {
        return switch (loop) {
            case Loop.Block(var steps) -> new Loop.Block(steps.stream().map(this::of).toList());
            case Loop.For(var index, var range, var binding, Loop body) ->
                new Loop.For(index, of(range), behind && binding == Binding.BLOCKS ? Binding.SERIAL : binding, of(body));
            case Loop.Let(var var, Expr value) -> new Loop.Let(var, of(value));
            case Loop.Set(var var, Expr value) -> new Loop.Set(var, of(value));
            case Loop.Store(Buf buffer, Expr index, Expr value, var limit) -> new Loop.Store(of(buffer), of(index), of(value), orNull(limit));
            case Loop.If(Expr condition, Loop then) -> new Loop.If(of(condition), of(then));
            case Loop.Outline(String name, Loop body) -> new Loop.Outline(name, of(body));
            case Loop.At(int line, Loop body) -> new Loop.At(line, of(body));
            case Loop.CopyAsync(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements) ->
                new Loop.CopyAsync(of(to), of(toIndex), of(from), of(fromIndex), elements);
            case Loop.TileProduct p -> new Loop.TileProduct(of(p.sums()), of(p.sumsIndex()), of(p.a()), of(p.aIndex()), p.aTiles(), of(p.b()),
                    of(p.bIndex()), p.bTiles(), p.steps());
            case Loop.Launches _ -> behind ? new Loop.Block(List.of()) : loop;
            case Loop.Fetch(Buf buffer, Expr index, int elements) ->
                behind ? new Loop.Block(List.of()) : new Loop.Fetch(of(buffer), of(index), elements);
            case Loop.CopyBulk(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements, Buf signals, Expr signal) ->
                new Loop.CopyBulk(of(to), of(toIndex), of(from), of(fromIndex), elements, of(signals), of(signal));
            case Loop.Await(Buf signals, Expr signal, Expr turn) -> new Loop.Await(of(signals), of(signal), of(turn));
            case Loop.GroupProduct(var sums, var a, Buf b, Expr bIndex, int apart) ->
                new Loop.GroupProduct(sums, all(a), of(b), of(bIndex), apart);
            case Loop.Barrier _, Loop.Wait _, Loop.GroupWait _ -> loop;
        };
    }

    private Buf of(Buf buffer) {
        return buffers.getOrDefault(buffer, buffer);
    }

    private Loop.Range of(Loop.Range range) {
        return switch (range) {
            case Loop.Range.Steps(Expr from, Expr to, int step) -> new Loop.Range.Steps(of(from), of(to), step);
            case Loop.Range.Listed(Buf list, Expr count) -> new Loop.Range.Listed(of(list), of(count));
        };
    }

    private @Nullable Expr orNull(@Nullable Expr expr) {
        return expr == null ? null : of(expr);
    }

    private List<Expr> all(List<Expr> exprs) {
        return exprs.stream().map(this::of).toList();
    }

    private Expr of(Expr expr) {
        return switch (expr) {
            case Expr.Int _, Expr.Real _, Expr.Ref _, Expr.Lane _ -> expr;
            case Expr.Load(var type, Buf buffer, Expr index, var limit) -> new Expr.Load(type, of(buffer), of(index), orNull(limit));
            case Expr.Unary(var op, Expr a) -> new Expr.Unary(op, of(a));
            case Expr.Binary(var op, Expr a, Expr b) -> new Expr.Binary(op, of(a), of(b));
            case Expr.Fma(Expr a, Expr b, Expr c) -> new Expr.Fma(of(a), of(b), of(c));
            case Expr.Compare(var relation, Expr a, Expr b) -> new Expr.Compare(relation, of(a), of(b));
            case Expr.Select(Expr condition, Expr then, Expr otherwise) -> new Expr.Select(of(condition), of(then), of(otherwise));
            case Expr.Convert(var type, Expr a) -> new Expr.Convert(type, of(a));
            case Expr.Bitcast(var type, Expr a) -> new Expr.Bitcast(type, of(a));
            case Expr.Broadcast(var type, Expr a) -> new Expr.Broadcast(type, of(a));
            case Expr.Lookup(Expr table, Expr index) -> new Expr.Lookup(of(table), of(index));
            case Expr.Shuffle(Expr a, var pattern) -> new Expr.Shuffle(of(a), pattern);
            case Expr.Reduce(var op, Expr a) -> new Expr.Reduce(op, of(a));
            case Expr.Dot(Expr sum, Expr a, Expr b) -> new Expr.Dot(of(sum), of(a), of(b));
            case Expr.Gather(var type, Buf buffer, Expr indices) -> new Expr.Gather(type, of(buffer), of(indices));
            case Expr.Mma(Expr sum, var a, var b) -> new Expr.Mma(of(sum), all(a), all(b));
        };
    }
}
