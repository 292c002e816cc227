package tern.codegen.jvm.emit;

import static org.objectweb.asm.Opcodes.*;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import jdk.incubator.vector.VectorMask;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Label;
import org.objectweb.asm.Type;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.Var;

/// Writes statements: variables, branches and memory here, loops in [Loops].
public final class Statements {

    private final Emission emission;
    private final Code code;
    private final Frame frame;
    private final Methods methods;
    private final Loops loops;

    /// @param share  null where no work is shared out
    /// @param around loops around the caller
    public Statements(Emission emission, Methods methods, @Nullable WorkRange share, List<Binding> around) {
        this.emission = emission;
        this.code = emission.code;
        this.frame = emission.frame;
        this.loops = new Loops(emission, share, around, this::emit);
        this.methods = methods;
    }

    /// What [WorkRange.OfBlocks] counts, once all is written.
    public int blocks() {
        return loops.blocks();
    }

    public void emit(Loop loop) {
        emission.remarks.statement(loop);
        switch (loop) {
            case Loop.Block(var steps) -> {
                int mark = frame.mark(), bindings = frame.bindings();
                steps.forEach(this::emit);
                frame.unbind(bindings);
                frame.release(mark);
            }
            case Loop.For each -> loops.each(each);
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
            case Loop.Outline outline -> methods.outline(outline, emission, loops.share(), loops.around());
            case Loop.Barrier(Binding scope) -> loops.barrier(scope);
            case Loop.CopyAsync(Buf to, Expr toIndex, Buf from, Expr fromIndex, int elements) -> {
                code.all();                                                       // all
                emission.addresses.emit(from, fromIndex, 0);                      // all from
                code.all();                                                       // all from all
                emission.addresses.emit(to, toIndex, 0);                          // all from all to
                code.lconst((long) elements * to.element().bytes())               // all from all to bytes
                        .invokestatic(MemorySegment.class, "copy", void.class, MemorySegment.class, long.class,
                                MemorySegment.class, long.class, long.class);     //
            }
            case Loop.TileProduct _ -> throw emission.refuse("products of tiles, which are machine code alone");
            case Loop.Wait _, Loop.GridDependency _, Loop.Prefetch _ -> {}
            case Loop.Group _ -> throw emission.refuse("groups of warps");
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
            int slot = frame.allocate(type, var.name());
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
        for (int at = 0; at < var.type().lanes(); at += lanes)
            slots.add(frame.reference(lanes < var.type().lanes() ? var.name() + "_" + at / lanes : var.name()));
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
        int vector = frame.reference("vector");
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
        int vector = frame.reference("vector");
        emission.vectors.emit(store.value(), first, shape.lanes());               // vector
        code.astore(vector);                                                      //
        if (limit == null) {
            Lane bits = Lane.integer(shape.lanes() * shape.lane().bits());
            emission.scalars.write(store.buffer(), store.index(), first, bits, () -> code.aload(vector).reinterpret(shape.lane(), bits).iconst(0).lane(bits));
            return;
        }
        int left = emission.vectors.left(store.index(), limit, first);            //
        for (int lane = 0; lane < shape.lanes(); lane++) {
            Label end = new Label();
            int number = lane, branch = frame.mark();
            code.iload(left).iconst(lane).jump(IF_ICMPLE, end);                   //
            emission.scalars.write(store.buffer(), store.index(), first + lane, () -> code.aload(vector).iconst(number).lane(shape.lane()));
            frame.release(branch);
            code.label(end);                                                      //
        }
    }
}
