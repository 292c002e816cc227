package tern.codegen.jvm;

import static org.objectweb.asm.Opcodes.*;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Label;
import org.objectweb.asm.Type;
import tern.codegen.jvm.team.Team;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Var;

/// Writes statements. CORES and BLOCKS are shared out among the workers; WARPS and THREADS run one after the other, which
/// means the same as long as nobody waits inside.
final class Statements {

    /// Locals of a method that knows its team.
    record TeamSlots(int worker, int workers, int team) {}

    private final Emission emission;
    private final Code code;
    private final Frame frame;
    private final ClassEmitter unit;
    private final @Nullable TeamSlots team;
    private final List<Binding> around = new ArrayList<>();

    Statements(Emission emission, ClassEmitter unit, @Nullable TeamSlots team, List<Binding> around) {
        this.emission = emission;
        this.code = emission.code;
        this.frame = emission.frame;
        this.unit = unit;
        this.team = team;
        this.around.addAll(around);
    }

    void emit(Loop loop) {
        switch (loop) {
            case Loop.Block(var steps) -> {
                int mark = frame.mark(), bindings = frame.bindings();
                steps.forEach(this::emit);
                frame.unbind(bindings);
                frame.release(mark);
            }
            case Loop.For each -> each(each);
            case Loop.Let(Var var, Expr value) -> let(var, value);
            case Loop.Set(Var var, Expr value) -> set(var, value);
            case Loop.Store store -> store(store);
            case Loop.If(Expr condition, Loop then) -> {
                Label end = new Label();
                int mark = frame.mark();
                emission.guards.jumpUnless(condition, end);                       //
                emit(then);                                                       //
                frame.release(mark);
                code.label(end);                                                  //
            }
            case Loop.Outline outline -> unit.outline(outline, emission, team, around);
            case Loop.Barrier(Binding scope) -> barrier(scope);
            case Loop.CopyAsync(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements) -> {
                code.all();                                                       // all
                emission.addresses.emit(from, fromIndex, 0);                      // all from
                code.all();                                                       // all from all
                emission.addresses.emit(to, toIndex, 0);                          // all from all to
                code.lconst((long) elements * to.element().bytes())               // all from all to bytes
                        .invokestatic(MemorySegment.class, "copy", void.class, MemorySegment.class, long.class,
                                MemorySegment.class, long.class, long.class);     //
            }
            case Loop.Wait _ -> {}
            case Loop.At(int line, Loop body) -> {
                code.line(line);
                emit(body);
            }
        }
    }

    // Variables

    private void let(Var var, Expr value) {
        if (var.type().isScalar()) {
            Type type = Lane.of(var.type().element()).local();
            emission.scalars.emit(value);                                         // value
            int slot = frame.allocate(type);
            code.store(type, slot);                                               //
            frame.bind(var, var.mutable()
                    ? new Home.Local(slot, Integer.MAX_VALUE, false, null)
                    : new Home.Local(slot, emission.addresses.depth(value), emission.signs.nonNegative(value),
                            emission.addresses.isAffine(value) ? value : null));
            return;
        }
        boolean mask = var.type().element() == Element.BOOL;
        Lane lane = mask ? emission.masks.lane(value) : Lane.of(var.type().element());
        if (lane == null) lane = Lane.BYTE;
        int lanes = Math.min(var.type().lanes(), emission.machine.bits() / lane.bits());
        List<Integer> slots = new ArrayList<>();
        for (int at = 0; at < var.type().lanes(); at += lanes) slots.add(frame.reference());
        Home.Registers home = new Home.Registers(slots, new Shape(lane, lanes), mask);
        emission.vectors.assign(home, value);
        frame.bind(var, home);
    }

    private void set(Var var, Expr value) {
        switch (frame.home(var)) {
            case Home.Local local -> {
                emission.scalars.emit(value);                                     // value
                code.store(Lane.of(var.type().element()).local(), local.slot());  //
            }
            case Home.Registers registers -> emission.vectors.assign(registers, value);
            case Home.Constant _ -> throw emission.refuse("sets the loop index " + var);
        }
    }

    // Memory

