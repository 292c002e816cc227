package tern.codegen.jvm.emit;

import static org.objectweb.asm.Opcodes.*;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.objectweb.asm.Label;
import org.objectweb.asm.Type;
import tern.ir.Element;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;

/// Writes values of one lane. Integers of up to 32 bits are JVM ints, narrower ones normalised after each operation: signed
/// ones sign-extended, unsigned ones and bool zero-extended; u32 and u64 use the full width of int and long.
final class Scalars {

    private final Emission emission;
    private final Code code;

    Scalars(Emission emission) {
        this.emission = emission;
        this.code = emission.code;
    }

    /// .. -> .. value
    void emit(Expr expr) {
        switch (expr) {
            case Expr.Int(var type, long value) -> constant(type.element(), value);
            case Expr.Real(_, float value) -> code.fconst(value);
            case Expr.Ref(var var) -> {
                switch (emission.frame.home(var)) {
                    case Home.Constant(long value) -> constant(var.type().element(), value);
                    case Home.Local local -> code.load(Lane.of(var.type().element()).local(), local.slot());
                    case Home.Registers _ -> throw new IllegalArgumentException("a scalar lives in registers: " + var);
                }
            }
            case Expr.Load load -> load(load);
            case Expr.Unary(var op, Expr a) -> unary(op, a);
            case Expr.Binary(var op, Expr a, Expr b) -> {
                emit(a);                                                          // a
                emit(b);                                                          // a b
                binary(op, a.type().element());                                   // value
            }
            case Expr.Fma(Expr a, Expr b, Expr c) -> {
                emit(a);                                                          // a
                emit(b);                                                          // a b
                emit(c);                                                          // a b c
                code.invokestatic(Math.class, "fma", float.class, float.class, float.class, float.class);
            }
            case Expr.Compare _ -> bool(expr);
            case Expr.Select(Expr condition, Expr then, Expr otherwise) -> {
                Label no = new Label(), end = new Label();
                int mark = emission.frame.mark();
                emission.guards.jumpUnless(condition, no);                        //
                emit(then);                                                       // value
                emission.frame.release(mark);
                code.jump(GOTO, end).label(no);                                   //
                emit(otherwise);                                                  // value
                emission.frame.release(mark);
                code.label(end);                                                  // value
            }
            case Expr.Convert(var type, Expr a) -> {
                emit(a);                                                          // a
                convert(a.type().element(), type.element());                      // value
            }
            case Expr.Bitcast(var type, Expr a) when !a.type().isScalar() -> emit(new Expr.Bitcast(type, joined(a)));
            case Expr.Bitcast(var type, Expr a) -> {
                emit(a);                                                          // a
                bitcast(a.type().element(), type.element());                      // value
            }
            case Expr.Broadcast(_, Expr a) -> emit(a);
            case Expr.Lookup lookup -> emission.permutes.scalar(lookup);
            case Expr.Shuffle(Expr a, var pattern) -> emission.permutes.lane(a, pattern.getFirst());
            case Expr.Reduce(var op, Expr a) -> emission.folds.emit(op, a);
            case Expr.Dot dot -> emission.integers.scalarDot(dot);
            case Expr.Warp _ -> throw emission.refuse("lanes that are threads");
        }
    }

    /// The bits of all lanes as one unsigned number.
    private static Expr joined(Expr a) {
        int bits = a.type().element().bits();
        Element part = Element.of("u" + bits), whole = Element.of("u" + a.type().bits());
        Expr joined = new Expr.Int(new tern.ir.loop.Type(whole, 1), 0);
        for (int lane = 0; lane < a.type().lanes(); lane++) {
            Expr one = Expr.convert(whole, new Expr.Bitcast(new tern.ir.loop.Type(part, 1), new Expr.Shuffle(a, List.of(lane))));
            joined = Expr.binary(Operation.OR, joined, Expr.shiftLeft(one, lane * bits));
        }
        return joined;
    }

