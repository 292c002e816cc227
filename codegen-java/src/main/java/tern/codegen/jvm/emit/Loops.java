package tern.codegen.jvm.emit;

import static org.objectweb.asm.Opcodes.*;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Label;
import org.objectweb.asm.Type;
import tern.codegen.jvm.team.Team;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Var;

/// Writes loops. CORES and BLOCKS are dealt out as a [WorkRange] says; WARPS and THREADS run one after the other, which means the
/// same as long as nobody waits inside.
final class Loops {

    private final Emission emission;
    private final Code code;
    private final Frame frame;
    private final @Nullable WorkRange share;
    private final Consumer<Loop> body;
    private final List<Binding> around = new ArrayList<>();
    private int blocks;

    /// @param share  null where no work is shared out
    /// @param around loops that the method is called in
    /// @param body   writes the body of a loop
    Loops(Emission emission, @Nullable WorkRange share, List<Binding> around, Consumer<Loop> body) {
        this.emission = emission;
        this.code = emission.code;
        this.frame = emission.frame;
        this.share = share;
        this.body = body;
        this.around.addAll(around);
    }

    @Nullable
    WorkRange share() {
        return share;
    }

    /// Loops around the current statement, outermost first.
    List<Binding> around() {
        return around;
    }

    /// Iterations of the loops on cores written so far, where blocks are shared out.
    int blocks() {
        return blocks;
    }

    void each(Loop.For loop) {
        switch (loop.binding()) {
            case SERIAL, WARPS, THREADS -> serial(loop);
            case UNROLLED -> unrolled(loop);
            case CORES, BLOCKS -> {
                if (around.contains(Binding.CORES) || around.contains(Binding.BLOCKS))
                    throw emission.refuse("a loop on cores stands inside of another: " + loop.index());
                shared(loop);
            }
        }
    }

    private void serial(Loop.For loop) {
        int mark = frame.mark();
        switch (loop.range()) {
            case Loop.Range.Steps(Expr from, Expr to, int step) -> {
                int index = number(from, loop.index().name()), end = number(to, "end");
                count(loop, index, end, step, index, emission.signs.nonNegative(from));
            }
            case Loop.Range.Listed(Buf list, Expr number) -> {
                int counter = number(Expr.i32(0), "counter"), end = number(number, "end");
                listed(loop, list, counter, end);
            }
        }
        frame.release(mark);
    }

    /// Evaluates a scalar i32 once.
    private int number(Expr expr, String name) {
        emission.scalars.emit(expr);                                              // number
        int slot = frame.allocate(Type.INT_TYPE, name);
        code.istore(slot);                                                        //
        return slot;
    }

    /// `for (; counter < end; counter += step) body`
    private void count(Loop.For loop, int counter, int end, int step, int index, boolean nonNegative) {
        iterate(loop, counter, end, step, () -> frame.bind(loop.index(), new Home.Local(index, frame.depth(), nonNegative, null)));
    }

    private void listed(Loop.For loop, Buf list, int counter, int end) {
        Var position = Var.value("$" + loop.index(), tern.ir.loop.Type.I32);
        iterate(loop, counter, end, 1, () -> {
            frame.bind(position, new Home.Local(counter, frame.depth(), true, null));
            Expr entry = Expr.load(list, Expr.ref(position), 1);
            int index = number(entry, loop.index().name());
            frame.bind(loop.index(), new Home.Local(index, frame.depth(), emission.signs.nonNegative(entry), null));
        });
    }

    private void iterate(Loop.For loop, int counter, int end, int step, Runnable bind) {
        Label head = new Label(), exit = new Label();
        frame.enterLoop();
        around.add(loop.binding());
        int mark = frame.mark();
        code.label(head).iload(counter).iload(end).jump(IF_ICMPGE, exit);         //
        bind.run();
        body.accept(loop.body());
        code.iinc(counter, step).jump(GOTO, head).label(exit);                    //
        frame.release(mark);
        around.removeLast();
        frame.leaveLoop();
    }

    /// The iterations that this share does.
    private void shared(Loop.For loop) {
        int mark = frame.mark();
        switch (share) {
            case WorkRange.OfTeam team -> claimed(loop, team);
            case WorkRange.OfBlocks part -> blocks(loop, part);
            case null -> throw new AssertionError("a loop on cores in a method that shares out nothing");
        }
        frame.release(mark);
    }