    private void store(Loop.Store store) {
        Expr value = store.value(), limit = store.limit();
        if (value.type().isScalar()) {
            Label end = new Label();
            if (limit != null) {
                emission.scalars.emit(store.index());                             // index
                emission.scalars.emit(limit);                                     // index limit
                code.jump(IF_ICMPGE, end);                                        //
            }
            int mark = frame.mark();
            emission.scalars.write(store.buffer(), store.index(), 0, () -> emission.scalars.emit(value));
            if (limit != null) frame.release(mark);
            code.label(end);                                                      //
            return;
        }
        int lanes = new Grain(emission).of(value);
        if (lanes < value.type().lanes() && readsElsewhere(value, store)) {
            storeVariable(store);
            return;
        }
        int statement = frame.mark();
        emission.vectors.severalRegisters(lanes < value.type().lanes());
        for (int first = 0; first < value.type().lanes(); first += lanes) {
            Shape shape = Shape.of(value.type(), lanes);
            if (shape.isFull() && limit == null) {
                whole(store, first, shape);
                continue;
            }
            int mark = frame.mark();
            if (!shape.isFull()) shortStore(store, first, shape);
            else if (limit != null) guarded(store, limit, first, shape);
            frame.release(mark);
        }
        emission.vectors.severalRegisters(false);
        frame.release(statement);
    }

    /// Whether a part of the value might be read after another part has been written over it.
    private static boolean readsElsewhere(Expr value, Loop.Store store) {
        return Uses.loads(value).stream()
                .anyMatch(load -> load.buffer().equals(store.buffer())
                        && !(load.index().equals(store.index()) && load.type().equals(store.value().type())));
    }

    /// All of the value first, then the store.
    private void storeVariable(Loop.Store store) {
        Var var = Var.value("$" + frame.mark(), store.value().type());
        emit(Loop.block(List.of(
                new Loop.Let(var, store.value()),
                new Loop.Store(store.buffer(), store.index(), Expr.ref(var), store.limit()))));
    }

    private void whole(Loop.Store store, int first, Shape shape) {
        emission.vectors.emit(store.value(), first, shape.lanes());               // vector
        into(store, first, shape, null);                                          //
    }

    /// vector -> ..
    private void into(Loop.Store store, int first, Shape shape, @Nullable Integer left) {
        code.all();                                                               // vector all
        emission.addresses.emit(store.buffer(), store.index(), first);            // vector all address
        code.littleEndian();                                                      // vector all address order
        Class<?> vector = shape.lane().vector();
        if (left == null) {
            code.invokevirtual(vector, "intoMemorySegment", void.class,
                    MemorySegment.class, long.class, ByteOrder.class);            //
            return;
        }
        emission.vectors.inRange(shape, left);                                    // vector all address order mask
        code.invokevirtual(vector, "intoMemorySegment", void.class,
                MemorySegment.class, long.class, ByteOrder.class, VectorMask.class); //
    }

    /// Masks only where the limit cuts the vector.
    private void guarded(Loop.Store store, Expr limit, int first, Shape shape) {
        Label part = new Label(), end = new Label();
        int vector = frame.reference();
        emission.vectors.emit(store.value(), first, shape.lanes());               // vector
        code.astore(vector);                                                      //
        int left = emission.vectors.left(store.index(), limit, first);            //
        code.iload(left).iconst(shape.lanes()).jump(IF_ICMPLT, part);             //
        code.aload(vector);                                                       // vector
        int branch = frame.mark();
        into(store, first, shape, null);                                          //
        frame.release(branch);
        code.jump(GOTO, end).label(part);                                         //
        code.aload(vector);                                                       // vector
        into(store, first, shape, left);                                          //
        code.label(end);                                                          //
    }

    /// Less than 64 bits: no vector store is that short.
    private void shortStore(Loop.Store store, int first, Shape shape) {
        Expr limit = store.limit();
        int vector = frame.reference();
        emission.vectors.emit(store.value(), first, shape.lanes());               // vector
        code.astore(vector);                                                      //
        if (limit == null) {
            Lane bits = Lane.integer(shape.lanes() * shape.lane().bits());
            emission.scalars.write(store.buffer(), store.index(), first, bits, () ->
                    code.aload(vector).reinterpret(shape.lane(), bits).iconst(0).lane(bits));
            return;
        }
        int left = emission.vectors.left(store.index(), limit, first);            //
        for (int lane = 0; lane < shape.lanes(); lane++) {
            Label end = new Label();
            int number = lane, branch = frame.mark();
            code.iload(left).iconst(lane).jump(IF_ICMPLE, end);                   //
            emission.scalars.write(store.buffer(), store.index(), first + lane, () ->
                    code.aload(vector).iconst(number).lane(shape.lane()));
            frame.release(branch);
            code.label(end);                                                      //
        }
    }

    // Loops

