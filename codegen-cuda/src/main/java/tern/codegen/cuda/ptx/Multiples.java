package tern.codegen.cuda.ptx;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Var;

/// Powers of two that divide an index in every lane: how wide a load of a thread may be.
final class Multiples {

    /// Of 0, and more than any load needs.
    private static final long MOST = 1 << 20;

    private final Map<Var, Long> known = new HashMap<>();

    void let(Var var, Expr value) {
        if (!var.mutable()) known.put(var, of(value));
    }

    void index(Var var, Loop.Range range) {
        if (range instanceof Loop.Range.Steps(Expr from, _, int step)) known.put(var, Math.min(of(from), Long.lowestOneBit(step)));
    }

    long of(Expr expr) {
        return switch (expr) {
            case Expr.Int(_, long value) -> of(value);
            case Expr.Ref(Var var) -> known.getOrDefault(var, 1L);
            case Expr.Binary(var op, Expr a, Expr b) -> switch (op) {
                case ADD, SUBTRACT, MIN, MAX, OR, XOR -> Math.min(of(a), of(b));
                case MULTIPLY -> Math.min(MOST, of(a) * of(b));
                case AND -> Math.max(of(a), of(b));
                case SHIFT_LEFT -> b instanceof Expr.Int(_, long count) ? Math.min(MOST, of(a) << Math.min(count, 20)) : of(a);
                case DIVIDE, REMAINDER, MULTIPLY_HIGH, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL -> 1;
            };
            case Expr.Broadcast(_, Expr a) -> of(a);
            case Expr.Select(_, Expr a, Expr b) -> Math.min(of(a), of(b));
            case Expr.Shuffle(Expr a, _) -> of(a);
            case Expr.Load load -> ofData(load.buffer().data());
            case Expr.Gather gather -> ofData(gather.buffer().data());
            case Expr.Unary(var op, Expr a) -> op == Expr.Unary.Operation.NEGATE ? of(a) : 1;
            case Expr.Real _, Expr.Fma _, Expr.Compare _, Expr.Convert _, Expr.Bitcast _, Expr.Lookup _, Expr.Reduce _, Expr.Dot _, Expr.Lane _,
                    Expr.Mma _ -> 1;
        };
    }

    private static long ofData(@Nullable List<Integer> data) {
        if (data == null) return 1;
        long all = MOST;
        for (int value : data) all = Math.min(all, of(value));
        return all;
    }

    private static long of(long value) {
        return value == 0 ? MOST : Math.min(MOST, Long.lowestOneBit(value));
    }
}