    /// .. -> .. value
    void constant(Element element, long value) {
        switch (element) {
            case BOOL -> code.iconst((int) (value & 1));
            case I8 -> code.iconst((byte) value);
            case U8 -> code.iconst((int) (value & 0xff));
            case I16 -> code.iconst((short) value);
            case U16, F16, BF16 -> code.iconst((int) (value & 0xffff));
            case I32, U32 -> code.iconst((int) value);
            case I64, U64 -> code.lconst(value);
            case F32 -> code.fconst((float) value);
        }
    }

    /// int -> int: what wrap-around leaves of it.
    void normalise(Element element) {
        switch (element) {
            case BOOL -> code.iconst(1).insn(IAND);
            case I8 -> code.insn(I2B);
            case U8 -> code.iconst(0xff).insn(IAND);
            case I16 -> code.insn(I2S);
            case U16, F16, BF16 -> code.insn(I2C);
            case I32, U32, I64, U64, F32 -> {}
        }
    }

    private void bool(Expr condition) {
        Label no = new Label(), end = new Label();
        int mark = emission.frame.mark();
        emission.guards.jumpUnless(condition, no);
        emission.frame.release(mark);
        code.iconst(1).jump(GOTO, end).label(no).iconst(0).label(end);
    }

    // Memory

    private void load(Expr.Load load) {
        Expr limit = load.limit();
        Element element = load.type().element();
        if (limit == null) {
            read(load.buffer(), load.index(), element);
            return;
        }
        Label no = new Label(), end = new Label();
        emit(load.index());                                                       // index
        emit(limit);                                                              // index limit
        code.jump(IF_ICMPGE, no);                                                 //
        int mark = emission.frame.mark();
        read(load.buffer(), load.index(), element);                               // value
        emission.frame.release(mark);
        code.jump(GOTO, end).label(no);                                           //
        constant(element, 0);                                                     // value
        code.label(end);                                                          // value
    }

    private void read(Buf buffer, Expr index, Element element) {
        Lane lane = Lane.of(element);
        Class<?> layout = layout(lane);
        code.all().getstatic(ValueLayout.class, layoutName(lane), layout);        // all layout
        emission.addresses.emit(buffer, index, 0);                                // all layout address
        code.invokeinterface(MemorySegment.class, "get", lane.primitive(), layout, long.class); // value
        normalise(element);                                                       // value
    }

    /// .. -> .. ; writes one element.
    void write(Buf buffer, Expr index, long offset, Runnable value) {
        write(buffer, index, offset, Lane.of(buffer.element()), value);
    }

    /// .. -> .. ; `value` is emitted while address and layout lie below it.
    ///
    /// @param lane of the value: one element or several of them together
    void write(Buf buffer, Expr index, long offset, Lane lane, Runnable value) {
        Class<?> layout = layout(lane);
        code.all().getstatic(ValueLayout.class, layoutName(lane), layout);        // all layout
        emission.addresses.emit(buffer, index, offset);                           // all layout address
        value.run();                                                              // all layout address value
        if (lane == Lane.BYTE) code.insn(I2B);
        if (lane == Lane.SHORT) code.insn(I2S);
        code.invokeinterface(MemorySegment.class, "set", void.class, layout, long.class, lane.primitive());
    }

    private static Class<?> layout(Lane lane) {
        return switch (lane) {
            case BYTE -> ValueLayout.OfByte.class;
            case SHORT -> ValueLayout.OfShort.class;
            case INT -> ValueLayout.OfInt.class;
            case LONG -> ValueLayout.OfLong.class;
            case FLOAT -> ValueLayout.OfFloat.class;
        };
    }

    private static String layoutName(Lane lane) {
        return switch (lane) {
            case BYTE -> "JAVA_BYTE";
            case SHORT -> "JAVA_SHORT_UNALIGNED";
            case INT -> "JAVA_INT_UNALIGNED";
            case LONG -> "JAVA_LONG_UNALIGNED";
            case FLOAT -> "JAVA_FLOAT_UNALIGNED";
        };
    }

