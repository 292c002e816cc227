package tern.codegen.jvm.emit;

import static org.objectweb.asm.Opcodes.*;

import java.util.List;
import jdk.incubator.vector.VectorOperators;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Type;
import tern.ir.loop.Var;

/// Writes operations on two vectors, and those that the Vector API lacks.
final class Integers {

    private final Emission emission;
    private final Code code;

    Integers(Emission emission) {
        this.emission = emission;
        this.code = emission.code;
    }

    /// .. -> .. vector
    void binary(Expr.Binary binary, int first, Shape shape, long demanded) {
        Operation op = binary.op();
        Expr a = binary.a(), b = binary.b();
        Element element = a.type().element();
        Lane lane = shape.lane();
        if (element == Element.F16 || element == Element.BF16) throw emission.refuse(op + " of " + element);
        if (op.isShift()) {
            shift(op, a, b, first, shape, demanded);
            return;
        }
        if (op == Operation.MULTIPLY_HIGH) {
            multiplyHigh(element, a, b, first, shape);
            return;
        }
        if (maskedAdd(op, a, b, first, shape)) return;
        if (op == Operation.AND && b instanceof Expr.Int(_, long mask)) {
            emission.vectors.emit(a, first, shape.lanes(), demanded & mask);      // a
            if ((mask & demanded & bits(lane)) == (demanded & bits(lane))) return;
            emission.vectors.constant(shape, mask);                               // a mask
            code.binary(lane, "AND");                                             // vector
            return;
        }
        boolean bitwise = op == Operation.AND || op == Operation.OR || op == Operation.XOR;
        long wanted = bitwise ? demanded : Vectors.ALL_BITS;
        if (isCommutative(op) && emission.vectors.isMutable(a) && !emission.vectors.isMutable(b)) {
            Expr other = a;
            a = b;
            b = other;
        }
        emission.vectors.emit(a, first, shape.lanes(), wanted);                   // a
        emission.vectors.argument(b, first, shape.lanes(), wanted);               // a b
        boolean unsigned = element.isInteger() && !element.isSigned();
        switch (op) {
            case ADD -> code.binary(lane, "ADD");
            case SUBTRACT -> code.binary(lane, "SUB");
            case MULTIPLY -> code.binary(lane, "MUL");
            case DIVIDE -> {
                if (lane != Lane.FLOAT) throw emission.refuse("divides vectors of " + element);
                code.binary(lane, "DIV");
            }
            case REMAINDER -> throw emission.refuse("remainder of vectors of " + element);
            case AND -> code.binary(lane, "AND");
            case OR -> code.binary(lane, "OR");
            case XOR -> code.binary(lane, "XOR");
            case MIN, MAX -> code.binary(lane, unsigned ? "U" + op.name() : op.name());
            case MULTIPLY_HIGH, SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL -> throw new AssertionError(op);
        }
    }

    private static boolean isCommutative(Operation op) {
        return switch (op) {
            case ADD, MULTIPLY, AND, OR, XOR, MIN, MAX -> true;
            case SUBTRACT, DIVIDE, REMAINDER, MULTIPLY_HIGH, SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL -> false;
        };
    }

    private static long bits(Lane lane) {
        return lane.bits() == 64 ? -1 : (1L << lane.bits()) - 1;
    }

    /// `a + (mask ? v : 0)` is one instruction where masks are registers.
    private boolean maskedAdd(Operation op, Expr a, Expr b, int first, Shape shape) {
        if (op != Operation.ADD && op != Operation.SUBTRACT || shape.lane() == Lane.FLOAT) return false;
        if (!(b instanceof Expr.Select(Expr mask, Expr value, Expr.Int(_, long zero))) || zero != 0) return false;
        Lane lane = shape.lane();
        boolean add = op == Operation.ADD;
        emission.vectors.emit(a, first, shape.lanes());                           // a
        code.operator(add ? "ADD" : "SUB", add ? VectorOperators.Associative.class : VectorOperators.Binary.class);
        emission.vectors.argument(value, first, shape.lanes(), Vectors.ALL_BITS); // a operator value
        emission.masks.emit(mask, first, shape);                                  // a operator value mask
        code.lanewiseMasked(lane);                                                // vector
        return true;
    }

    // Shifts

    private void shift(Operation op, Expr a, Expr count, int first, Shape shape, long demanded) {
        Element element = a.type().element();
        Lane lane = shape.lane();
        boolean arithmetic = op == Operation.SHIFT_RIGHT && element.isSigned();
        if (!(count instanceof Expr.Int(_, long constant))) {
            emission.vectors.emit(a, first, shape.lanes());                       // a
            String name = op == Operation.SHIFT_LEFT ? "LSHL" : arithmetic ? "ASHR" : "LSHR";
            code.operator(name, VectorOperators.Binary.class);                    // a operator
            emission.scalars.emit(count);                                         // a operator count
            if (lane == Lane.LONG) code.insn(I2L);
            emission.vectors.narrow(lane);                                        // a operator count
            code.lanewiseScalar(lane);                                            // vector
            return;
        }
        int by = (int) constant;
        long all = bits(lane);
        if (op == Operation.SHIFT_LEFT) {
            emission.vectors.emit(a, first, shape.lanes(), (demanded & all) >>> by); // a
            shiftLeft(shape, by, demanded);                                       // vector
        } else if (arithmetic) {
            emission.vectors.emit(a, first, shape.lanes());                       // a
            shiftRight(shape, by);                                                // vector
        } else {
            emission.vectors.emit(a, first, shape.lanes(), (demanded << by) & all); // a
            shiftRightLogical(shape, by, demanded);                               // vector
        }
    }

