package tern.codegen.jvm.emit;

import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Expr;

/// Which scalar integers cannot be negative: their address terms can be zero-extended, and C2 then knows their range.
final class Signs {

    private final Emission emission;

    Signs(Emission emission) {
        this.emission = emission;
    }

    boolean nonNegative(Expr expr) {
        return switch (expr) {
            case Expr.Int(_, long value) -> value >= 0;
            case Expr.Ref(var var) -> switch (emission.frame.home(var)) {
                case Home.Constant(long value) -> value >= 0;
                case Home.Local local -> local.nonNegative();
                case Home.Registers _ -> false;
            };
            case Expr.Load load -> {
                Interval values = load.buffer().values();
                yield isNarrowUnsigned(load.type().element()) || values != null && values.low() >= 0;
            }
            case Expr.Binary(var op, Expr a, Expr b) -> switch (op) {
                case ADD, MULTIPLY, DIVIDE, MIN, OR, SHIFT_LEFT, SHIFT_RIGHT -> nonNegative(a) && nonNegative(b);
                case REMAINDER -> nonNegative(a);
                case AND, MAX -> nonNegative(a) || nonNegative(b);
                case SHIFT_RIGHT_LOGICAL -> nonNegative(a) || b instanceof Expr.Int(_, long count) && count > 0;
                case SUBTRACT, MULTIPLY_HIGH, XOR -> false;
            };
            case Expr.Convert(var type, Expr a) ->
                type.element() == Element.I32 && (isNarrowUnsigned(a.type().element())
                        || a.type().element() == Element.BOOL
                        || a.type().element().isSigned() && a.type().element().bits() <= 32 && nonNegative(a));
            case Expr.Select(_, Expr then, Expr otherwise) -> nonNegative(then) && nonNegative(otherwise);
            case Expr.Real _, Expr.Unary _, Expr.Fma _, Expr.Compare _, Expr.Bitcast _, Expr.Broadcast _, Expr.Lookup _, Expr.Shuffle _, Expr.Reduce _,
                    Expr.Dot _, Expr.Warp _ ->
                false;
        };
    }

    private static boolean isNarrowUnsigned(Element element) {
        return element == Element.U8 || element == Element.U16;
    }
}
