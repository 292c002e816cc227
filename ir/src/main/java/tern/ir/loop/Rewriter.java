package tern.ir.loop;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes another program of a program: the one place that knows what each statement and each expression consists of.
///
/// Every method gives back what shall stand for its argument; here that is the same, made of the same parts. A
/// subclass overrides what it is about, and asks [#parts] for the rest. One that only looks overrides them, too.
public class Rewriter {

    /// For subclasses.
    protected Rewriter() {}

    public Loop of(Loop loop) {
        return parts(loop);
    }

    public Expr of(Expr expr) {
        return parts(expr);
    }

    /// A buffer that is touched.
    protected Buf of(Buf buffer) {
        return buffer;
    }

    /// A buffer that is written.
    protected Buf to(Buf buffer) {
        return of(buffer);
    }

    /// A variable that is given another value.
    protected Var set(Var var) {
        return var;
    }

    /// A place in a buffer: an index or a limit.
    protected Expr at(Buf buffer, Expr index) {
        return of(index);
    }

    /// A statement with each of its parts rewritten, in the order in which they run.
    protected final Loop parts(Loop loop) {
        return switch (loop) {
            case Loop.Block(var steps) -> new Loop.Block(steps.stream().map(this::of).toList());
            case Loop.For(Var index, var range, var binding, Loop body) -> new Loop.For(index, range(range), binding, of(body));
            case Loop.Let(Var var, Expr value) -> new Loop.Let(var, of(value));
            case Loop.Set(Var var, Expr value) -> new Loop.Set(set(var), of(value));
            case Loop.Store(Buf buffer, Expr index, Expr value, var limit) ->
                new Loop.Store(to(buffer), at(buffer, index), of(value), limit(buffer, limit));
            case Loop.If(Expr condition, Loop then) -> new Loop.If(of(condition), of(then));
            case Loop.Outline(String name, Loop body) -> new Loop.Outline(name, of(body));
            case Loop.At(int line, Loop body) -> new Loop.At(line, of(body));
            case Loop.CopyAsync(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements) ->
                new Loop.CopyAsync(to(to), at(to, toIndex), of(from), at(from, fromIndex), elements);
            case Loop.TileProduct p -> new Loop.TileProduct(to(p.sums()), at(p.sums(), p.sumsIndex()), of(p.a()), at(p.a(), p.aIndex()), p.aTiles(),
                    of(p.b()), at(p.b(), p.bIndex()), p.bTiles(), p.steps());
            case Loop.Prefetch(Buf buffer, Expr index, int elements) -> new Loop.Prefetch(of(buffer), at(buffer, index), elements);
            case Loop.CopyBulk(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements, Buf signals, Expr signal) ->
                new Loop.CopyBulk(to(to), at(to, toIndex), of(from), at(from, fromIndex), elements, of(signals), at(signals, signal));
            case Loop.Await(Buf signals, Expr signal, Expr phase) -> new Loop.Await(of(signals), at(signals, signal), of(phase));
            case Loop.GroupProduct(var sums, var a, Buf b, Expr bIndex, int apart) ->
                new Loop.GroupProduct(sums.stream().map(this::set).toList(), all(a), of(b), at(b, bIndex), apart);
            case Loop.Barrier _, Loop.Wait _, Loop.GridDependency _, Loop.GroupWait _ -> loop;
        };
    }

    private Loop.Range range(Loop.Range range) {
        return switch (range) {
            case Loop.Range.Steps(Expr from, Expr to, int step) -> new Loop.Range.Steps(of(from), of(to), step);
            case Loop.Range.Listed(Buf list, Expr count) -> new Loop.Range.Listed(of(list), of(count));
        };
    }

    private @Nullable Expr limit(Buf buffer, @Nullable Expr limit) {
        return limit == null ? null : at(buffer, limit);
    }

    private List<Expr> all(List<Expr> exprs) {
        return exprs.stream().map(this::of).toList();
    }

    /// An expression with each of its operands rewritten, in the order in which they are written.
    protected final Expr parts(Expr expr) {
        return switch (expr) {
            case Expr.Int _, Expr.Real _, Expr.Ref _, Expr.Lane _ -> expr;
            case Expr.Load(Type type, Buf buffer, Expr index, var limit) ->
                new Expr.Load(type, of(buffer), at(buffer, index), limit(buffer, limit));
            case Expr.Unary(var op, Expr a) -> new Expr.Unary(op, of(a));
            case Expr.Binary(var op, Expr a, Expr b) -> new Expr.Binary(op, of(a), of(b));
            case Expr.Fma(Expr a, Expr b, Expr c) -> new Expr.Fma(of(a), of(b), of(c));
            case Expr.Compare(var relation, Expr a, Expr b) -> new Expr.Compare(relation, of(a), of(b));
            case Expr.Select(Expr condition, Expr then, Expr otherwise) -> new Expr.Select(of(condition), of(then), of(otherwise));
            case Expr.Convert(Type type, Expr a) -> new Expr.Convert(type, of(a));
            case Expr.Bitcast(Type type, Expr a) -> new Expr.Bitcast(type, of(a));
            case Expr.Broadcast(Type type, Expr a) -> new Expr.Broadcast(type, of(a));
            case Expr.Lookup(Expr table, Expr index) -> new Expr.Lookup(of(table), of(index));
            case Expr.Shuffle(Expr a, var pattern) -> new Expr.Shuffle(of(a), pattern);
            case Expr.Reduce(var op, Expr a) -> new Expr.Reduce(op, of(a));
            case Expr.Dot(Expr sum, Expr a, Expr b) -> new Expr.Dot(of(sum), of(a), of(b));
            case Expr.Gather(Type type, Buf buffer, Expr indices) -> new Expr.Gather(type, of(buffer), at(buffer, indices));
            case Expr.Mma(Expr sum, var a, var b) -> new Expr.Mma(of(sum), all(a), all(b));
        };
    }
}
