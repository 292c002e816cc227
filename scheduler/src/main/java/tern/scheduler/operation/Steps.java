package tern.scheduler.operation;

import java.util.Map;
import tern.ir.loop.Expr;
import tern.ir.loop.Rewriter;
import tern.ir.loop.Var;
import tern.ir.tensor.Formula;

/// How integers follow an index.
final class Steps {

    /// Of what is no multiple of the index.
    private static final long OTHER = Long.MIN_VALUE;

    private Steps() {}

    /// By how much `expr` grows when `index` grows by 1, or anything but 0 and 1 if that is not always the same.
    static long of(Expr expr, Var index) {
        if (!mentions(expr, index)) return 0;
        return switch (expr) {
            case Expr.Ref _ -> 1;
            case Expr.Binary(var op, Expr a, Expr b) -> switch (op) {
                case ADD -> sum(of(a, index), of(b, index), 1);
                case SUBTRACT -> sum(of(a, index), of(b, index), -1);
                case MULTIPLY -> b instanceof Expr.Int(_, long times) && of(a, index) != OTHER ? times * of(a, index)
                        : a instanceof Expr.Int(_, long times) && of(b, index) != OTHER ? times * of(b, index) : OTHER;
                default -> OTHER;
            };
            default -> OTHER;
        };
    }

    private static long sum(long a, long b, int sign) {
        return a == OTHER || b == OTHER ? OTHER : a + sign * b;
    }

    static boolean mentions(Expr expr, Var index) {
        boolean[] found = {false};
        new Rewriter() {
            @Override
            public Expr of(Expr part) {
                found[0] |= part instanceof Expr.Ref(Var var) && var.equals(index);
                return parts(part);
            }
        }.of(expr);
        return found[0];
    }

    static boolean mentions(Formula formula, Var index) {
        return switch (formula) {
            case Formula.Real _ -> false;
            case Formula.Element(_, var at) -> at.stream().anyMatch(expr -> mentions(expr, index));
            case Formula.Apply _, Formula.Reduction _ -> formula.parts().stream().anyMatch(part -> mentions(part, index));
        };
    }

    /// An expression with other expressions for variables.
    static Expr put(Expr expr, Map<Var, Expr> values) {
        return values.isEmpty() ? expr : new Rewriter() {
            @Override
            public Expr of(Expr part) {
                if (part instanceof Expr.Ref(Var var)) return values.getOrDefault(var, part);
                Expr put = parts(part);
                return put instanceof Expr.Binary(var op, Expr a, Expr b) ? switch (op) {
                    case ADD -> Expr.add(a, b);
                    case SUBTRACT -> Expr.subtract(a, b);
                    case MULTIPLY -> Expr.multiply(a, b);
                    default -> put;
                } : put;
            }
        }.of(expr);
    }
}
