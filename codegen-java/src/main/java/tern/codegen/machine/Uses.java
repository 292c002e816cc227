package tern.codegen.machine;

import java.util.function.Predicate;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Var;

/// What an expression makes of what it reads.
final class Uses {

    private Uses() {}

    /// Whether lane l of the expression depends on no other lane of the variable.
    static boolean laneByLane(Expr expr, Var var) {
        return switch (expr) {
            case Expr.Ref _, Expr.Int _, Expr.Real _ -> true;
            case Expr.Unary(_, Expr a) -> laneByLane(a, var);
            case Expr.Bitcast(_, Expr a) -> laneByLane(a, var);
            case Expr.Binary(_, Expr a, Expr b) -> laneByLane(a, var) && laneByLane(b, var);
            case Expr.Fma(Expr a, Expr b, Expr c) -> laneByLane(a, var) && laneByLane(b, var) && laneByLane(c, var);
            case Expr.Dot(Expr sum, Expr a, Expr b) -> laneByLane(sum, var) && !mentions(a, var) && !mentions(b, var);
            default -> !mentions(expr, var);
        };
    }

    private static boolean mentions(Expr expr, Var var) {
        return any(expr, part -> part instanceof Expr.Ref(Var other) && other.equals(var));
    }

    /// Whether a part of the value might be read after another part has been written over it.
    static boolean readsElsewhere(Loop.Store store) {
        return any(store.value(), part -> part instanceof Expr.Load load && load.buffer().equals(store.buffer())
                && !(load.index().equals(store.index()) && load.type().equals(store.value().type())));
    }

    /// Whether index or limit of a store read the buffer that it writes.
    static boolean placeReads(Loop.Store store) {
        Predicate<Expr> reads = part -> part instanceof Expr.Load load && load.buffer().equals(store.buffer());
        return any(store.index(), reads) || store.limit() != null && any(store.limit(), reads);
    }

    static boolean any(Expr expr, Predicate<Expr> test) {
        if (test.test(expr)) return true;
        return switch (expr) {
            case Expr.Int _, Expr.Real _, Expr.Ref _, Expr.Lane _ -> false;
            case Expr.Load(_, _, Expr index, var limit) -> any(index, test) || limit != null && any(limit, test);
            case Expr.Unary(_, Expr a) -> any(a, test);
            case Expr.Binary(_, Expr a, Expr b) -> any(a, test) || any(b, test);
            case Expr.Fma(Expr a, Expr b, Expr c) -> any(a, test) || any(b, test) || any(c, test);
            case Expr.Compare(_, Expr a, Expr b) -> any(a, test) || any(b, test);
            case Expr.Select(Expr condition, Expr a, Expr b) -> any(condition, test) || any(a, test) || any(b, test);
            case Expr.Convert(_, Expr a) -> any(a, test);
            case Expr.Bitcast(_, Expr a) -> any(a, test);
            case Expr.Broadcast(_, Expr a) -> any(a, test);
            case Expr.Lookup(Expr table, Expr index) -> any(table, test) || any(index, test);
            case Expr.Shuffle(Expr a, _) -> any(a, test);
            case Expr.Reduce(_, Expr a) -> any(a, test);
            case Expr.Dot(Expr sum, Expr a, Expr b) -> any(sum, test) || any(a, test) || any(b, test);
            case Expr.Gather _, Expr.Mma _ -> true;
        };
    }
}
