package tern.codegen.jvm.emit;

import java.util.OptionalLong;
import java.util.function.Function;
import tern.ir.loop.Expr;
import tern.ir.loop.Var;

/// Integer arithmetic on expressions whose variables are known: the ranges of loops that are written out, the extents of
/// buffers.
final class Constants {

    private Constants() {}

    /// The value of a scalar integer, empty if it depends on memory or on a variable that `values` does not know.
    static OptionalLong of(Expr expr, Function<Var, OptionalLong> values) {
        return switch (expr) {
            case Expr.Int(_, long value) -> OptionalLong.of(value);
            case Expr.Ref(Var var) -> values.apply(var);
            case Expr.Binary(var op, Expr a, Expr b) -> {
                OptionalLong x = of(a, values), y = of(b, values);
                yield x.isPresent() && y.isPresent() ? binary(op, x.getAsLong(), y.getAsLong()) : OptionalLong.empty();
            }
            case Expr.Convert(_, Expr a) -> of(a, values);
            case Expr.Real _, Expr.Load _, Expr.Unary _, Expr.Fma _, Expr.Compare _, Expr.Select _, Expr.Bitcast _, Expr.Broadcast _, Expr.Lookup _,
                    Expr.Shuffle _, Expr.Reduce _, Expr.Dot _, Expr.Warp _ ->
                OptionalLong.empty();
        };
    }

    private static OptionalLong binary(Expr.Binary.Operation op, long a, long b) {
        return switch (op) {
            case ADD -> OptionalLong.of(a + b);
            case SUBTRACT -> OptionalLong.of(a - b);
            case MULTIPLY -> OptionalLong.of(a * b);
            case DIVIDE -> b == 0 ? OptionalLong.empty() : OptionalLong.of(a / b);
            case REMAINDER -> b == 0 ? OptionalLong.empty() : OptionalLong.of(a % b);
            case AND -> OptionalLong.of(a & b);
            case OR -> OptionalLong.of(a | b);
            case XOR -> OptionalLong.of(a ^ b);
            case SHIFT_LEFT -> OptionalLong.of(a << b);
            case SHIFT_RIGHT -> OptionalLong.of(a >> b);
            case MIN -> OptionalLong.of(Math.min(a, b));
            case MAX -> OptionalLong.of(Math.max(a, b));
            case MULTIPLY_HIGH, SHIFT_RIGHT_LOGICAL -> OptionalLong.empty();
        };
    }
}
