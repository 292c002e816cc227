package tern.codegen.jvm.emit;

import static org.objectweb.asm.Opcodes.*;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import jdk.incubator.vector.VectorOperators;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;

/// Writes what moves lanes: lookups, shuffles, single lanes. All of it is `selectFrom`, which C2 turns into `vpermb`,
/// `vpermw` or `vpermd`, and which takes the index modulo the lanes.
final class Permutes {

    private final Emission emission;
    private final Code code;

    Permutes(Emission emission) {
        this.emission = emission;
        this.code = emission.code;
    }

    // Lookup

    /// .. -> .. vector
    void lookup(Expr.Lookup lookup, int first, Shape shape) {
        Expr table = lookup.table();
        int entries = table.type().lanes();
        Lane lane = shape.lane(), bits = Lane.integer(lane.bits());
        if (entries == 1) {
            emission.vectors.emit(new Expr.Broadcast(lookup.type(), table), first, shape.lanes());
            return;
        }
        Shape index = shape.withLane(bits);
        Shape part = emission.machine.register(table.type()).withLane(bits);
        Shape work = index.withLanes(Math.max(index.width(), part.width()));
        // Where the table is shorter than the register, selectFrom would not wrap soon enough.
        boolean wraps = entries >= work.width();
        Expr wrapped = wraps ? lookup.index() : Expr.mask(lookup.index(), entries - 1);
        emission.vectors.emit(wrapped, first, shape.lanes(), wraps ? entries - 1 : Vectors.ALL_BITS); // index
        emission.vectors.resize(index, work);                                  // index
        if (entries <= work.width()) {
            part(table, 0, part, work);                                           // index table
            code.selectFrom(bits);                                                // entry
        } else {
            int mark = emission.frame.mark();
            int slot = emission.frame.reference("index");
            code.astore(slot);                                                    //
            select(table, part, 0, entries / part.lanes(), slot);                 // entry
            emission.frame.release(mark);
        }
        emission.vectors.resize(work, index);                                  // entry
        code.reinterpret(bits, lane);                                             // vector
    }

    /// .. -> .. entry; the table's parts `from` to `from + count - 1`, of which the index's bits choose
    private void select(Expr table, Shape part, int from, int count, int index) {
        Lane bits = part.lane();
        if (count == 1) {
            code.aload(index);                                                    // index
            part(table, from, part, part);                                        // index table
            code.selectFrom(bits);                                                // entry
            return;
        }
        if (count == 2 && emission.machine.bits() == 512) {
            code.aload(index);                                                    // index
            part(table, from, part, part);                                        // index lower
            part(table, from + 1, part, part);                                    // index lower upper
            code.selectFromTwo(bits);                                             // entry
            return;
        }
        select(table, part, from, count / 2, index);                              // lower
        select(table, part, from + count / 2, count / 2, index);                  // lower upper
        code.aload(index);                                                        // lower upper index
        emission.vectors.constant(part, (long) part.lanes() * count / 2);         // lower upper index bit
        code.binary(bits, "AND").operator("NE", VectorOperators.Comparison.class); // lower upper bit NE
        emission.vectors.constant(part, 0);                                       // lower upper bit NE 0
        code.compare(bits).blend(bits);                                           // entry
    }

    /// .. -> .. a register full of the table, as integers; after its entries anything
    private void part(Expr table, int number, Shape part, Shape work) {
        Lane lane = Lane.of(table.type().element());
        if (part.width() < work.width() && table instanceof Expr.Load(_, var buffer, Expr index, Expr limit) && limit == null) {
            // Buffers may be read a register beyond their end.
            emission.vectors.load(work.withLane(lane), buffer, index, 0);         // table
            code.reinterpret(lane, work.lane());                                  // table
            return;
        }
        emission.vectors.emit(table, number * part.lanes(), part.lanes());        // table
        code.reinterpret(lane, work.lane());                                      // table
        emission.vectors.resize(part, work);                                   // table
    }

    /// .. -> .. entry, a scalar
    void scalar(Expr.Lookup lookup) {
        Expr table = lookup.table();
        Type type = table.type();
        if (type.isScalar()) {
            emission.scalars.emit(table);
        } else if (table instanceof Expr.Load(_, var buffer, Expr index, Expr limit) && limit == null) {
            Expr entry = Expr.mask(Expr.convert(Element.I32, lookup.index()), type.lanes() - 1);
            emission.scalars.emit(new Expr.Load(type.withLanes(1), buffer, Expr.add(index, entry), null));
        } else {
            int lanes = emission.machine.register(type).lanes();
            lane(new Expr.Lookup(table, Expr.broadcast(lanes, lookup.index())), 0);
        }
    }

