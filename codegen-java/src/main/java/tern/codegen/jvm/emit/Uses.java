package tern.codegen.jvm.emit;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Rewriter;
import tern.ir.loop.Var;

/// What a piece of a program needs from outside: the parameters of its method.
public final class Uses extends Rewriter {

    private final Set<Var> variables = new LinkedHashSet<>();
    private final Set<Var> bound = new LinkedHashSet<>();
    private final Set<Buf> buffers = new LinkedHashSet<>();
    private final List<Expr.Load> loads = new ArrayList<>();
    private boolean team, tiles;

    /// What a statement needs.
    public static Uses in(Loop loop) {
        Uses uses = new Uses();
        uses.of(loop);
        uses.variables.removeAll(uses.bound);
        return uses;
    }

    /// All loads in an expression.
    static List<Expr.Load> loads(Expr expr) {
        Uses uses = new Uses();
        uses.of(expr);
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
    public boolean team() {
        return team;
    }

    /// Whether it multiplies tiles.
    public boolean tiles() {
        return tiles;
    }

    @Override
    public Loop of(Loop loop) {
        switch (loop) {
            case Loop.For(var index, _, var binding, _) -> {
                bound.add(index);
                team |= binding == Loop.Binding.CORES || binding == Loop.Binding.BLOCKS;
            }
            case Loop.Let(Var var, _) -> bound.add(var);
            case Loop.Barrier(var scope) -> team |= scope == Loop.Binding.CORES || scope == Loop.Binding.BLOCKS;
            case Loop.TileProduct _ -> tiles = true;
            case Loop.Prefetch _ -> {
                return loop; // nothing is emitted
            }
            case Loop.Block _, Loop.Set _, Loop.Store _, Loop.If _, Loop.Outline _, Loop.At _, Loop.CopyAsync _, Loop.Wait _, Loop.GridDependency _,
                    Loop.Group _ -> {}
        }
        return parts(loop);
    }

    @Override
    public Expr of(Expr expr) {
        if (expr instanceof Expr.Ref(Var var)) variables.add(var);
        if (expr instanceof Expr.Load load) loads.add(load);
        return parts(expr);
    }

    @Override
    protected Buf of(Buf buffer) {
        buffers.add(buffer);
        return buffer;
    }

    @Override
    protected Var set(Var var) {
        variables.add(var);
        return var;
    }
}
