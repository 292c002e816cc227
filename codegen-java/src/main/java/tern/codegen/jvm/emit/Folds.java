package tern.codegen.jvm.emit;

import static org.objectweb.asm.Opcodes.*;

import jdk.incubator.vector.VectorOperators;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Type;

/// Writes reductions. Registers are folded onto each other as [Expr.Reduce] says; within a register the order matters for
/// float sums alone.
final class Folds {

    private final Emission emission;
    private final Code code;

    Folds(Emission emission) {
        this.emission = emission;
        this.code = emission.code;
    }

    /// .. -> .. scalar
    void emit(Operation op, Expr a) {
        Type type = a.type();
        if (type.isScalar()) {
            emission.scalars.emit(a);
            return;
        }
        if (type.element() == Element.F16 || type.element() == Element.BF16) throw emission.refuse(op + " of " + type);
        if (type.element() == Element.BOOL) {
            emitBool(op, a);
            return;
        }
        Shape register = emission.machine.register(type);
        registers(op, a, register, 0, 1);                                         // vector
        if (!register.isFull()) shortVector(op, type.element(), register);
        else if (register.lane() == Lane.FLOAT && op == Operation.ADD) floatSum(register);
        else reduceLanes(op, type.element(), register);                           // scalar
    }

    /// .. -> .. bit, by way of bytes
    private void emitBool(Operation op, Expr a) {
        Expr bytes = Expr.convert(Element.U8, a);
        emit(op, bytes);                                                          // number
        emission.scalars.normalise(Element.BOOL);                                 // bit
    }

    /// .. -> .. vector: register `number` of `count`, on which those above have been folded
    private void registers(Operation op, Expr a, Shape register, int number, int count) {
        if (count * register.lanes() == a.type().lanes()) {
            emission.vectors.emit(a, number * register.lanes(), register.lanes()); // vector
            return;
        }
        registers(op, a, register, number, 2 * count);                            // lower
        operator(op, a.type().element());                                         // lower operator
        registers(op, a, register, number + count, 2 * count);                    // lower operator upper
        code.lanewise(register.lane());                                           // vector
    }

    private void operator(Operation op, Element element) {
        boolean unsigned = element.isInteger() && !element.isSigned();
        String name = switch (op) {
            case ADD, AND, OR, XOR, MULTIPLY -> op == Operation.MULTIPLY ? "MUL" : op.name();
            case MIN, MAX -> unsigned ? "U" + op.name() : op.name();
            case SUBTRACT, MULTIPLY_HIGH, DIVIDE, REMAINDER, SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL ->
                throw emission.refuse("reduces by " + op);
        };
        code.operator(name, VectorOperators.Associative.class);
    }

    /// vector -> scalar
    private void reduceLanes(Operation op, Element element, Shape register) {
        // C2 reduces by the signed order only.
        boolean flip = element.isInteger() && !element.isSigned() && (op == Operation.MIN || op == Operation.MAX);
        Lane lane = register.lane();
        if (flip) {
            code.operator("XOR", VectorOperators.Associative.class);              // vector XOR
            emission.vectors.constant(register, 1L << lane.bits() - 1);           // vector XOR sign
            code.lanewise(lane);                                                  // vector
        }
        String name = op == Operation.MULTIPLY ? "MUL" : op.name();
        code.operator(name, VectorOperators.Associative.class).reduceLanes(lane); // scalar
        if (flip) {
            if (lane == Lane.LONG) code.lconst(Long.MIN_VALUE).insn(LXOR);
            else code.iconst(lane == Lane.INT ? Integer.MIN_VALUE : 1 << lane.bits() - 1).insn(IXOR);
        }
        emission.scalars.normalise(element);                                      // scalar
    }

    /// vector -> scalar, the upper half onto the lower half until two lanes are left
    private void floatSum(Shape register) {
        int mark = emission.frame.mark();
        int slot = emission.frame.reference("sums");
        Shape shape = register;
        while (shape.bits() > Shape.LEAST_BITS) {
            int half = shape.lanes() / 2;
            code.astore(slot).aload(slot);                                        // vector
            emission.vectors.block(shape, 0, half);                               // lower
            code.aload(slot);                                                     // lower vector
            emission.vectors.block(shape, 1, half);                               // lower upper
            code.binary(Lane.FLOAT, "ADD");                                       // vector
            shape = shape.withLanes(half);
        }
        code.astore(slot).aload(slot).iconst(0).lane(Lane.FLOAT);                 // lower
        code.aload(slot).iconst(1).lane(Lane.FLOAT).insn(FADD);                   // sum
        emission.frame.release(mark);
    }

    /// vector of less than 64 bits -> scalar
    private void shortVector(Operation op, Element element, Shape register) {
        int mark = emission.frame.mark();
        int slot = emission.frame.reference("lanes");
        code.astore(slot);                                                        //
        for (int lane = 0; lane < register.lanes(); lane++) {
            code.aload(slot).iconst(lane).lane(register.lane());                  // (value) lane
            emission.scalars.normalise(element);                                  // (value) lane
            if (lane > 0) emission.scalars.binary(op, element);                   // value
        }
        emission.frame.release(mark);
    }
}