    // Arithmetic

    private void unary(Expr.Unary.Operation op, Expr a) {
        Element element = a.type().element();
        Type type = Lane.of(element).local();
        emit(a);                                                                  // a
        switch (op) {
            case NEGATE -> {
                code.insn(type, INEG);
                normalise(element);
            }
            case ABS -> {
                if (element.isInteger() && !element.isSigned()) return;
                code.invokestatic(Math.class, "abs", local(element), local(element));
                normalise(element);
            }
            case NOT -> {
                if (Lane.of(element) == Lane.LONG) code.lconst(-1).insn(LXOR);
                else code.iconst(-1).insn(IXOR);
                normalise(element);
            }
            case SQRT -> code.insn(F2D).invokestatic(Math.class, "sqrt", double.class, double.class).insn(D2F);
            case ROUND -> code.insn(F2D).invokestatic(Math.class, "rint", double.class, double.class).insn(D2F);
        }
    }

    /// a b -> value
    void binary(Operation op, Element element) {
        Type type = Lane.of(element).local();
        boolean unsigned = element.isInteger() && !element.isSigned();
        switch (op) {
            case ADD -> code.insn(type, IADD);
            case SUBTRACT -> code.insn(type, ISUB);
            case MULTIPLY -> code.insn(type, IMUL);
            case MULTIPLY_HIGH -> multiplyHigh(element);
            case DIVIDE -> {
                if (unsigned && element.bits() >= 32) unsignedCall("divideUnsigned", element);
                else code.insn(type, IDIV);
            }
            case REMAINDER -> {
                if (unsigned && element.bits() >= 32) unsignedCall("remainderUnsigned", element);
                else code.insn(type, IREM);
            }
            case AND -> code.insn(type, IAND);
            case OR -> code.insn(type, IOR);
            case XOR -> code.insn(type, IXOR);
            case SHIFT_LEFT -> code.insn(type, ISHL);
            case SHIFT_RIGHT -> code.insn(type, unsigned ? IUSHR : ISHR);
            case SHIFT_RIGHT_LOGICAL -> shiftRightLogical(element);
            case MIN, MAX -> extreme(op == Operation.MIN ? "min" : "max", element);
        }
        normalise(element);
    }

    private void unsignedCall(String name, Element element) {
        Class<?> primitive = local(element);
        code.invokestatic(primitive == long.class ? Long.class : Integer.class, name, primitive, primitive, primitive);
    }

    /// a count -> value
    private void shiftRightLogical(Element element) {
        if (element == Element.I8 || element == Element.I16) {
            code.insn(SWAP).iconst(element == Element.I8 ? 0xff : 0xffff).insn(IAND).insn(SWAP);
        }
        code.insn(Lane.of(element).local(), IUSHR);
    }

    /// a b -> value
    private void multiplyHigh(Element element) {
        switch (element) {
            case I8, U8, I16 -> code.insn(IMUL).iconst(element.bits()).insn(ISHR);
            case U16 -> code.insn(IMUL).iconst(16).insn(IUSHR);
            case I32 -> code.invokestatic(Math.class, "multiplyFull", long.class, int.class, int.class)
                    .iconst(32).insn(LSHR).insn(L2I);
            case U32 -> unsignedMultiplyHigh();
            case I64 -> code.invokestatic(Math.class, "multiplyHigh", long.class, long.class, long.class);
            case U64 -> code.invokestatic(Math.class, "unsignedMultiplyHigh", long.class, long.class, long.class);
            case BOOL, F16, BF16, F32 -> throw emission.refuse("MULTIPLY_HIGH of " + element);
        }
    }

    /// a b -> value
    private void unsignedMultiplyHigh() {
        int mark = emission.frame.mark();
        int slot = emission.frame.allocate(Type.INT_TYPE, "factor");
        code.istore(slot).insn(I2L).lconst(0xffff_ffffL).insn(LAND);              // a
        code.iload(slot).insn(I2L).lconst(0xffff_ffffL).insn(LAND);               // a b
        code.insn(LMUL).iconst(32).insn(LUSHR).insn(L2I);                         // value
        emission.frame.release(mark);
    }