    /// a -> a << by. Lanes of 8 and 16 bits shift as ints: x86 has no byte shifts, and its short shifts by a constant that
    /// C2 knows take the count from a register, one operation more.
    void shiftLeft(Shape shape, int by, long demanded) {
        Lane lane = shape.lane();
        long kept = bits(lane) & bits(lane) << by;
        wideShift(lane, "LSHL", by);                                              // a
        if (lane.bits() < 32) keep(shape, kept, demanded);
    }

    /// a -> a >>> by
    void shiftRightLogical(Shape shape, int by, long demanded) {
        Lane lane = shape.lane();
        wideShift(lane, "LSHR", by);                                              // a
        if (lane.bits() < 32) keep(shape, bits(lane) >>> by, demanded);
    }

    /// a -> a >> by
    void shiftRight(Shape shape, int by) {
        Lane lane = shape.lane();
        if (lane != Lane.BYTE) {
            code.operator("ASHR", VectorOperators.Binary.class);                  // a operator
            scalarCount(lane, by);                                                // a operator by
            code.lanewiseScalar(lane);                                            // a
            return;
        }
        int sign = 0x80 >>> by;
        shiftRightLogical(shape, by, Vectors.ALL_BITS);                           // a
        code.operator("XOR", VectorOperators.Associative.class);                  // a XOR
        emission.vectors.constant(shape, sign);                                   // a XOR sign
        code.lanewise(lane);                                                      // a
        emission.vectors.constant(shape, sign);                                   // a sign
        code.binary(lane, "SUB");                                                 // a
    }

    /// a -> a shifted in lanes of at least 32 bits
    private void wideShift(Lane lane, String name, int by) {
        Lane wide = lane == Lane.LONG ? Lane.LONG : Lane.INT;
        code.reinterpret(lane, wide).operator(name, VectorOperators.Binary.class); // a operator
        scalarCount(wide, by);                                                    // a operator by
        code.lanewiseScalar(wide).reinterpret(wide, lane);                        // a
    }

    private void scalarCount(Lane lane, int by) {
        if (lane == Lane.LONG) code.lconst(by);
        else code.iconst(by);
    }

    /// a -> a without the bits that came from a neighbour, if any of them matters
    private void keep(Shape shape, long kept, long demanded) {
        if ((demanded & bits(shape.lane()) & ~kept) == 0) return;
        emission.vectors.constant(shape, kept);                                   // a kept
        code.binary(shape.lane(), "AND");                                         // a
    }

    // Upper half of products

    /// In lanes of twice the width: the products of the even lanes and of the odd ones, without moving a lane.
    private void multiplyHigh(Element element, Expr a, Expr b, int first, Shape shape) {
        if (element.bits() == 64) {
            multiplyHigh64(element, a, b, first, shape);
            return;
        }
        if (shape.lane() == Lane.FLOAT) throw emission.refuse("MULTIPLY_HIGH of floats");
        boolean signed = element.isSigned();
        int bits = element.bits();
        Shape wide = shape.recast(Lane.integer(2 * bits));
        int mark = emission.frame.mark();
        int x = emission.frame.reference("x"), y = emission.frame.reference("y");
        wideOperand(a, first, shape, wide, x);                                    //
        wideOperand(b, first, shape, wide, y);                                    //
        evenLanes(wide, bits, signed, x);                                         // x0
        evenLanes(wide, bits, signed, y);                                         // x0 y0
        code.binary(wide.lane(), "MUL");                                          // p0
        shiftRightLogical(wide, bits, Vectors.ALL_BITS);                          // h0
        oddLanes(wide, bits, signed, x);                                          // h0 x1
        oddLanes(wide, bits, signed, y);                                          // h0 x1 y1
        code.binary(wide.lane(), "MUL");                                          // h0 p1
        emission.vectors.constant(wide, -1L << bits);                             // h0 p1 upper
        code.binary(wide.lane(), "AND").binary(wide.lane(), "OR")                 // h
                .reinterpret(wide.lane(), shape.lane());                          // vector
        emission.frame.release(mark);
    }

    private void wideOperand(Expr a, int first, Shape shape, Shape wide, int slot) {
        emission.vectors.emit(a, first, shape.lanes());                           // a
        code.reinterpret(shape.lane(), wide.lane()).astore(slot);                 //
    }

