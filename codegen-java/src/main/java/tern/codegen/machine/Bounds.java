package tern.codegen.machine;

import java.util.HashMap;
import java.util.Map;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr;
import tern.ir.loop.Var;

/// What factors of products may be, as far as loads, masks and shifts tell.
final class Bounds {

    private final Map<Var, Interval> known = new HashMap<>();

    /// Remembers what a variable that stays may be.
    void note(Var var, Expr value) {
        if (!var.mutable() && var.type().element().isInteger()) known.put(var, of(value));
    }

    /// Never negative.
    boolean isUnsigned(Expr factor) {
        return of(factor).low() >= 0;
    }

    /// A signed byte.
    boolean isSigned(Expr factor) {
        return factor.type().element().isSigned() || of(factor).high() <= Byte.MAX_VALUE;
    }

    Interval of(Expr expr) {
        Element element = expr.type().element();
        Interval all = Interval.of(element);
        Interval found = switch (expr) {
            case Expr.Int(_, long value) -> Interval.of(Scalars.canonical(element, value));
            case Expr.Ref(var var) -> known.getOrDefault(var, all);
            case Expr.Load load -> load.buffer().values() == null ? all
                    : load.limit() == null ? load.buffer().values() : load.buffer().values().union(Interval.of(0));
            case Expr.Binary(var op, Expr a, Expr.Int(_, long mask)) when op == Operation.AND && mask >= 0 ->
                Interval.of(0, of(a).low() >= 0 ? Math.min(mask, of(a).high()) : mask);
            case Expr.Binary(var op, _, Expr.Int(_, long count)) when op == Operation.SHIFT_RIGHT_LOGICAL && count > 0 ->
                Interval.of(0, (1L << element.bits() - count) - 1);
            default -> all;
        };
        return all.contains(found) ? found : all;
    }
}
