package tern.ir.loop;

import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Affine.Atom;
import tern.ir.loop.Expr.Binary.Operation;

/// Ranges of expressions, and scalar expressions as affine numbers.
final class RangeValues {

    private final RangeState state;
    private final Regions regions;
    /// Variables that hold bits of a code: narrowing them takes a part of the code on purpose.
    private final Set<Var> codes = new HashSet<>();
    /// What this statement has found already, by the very expression.
    private final IdentityHashMap<Expr, AbstractValue> found = new IdentityHashMap<>();
    private final IdentityHashMap<Expr, Atom> read = new IdentityHashMap<>();

    RangeValues(RangeState state) {
        this.state = state;
        this.regions = new Regions(state, this);
    }

    Regions regions() {
        return regions;
    }

    void let(Var var, Expr value) {
        if (isCode(value)) codes.add(var);
    }

    Interval interval(Expr expr) {
        return RangeState.all(held(expr), expr.type().element());
    }

    /// A new statement: what was found in the last one may have changed.
    void begin() {
        found.clear();
        read.clear();
    }

    /// What an expression may be; on the way, each of its loads and each integer operation is checked.
    AbstractValue held(Expr expr) {
        AbstractValue before = found.get(expr);
        if (before != null) return before;
        AbstractValue held = evaluate(expr);
        found.put(expr, held);
        return held;
    }

    private AbstractValue evaluate(Expr expr) {
        Element element = expr.type().element();
        return switch (expr) {
            case Expr.Int(_, long value) -> {
                Interval one = Interval.of(value);
                yield AbstractValue.of(one.fits(element) ? one : Interval.of(element));
            }
            case Expr.Real _ -> AbstractValue.of(Interval.ANY);
            case Expr.Ref(Var var) -> {
                AbstractValue held = state.get(var);
                yield held == null ? AbstractValue.of(RangeState.full(element)) : held;
            }
            case Expr.Load load -> load(load);
            case Expr.Unary(var op, Expr a) -> AbstractValue.of(unary(expr, op, interval(a)));
            case Expr.Binary binary -> binary(binary);
            case Expr.Fma(Expr a, Expr b, Expr c) -> {
                held(a);
                held(b);
                held(c);
                yield AbstractValue.of(Interval.ANY);
            }
            case Expr.Compare(_, Expr a, Expr b) -> {
                held(a);
                held(b);
                yield AbstractValue.of(Interval.of(0, 1));
            }
            case Expr.Select(Expr condition, Expr then, Expr otherwise) -> {
                held(condition);
                AbstractValue either = held(then).union(held(otherwise));
                yield either == null ? AbstractValue.of(RangeState.full(element)) : either;
            }
            case Expr.Convert(_, Expr a) -> AbstractValue.of(convert(expr, a, interval(a)));
            case Expr.Bitcast(_, Expr a) -> {
                Interval bits = interval(a);
                boolean same = !element.isFloat() && !a.type().element().isFloat() && a.type().lanes() == expr.type().lanes()
                        && bits.low() >= 0 && bits.fits(element);
                yield AbstractValue.of(same ? bits : RangeState.full(element));
            }
            case Expr.Broadcast(_, Expr a) -> held(a);
            case Expr.Lookup(Expr table, Expr index) -> {
                held(index);
                yield AbstractValue.of(interval(table));
            }
            case Expr.Shuffle(Expr a, _) -> AbstractValue.of(interval(a));
            case Expr.Reduce(var op, Expr a) -> {
                Interval each = interval(a);
                yield AbstractValue.of(element.isFloat() ? Interval.ANY
                        : checked(expr, Intervals.reduce(op, element, each, a.type().lanes())));
            }
            case Expr.Dot dot -> {
                AbstractValue before = held(dot.sum());
                Interval terms = interval(dot.a()).times(interval(dot.b())).times(Interval.of(dot.terms()));
                yield checked(expr, before.plus(terms));
            }
            case Expr.Warp warp -> warp(warp);
        };
    }

    /// Where a gather reads is checked by whoever runs it.
    private AbstractValue warp(Expr.Warp expr) {
        Element element = expr.type().element();
        return switch (expr) {
            case Expr.Lane(Type type) -> AbstractValue.of(Interval.of(0, type.lanes() - 1));
            case Expr.Gather(_, Buf buffer, Expr indices) -> {
                held(indices);
                Interval values = buffer.values();
                yield AbstractValue.of(values == null ? RangeState.full(element) : values);
            }
            case Expr.Mma(Expr sum, var a, var b) -> {
                AbstractValue before = held(sum);
                if (element.isFloat()) {
                    a.forEach(this::held);
                    b.forEach(this::held);
                    yield AbstractValue.of(Interval.ANY);
                }
                Interval product = union(a).times(union(b)).times(Interval.of(32));
                yield checked(expr, before.plus(product));
            }
        };
    }

