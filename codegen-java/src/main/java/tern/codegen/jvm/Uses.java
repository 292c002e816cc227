package tern.codegen.jvm;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Var;

/// What a piece of a program needs from outside: the parameters of its method.
final class Uses {

    private final Set<Var> variables = new LinkedHashSet<>();
    private final Set<Var> bound = new LinkedHashSet<>();
    private final Set<Buf> buffers = new LinkedHashSet<>();
    private final List<Expr.Load> loads = new ArrayList<>();
    private boolean team, tiles;

    static Uses of(Loop loop) {
        Uses uses = new Uses();
        uses.visit(loop);
        uses.variables.removeAll(uses.bound);
        return uses;
    }

    /// All loads in an expression.
    static List<Expr.Load> loads(Expr expr) {
        Uses uses = new Uses();
        uses.visit(expr);
        return uses.loads;
    }

    /// Variables bound outside, in the order of their first use.
    Set<Var> variables() {
        return variables;
    }

    Set<Buf> buffers() {
        return buffers;
    }

    /// Whether it shares out work or waits for others.
    boolean team() {
        return team;
    }

    /// Whether it multiplies tiles.
    boolean tiles() {
        return tiles;
    }

    private void visit(Loop loop) {
        switch (loop) {
            case Loop.Block(var steps) -> steps.forEach(this::visit);
            case Loop.For(var index, var range, var binding, Loop body) -> {
                bound.add(index);
                team |= binding == Loop.Binding.CORES || binding == Loop.Binding.BLOCKS;
                switch (range) {
                    case Loop.Range.Steps(Expr from, Expr to, _) -> {
                        visit(from);
                        visit(to);
                    }
                    case Loop.Range.Listed(Buf list, Expr count) -> {
                        buffers.add(list);
                        visit(count);
                    }
                }
                visit(body);
            }
            case Loop.Let(Var var, Expr value) -> {
                bound.add(var);
                visit(value);
            }
            case Loop.Set(Var var, Expr value) -> {
                variables.add(var);
                visit(value);
            }
            case Loop.Store(Buf buffer, Expr index, Expr value, Expr limit) -> {
                buffers.add(buffer);
                visit(index);
                visit(value);
                if (limit != null) visit(limit);
            }
            case Loop.If(Expr condition, Loop then) -> {
                visit(condition);
                visit(then);
            }
            case Loop.Outline(_, Loop body) -> visit(body);
            case Loop.Barrier(var scope) -> team |= scope == Loop.Binding.CORES || scope == Loop.Binding.BLOCKS;
            case Loop.CopyAsync(Buf to, Expr toIndex, Buf from, Expr fromIndex, _) -> {
                buffers.add(to);
                buffers.add(from);
                visit(toIndex);
                visit(fromIndex);
            }
            case Loop.TileProduct product -> {
                tiles = true;
                buffers.addAll(List.of(product.sums(), product.a(), product.b()));
                visit(product.sumsIndex());
                visit(product.aIndex());
                visit(product.bIndex());
            }
            case Loop.Wait _, Loop.Launches _, Loop.Fetch _ -> {}
            case Loop.Group _ -> {} // refused where it would be emitted
            case Loop.At(_, Loop body) -> visit(body);
        }
    }

    private void visit(Expr expr) {
        switch (expr) {
            case Expr.Int _, Expr.Real _ -> {}
            case Expr.Ref(Var var) -> variables.add(var);
            case Expr.Load load -> {
                Buf buffer = load.buffer();
                Expr index = load.index(), limit = load.limit();
                loads.add(load);
                buffers.add(buffer);
                visit(index);
                if (limit != null) visit(limit);
            }
            case Expr.Unary(_, Expr a) -> visit(a);
            case Expr.Binary(_, Expr a, Expr b) -> visit(a, b);
            case Expr.Fma(Expr a, Expr b, Expr c) -> visit(a, b, c);
            case Expr.Compare(_, Expr a, Expr b) -> visit(a, b);
            case Expr.Select(Expr condition, Expr a, Expr b) -> visit(condition, a, b);
            case Expr.Convert(_, Expr a) -> visit(a);
            case Expr.Bitcast(_, Expr a) -> visit(a);
            case Expr.Broadcast(_, Expr a) -> visit(a);
            case Expr.Lookup(Expr table, Expr index) -> visit(table, index);
            case Expr.Shuffle(Expr a, _) -> visit(a);
            case Expr.Reduce(_, Expr a) -> visit(a);
            case Expr.Dot(Expr sum, Expr a, Expr b) -> visit(sum, a, b);
            case Expr.Warp _ -> {} // refused where it would be emitted
        }
    }

    private void visit(Expr... all) {
        for (Expr expr : all) visit(expr);
    }
}
