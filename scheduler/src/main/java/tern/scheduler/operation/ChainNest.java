package tern.scheduler.operation;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.ir.tensor.Formula;
import tern.ir.tensor.Index;
import tern.ir.tensor.Statement.Define;
import tern.ir.tensor.Tensor;
import tern.scheduler.program.Names;

/// Sums from first to last, many of them next to each other: terms in blocks, so that what a block reads is near while all sums take it.
///
/// @param registers values of [Op#LANES] floats that registers hold at a time, as sums
record ChainNest(TensorMemory memory, Names names, int registers) {

    private static final Type LANES = new Type(Element.F32, Op.LANES);

    /// Terms of a block.
    private static final int BLOCK = 64;

    /// @param result stands for the sums in the formula around them
    Loop of(Define define, Reduced reduced, Formula.Element result) {
        Index along = define.indices().getLast();
        if (TensorMemory.stride(define.targets().getFirst(), along.var()) != 1)
            throw new IllegalArgumentException("sums from first to last that do not stand side by side: " + result.tensor().name());
        var map = new MapNest(memory, names);
        Loop zero = map.of(new Define(define.indices(), List.of(result), List.of(new Formula.Real(0))));
        Loop last = map.of(new Define(define.indices(), define.targets(), List.of(reduced.around())));

        Index terms = reduced.reduction().index();
        Var block = names.index("block");
        Expr end = Expr.binary(Expr.Binary.Operation.MIN, add(ref(block), i32(BLOCK)), terms.to());
        Loop sums = Loop.loop(block, terms.from(), terms.to(), BLOCK, Binding.SERIAL, Loop.block(Strips.of(names, along, Op.LANES,
                first -> columns(define, reduced, result, ref(block), end, first, null),
                first -> columns(define, reduced, result, ref(block), end, first, along.to()))));
        return Loop.block(zero, sums, last);
    }

    private Loop columns(Define define, Reduced reduced, Formula.Element result, Expr from, Expr to, Expr first, @Nullable Expr limit) {
        List<Index> rows = define.indices().subList(0, define.indices().size() - 1);
        int most = OperationLowering.withRest(registers);
        List<Integer> tile = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) tile.add(i < rows.size() - 1 ? 1 : most);
        if (!rows.isEmpty() && Strips.extent(rows.getLast()) > 0) tile.set(rows.size() - 1, Math.min(most, Strips.extent(rows.getLast())));
        return Nests.tiled(names, rows, tile, List.of(Map.of()), points -> body(define, reduced, result, points, from, to, first, limit));
    }

    private Loop body(Define define, Reduced reduced, Formula.Element result, List<Map<Var, Expr>> points, Expr from, Expr to, Expr first,
            @Nullable Expr limit) {
        Var along = define.indices().getLast().var(), term = reduced.reduction().index().var();
        List<Formula.Element> places = points.stream()
                .map(point -> (Formula.Element) result.map(index -> Steps.put(index, Nests.with(point, along, first)))).toList();
        List<Var> sums = points.stream().map(_ -> names.mutable("sum", LANES)).toList();
        List<Loop> all = new ArrayList<>();
        for (int i = 0; i < sums.size(); i++) all.add(new Loop.Let(sums.get(i), memory.load(places.get(i), Op.LANES, null)));
        all.addAll(Strips.single(names, new Index(term, from, to), at -> {
            var before = new Values.Before();
            var values = new Values(memory, names, before, Op.LANES, along, first, limit);
            List<Formula> terms = points.stream()
                    .map(point -> reduced.reduction().term().map(index -> Steps.put(index, Nests.with(point, term, at)))).toList();
            terms.forEach(values::announce);
            List<Loop> sets = IntStream.range(0, sums.size()).<Loop>mapToObj(i -> new Loop.Set(sums.get(i),
                    values.accumulate(Formula.Order.CHAIN, terms.get(i), ref(sums.get(i))))).toList();
            List<Loop> step = new ArrayList<>(before.lets);
            step.addAll(values.lets);
            step.addAll(sets);
            return Loop.block(step);
        }));
        for (int i = 0; i < sums.size(); i++) all.add(memory.store(places.get(i), ref(sums.get(i)), null));
        return Loop.block(all);
    }

    /// The sums of a statement while they grow.
    static Formula.Element sums(Define define, String name) {
        Formula.Element target = define.targets().getFirst();
        List<Expr> extents = new ArrayList<>(), at = new ArrayList<>();
        for (Index index : define.indices()) {
            if (Strips.extent(index) < 0) throw new IllegalArgumentException("no constant number of sums of " + target.tensor().name());
            extents.add(index.to());
            at.add(ref(index.var()));
        }
        return new Formula.Element(new Tensor(name, Element.F32, extents, null), at);
    }
}
