package tern.codegen.jvm.source;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A Java expression that stands for a value on the operand stack. It has no effects, so it may be written wherever nothing that it
/// reads has changed.
///
/// @param binding  how tightly its outermost operator binds: one of Java's levels of precedence below
/// @param reads    variables
/// @param memory   whether it reads memory
/// @param constant its value, if it is a number of the text
/// @param narrow   what it widens, if it is an int as a long
record Term(
        String text,
        int binding,
        String type,
        Set<Variable> reads,
        boolean memory,
        @Nullable Number constant,
        @Nullable Term narrow)
        implements Item {

    /// Levels of precedence, tighter ones larger.
    static final int CONDITIONAL = 1, AND_ALSO = 2, OR = 3, XOR = 4, AND = 5, EQUAL = 6, LESS = 7, SHIFT = 8, SUM = 9, PRODUCT = 10,
            PREFIX = 11, PRIMARY = 12;

    static Term of(Variable variable) {
        return new Term(variable.name, PRIMARY, variable.type, Set.of(variable), false, null, null);
    }

    /// @param operands that the text is made of
    static Term of(String text, int binding, String type, Term... operands) {
        Set<Variable> reads = new HashSet<>();
        boolean memory = false;
        for (Term operand : operands) {
            reads.addAll(operand.reads);
            memory |= operand.memory;
        }
        return new Term(text, binding, type, reads, memory, null, null);
    }

    static Term number(Number value) {
        return switch (value) {
            case Long number -> literal(isMask(number) ? hexadecimal(number) : number == Long.MIN_VALUE ? "Long.MIN_VALUE"
                    : number == Long.MAX_VALUE ? "Long.MAX_VALUE" : number + "L", "long", number);
            case Float number -> literal(Float.isFinite(number) ? number + "f"
                    : "Float.intBitsToFloat(0x" + Integer.toHexString(Float.floatToRawIntBits(number)) + ")", "float", number);
            default -> literal(value.intValue() == Integer.MIN_VALUE ? "Integer.MIN_VALUE" : value.intValue() == Integer.MAX_VALUE
                    ? "Integer.MAX_VALUE" : value.toString(), "int", value);
        };
    }

    private static Term literal(String text, String type, Number value) {
        return new Term(text, text.startsWith("-") ? PREFIX : PRIMARY, type, Set.of(), false, value, null);
    }

    /// Ones below zeros, so many that hardly anyone reads them in decimal.
    private static boolean isMask(long value) {
        return value > 0xffff && value != Long.MAX_VALUE && (value & value + 1) == 0;
    }

    /// Four digits between two underscores.
    private static String hexadecimal(long value) {
        return "0x" + Long.toHexString(value).replaceAll("(?<=.)(?=(.{4})+$)", "_") + "L";
    }

    /// As the operand of a bit operation: what is a mask, is written as one.
    Term asBits() {
        if (!(constant instanceof Integer value) || value >= 0 && value <= 9) return this;
        return literal("0x" + Integer.toHexString(value), type, value);
    }

    /// Its text where something binds as tightly as `level` around it.
    String in(int level) {
        return binding < level ? "(" + text + ")" : text;
    }

    /// `a operator b`, from left to right.
    static Term infix(Term a, String operator, Term b, int level, String type) {
        return of(a.in(level) + " " + operator + " " + b.in(level + 1), level, type, a, b);
    }

    static Term prefix(String operator, Term a) {
        boolean clash = operator.equals("-") && a.binding == PREFIX;
        return of(operator + a.in(clash ? PRIMARY : PREFIX), PREFIX, a.type, a);
    }

    Term cast(String to) {
        if (type.equals(to)) return this;
        // A number with a sign after a cast needs parentheses only for the reader.
        return of("(" + to + ") " + in(constant != null ? PRIMARY : PREFIX), PREFIX, to, this);
    }

    /// An int as a long.
    Term widened() {
        Term wide = cast("long");
        return new Term(wide.text, wide.binding, wide.type, wide.reads, wide.memory, null, this);
    }

    static Term conditional(Term condition, Term then, Term otherwise) {
        return of(condition.in(AND_ALSO) + " ? " + then.in(AND_ALSO) + " : " + otherwise.in(CONDITIONAL), CONDITIONAL, then.type,
                condition, then, otherwise);
    }

    Term readingMemory() {
        return new Term(text, binding, type, reads, true, constant, narrow);
    }

    /// Whether it is a number, or a variable that keeps its value.
    boolean stays() {
        return constant != null || reads.stream().anyMatch(one -> one.name.equals(text) && !one.changes);
    }
}