    private void each(Loop.For loop) {
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
                int index = number(from), end = number(to);
                count(loop, index, end, step, index, emission.signs.nonNegative(from));
            }
            case Loop.Range.Listed(Buf list, Expr number) -> {
                int counter = number(Expr.i32(0)), end = number(number);
                listed(loop, list, counter, end);
            }
        }
        frame.release(mark);
    }

    /// Evaluates a scalar i32 once.
    private int number(Expr expr) {
        emission.scalars.emit(expr);                                              // number
        int slot = frame.allocate(Type.INT_TYPE);
        code.istore(slot);                                                        //
        return slot;
    }

    /// `for (; counter < end; counter += step) body`
    private void count(Loop.For loop, int counter, int end, int step, int index, boolean nonNegative) {
        iterate(loop, counter, end, step, () ->
                frame.bind(loop.index(), new Home.Local(index, frame.depth(), nonNegative, null)));
    }

    private void listed(Loop.For loop, Buf list, int counter, int end) {
        Var position = Var.value("$" + loop.index(), tern.ir.loop.Type.I32);
        iterate(loop, counter, end, 1, () -> {
            frame.bind(position, new Home.Local(counter, frame.depth(), true, null));
            Expr entry = Expr.load(list, Expr.ref(position), 1);
            int index = number(entry);
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
        emit(loop.body());
        code.iinc(counter, step).jump(GOTO, head).label(exit);                    //
        frame.release(mark);
        around.removeLast();
        frame.leaveLoop();
    }

    /// The worker's contiguous part of the iterations: `[trips * worker / workers, trips * (worker + 1) / workers)`.
    private void shared(Loop.For loop) {
        int mark = frame.mark();
        switch (loop.range()) {
            case Loop.Range.Steps(Expr from, Expr to, int step) -> {
                int start = number(from), trips = frame.allocate(Type.INT_TYPE);
                emission.scalars.emit(to);                                        // to
                code.iload(start).insn(ISUB).iconst(step - 1).insn(IADD)          // span
                        .iconst(step).insn(IDIV)                                  // trips
                        .iconst(0).invokestatic(Math.class, "max", int.class, int.class, int.class)
                        .istore(trips);                                           //
                int end = bound(trips, 1, step, start), index = bound(trips, 0, step, start);
                count(loop, index, end, step, index, emission.signs.nonNegative(from));
            }
            case Loop.Range.Listed(Buf list, Expr number) -> {
                emission.scalars.emit(number);                                    // trips
                int trips = frame.allocate(Type.INT_TYPE), zero = number(Expr.i32(0));
                code.iconst(0).invokestatic(Math.class, "max", int.class, int.class, int.class).istore(trips); //
                int end = bound(trips, 1, 1, zero), counter = bound(trips, 0, 1, zero);
                listed(loop, list, counter, end);
            }
        }
        frame.release(mark);
    }

    /// A new local with `start + trips * (worker + plus) / workers * step`.
    private int bound(int trips, int plus, int step, int start) {
        if (team == null) throw new AssertionError("a loop on cores in a method without a team");
        int slot = frame.allocate(Type.INT_TYPE);
        code.iload(trips).insn(I2L)                                               // trips
                .iload(team.worker()).iconst(plus).insn(IADD).insn(I2L).insn(LMUL) // product
                .iload(team.workers()).insn(I2L).insn(LDIV).insn(L2I)             // iteration
                .iconst(step).insn(IMUL).iload(start).insn(IADD)                  // value
                .istore(slot);                                                    //
        return slot;
    }

    private void unrolled(Loop.For loop) {
        if (!(loop.range() instanceof Loop.Range.Steps(Expr first, Expr last, int step)))
            throw emission.refuse("a list cannot be written out: " + loop.index());
        long from = constant(loop, first), to = constant(loop, last);
        for (long i = from; i < to; i += step) {
            int mark = frame.mark();
            frame.bind(loop.index(), new Home.Constant(i));
            emit(loop.body());
            frame.release(mark);
        }
    }

    private long constant(Loop.For loop, Expr expr) {
        return Constants.of(expr, var -> frame.home(var) instanceof Home.Constant(long value)
                        ? OptionalLong.of(value)
                        : OptionalLong.empty())
                .orElseThrow(() -> emission.refuse("the range of " + loop.index() + ", to be written out, is not constant"));
    }

    private void barrier(Binding scope) {
        boolean cores = scope == Binding.CORES || scope == Binding.BLOCKS;
        for (Binding binding : around) {
            boolean parts = switch (binding) {
                case SERIAL, UNROLLED -> false;
                case CORES, BLOCKS -> cores;
                case WARPS, THREADS -> true;
            };
            if (parts) throw emission.refuse("waits for " + scope + " inside of a loop on " + binding);
        }
        if (!cores || team == null) return;
        code.aload(team.team()).invokevirtual(Team.class, "barrier", void.class); //
    }
}
