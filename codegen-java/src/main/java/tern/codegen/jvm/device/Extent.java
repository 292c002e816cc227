package tern.codegen.jvm.device;

import tern.ir.device.CompileException;
import tern.ir.loop.Expr;
import tern.ir.loop.Program;

/// The size of a buffer as a function of a launch's numbers; asking for it creates no objects.
@FunctionalInterface
interface Extent {

    /// In elements.
    long at(int n, int position);

    /// @throws CompileException if the expression depends on more than n, position and constants
    static Extent of(String kernel, Expr expr) {
        return switch (expr) {
            case Expr.Int(_, long value) -> (_, _) -> value;
            case Expr.Ref(var var) -> {
                if (var.equals(Program.N)) yield (n, _) -> n;
                if (var.equals(Program.POSITION)) yield (_, position) -> position;
                throw new CompileException(kernel, "the size of a buffer depends on " + var);
            }
            case Expr.Binary(var op, Expr a, Expr b) -> {
                Extent x = of(kernel, a), y = of(kernel, b);
                yield switch (op) {
                    case ADD -> (n, p) -> x.at(n, p) + y.at(n, p);
                    case SUBTRACT -> (n, p) -> x.at(n, p) - y.at(n, p);
                    case MULTIPLY -> (n, p) -> x.at(n, p) * y.at(n, p);
                    case DIVIDE -> (n, p) -> x.at(n, p) / y.at(n, p);
                    case REMAINDER -> (n, p) -> x.at(n, p) % y.at(n, p);
                    case AND -> (n, p) -> x.at(n, p) & y.at(n, p);
                    case MIN -> (n, p) -> Math.min(x.at(n, p), y.at(n, p));
                    case MAX -> (n, p) -> Math.max(x.at(n, p), y.at(n, p));
                    case SHIFT_LEFT -> (n, p) -> x.at(n, p) << y.at(n, p);
                    case SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL -> (n, p) -> x.at(n, p) >> y.at(n, p);
                    case MULTIPLY_HIGH, OR, XOR -> throw new CompileException(kernel, "the size of a buffer is a " + op);
                };
            }
            case Expr.Convert(_, Expr a) -> of(kernel, a);
            case Expr.Real _, Expr.Load _, Expr.Unary _, Expr.Fma _, Expr.Compare _, Expr.Select _, Expr.Bitcast _, Expr.Broadcast _, Expr.Lookup _,
                    Expr.Shuffle _, Expr.Reduce _, Expr.Dot _, Expr.Warp _ ->
                throw new CompileException(kernel, "the size of a buffer is no arithmetic: " + expr);
        };
    }

    /// Whether it depends on the position. Of what [#of] refuses, nobody asks.
    static boolean hasPosition(Expr expr) {
        return switch (expr) {
            case Expr.Ref(var var) -> var.equals(Program.POSITION);
            case Expr.Binary(_, Expr a, Expr b) -> hasPosition(a) || hasPosition(b);
            case Expr.Convert(_, Expr a) -> hasPosition(a);
            default -> false;
        };
    }
}
