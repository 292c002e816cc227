package tern.codegen.jvm.source;

import static org.objectweb.asm.Opcodes.*;

import com.palantir.javapoet.TypeName;
import tern.codegen.jvm.source.Term.Binding;

/// Arithmetic instructions as Java's operators. Each means the same in Java as in the JVM.
final class Operators {

    private Operators() {}

    static boolean isBinary(int opcode) {
        return opcode >= IADD && opcode <= DREM || opcode >= ISHL && opcode <= LXOR;
    }

    static Term binary(int opcode, Term a, Term b) {
        return switch (opcode) {
            case IADD, LADD, FADD -> infix(a, "+", b, Binding.SUM, opcode - IADD);
            case ISUB, LSUB, FSUB -> infix(a, "-", b, Binding.SUM, opcode - ISUB);
            case IMUL, LMUL, FMUL -> infix(a, "*", b, Binding.PRODUCT, opcode - IMUL);
            case IDIV, LDIV, FDIV -> infix(a, "/", b, Binding.PRODUCT, opcode - IDIV);
            case IREM, LREM -> infix(a, "%", b, Binding.PRODUCT, opcode - IREM);
            case ISHL, LSHL -> shift(a, "<<", b, opcode - ISHL);
            case ISHR, LSHR -> shift(a, ">>", b, opcode - ISHR);
            case IUSHR, LUSHR -> shift(a, ">>>", b, opcode - IUSHR);
            case IAND, LAND -> infix(a.asBits(), "&", b.asBits(), Binding.AND, opcode - IAND);
            case IOR, LOR -> infix(a.asBits(), "|", b.asBits(), Binding.OR, opcode - IOR);
            case IXOR, LXOR -> complement(a, b, opcode - IXOR);
            default -> throw new IllegalArgumentException("no operator of two operands: " + opcode);
        };
    }

    /// @param kind 0 int, 1 long, 2 float: the order of the JVM's opcodes
    private static TypeName type(int kind) {
        return switch (kind) {
            case 0 -> TypeName.INT;
            case 1 -> TypeName.LONG;
            case 2 -> TypeName.FLOAT;
            default -> throw new IllegalArgumentException("arithmetic of doubles");
        };
    }

    /// Beside a long an int is widened by itself.
    private static Term infix(Term a, String operator, Term b, int level, int kind) {
        Term left = a.narrow() != null && b.narrow() == null ? a.narrow() : a;
        Term right = b.narrow() != null ? b.narrow() : b;
        return Term.infix(left, operator, right, level, type(kind));
    }

    private static Term shift(Term a, String operator, Term count, int kind) {
        return Term.infix(a, operator, count, Binding.SHIFT, type(kind));
    }

    private static Term complement(Term a, Term b, int kind) {
        if (b.constant() != null && b.constant().longValue() == -1) return Term.prefix("~", a);
        return infix(a.asBits(), "^", b.asBits(), Binding.XOR, kind);
    }

    /// Of one operand; null if the instruction is none.
    static @org.jspecify.annotations.Nullable Term unary(int opcode, Term a) {
        return switch (opcode) {
            case INEG, LNEG, FNEG -> Term.prefix("-", a);
            case I2L -> a.widened();
            case L2I, F2I -> a.cast(TypeName.INT);
            case F2L -> a.cast(TypeName.LONG);
            case I2F, L2F, D2F -> a.cast(TypeName.FLOAT);
            case F2D -> a.cast(TypeName.DOUBLE);
            case I2B -> a.cast(TypeName.BYTE);
            case I2S -> a.cast(TypeName.SHORT);
            case I2C -> a.cast(TypeName.CHAR);
            default -> null;
        };
    }

    static boolean isUnary(int opcode) {
        return opcode >= INEG && opcode <= DNEG || opcode >= I2L && opcode <= I2S;
    }

    /// What holds where a conditional jump is not taken, of the operands that it compares.
    static Term fallsThrough(int jump, Term a, Term b) {
        return switch (jump) {
            case IFEQ, IF_ICMPEQ -> compare(a, "!=", b, Binding.EQUAL);
            case IFNE, IF_ICMPNE -> compare(a, "==", b, Binding.EQUAL);
            case IFLT, IF_ICMPLT -> compare(a, ">=", b, Binding.LESS);
            case IFGE, IF_ICMPGE -> compare(a, "<", b, Binding.LESS);
            case IFGT, IF_ICMPGT -> compare(a, "<=", b, Binding.LESS);
            case IFLE, IF_ICMPLE -> compare(a, ">", b, Binding.LESS);
            default -> throw new IllegalArgumentException("no comparison: " + jump);
        };
    }

    private static Term compare(Term a, String relation, Term b, int level) {
        return Term.infix(a, relation, b, level, TypeName.BOOLEAN);
    }

    /// Whether a comparison of floats treats NaN as Java's operator does: all but `!=` are false.
    static boolean agreesOnNan(int jump, int sign) {
        boolean taken = switch (jump) {
            case IFEQ -> false;
            case IFNE -> true;
            case IFLT, IFLE -> sign < 0;
            case IFGE, IFGT -> sign > 0;
            default -> throw new IllegalArgumentException("no comparison with 0: " + jump);
        };
        return taken != (jump == IFEQ);
    }
}
