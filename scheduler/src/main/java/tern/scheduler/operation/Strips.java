package tern.scheduler.operation;

import static tern.ir.loop.Expr.add;
import static tern.ir.loop.Expr.i32;
import static tern.ir.loop.Expr.ref;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Var;
import tern.ir.tensor.Index;
import tern.scheduler.program.Names;

/// An index in strips of several, and what is left.
final class Strips {

    private Strips() {}

    /// @param full statements for the strip that begins at its argument
    /// @param rest statements for fewer than a strip, from its argument to the end
    static List<Loop> of(Names names, Index index, int width, Function<Expr, Loop> full, Function<Expr, Loop> rest) {
        Var strip = names.index(index.var().name());
        if (index.from() instanceof Expr.Int(_, long from) && index.to() instanceof Expr.Int(_, long to)) {
            int whole = (int) (from + Math.max(0, to - from) / width * width);
            List<Loop> loops = new ArrayList<>();
            if (whole == from + width) loops.add(full.apply(index.from()));
            else if (whole > from) loops.add(Loop.loop(strip, index.from(), i32(whole), width, Binding.SERIAL, full.apply(ref(strip))));
            if (whole < to) loops.add(rest.apply(i32(whole)));
            return loops;
        }
        if (width == 1) return List.of(Loop.loop(strip, index.from(), index.to(), 1, Binding.SERIAL, full.apply(ref(strip))));
        if (index.from().equals(i32(0))) {
            Var whole = names.index("whole");
            Expr strips = Expr.binary(Operation.DIVIDE, index.to(), i32(width));
            return List.of(
                    new Loop.Let(whole, Expr.multiply(strips, i32(width))),
                    Loop.loop(strip, index.from(), ref(whole), width, Binding.SERIAL, full.apply(ref(strip))),
                    new Loop.If(new Expr.Compare(Expr.Compare.Relation.LT, ref(whole), index.to()), rest.apply(ref(whole))));
        }
        Expr end = add(ref(strip), i32(width));
        return List.of(Loop.loop(strip, index.from(), index.to(), width, Binding.SERIAL, Loop.block(
                new Loop.If(new Expr.Compare(Expr.Compare.Relation.LE, end, index.to()), full.apply(ref(strip))),
                new Loop.If(new Expr.Compare(Expr.Compare.Relation.GT, end, index.to()), rest.apply(ref(strip))))));
    }

    /// One after the other.
    static List<Loop> single(Names names, Index index, Function<Expr, Loop> body) {
        return of(names, index, 1, body, body);
    }

    /// `to - from` if it is known.
    static int extent(Index index) {
        return index.from() instanceof Expr.Int(_, long from) && index.to() instanceof Expr.Int(_, long to) ? (int) (to - from) : -1;
    }
}