    /// .. -> .. the lower half of each lane, widened
    private void evenLanes(Shape wide, int bits, boolean signed, int slot) {
        code.aload(slot);                                                         // x
        if (signed) {
            shiftLeft(wide, bits, -1L << bits);                                   // x
            shiftRight(wide, bits);                                               // x0
        } else {
            emission.vectors.constant(wide, (1L << bits) - 1);                    // x mask
            code.binary(wide.lane(), "AND");                                      // x0
        }
    }

    /// .. -> .. the upper half of each lane, widened
    private void oddLanes(Shape wide, int bits, boolean signed, int slot) {
        code.aload(slot);                                                         // x
        if (signed) shiftRight(wide, bits);
        else shiftRightLogical(wide, bits, Vectors.ALL_BITS);                     // x1
    }

    /// Hacker's Delight, 8-2: four products of halves.
    private void multiplyHigh64(Element element, Expr a, Expr b, int first, Shape shape) {
        boolean signed = element.isSigned();
        int mark = emission.frame.mark();
        Expr x = shared(a, first, shape), y = shared(b, first, shape);
        Type type = new Type(element, shape.lanes());
        Expr mask = new Expr.Int(type, 0xffff_ffffL), half = Expr.i32(32);
        Operation shift = signed ? Operation.SHIFT_RIGHT : Operation.SHIFT_RIGHT_LOGICAL;
        Expr x0 = Expr.binary(Operation.AND, x, mask), x1 = Expr.binary(shift, x, half);
        Expr y0 = Expr.binary(Operation.AND, y, mask), y1 = Expr.binary(shift, y, half);
        Expr carry = Expr.binary(Operation.SHIFT_RIGHT_LOGICAL, Expr.multiply(x0, y0), half);
        Expr t = shared(Expr.add(Expr.multiply(x1, y0), carry), 0, shape);
        Expr w = Expr.add(Expr.binary(Operation.AND, t, mask), Expr.multiply(x0, y1));
        Expr high = Expr.add(Expr.add(Expr.multiply(x1, y1), Expr.binary(shift, t, half)), Expr.binary(shift, w, half));
        emission.vectors.emit(high, 0, shape.lanes());
        emission.frame.release(mark);
    }

    /// A part of a value in a local of its own, to be used more than once.
    Expr shared(Expr expr, int first, Shape shape) {
        Var var = Var.value("$" + emission.frame.mark(), expr.type().withLanes(shape.lanes()));
        int slot = emission.frame.reference("part");
        emission.vectors.emit(expr, first, shape.lanes());                        // value
        code.astore(slot);                                                        //
        emission.frame.bind(var, new Home.Registers(List.of(slot), shape, false));
        return Expr.ref(var);
    }

    // Dot products

    /// .. -> .. vector
    void dot(Expr.Dot dot, int first, Shape shape) {
        emission.vectors.emit(dot.sum(), first, shape.lanes());                   // sum
        addProducts(dot, first, shape);                                           // vector
    }

    /// .. -> .. sum
    void scalarDot(Expr.Dot dot) {
        Shape one = new Shape(Lane.of(dot.type().element()), 1);
        emission.vectors.splat(dot.sum(), one);                                   // sum
        addProducts(dot, 0, one);                                                 // vector
        code.iconst(0).lane(one.lane());                                          // sum
    }

    /// sum -> sum. Fours of bytes are pairs of pairs: products of bytes fit a short, their sums an int.
    private void addProducts(Expr.Dot dot, int first, Shape shape) {
        boolean signedA = dot.a().type().element().isSigned(), signedB = dot.b().type().element().isSigned();
        int narrow = dot.a().type().element().bits(), terms = dot.terms();
        Shape operands = new Shape(Lane.integer(narrow), terms * shape.lanes()), products = operands.recast(Lane.integer(2 * narrow));
        int mark = emission.frame.mark();
        int a = emission.frame.reference("a"), b = emission.frame.reference("b"), product = emission.frame.reference("products");
        wideOperand(dot.a(), terms * first, operands, products, a);               // sum
        wideOperand(dot.b(), terms * first, operands, products, b);               // sum
        for (boolean odd : new boolean[] {false, true}) {
            halfLanes(odd, products, narrow, signedA, a);                         // sum a
            halfLanes(odd, products, narrow, signedB, b);                         // sum a b
            code.binary(products.lane(), "MUL");                                  // sum p
            if (terms == 2) code.binary(products.lane(), "ADD");                  // sum
            else addPairs(products, signedA || signedB, product);
        }
        emission.frame.release(mark);
    }

    /// sum p -> sum
    private void addPairs(Shape products, boolean signed, int slot) {
        Lane lane = products.lane(), wide = Lane.integer(2 * lane.bits());
        code.reinterpret(lane, wide).astore(slot);                                // sum
        for (boolean odd : new boolean[] {false, true}) {
            halfLanes(odd, products.recast(wide), lane.bits(), signed, slot);     // sum p
            code.binary(wide, "ADD");                                             // sum
        }
    }

    private void halfLanes(boolean odd, Shape wide, int bits, boolean signed, int slot) {
        if (odd) oddLanes(wide, bits, signed, slot);
        else evenLanes(wide, bits, signed, slot);
    }
}
