package tern.scheduler.operation;

import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Var;
import tern.ir.tensor.Formula;
import tern.ir.tensor.Index;
import tern.ir.tensor.Statement;
import tern.ir.tensor.TensorProgram.Region;
import tern.scheduler.program.Names;

/// A region as one loop on cores, its statements as nests one after the other.
///
/// @param registers values of [tern.ir.Op#LANES] floats that registers hold at a time, as sums
record RegionLowering(TensorMemory memory, Names names, int registers) {

    Loop of(Region region) {
        Var each = names.index("each");
        Expr all = i32(1), left = ref(each);
        for (Index index : region.indices()) all = Expr.multiply(all, index.to());
        List<Loop> body = new ArrayList<>();
        Map<Var, Expr> values = new HashMap<>();
        for (int i = region.indices().size() - 1; i >= 0; i--) {
            Index index = region.indices().get(i);
            if (!index.from().equals(i32(0))) throw new IllegalArgumentException("a region's index begins with 0: " + index.var());
            Var var = names.index(index.var().name());
            body.add(new Loop.Let(var, i == 0 ? left : Expr.binary(Operation.REMAINDER, left, index.to())));
            if (i > 0) left = Expr.binary(Operation.DIVIDE, left, index.to());
            values.put(index.var(), ref(var));
        }
        for (Statement statement : region.body()) statement(statement, values, body);
        return Loop.loop(each, i32(0), all, 1, Binding.CORES, Loop.block(body));
    }

    private void statement(Statement statement, Map<Var, Expr> values, List<Loop> body) {
        switch (statement) {
            case Statement.Let(Var var, Expr value) -> {
                Var named = names.index(var.name());
                body.add(new Loop.Let(named, Steps.put(value, values)));
                values.put(var, ref(named));
            }
            case Statement.Define define -> {
                Statement.Define here = put(define, values);
                String name = names.index(here.targets().getFirst().tensor().name()).name();
                body.add(new Loop.Outline(name, nest(here, name)));
            }
        }
    }

    private static Statement.Define put(Statement.Define define, Map<Var, Expr> values) {
        return new Statement.Define(define.indices().stream().map(index -> Nests.put(index, values)).toList(),
                define.targets().stream().map(target -> (Formula.Element) target.map(index -> Steps.put(index, values))).toList(),
                define.values().stream().map(value -> value.map(index -> Steps.put(index, values))).toList());
    }

    /// Whether others run over what their first index says.
    private static boolean isAround(Statement.Define define, @Nullable Reduced reduced) {
        if (define.indices().isEmpty()) return false;
        Var first = define.indices().getFirst().var();
        List<Index> others = new ArrayList<>(define.indices().subList(1, define.indices().size()));
        if (reduced != null) others.add(reduced.reduction().index());
        return others.stream().anyMatch(index -> Steps.mentions(index.from(), first) || Steps.mentions(index.to(), first));
    }

    private Loop nest(Statement.Define define, String name) {
        @Nullable Reduced reduced = Reduced.of(define, LanesNest.RESULT);
        if (isAround(define, reduced)) {
            List<Index> inner = define.indices().subList(1, define.indices().size());
            var rest = new Statement.Define(inner, define.targets(), define.values());
            return Nests.around(names, define.indices().subList(0, 1), Map.of(), at -> nest(put(rest, at), name));
        }
        if (reduced == null) return new MapNest(memory, names).of(define);
        if (reduced.reduction().order() != Formula.Order.CHAIN) return new LanesNest(memory, names, registers).of(define, reduced);
        Formula.Element sums = ChainNest.sums(define, name + "sum");
        Formula around = reduced.around().replace(part -> part.equals(LanesNest.RESULT) ? sums : null);
        return new ChainNest(memory, names, registers).of(define, new Reduced(reduced.reduction(), around), sums);
    }
}
