package tern.codegen.jvm.emit;

import static org.objectweb.asm.Opcodes.*;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.objectweb.asm.Label;
import org.objectweb.asm.Type;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;

/// Writes values of several lanes, a register at a time: [#emit] asks for `lanes` lanes from lane `first` on, and each
/// kind of expression asks its operands for what it needs of them. So a conversion from i8 to i32 loads quarter registers,
/// and a wide vector never exists as a whole unless a variable holds it.
final class Vectors {

    /// All bits of a lane matter.
    static final long ALL_BITS = -1;

    private final Emission emission;
    private boolean severalRegisters;
    private final Code code;

    Vectors(Emission emission) {
        this.emission = emission;
        this.code = emission.code;
    }

    /// .. -> .. vector
    ///
    /// @param first multiple of `lanes`, which fit one register
    void emit(Expr expr, int first, int lanes) {
        emit(expr, first, lanes, ALL_BITS);
    }

    /// @param demanded bits of each lane that matter; the others may be anything
    void emit(Expr expr, int first, int lanes, long demanded) {
        Shape shape = Shape.of(expr.type(), lanes);
        Lane lane = shape.lane();
        if (expr.type().element() == Element.BOOL) {
            emission.masks.bytes(expr, first, lanes);
            return;
        }
        switch (expr) {
            case Expr.Int(_, long value) -> constant(shape, value);
            case Expr.Real(var type, float value) -> {
                if (type.element() != Element.F32) throw emission.refuse("a constant of " + type);
                code.species(shape).fconst(value).broadcast(lane);                // vector
            }
            case Expr.Ref(var var) -> {
                Home.Registers home = (Home.Registers) emission.frame.home(var);
                if (isMutable(expr) && lane != Lane.FLOAT) exact(home, first, lanes);
                else registers(home, first, lanes);
            }
            case Expr.Load(_, Buf buffer, Expr index, Expr limit) -> {
                if (limit == null) load(shape, buffer, index, first);
                else guardedLoad(shape, buffer, index, limit, first);
            }
            case Expr.Unary(var op, Expr a) -> unary(op, a, first, shape);
            case Expr.Binary binary -> emission.integers.binary(binary, first, shape, demanded);
            case Expr.Fma(Expr a, Expr b, Expr c) -> {
                emit(a, first, lanes);                                            // a
                code.operator("FMA", VectorOperators.Ternary.class);              // a FMA
                argument(b, first, lanes, ALL_BITS);                              // a FMA b
                argument(c, first, lanes, ALL_BITS);                              // a FMA b c
                code.lanewiseTernary(lane);                                       // vector
            }
            case Expr.Select(Expr condition, Expr then, Expr otherwise) -> {
                emit(otherwise, first, lanes);                                    // otherwise
                argument(then, first, lanes, ALL_BITS);                           // otherwise then
                emission.masks.emit(condition, first, shape);                     // otherwise then mask
                code.blend(lane);                                                 // vector
            }
            case Expr.Convert convert -> emission.conversions.emit(convert, first, lanes, demanded);
            case Expr.Bitcast(_, Expr a) -> bitcast(a, first, shape);
            case Expr.Broadcast(_, Expr a) -> splat(a, shape);
            case Expr.Lookup lookup -> emission.permutes.lookup(lookup, first, shape);
            case Expr.Shuffle shuffle -> emission.permutes.shuffle(shuffle, first, shape);
            case Expr.Dot dot -> emission.integers.dot(dot, first, shape);
            case Expr.Warp _ -> throw emission.refuse("lanes that are threads");
            case Expr.Reduce _, Expr.Compare _ -> throw new IllegalArgumentException("not a vector of numbers: " + expr);
        }
    }

    /// Where a loop begins, C2 does not know the class of a variable that the loop changes, and cannot inline what is
    /// called on it. As an argument it does no harm: the operation compares its class with that of the receiver, which is
    /// known. So a mutable variable is an argument where possible.
    boolean isMutable(Expr expr) {
        return expr instanceof Expr.Ref(var var) && var.mutable() && var.type().element() != Element.BOOL;
    }

    /// .. -> .. vector, of which nothing is called
    void argument(Expr expr, int first, int lanes, long demanded) {
        if (expr instanceof Expr.Ref(var var) && isMutable(expr))
            registers((Home.Registers) emission.frame.home(var), first, lanes);
        else emit(expr, first, lanes, demanded);
    }

    /// A mutable variable as the argument of an operation that C2 drops: `0 | x` is x.
    private void exact(Home.Registers home, int first, int lanes) {
        Shape register = home.shape();
        constant(register, 0);                                                    // 0
        code.aload(home.slots().get(first / register.lanes()))                    // 0 register
                .binary(register.lane(), "OR");                                   // register
        block(register, first % register.lanes() / lanes, lanes);                 // vector
    }

