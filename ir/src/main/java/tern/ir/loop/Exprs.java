package tern.ir.loop;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// What an expression consists of.
final class Exprs {

    private Exprs() {}

    /// Operands, in the order in which they are written; indices and limits of a load as well.
    static List<Expr> operands(Expr expr) {
        return switch (expr) {
            case Expr.Int _, Expr.Real _, Expr.Ref _ -> List.of();
            case Expr.Load(_, _, Expr index, var limit) -> limit == null ? List.of(index) : List.of(index, limit);
            case Expr.Unary(_, Expr a) -> List.of(a);
            case Expr.Binary(_, Expr a, Expr b) -> List.of(a, b);
            case Expr.Fma(Expr a, Expr b, Expr c) -> List.of(a, b, c);
            case Expr.Compare(_, Expr a, Expr b) -> List.of(a, b);
            case Expr.Select(Expr condition, Expr then, Expr otherwise) -> List.of(condition, then, otherwise);
            case Expr.Convert(_, Expr a) -> List.of(a);
            case Expr.Bitcast(_, Expr a) -> List.of(a);
            case Expr.Broadcast(_, Expr a) -> List.of(a);
            case Expr.Lookup(Expr table, Expr index) -> List.of(table, index);
            case Expr.Shuffle(Expr a, _) -> List.of(a);
            case Expr.Reduce(_, Expr a) -> List.of(a);
            case Expr.Dot(Expr sum, Expr a, Expr b) -> List.of(sum, a, b);
            case Expr.Lane _ -> List.of();
            case Expr.Gather(_, _, Expr indices) -> List.of(indices);
            case Expr.Mma(Expr sum, var a, var b) ->
                Stream.of(List.of(sum), a, b).flatMap(List::stream).toList();
        };
    }

    /// Visits an expression and all that it consists of, operands first.
    static void walk(Expr expr, Consumer<Expr> visit) {
        for (Expr operand : operands(expr)) walk(operand, visit);
        visit.accept(expr);
    }
}