    /// The runs of iterations that the worker claims, one after the other.
    private void claimed(Loop.For loop, WorkRange.OfTeam team) {
        int start, step;
        switch (loop.range()) {
            case Loop.Range.Steps(Expr from, Expr to, int by) -> {
                start = number(from, "start");
                step = by;
                emission.scalars.emit(to);                                        // to
                code.iload(start).insn(ISUB).iconst(by - 1).insn(IADD)            // span
                        .iconst(by).insn(IDIV);                                   // trips
            }
            case Loop.Range.Listed(Buf list, Expr number) -> {
                start = number(Expr.i32(0), "start");
                step = 1;
                emission.scalars.emit(number);                                    // trips
            }
        }
        int trips = frame.allocate(Type.INT_TYPE, "trips"), run = frame.allocate(Type.LONG_TYPE, "run");
        code.iconst(0).invokestatic(Math.class, "max", int.class, int.class, int.class).istore(trips); //
        Label head = new Label(), exit = new Label();
        frame.enterLoop();
        code.label(head).aload(team.team()).iload(team.worker()).iload(trips)     // team worker trips
                .invokevirtual(Team.class, "claim", long.class, int.class, int.class) // run
                .lstore(run).lload(run).lconst(Team.NONE).insn(LCMP).jump(IFEQ, exit); //
        code.lload(run).iconst(32).insn(LUSHR).insn(L2I);                         // first
        int first = iteration(step, start, "first");                              //
        code.lload(run).insn(L2I);                                                // end
        int end = iteration(step, start, "end");                                  //
        switch (loop.range()) {
            case Loop.Range.Steps(Expr from, _, _) -> count(loop, first, end, step, first, emission.signs.nonNegative(from));
            case Loop.Range.Listed(Buf list, _) -> listed(loop, list, first, end);
        }
        code.jump(GOTO, head).label(exit);                                        //
        frame.leaveLoop();
    }

    /// number -> .. ; a new local with `start + number * step`
    private int iteration(int step, int start, String name) {
        code.iconst(step).insn(IMUL).iload(start).insn(IADD);                     // value
        int slot = frame.allocate(Type.INT_TYPE, name);
        code.istore(slot);                                                        //
        return slot;
    }

    /// Those of the range's blocks that are this loop's. Where a scalar of the launch is the limit, there are as many blocks as it may demand,
    /// and those beyond it do nothing.
    private void blocks(Loop.For loop, WorkRange.OfBlocks part) {
        if (!around.isEmpty()) throw emission.refuse("a loop on cores stands inside of a loop: " + loop.index());
        if (!(loop.range() instanceof Loop.Range.Steps(Expr from, Expr to, int step)))
            throw emission.refuse("the number of blocks is not constant: " + loop.index());
        String known = "to have a known number of blocks";
        Long most = to instanceof Expr.Ref(Var limit) ? part.most().get(limit) : null;
        int start = (int) constant(loop, from, known), before = blocks;
        int trips = Math.max(0, Math.ceilDiv((int) (most != null ? most : constant(loop, to, known)) - start, step));
        blocks += trips;
        code.iload(part.from());                                                  // from
        if (before > 0) code.iconst(before).insn(ISUB).iconst(0)                  // from 0
                .invokestatic(Math.class, "max", int.class, int.class, int.class); // from
        int index = block(step, start, null, loop.index().name());            //
        code.iload(part.to());                                                    // to
        if (before > 0) code.iconst(before).insn(ISUB);                           // to
        code.iconst(trips).invokestatic(Math.class, "min", int.class, int.class, int.class); // to
        int end = block(step, start, most != null ? to : null, "end");        //
        count(loop, index, end, step, index, start >= 0);
    }

    /// number -> .. ; a new local with `start + number * step`, or with the limit if that is less
    private int block(int step, int start, @Nullable Expr limit, String name) {
        if (step != 1) code.iconst(step).insn(IMUL);                              // offset
        if (start != 0) code.iconst(start).insn(IADD);                            // value
        if (limit != null) {
            emission.scalars.emit(limit);                                         // value limit
            code.invokestatic(Math.class, "min", int.class, int.class, int.class); // value
        }
        int slot = frame.allocate(Type.INT_TYPE, name);
        code.istore(slot);                                                        //
        return slot;
    }

    private void unrolled(Loop.For loop) {
        if (!(loop.range() instanceof Loop.Range.Steps(Expr first, Expr last, int step)))
            throw emission.refuse("a list cannot be written out: " + loop.index());
        String known = "to be written out";
        long from = constant(loop, first, known), to = constant(loop, last, known);
        for (long i = from; i < to; i += step) {
            int mark = frame.mark();
            frame.bind(loop.index(), new Home.Constant(i));
            body.accept(loop.body());
            frame.release(mark);
        }
    }

    private long constant(Loop.For loop, Expr expr, String purpose) {
        return Constants.of(expr, var -> frame.home(var) instanceof Home.Constant(long value)
                ? OptionalLong.of(value)
                : OptionalLong.empty())
                .orElseThrow(() -> emission.refuse("the range of " + loop.index() + ", " + purpose + ", is not constant"));
    }

    void barrier(Binding scope) {
        boolean cores = scope == Binding.CORES || scope == Binding.BLOCKS;
        for (Binding binding : around) {
            boolean parts = switch (binding) {
                case SERIAL, UNROLLED -> false;
                case CORES, BLOCKS -> cores;
                case WARPS, THREADS -> true;
            };
            if (parts) throw emission.refuse("waits for " + scope + " inside of a loop on " + binding);
        }
        if (!cores) return;
        switch (share) {
            case WorkRange.OfTeam team -> code.aload(team.team()).invokevirtual(Team.class, "barrier", void.class); //
            case WorkRange.OfBlocks _ -> throw emission.refuse("waits for " + scope + ", and no team runs it");
            case null -> {}
        }
    }
}