    private Interval union(List<Expr> parts) {
        Interval all = Interval.of(0);
        for (Expr part : parts) all = all.union(interval(part));
        return all;
    }

    /// The same, or anything if it may not fit, which is reported.
    private Interval checked(Expr expr, Interval values) {
        Element element = expr.type().element();
        boolean saturated = values.low() == Long.MIN_VALUE || values.high() == Long.MAX_VALUE;
        if (values.fits(element) && !saturated) return values;
        state.wrap(expr, values);
        return Interval.of(element);
    }

    private AbstractValue checked(Expr expr, AbstractValue values) {
        Interval range = values.absolute();
        return range == null ? values : AbstractValue.of(checked(expr, range));
    }

    private AbstractValue load(Expr.Load load) {
        held(load.index());
        if (load.limit() != null) held(load.limit());
        regions.check(load.buffer(), load.index(), load.type().lanes(), load.limit(), false);
        AbstractValue values = regions.load(load.buffer(), load.index(), load.type().lanes());
        AbstractValue guarded = load.limit() == null ? values : values.union(AbstractValue.of(Interval.of(0)));
        return guarded == null ? values : guarded;
    }

    private Interval unary(Expr expr, Expr.Unary.Operation op, Interval a) {
        Element element = expr.type().element();
        if (element.isFloat()) return Interval.ANY;
        return switch (op) {
            case NEGATE -> checked(expr, a.negate());
            case ABS -> checked(expr, Intervals.abs(a));
            case NOT -> Intervals.not(element, a);
            case SQRT, ROUND -> Interval.ANY;
        };
    }

    private AbstractValue binary(Expr.Binary expr) {
        Operation op = expr.op();
        Element element = expr.type().element();
        AbstractValue a = held(expr.a()), b = held(expr.b());
        if (element.isFloat()) return AbstractValue.of(Interval.ANY);
        if (isCallers(expr)) return AbstractValue.of(Interval.of(element));
        Interval y = RangeState.all(b, expr.b().type().element());
        if (op.isShift() && !Interval.of(0, element.bits() - 1L).contains(y)) state.shift(expr, y);
        if (op == Operation.ADD && a.base() == null && b.base() != null) return checked(expr, b.plus(RangeState.all(a, element)));
        if (op == Operation.ADD) return checked(expr, a.plus(y));
        if (op == Operation.SUBTRACT) return checked(expr, a.plus(y.negate()));
        Interval result = Intervals.binary(op, element, RangeState.all(a, element), y);
        return AbstractValue.of(op == Operation.MULTIPLY ? checked(expr, result) : result);
    }

    /// Narrowing a number must not change it; narrowing a code takes its low bits.
    private Interval convert(Expr expr, Expr a, Interval values) {
        Element element = expr.type().element();
        if (element.isFloat()) return Interval.ANY;
        if (a.type().element().isFloat()) return Interval.of(element);
        if (values.fits(element)) return values;
        return isCode(a) ? Interval.of(element) : checked(expr, values);
    }

    /// True for numbers of the caller, i32 parameters of which nothing is declared, and for sums and products with them: no analysis can say
    /// anything of these, and they wrap as Loop IR defines it.
    private static boolean isCallers(Expr expr) {
        return switch (expr) {
            case Expr.Load(_, Buf buffer, _, _) ->
                buffer.scope() == Buf.Scope.IN && buffer.element() == Element.I32 && buffer.values() == null;
            case Expr.Binary(Operation op, Expr a, Expr b) ->
                (op == Operation.ADD || op == Operation.SUBTRACT || op == Operation.MULTIPLY) && (isCallers(a) || isCallers(b));
            case Expr.Broadcast(_, Expr a) -> isCallers(a);
            default -> false;
        };
    }

    /// True for what is bits rather than a number: unsigned words, parameters of unknown content, and what bit operations
    /// make of anything.
    private boolean isCode(Expr expr) {
        Element element = expr.type().element();
        if (element.isFloat()) return false;
        if (!element.isSigned()) return true;
        return switch (expr) {
            case Expr.Int _, Expr.Real _, Expr.Compare _, Expr.Fma _, Expr.Dot _, Expr.Reduce _, Expr.Lane _, Expr.Mma _ -> false;
            case Expr.Ref(Var var) -> codes.contains(var);
            case Expr.Load(_, Buf buffer, _, _) -> buffer.scope() == Buf.Scope.IN && buffer.values() == null;
            case Expr.Gather(_, Buf buffer, _) -> buffer.scope() == Buf.Scope.IN && buffer.values() == null;
            case Expr.Unary(var op, _) -> op == Expr.Unary.Operation.NOT;
            case Expr.Binary(var op, _, _) -> switch (op) {
                case AND, OR, XOR, SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL -> true;
                case ADD, SUBTRACT, MULTIPLY, MULTIPLY_HIGH, DIVIDE, REMAINDER, MIN, MAX -> false;
            };
            case Expr.Select(_, Expr then, Expr otherwise) -> isCode(then) && isCode(otherwise);
            case Expr.Convert(_, Expr a) -> isCode(a);
            case Expr.Bitcast _ -> true;
            case Expr.Broadcast(_, Expr a) -> isCode(a);
            case Expr.Lookup(Expr table, _) -> isCode(table);
            case Expr.Shuffle(Expr a, _) -> isCode(a);
        };
    }

