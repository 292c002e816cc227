package tern.codegen.cuda.ptx;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tern.ir.device.CompileException;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;

/// What must be known of a program before its first instruction.
///
/// @param grid    extents of the loops on blocks and cores, by their depth
/// @param warps   of a block
/// @param written buffers that the program stores to
/// @param staged  constants whose entries lanes pick one by one: they belong into shared memory
/// @param signals that bulk copies complete on
/// @param grouped whether it holds statements of [Loop.Group]
/// @param awaits  whether it may begin before the launches whose results it reads have ended
record Shape(
        List<List<Expr>> grid, int warps, Set<Buf> written, Set<Buf> staged, Set<Buf> signals, boolean grouped, boolean awaits) {

    /// Largest table in shared memory, in bytes.
    private static final int STAGED = 8192;

    static Shape of(Program program) {
        var finder = new Finder(program.name());
        finder.visit(program.body(), 0);
        return new Shape(finder.grid, finder.warps, finder.written, finder.staged, finder.signals, finder.grouped, finder.awaits);
    }

    /// Bytes of scratch or of a table.
    int bytes(Buf buffer) {
        if (!(buffer.extent() instanceof Expr.Int(_, long elements)))
            throw new CompileException(buffer.name(), "scratch whose size is not constant");
        return Math.toIntExact(elements * buffer.element().bytes());
    }

    /// Whether blocks are made of warps that the program names, rather than cores.
    boolean isStraight() {
        return warps > 1;
    }

    private static final class Finder {
        private final String kernel;
        private final List<List<Expr>> grid = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        private int warps = 1;
        private final Set<Buf> written = new HashSet<>(), staged = new LinkedHashSet<>(), signals = new LinkedHashSet<>();
        private boolean grouped, awaits;

        Finder(String kernel) {
            this.kernel = kernel;
        }

        void visit(Loop loop, int depth) {
            switch (loop) {
                case Loop.Block(var steps) -> steps.forEach(step -> visit(step, depth));
                case Loop.For loopFor -> loop(loopFor, depth);
                case Loop.Let(_, Expr value) -> visit(value);
                case Loop.Set(_, Expr value) -> visit(value);
                case Loop.Store(Buf buffer, Expr index, Expr value, var limit) -> {
                    written.add(buffer);
                    visit(index);
                    visit(value);
                    if (limit != null) visit(limit);
                }
                case Loop.If(Expr condition, Loop then) -> {
                    visit(condition);
                    visit(then, depth);
                }
                case Loop.Outline(_, Loop body) -> visit(body, depth);
                case Loop.At(_, Loop body) -> visit(body, depth);
                case Loop.CopyAsync copy -> written.add(copy.to());
                case Loop.TileProduct product -> written.add(product.sums());
                case Loop.GridDependency(var action) -> awaits |= action == Loop.GridAction.WAIT;
                case Loop.Barrier _, Loop.Wait _, Loop.Prefetch _ -> {}
                case Loop.Group group -> group(group);
            }
        }

        private void group(Loop.Group group) {
            grouped = true;
            switch (group) {
                case Loop.CopyBulk copy -> {
                    written.add(copy.to());
                    signals.add(copy.signals());
                }
                case Loop.Await await -> signals.add(await.signals());
                case Loop.GroupProduct product -> product.a().forEach(this::visit);
                case Loop.GroupWait _ -> {}
            }
        }

        private void loop(Loop.For loop, int depth) {
            switch (loop.binding()) {
                case BLOCKS, CORES -> {
                    if (!(loop.range() instanceof Loop.Range.Steps(Expr from, Expr to, int step)) || depth > 2)
                        throw new CompileException(kernel, "a grid over a list, or of four axes");
                    Expr span = Expr.subtract(to, from);
                    grid.get(depth).add(step == 1 ? span
                            : Expr.binary(Expr.Binary.Operation.DIVIDE, Expr.add(span, Expr.i32(step - 1)), Expr.i32(step)));
                    visit(loop.body(), depth + 1);
                    return;
                }
                case WARPS -> {
                    Integer trips = PtxEmitter.constantTrips(loop);
                    if (trips == null || trips > 32) throw new CompileException(kernel, "warps that are not a constant up to 32");
                    warps = Math.max(warps, trips);
                }
                case SERIAL, UNROLLED, THREADS -> {}
            }
            visit(loop.body(), depth);
        }

        private void visit(Expr expr) {
            switch (expr) {
                case Expr.Int _, Expr.Real _, Expr.Ref _, Expr.Lane _ -> {}
                case Expr.Load(_, _, Expr index, var limit) -> {
                    visit(index);
                    if (limit != null) visit(limit);
                }
                case Expr.Unary(_, Expr a) -> visit(a);
                case Expr.Binary(_, Expr a, Expr b) -> visit(a, b);
                case Expr.Fma(Expr a, Expr b, Expr c) -> visit(a, b, c);
                case Expr.Compare(_, Expr a, Expr b) -> visit(a, b);
                case Expr.Select(Expr condition, Expr a, Expr b) -> visit(condition, a, b);
                case Expr.Convert(_, Expr a) -> visit(a);
                case Expr.Bitcast(_, Expr a) -> visit(a);
                case Expr.Broadcast(_, Expr a) -> visit(a);
                case Expr.Lookup(Expr table, Expr index) -> {
                    if (table.type().lanes() > 32 && table instanceof Expr.Load load) stage(load.buffer());
                    visit(table, index);
                }
                case Expr.Shuffle(Expr a, _) -> visit(a);
                case Expr.Reduce(_, Expr a) -> visit(a);
                case Expr.Dot(Expr sum, Expr a, Expr b) -> visit(sum, a, b);
                case Expr.Gather(_, Buf buffer, Expr indices) -> {
                    stage(buffer);
                    visit(indices);
                }
                case Expr.Mma(Expr sum, var a, var b) -> {
                    visit(sum);
                    a.forEach(this::visit);
                    b.forEach(this::visit);
                }
            }
        }

        private void visit(Expr... all) {
            for (Expr expr : all) visit(expr);
        }

        private void stage(Buf buffer) {
            List<Integer> data = buffer.data();
            if (data == null) return;
            int bytes = data.size() * buffer.element().bytes();
            if (bytes % 4 == 0 && bytes <= STAGED) staged.add(buffer);
        }
    }
}