    /// .. -> .. vector. A scalar that takes some work is computed once for all registers of a value.
    void splat(Expr a, Shape shape) {
        boolean simple = a instanceof Expr.Int || a instanceof Expr.Real || a instanceof Expr.Ref;
        Object key = List.of("splat", a, shape);
        Integer known = simple ? null : emission.frame.kept(key);
        if (known != null) {
            code.aload(known);                                                    // vector
            return;
        }
        code.species(shape);                                                      // species
        emission.scalars.emit(a);                                                 // species a
        narrow(shape.lane());                                                     // species a
        code.broadcast(shape.lane());                                             // vector
        if (simple || !severalRegisters) return;
        int slot = emission.frame.reference("splat");
        code.insn(DUP).astore(slot);                                              // vector
        emission.frame.keep(key, slot);
    }

    /// Whether the values being written take more than one register.
    void severalRegisters(boolean several) {
        severalRegisters = several;
    }

    /// int -> int, as a parameter of type byte or short must be.
    void narrow(Lane lane) {
        if (lane == Lane.BYTE) code.insn(I2B);
        if (lane == Lane.SHORT) code.insn(I2S);
    }

    /// .. -> .. vector
    void constant(Shape shape, long value) {
        Lane lane = shape.lane();
        code.species(shape);                                                      // species
        switch (lane) {
            case BYTE -> code.iconst((byte) value);
            case SHORT -> code.iconst((short) value);
            case INT -> code.iconst((int) value);
            case LONG -> code.lconst(value);
            case FLOAT -> code.fconst((float) value);
        }
        code.broadcast(lane);                                                     // vector
    }

    /// .. -> .. vector. The lanes of `a` that hold its bits may be more or fewer.
    private void bitcast(Expr a, int first, Shape shape) {
        Lane from = Lane.of(a.type().element());
        int bits = Math.max(shape.lanes() * shape.lane().bits(), from.bits());
        Shape whole = shape.withLanes(bits / shape.lane().bits());
        int at = first * shape.lane().bits() / from.bits(), count = bits / from.bits();
        if (a.type().isScalar()) splat(a, new Shape(from, 1));
        else emit(a, at, count);                                                  // a
        code.reinterpret(from, shape.lane());                                     // whole
        block(whole, first % whole.lanes() / shape.lanes(), shape.lanes());       // vector
    }

    // Registers

    private void registers(Home.Registers home, int first, int lanes) {
        Shape register = home.shape();
        code.aload(home.slots().get(first / register.lanes()));                   // register
        block(register, first % register.lanes() / lanes, lanes);                 // vector
    }

    /// vector -> its `part`-th block of `lanes` lanes
    void block(Shape shape, int part, int lanes) {
        if (lanes == shape.lanes()) return;
        Shape block = shape.withLanes(lanes);
        if (part == 0) {
            resize(shape, block);
            return;
        }
        if (block.isFull()) {
            emission.permutes.blockToFront(shape, part * block.bits());
            resize(shape, block);
            return;
        }
        // Fewer than 64 bits: down to 64, then the lanes to the front.
        int perSpecies = block.width() / lanes;
        block(shape, part / perSpecies, Math.min(shape.lanes(), block.width()));
        emission.permutes.toFront(block, part % perSpecies * lanes);
    }

    /// vector -> vector of another species with the same lane: its first lanes, or all with undefined lanes after it
    void resize(Shape from, Shape to) {
        if (from.bits() == to.bits()) return;
        code.species(to).iconst(0).reinterpretShape(from.lane()).checkcast(to.lane().vector());
    }

    /// .. -> .. ; gives a variable that lives in registers its value
    void assign(Home.Registers home, Expr value) {
        int lanes = home.shape().lanes();
        int mark = emission.frame.mark();
        severalRegisters(home.slots().size() > 1);
        // All registers first: the value may move lanes of the variable itself from one to another.
        for (int i = 0; i < home.slots().size(); i++) {
            if (home.mask()) emission.masks.emit(value, i * lanes, home.shape());
            else emit(value, i * lanes, lanes);                                   // .. part
        }
        for (int slot : home.slots().reversed()) code.astore(slot);               //
        severalRegisters(false);
        emission.frame.release(mark);
    }

    // Memory

    /// .. -> .. vector
    void load(Shape shape, Buf buffer, Expr index, int offset) {
        code.species(shape).all();                                                // species all
        emission.addresses.emit(buffer, index, offset);                           // species all address
        code.littleEndian().invokestatic(shape.lane().vector(), "fromMemorySegment", shape.lane().vector(),
                VectorSpecies.class, MemorySegment.class, long.class, ByteOrder.class); // vector
    }