    /// a b -> value
    private void extreme(String name, Element element) {
        Class<?> primitive = local(element);
        boolean flip = element == Element.U32 || element == Element.U64;
        if (flip) {
            Type type = Lane.of(element).local();
            int b = emission.frame.mark();
            int slot = emission.frame.allocate(type, "other");
            signBit(element);                                                     // a b'
            code.store(type, slot);                                               // a
            signBit(element);                                                     // a'
            code.load(type, slot);                                                // a' b'
            emission.frame.release(b);
        }
        code.invokestatic(Math.class, name, primitive, primitive, primitive);     // value
        if (flip) signBit(element);
    }

    /// a -> a with its highest bit flipped: the order of unsigned numbers becomes that of signed ones.
    void signBit(Element element) {
        if (Lane.of(element) == Lane.LONG) code.lconst(Long.MIN_VALUE).insn(LXOR);
        else code.iconst(Integer.MIN_VALUE).insn(IXOR);
    }

    private static Class<?> local(Element element) {
        return switch (Lane.of(element)) {
            case BYTE, SHORT, INT -> int.class;
            case LONG -> long.class;
            case FLOAT -> float.class;
        };
    }

    // Conversion

    /// a -> value
    void convert(Element from, Element to) {
        if (from == to) return;
        switch (to) {
            case F32 -> toFloat(from);
            case F16 -> {
                if (from != Element.F32) throw emission.refuse("converts " + from + " to " + to);
                code.invokestatic(Float.class, "floatToFloat16", short.class, float.class);
                normalise(to);
            }
            case BF16 -> {
                if (from != Element.F32) throw emission.refuse("converts " + from + " to " + to);
                emission.methods.call(Routine.FLOAT_TO_BFLOAT16, code);
            }
            case I64, U64 -> {
                switch (from) {
                    case F32 -> code.insn(F2L);
                    case U32 -> code.insn(I2L).lconst(0xffff_ffffL).insn(LAND);
                    case BOOL, I8, U8, I16, U16, I32 -> code.insn(I2L);
                    case I64, U64 -> {}
                    case F16, BF16 -> throw emission.refuse("converts " + from + " to " + to);
                }
            }
            case BOOL, I8, U8, I16, U16, I32, U32 -> {
                switch (from) {
                    case F32 -> {
                        if (to == Element.U32) code.insn(F2L).insn(L2I);
                        else code.insn(F2I);
                    }
                    case I64, U64 -> code.insn(L2I);
                    case F16, BF16 -> throw emission.refuse("converts " + from + " to " + to);
                    case BOOL, I8, U8, I16, U16, I32, U32 -> {}
                }
                normalise(to);
            }
        }
    }

    private void toFloat(Element from) {
        switch (from) {
            case BOOL, I8, U8, I16, U16, I32 -> code.insn(I2F);
            case U32 -> code.insn(I2L).lconst(0xffff_ffffL).insn(LAND).insn(L2F);
            case I64 -> code.insn(L2F);
            case U64 -> emission.methods.call(Routine.UNSIGNED_TO_FLOAT, code);
            case F16 -> code.insn(I2S).invokestatic(Float.class, "float16ToFloat", float.class, short.class);
            case BF16 -> code.iconst(16).insn(ISHL).invokestatic(Float.class, "intBitsToFloat", float.class, int.class);
            case F32 -> {}
        }
    }

    /// a -> value
    void bitcast(Element from, Element to) {
        if (from == Element.F32 && to != Element.F32)
            code.invokestatic(Float.class, "floatToRawIntBits", int.class, float.class);
        if (from != Element.F32 && to == Element.F32)
            code.invokestatic(Float.class, "intBitsToFloat", float.class, int.class);
        normalise(to);
    }
}
