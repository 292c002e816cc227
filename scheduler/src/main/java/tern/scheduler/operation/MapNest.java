package tern.scheduler.operation;

import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.Op;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Var;
import tern.ir.tensor.Formula;
import tern.ir.tensor.Index;
import tern.ir.tensor.Statement.Define;
import tern.scheduler.program.Names;

/// Elements one by one, or as many as [Op#LANES] along the last index where they lie side by side.
record MapNest(TensorMemory memory, Names names) {

    Loop of(Define define) {
        List<Index> indices = define.indices();
        if (indices.isEmpty() || !isVector(define, indices.getLast().var()))
            return Nests.around(names, indices, Map.of(), at -> body(define, at, new Values.Before(), 1, null, null, null));
        Index last = indices.getLast();
        return Nests.around(names, indices.subList(0, indices.size() - 1), Map.of(), at -> {
            var before = new Values.Before();
            Index along = Nests.put(last, at);
            List<Loop> strips = Strips.of(names, along, Op.LANES,
                    first -> body(define, at, before, Op.LANES, last.var(), first, null),
                    first -> body(define, at, before, Op.LANES, last.var(), first, along.to()));
            List<Loop> all = new ArrayList<>(before.lets);
            all.addAll(strips);
            return Loop.block(all);
        });
    }

    private static boolean isVector(Define define, Var along) {
        boolean[] steps = {true};
        for (Formula.Element target : define.targets()) steps[0] &= TensorMemory.stride(target, along) == 1;
        for (Formula value : define.values())
            TensorMemory.elements(value, element -> steps[0] &= TensorMemory.stride(element, along) >= 0);
        return steps[0];
    }

    private Loop body(Define define, Map<Var, Expr> at, Values.Before before, int lanes, @Nullable Var along, @Nullable Expr first, @Nullable Expr limit) {
        var values = new Values(memory, names, before, lanes, along, first, limit);
        List<Formula> formulas = define.values().stream().map(value -> value.map(index -> Steps.put(index, at))).toList();
        formulas.forEach(values::announce);
        List<Expr> results = new ArrayList<>();
        for (Formula formula : formulas) {
            Expr value = values.of(formula);
            if (formulas.size() > 1) {
                Var result = names.value("result", value.type());
                values.lets.add(new Loop.Let(result, value));
                value = ref(result);
            }
            results.add(value);
        }
        List<Loop> all = values.lets;
        for (int i = 0; i < results.size(); i++) {
            var target = (Formula.Element) define.targets().get(i).map(index -> Steps.put(index, at));
            all.add(memory.store(values.placed(target), results.get(i), values.end(target)));
        }
        return Loop.block(all);
    }
}
