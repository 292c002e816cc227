package tern.scheduler.operation;

import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.ir.tensor.Formula;
import tern.ir.tensor.Index;
import tern.ir.tensor.Statement.Define;
import tern.ir.tensor.Tensor;
import tern.scheduler.program.Names;

/// Sums in lanes and largest values: several results at a time, each in lanes of its own, which share what they read.
///
/// @param registers values of [Op#LANES] floats that registers hold at a time, as sums
record LanesNest(TensorMemory memory, Names names, int registers) {

    private static final Type LANES = new Type(Element.F32, Op.LANES);

    /// The numbers of the lanes, to tell those that are there from those that are not.
    static final Buf NUMBERS = Buf.constant("lanes", Element.I32, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

    /// Stands for a reduction's result in the formula around it.
    static final Formula.Element RESULT = new Formula.Element(new Tensor("result", Element.F32, List.of(), null), List.of());

    Loop of(Define define, Reduced reduced) {
        List<Index> indices = new ArrayList<>(define.indices());
        List<Integer> tile = new ArrayList<>(Collections.nCopies(indices.size(), 1));
        if (!indices.isEmpty()) tile(indices, tile);
        return Nests.tiled(names, indices, tile, List.of(Map.of()), points -> body(define, reduced, points));
    }

    /// An index of few values goes innermost: its results share the most.
    private void tile(List<Index> indices, List<Integer> tile) {
        int small = indices.size() - 1;
        for (int i = 0; i < indices.size(); i++) if (Strips.extent(indices.get(i)) > 1 && Strips.extent(indices.get(i)) <= 16) small = i;
        indices.add(indices.remove(small));
        int extent = Strips.extent(indices.getLast());
        int inner = extent < 0 ? registers : best(extent);
        tile.set(indices.size() - 1, inner);
        if (indices.size() > 1) tile.set(indices.size() - 2, Math.max(1, OperationLowering.withRest(registers) / inner));
    }

    private int best(int extent) {
        for (int width = Math.min(extent, registers); width > 1; width--) if (extent % width == 0) return width;
        return Math.min(Math.max(1, extent), OperationLowering.withRest(registers));
    }

    private Loop body(Define define, Reduced reduced, List<Map<Var, Expr>> points) {
        Formula.Reduction reduction = reduced.reduction();
        Formula.Order order = reduction.order();
        Index along = Nests.put(reduction.index(), points.getFirst());
        List<Var> sums = points.stream().map(_ -> names.mutable("sum", LANES)).toList();
        List<Loop> all = new ArrayList<>();
        Expr zero = new Expr.Real(LANES, order == Formula.Order.MOST ? -Float.MAX_VALUE : 0f);
        for (Var sum : sums) all.add(new Loop.Let(sum, zero));

        var before = new Values.Before();
        List<Formula> terms = points.stream().map(point -> reduction.term().map(index -> Steps.put(index, point))).toList();
        List<Loop> strips = Strips.of(names, along, Op.LANES,
                first -> step(order, terms, sums, new Values(memory, names, before, Op.LANES, along.var(), first, null), null),
                first -> step(order, terms, sums, new Values(memory, names, before, Op.LANES, along.var(), first, along.to()),
                        Expr.subtract(along.to(), first)));
        all.addAll(before.lets);
        all.addAll(strips);
        for (int i = 0; i < points.size(); i++) all.add(result(define, reduced, points.get(i), sums.get(i)));
        return Loop.block(all);
    }

    /// @param left lanes that are there, or null if all are
    private Loop step(Formula.Order order, List<Formula> terms, List<Var> sums, Values values, @org.jspecify.annotations.Nullable Expr left) {
        terms.forEach(values::announce);
        List<Loop> sets = new ArrayList<>();
        Var mask = names.value("there", LANES.withElement(Element.BOOL));
        if (left != null)
            values.lets.add(new Loop.Let(mask, new Expr.Compare(Expr.Compare.Relation.LT, Expr.load(NUMBERS, i32(0), Op.LANES),
                    Expr.broadcast(Op.LANES, left))));
        for (int i = 0; i < sums.size(); i++) {
            Expr sum = ref(sums.get(i)), next = values.accumulate(order, terms.get(i), sum);
            sets.add(new Loop.Set(sums.get(i), left == null ? next : new Expr.Select(ref(mask), next, sum)));
        }
        List<Loop> all = new ArrayList<>(values.lets);
        all.addAll(sets);
        return Loop.block(all);
    }

    private Loop result(Define define, Reduced reduced, Map<Var, Expr> point, Var sum) {
        var fold = reduced.reduction().order() == Formula.Order.MOST ? Expr.Binary.Operation.MAX : Expr.Binary.Operation.ADD;
        Var total = names.value("total", Type.F32);
        var values = Values.scalar(memory, names);
        values.stand(RESULT, ref(total));
        Formula around = reduced.around().map(index -> Steps.put(index, point));
        values.announce(around);
        Expr value = values.of(around);
        List<Loop> all = new ArrayList<>();
        all.add(new Loop.Let(total, new Expr.Reduce(fold, ref(sum))));
        all.addAll(values.lets);
        all.add(memory.store((Formula.Element) define.targets().getFirst().map(index -> Steps.put(index, point)), value, null));
        return Loop.block(all);
    }
}
