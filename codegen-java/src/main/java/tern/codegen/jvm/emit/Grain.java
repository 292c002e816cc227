package tern.codegen.jvm.emit;

import tern.ir.Element;
import tern.ir.loop.Expr;

/// How many lanes of a value can be computed at once without putting registers together: those of its widest element.
/// A store of i8 that were i32 is best written a quarter register at a time.
final class Grain {

    private final Emission emission;

    Grain(Emission emission) {
        this.emission = emission;
    }

    int of(Expr expr) {
        int own = own(expr);
        return switch (expr) {
            case Expr.Int _, Expr.Real _, Expr.Load _, Expr.Broadcast _, Expr.Shuffle _, Expr.Reduce _, Expr.Warp _ -> own;
            case Expr.Ref(var var) -> emission.frame.home(var) instanceof Home.Registers home
                    ? Math.min(own, home.shape().lanes())
                    : own;
            case Expr.Unary(_, Expr a) -> Math.min(own, of(a));
            case Expr.Binary(var op, Expr a, Expr b) -> op.isShift() ? Math.min(own, of(a)) : least(own, a, b);
            case Expr.Fma(Expr a, Expr b, Expr c) -> Math.min(least(own, a, b), of(c));
            case Expr.Compare(_, Expr a, Expr b) -> least(own, a, b);
            case Expr.Select(Expr condition, Expr a, Expr b) -> Math.min(least(own, a, b), of(condition));
            case Expr.Convert(_, Expr a) -> Math.min(own, of(a));
            case Expr.Bitcast(var type, Expr a) -> Math.min(own, Math.max(1, of(a) * a.type().element().bits() / type.element().bits()));
            case Expr.Lookup(_, Expr index) -> Math.min(own, of(index));
            case Expr.Dot(Expr sum, _, _) -> Math.min(own, of(sum));
        };
    }

    private int least(int own, Expr a, Expr b) {
        return Math.min(own, Math.min(of(a), of(b)));
    }

    private int own(Expr expr) {
        Element element = expr.type().element();
        return Math.min(expr.type().lanes(), emission.machine.lanes(element));
    }
}
