package tern.codegen.machine;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;
import tern.ir.loop.Var;

/// How often loops go round in a launch, as far as arithmetic tells: a loop inside of others as in their first iteration.
final class Counts {

    private final Map<Var, Long> known = new HashMap<>();
    private final IdentityHashMap<Loop.For, Long> trips = new IdentityHashMap<>();

    private Counts() {}

    static Counts of(Program program, int n) {
        var counts = new Counts();
        counts.known.put(Program.N, (long) n);
        counts.known.put(Program.POSITION, 0L);
        counts.walk(program.body());
        return counts;
    }

    /// At least 1.
    long of(Loop.@Nullable For loop) {
        return loop == null ? 1 : Math.max(1, trips.getOrDefault(loop, trips(loop).orElse(1)));
    }

    private OptionalLong trips(Loop.For loop) {
        return switch (loop.range()) {
            case Loop.Range.Steps(Expr from, Expr to, int step) -> {
                OptionalLong first = value(from), end = value(to);
                boolean known = first.isPresent() && end.isPresent();
                yield known ? OptionalLong.of(Math.ceilDiv(end.getAsLong() - first.getAsLong(), step)) : OptionalLong.empty();
            }
            case Loop.Range.Listed(_, Expr count) -> value(count);
        };
    }

    private void walk(Loop loop) {
        switch (loop) {
            case Loop.Block(var steps) -> steps.forEach(this::walk);
            case Loop.At(_, Loop body) -> walk(body);
            case Loop.Outline(_, Loop body) -> walk(body);
            case Loop.If(_, Loop then) -> walk(then);
            case Loop.Let(Var var, Expr value) -> value(value).ifPresent(found -> known.put(var, found));
            case Loop.For each -> {
                if (each.range() instanceof Loop.Range.Steps(Expr from, _, _)) value(from).ifPresent(found -> known.put(each.index(), found));
                trips(each).ifPresent(found -> trips.put(each, found));
                walk(each.body());
            }
            case Loop.Set _, Loop.Store _, Loop.Barrier _, Loop.CopyAsync _, Loop.Prefetch _, Loop.Wait _, Loop.GridDependency _, Loop.TileProduct _,
                    Loop.Group _ -> {}
        }
    }

    private OptionalLong value(Expr expr) {
        return switch (expr) {
            case Expr.Int(_, long value) -> OptionalLong.of(value);
            case Expr.Ref(Var var) -> known.containsKey(var) ? OptionalLong.of(known.get(var)) : OptionalLong.empty();
            case Expr.Binary(var op, Expr a, Expr b) -> {
                OptionalLong x = value(a), y = value(b);
                yield x.isEmpty() || y.isEmpty() ? OptionalLong.empty() : value(op, x.getAsLong(), y.getAsLong());
            }
            default -> OptionalLong.empty();
        };
    }

    private static OptionalLong value(Expr.Binary.Operation op, long x, long y) {
        return switch (op) {
            case ADD -> OptionalLong.of(x + y);
            case SUBTRACT -> OptionalLong.of(x - y);
            case MULTIPLY -> OptionalLong.of(x * y);
            case DIVIDE -> y == 0 ? OptionalLong.empty() : OptionalLong.of(x / y);
            case REMAINDER -> y == 0 ? OptionalLong.empty() : OptionalLong.of(x % y);
            case MIN -> OptionalLong.of(Math.min(x, y));
            case MAX -> OptionalLong.of(Math.max(x, y));
            case AND -> OptionalLong.of(x & y);
            case SHIFT_LEFT -> OptionalLong.of(x << y);
            case SHIFT_RIGHT -> OptionalLong.of(x >> y);
            case SHIFT_RIGHT_LOGICAL, MULTIPLY_HIGH, OR, XOR -> OptionalLong.empty();
        };
    }
}