    /// Masks only where the limit cuts the vector.
    private void guardedLoad(Shape shape, Buf buffer, Expr index, Expr limit, int offset) {
        Label part = new Label(), end = new Label();
        int mark = emission.frame.mark();
        int left = left(index, limit, offset);                                    //
        code.iload(left).iconst(shape.lanes()).jump(IF_ICMPLT, part);             //
        int branch = emission.frame.mark();
        load(shape, buffer, index, offset);                                       // vector
        emission.frame.release(branch);
        code.jump(GOTO, end).label(part);                                         //
        code.species(shape).all();                                                // species all
        emission.addresses.emit(buffer, index, offset);                           // species all address
        code.littleEndian();                                                      // species all address order
        inRange(shape, left);                                                     // species all address order mask
        code.invokestatic(shape.lane().vector(), "fromMemorySegment", shape.lane().vector(), VectorSpecies.class,
                MemorySegment.class, long.class, ByteOrder.class, VectorMask.class) // vector
                .label(end);                                                      // vector
        emission.frame.release(mark);
    }

    /// Elements from `index + offset` up to the limit; negative if it lies before.
    ///
    /// @return a new local that holds the number
    int left(Expr index, Expr limit, int offset) {
        int left = emission.frame.allocate(Type.INT_TYPE, "left");
        emission.scalars.emit(limit);                                             // limit
        emission.scalars.emit(index);                                             // limit index
        code.insn(ISUB).iconst(offset).insn(ISUB).istore(left);                   //
        return left;
    }

    /// .. -> .. mask of the lanes below the number in `left`
    void inRange(Shape shape, int left) {
        code.species(shape).iconst(0).iload(left)                                 // species 0 left
                .invokeinterface(VectorSpecies.class, "indexInRange", VectorMask.class, int.class, int.class); // mask
    }

    // Operations on one operand

    private void unary(Expr.Unary.Operation op, Expr a, int first, Shape shape) {
        Lane lane = shape.lane();
        boolean unsigned = a.type().element().isInteger() && !a.type().element().isSigned();
        if (op == Expr.Unary.Operation.ROUND) {
            round(a, first, shape);
            return;
        }
        emit(a, first, shape.lanes());                                            // a
        switch (op) {
            case NEGATE -> unary("NEG", lane);
            case ABS -> {
                if (!unsigned) unary("ABS", lane);
            }
            case NOT -> unary("NOT", lane);
            case SQRT -> unary("SQRT", lane);
            case ROUND -> throw new AssertionError();
        }
    }

    private void unary(String name, Lane lane) {
        code.operator(name, VectorOperators.Unary.class).lanewiseUnary(lane);
    }

    /// Below 2^23, adding 2^23 rounds a float to an integer, ties to even; from there on every float is one.
    private void round(Expr a, int first, Shape shape) {
        Shape bits = shape.withLane(Lane.INT);
        int mark = emission.frame.mark();
        int x = emission.frame.reference("x"), magnitude = emission.frame.reference("magnitude");
        emit(a, first, shape.lanes());                                            // x
        code.astore(x);                                                           //
        code.aload(x);                                                            // x
        unary("ABS", Lane.FLOAT);                                                 // |x|
        code.astore(magnitude);                                                   //
        code.aload(x).aload(magnitude);                                           // x |x|
        real(shape, 0x1p23f);                                                     // x |x| 2^23
        code.binary(Lane.FLOAT, "ADD");                                           // x |x|+2^23
        real(shape, 0x1p23f);                                                     // x |x|+2^23 2^23
        code.binary(Lane.FLOAT, "SUB");                                           // x r
        code.reinterpret(Lane.FLOAT, Lane.INT);                                   // x r
        code.aload(x).reinterpret(Lane.FLOAT, Lane.INT);                          // x r x
        constant(bits, Integer.MIN_VALUE);                                        // x r x sign
        code.binary(Lane.INT, "AND").binary(Lane.INT, "OR")                       // x r
                .reinterpret(Lane.INT, Lane.FLOAT);                               // x r
        code.aload(magnitude).operator("LT", VectorOperators.Comparison.class);   // x r |x| LT
        real(shape, 0x1p23f);                                                     // x r |x| LT 2^23
        code.compare(Lane.FLOAT).blend(Lane.FLOAT);                               // vector
        emission.frame.release(mark);
    }

    private void real(Shape shape, float value) {
        code.species(shape).fconst(value).broadcast(Lane.FLOAT);
    }
}
