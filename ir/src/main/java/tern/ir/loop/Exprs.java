package tern.ir.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// What an expression consists of.
final class Exprs {

    private Exprs() {}

    /// Operands, in the order in which they are written; indices and limits of a load as well.
    static List<Expr> operands(Expr expr) {
        var found = new ArrayList<Expr>();
        new Rewriter() {
            @Override
            public Expr of(Expr part) {
                if (part == expr) return parts(part);
                found.add(part);
                return part;
            }
        }.of(expr);
        return found;
    }

    /// Visits an expression and all that it consists of, operands first.
    static void walk(Expr expr, Consumer<Expr> visit) {
        new Rewriter() {
            @Override
            public Expr of(Expr part) {
                parts(part);
                visit.accept(part);
                return part;
            }
        }.of(expr);
    }
}
