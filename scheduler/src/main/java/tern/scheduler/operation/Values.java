package tern.scheduler.operation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tern.ir.loop.Arithmetic;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
import tern.ir.tensor.Formula;
import tern.scheduler.program.Names;

/// Formulas as values of some lanes, in the statements of one body.
///
/// What does not change along the lanes is computed once, as a scalar, before the loop.
final class Values {

    /// What comes before a loop.
    static final class Before {
        final List<Loop> lets = new ArrayList<>();
        private final Map<Formula, Expr> known = new HashMap<>();
    }

    private final TensorMemory memory;
    private final Names names;
    private final Before before;
    private final int lanes;
    private final @Nullable Var along;
    private final @Nullable Expr limit;
    private final Map<Var, Expr> place;
    private final Map<Formula, Expr> known = new HashMap<>();
    private final Set<Formula> once = new HashSet<>();
    private final Set<Formula> repeated = new HashSet<>();
    /// Statements that the values need.
    final List<Loop> lets = new ArrayList<>();

    /// @param along index that the lanes follow, null of a scalar
    /// @param first its value in the first lane
    /// @param limit its value at which the elements end, or null if all lanes are there
    Values(TensorMemory memory, Names names, Before before, int lanes, @Nullable Var along, @Nullable Expr first, @Nullable Expr limit) {
        this.memory = memory;
        this.names = names;
        this.before = before;
        this.lanes = lanes;
        this.along = along;
        this.limit = limit;
        this.place = along == null || first == null ? Map.of() : Map.of(along, first);
    }

    static Values scalar(TensorMemory memory, Names names) {
        return new Values(memory, names, new Before(), 1, null, null, null);
    }

    /// Says that a formula will be asked for: elements that several need are read once.
    void announce(Formula formula) {
        TensorMemory.elements(formula, element -> {
            if (!once.add(element)) repeated.add(element);
        });
    }

    /// Gives an element the value that it has.
    void stand(Formula.Element element, Expr value) {
        known.put(element, value);
    }

    Expr of(Formula formula) {
        if (lanes > 1 && along != null && !(formula instanceof Formula.Real) && !Steps.mentions(formula, along)) return fixed(formula);
        return switch (formula) {
            case Formula.Real(float value) -> real(value);
            case Formula.Element element -> element(element);
            case Formula.Apply(var operation, var of) -> apply(operation, of);
            case Formula.Reduction _ -> throw new IllegalArgumentException("a reduction inside of a formula: " + formula);
        };
    }

    private Expr real(float value) {
        return new Expr.Real(new Type(tern.ir.Element.F32, lanes), value);
    }

    private Expr fixed(Formula formula) {
        Expr there = before.known.get(formula);
        if (there != null) return there;
        Values scalar = scalar(memory, names);
        scalar.announce(formula);
        Expr value = scalar.of(formula);
        before.lets.addAll(scalar.lets);
        Var number = names.value("fixed", Type.F32), all = names.value("splat", new Type(tern.ir.Element.F32, lanes));
        before.lets.add(new Loop.Let(number, value));
        before.lets.add(new Loop.Let(all, Expr.broadcast(lanes, Expr.ref(number))));
        before.known.put(formula, Expr.ref(all));
        return Expr.ref(all);
    }

    private Expr element(Formula.Element element) {
        Expr there = known.get(element);
        if (there != null) return there;
        Expr value = memory.load(placed(element), lanes, end(element));
        if (!repeated.contains(element)) return value;
        Expr named = named("read", value);
        known.put(element, named);
        return named;
    }

    /// The element of the first lane.
    Formula.Element placed(Formula.Element element) {
        return (Formula.Element) element.map(index -> Steps.put(index, place));
    }

    /// The element at which the lanes end, or null if all are there.
    Formula.@Nullable Element end(Formula.Element element) {
        if (along == null || limit == null) return null;
        return (Formula.Element) element.map(index -> Steps.put(index, Map.of(along, limit)));
    }

    private Expr named(String stem, Expr value) {
        Var var = names.value(stem, value.type());
        lets.add(new Loop.Let(var, value));
        return Expr.ref(var);
    }

    private Expr apply(Formula.Operation operation, List<Formula> of) {
        List<Expr> parts = of.stream().map(this::of).toList();
        Expr a = parts.getFirst(), b = parts.get(Math.min(1, parts.size() - 1));
        return switch (operation) {
            case ADD -> new Expr.Binary(Operation.ADD, a, b);
            case SUBTRACT -> new Expr.Binary(Operation.SUBTRACT, a, b);
            case MULTIPLY -> new Expr.Binary(Operation.MULTIPLY, a, b);
            case DIVIDE -> new Expr.Binary(Operation.DIVIDE, a, b);
            case MIN -> new Expr.Binary(Operation.MIN, a, b);
            case MAX -> new Expr.Binary(Operation.MAX, a, b);
            case NEGATE -> new Expr.Unary(Expr.Unary.Operation.NEGATE, a);
            case ABS -> new Expr.Unary(Expr.Unary.Operation.ABS, a);
            case SQRT -> new Expr.Unary(Expr.Unary.Operation.SQRT, a);
            case ROUND -> new Expr.Unary(Expr.Unary.Operation.ROUND, a);
            case EXP -> Arithmetic.exp(named("x", a), this::named);
            case FMA -> new Expr.Fma(a, b, parts.get(2));
            case WHERE_LESS -> new Expr.Select(new Expr.Compare(Expr.Compare.Relation.LT, a, b), parts.get(2), parts.get(3));
            case WHERE_EQUAL -> new Expr.Select(new Expr.Compare(Expr.Compare.Relation.EQ, a, b), parts.get(2), parts.get(3));
        };
    }

    /// `term` added to `sum` as a reduction does: a product by fma.
    Expr accumulate(Formula.Order order, Formula term, Expr sum) {
        if (order == Formula.Order.MOST) return new Expr.Binary(Operation.MAX, of(term), sum);
        if (term instanceof Formula.Apply(var operation, var of) && operation == Formula.Operation.MULTIPLY) {
            Expr a = of(of.get(0));
            return new Expr.Fma(a, of(of.get(1)), sum);
        }
        return new Expr.Binary(Operation.ADD, of(term), sum);
    }
}
