package tern.codegen.jvm.source;

import static org.objectweb.asm.Opcodes.*;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Arithmetic instructions as Java's operators. Each means the same in Java as in the JVM.
final class Operators {

    private static final List<String> TYPES = List.of("int", "long", "float"), ARITHMETIC = List.of("+", "-", "*", "/", "%"),
            BITS = List.of("<<", ">>", ">>>", "&", "|", "^"), RELATIONS = List.of("==", "!=", "<", ">=", ">", "<=");

    private Operators() {}

    /// Of two operands; null if the instruction is none.
    static @Nullable Term binary(int opcode, Term a, Term b) {
        if (opcode >= IADD && opcode < INEG) {
            int kind = (opcode - IADD) / 4;
            return infix(a, ARITHMETIC.get(kind), b, kind < 2 ? Term.SUM : Term.PRODUCT, TYPES.get((opcode - IADD) % 4));
        }
        if (opcode < ISHL || opcode > LXOR) return null;
        int kind = (opcode - ISHL) / 2;
        String type = TYPES.get((opcode - ISHL) % 2), operator = BITS.get(kind);
        return switch (operator) {
            case "&" -> infix(a.asBits(), operator, b.asBits(), Term.AND, type);
            case "|" -> infix(a.asBits(), operator, b.asBits(), Term.OR, type);
            case "^" -> b.constant() != null && b.constant().longValue() == -1 ? Term.prefix("~", a)
                    : infix(a.asBits(), operator, b.asBits(), Term.XOR, type);
            default -> Term.infix(a, operator, b, Term.SHIFT, type);
        };
    }

    /// Next to a long, an int is widened by itself.
    private static Term infix(Term a, String operator, Term b, int level, String type) {
        Term left = a.narrow() != null && b.narrow() == null ? a.narrow() : a;
        return Term.infix(left, operator, b.narrow() != null ? b.narrow() : b, level, type);
    }

    /// Of one operand; null if the instruction is none.
    static @Nullable Term unary(int opcode, Term a) {
        return switch (opcode) {
            case INEG, LNEG, FNEG -> Term.prefix("-", a);
            case I2L -> a.widened();
            case L2I, F2I -> a.cast("int");
            case F2L -> a.cast("long");
            case I2F, L2F, D2F -> a.cast("float");
            case F2D -> a.cast("double");
            case I2B -> a.cast("byte");
            case I2S -> a.cast("short");
            case I2C -> a.cast("char");
            default -> null;
        };
    }

    /// What holds where a conditional jump is not taken, of the operands that it compares.
    ///
    /// @param nanIs what a comparison of NaN gives; where it jumps, Java's operator must be false, and true for `!=`
    static Term fallsThrough(int jump, Term a, Term b, int nanIs) {
        // In the order of the instructions, each relation is followed by its opposite.
        int relation = (jump - (jump < IF_ICMPEQ ? IFEQ : IF_ICMPEQ)) ^ 1;
        String sign = RELATIONS.get(relation);
        if (nanIs < 0 && sign.startsWith("<") || nanIs > 0 && sign.startsWith(">"))
            throw new IllegalStateException("NaN takes another way than in Java");
        return Term.infix(a, sign, b, relation < 2 ? Term.EQUAL : Term.LESS, "boolean");
    }
}