    /// A scalar i32 as an affine number; what is not affine becomes an atom.
    Affine affine(Expr expr) {
        try {
            Affine affine = sum(expr);
            if (affine != null) return affine;
        } catch (ArithmeticException _) {
            // Beyond the range of long: an atom like any other.
        }
        return Affine.of(atom(expr));
    }

    private @Nullable Affine sum(Expr expr) {
        return switch (expr) {
            case Expr.Int(_, long value) -> Affine.of(value);
            case Expr.Ref(Var var) -> {
                Atom atom = state.atoms.get(var);
                yield atom == null || var.mutable() ? null : Affine.of(atom);
            }
            case Expr.Binary(var op, Expr a, Expr b) -> switch (op) {
                case ADD -> affine(a).plus(affine(b));
                case SUBTRACT -> affine(a).minus(affine(b));
                case MULTIPLY -> {
                    Affine x = affine(a), y = affine(b);
                    yield y.isConstant() ? x.times(y.constant()) : x.isConstant() ? y.times(x.constant()) : null;
                }
                case SHIFT_LEFT -> b instanceof Expr.Int(_, long count) && count >= 0 && count < 31
                        ? affine(a).times(1L << count)
                        : null;
                default -> null;
            };
            default -> null;
        };
    }

    private Atom atom(Expr expr) {
        Atom before = read.get(expr);
        if (before == null) before = state.pure.get(expr);
        if (before != null) return before;
        Interval range = interval(expr);
        Atom atom = expr instanceof Expr.Binary(var op, Expr a, Expr b) && a.type().equals(Type.I32) && b.type().equals(Type.I32)
                ? operation(op, affine(a), affine(b), range)
                : state.facts.atom("value", range);
        if (expr instanceof Expr.Load(_, Buf table, Expr index, var limit) && limit == null && table.scope() == Buf.Scope.CONSTANT)
            state.facts.define(atom, new Facts.Entry(table, affine(index)));
        read.put(expr, atom);
        if (isPure(expr)) state.pure.put(expr, atom);
        return atom;
    }

    /// The result of an operation that is not affine, and how it lies to its operands, which are there already: an atom's
    /// bounds speak of earlier atoms only.
    private Atom operation(Operation op, Affine a, Affine b, Interval range) {
        Facts facts = state.facts;
        boolean natural = facts.min(a) >= 0 && b.isConstant() && b.constant() > 0;
        Atom atom = facts.atom("value", range);
        switch (op) {
            case MIN -> {
                facts.atMost(atom, 1, a);
                facts.atMost(atom, 1, b);
            }
            case MAX -> {
                facts.atLeast(atom, 1, a);
                facts.atLeast(atom, 1, b);
            }
            case REMAINDER -> {
                if (natural) facts.atMost(atom, 1, a);
            }
            case DIVIDE -> {
                if (natural) quotient(atom, a, b.constant());
            }
            case SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL -> {
                if (natural && b.constant() < 32) quotient(atom, a, 1L << b.constant());
            }
            case ADD, SUBTRACT, MULTIPLY, MULTIPLY_HIGH, AND, OR, XOR, SHIFT_LEFT -> {}
        }
        return atom;
    }

    /// Rounded down: `a - divisor + 1 <= divisor * atom <= a`.
    private void quotient(Atom atom, Affine a, long divisor) {
        state.facts.atMost(atom, divisor, a);
        state.facts.atLeast(atom, divisor, a.plus(1 - divisor));
        for (Affine most : state.facts.upper(a)) {
            Affine whole = most.over(divisor);
            if (whole != null) state.facts.atMost(atom, 1, whole);
        }
    }

    private static boolean isPure(Expr expr) {
        boolean here = switch (expr) {
            case Expr.Load(_, Buf buffer, _, _) -> buffer.scope() == Buf.Scope.CONSTANT;
            case Expr.Ref(Var var) -> !var.mutable();
            default -> true;
        };
        return here && Exprs.operands(expr).stream().allMatch(RangeValues::isPure);
    }
}