    /// .. -> .. scalar
    void lane(Expr a, int number) {
        if (a.type().isScalar()) {
            emission.scalars.emit(a);
            return;
        }
        Shape register = emission.machine.register(a.type());
        int first = number / register.lanes() * register.lanes();
        emission.vectors.emit(a, first, register.lanes());                        // vector
        code.iconst(number - first).lane(register.lane());                        // scalar
        emission.scalars.normalise(a.type().element());                           // scalar
    }

    // Shuffle

    /// .. -> .. vector
    void shuffle(Expr.Shuffle shuffle, int first, Shape shape) {
        Expr a = shuffle.a();
        int lanes = shape.lanes();
        List<Integer> pattern = shuffle.pattern().subList(first, first + lanes);
        if (a.type().isScalar()) {
            emission.vectors.emit(new Expr.Broadcast(a.type().withLanes(lanes), a), 0, lanes);
            return;
        }
        int start = pattern.getFirst();
        if (start % lanes == 0 && pattern.equals(IntStream.range(start, start + lanes).boxed().toList())) {
            emission.vectors.emit(a, start, lanes);
            return;
        }
        Lane bits = Lane.integer(shape.lane().bits());
        Shape part = emission.machine.register(a.type()).withLane(bits), target = shape.withLane(bits);
        Shape work = target.withLanes(Math.max(target.width(), part.width()));
        List<Integer> lane = padded(pattern.stream().map(i -> i % part.lanes()).toList(), work.width());
        List<Integer> owner = padded(pattern.stream().map(i -> i / part.lanes()).toList(), work.width());
        boolean below = false;
        for (int number : new TreeSet<>(owner.subList(0, lanes))) {
            constant(work, lane);                                                 // (vector) index
            emission.vectors.emit(a, number * part.lanes(), part.lanes());        // (vector) index a
            code.reinterpret(shape.lane(), bits);                                 // (vector) index a
            emission.vectors.resize(part, work);                               // (vector) index a
            code.selectFrom(bits);                                                // (vector) lanes
            if (below) {
                constant(work, owner);                                            // vector lanes owner
                code.operator("EQ", VectorOperators.Comparison.class);            // vector lanes owner EQ
                emission.vectors.constant(work, number);                          // vector lanes owner EQ number
                code.compare(bits).blend(bits);                                   // vector
            }
            below = true;
        }
        emission.vectors.resize(work, target);                                 // vector
        code.reinterpret(bits, shape.lane());                                     // vector
    }

    private static List<Integer> padded(List<Integer> values, int size) {
        List<Integer> padded = new ArrayList<>(values);
        while (padded.size() < size) padded.add(0);
        return padded;
    }

    /// .. -> .. a vector from the constant pool
    private void constant(Shape shape, List<Integer> values) {
        int offset = emission.pool.add(values, shape.lane().bits());
        emission.vectors.load(shape, ConstantPool.BUFFER, Expr.i32(offset), 0);
    }

    // Blocks

    /// vector -> the same with the lanes from bit `bits` on at the front. The API's own way, `reinterpretShape` with a part,
    /// computes the permutation anew each time.
    void blockToFront(Shape shape, int bits) {
        Shape ints = shape.recast(Lane.INT);
        int mark = emission.frame.mark();
        int slot = emission.frame.reference("vector");
        code.reinterpret(shape.lane(), Lane.INT).astore(slot);                    //
        constant(ints, IntStream.range(0, ints.width()).mapToObj(i -> (i + bits / 32) % ints.width()).toList()); // index
        code.aload(slot).selectFrom(Lane.INT).reinterpret(Lane.INT, shape.lane()); // vector
        emission.frame.release(mark);
    }

    // Blocks of fewer than 64 bits

    /// vector of 64 bits -> the lanes from `lane` on at the front
    void toFront(Shape block, int lane) {
        Lane bits = block.lane();
        code.reinterpret(bits, Lane.LONG).operator("LSHR", VectorOperators.Binary.class) // a LSHR
                .lconst((long) lane * bits.bits()).lanewiseScalar(Lane.LONG)      // a
                .reinterpret(Lane.LONG, bits);                                    // a
    }

    /// integers -> integers, zero after the lanes that mean something
    void clearRest(Shape shape) {
        Lane bits = shape.lane();
        Shape whole = new Shape(Lane.LONG, 1);
        code.reinterpret(bits, Lane.LONG);                                        // a
        emission.vectors.constant(whole, (1L << shape.lanes() * bits.bits()) - 1); // a mask
        code.binary(Lane.LONG, "AND").reinterpret(Lane.LONG, bits);               // a
    }

    /// integers, zero in the last lane -> the same `by` lanes further up, zeros below
    void moveUp(Shape shape, int by) {
        int width = shape.width();
        int mark = emission.frame.mark();
        int slot = emission.frame.reference("vector");
        code.astore(slot);                                                        //
        constant(shape, IntStream.range(0, width).mapToObj(i -> i < by ? width - 1 : i - by).toList()); // index
        code.aload(slot).selectFrom(shape.lane());                                // a
        emission.frame.release(mark);
    }
}
