package tern.codegen.jvm.source;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.TypeName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A Java expression that stands for a value on the operand stack. It has no effects, so it may be written wherever nothing that it
/// reads has changed.
///
/// @param width    characters, about
/// @param binding  how tightly its outermost operator binds, see [Binding]
/// @param reads    variables
/// @param memory   whether it reads memory
/// @param constant its value, if it is a number that stands in the text
/// @param narrow   what it widens, if it is an int as a long
record Term(
        CodeBlock code,
        int width,
        int binding,
        TypeName type,
        Set<Variable> reads,
        boolean memory,
        @Nullable Number constant,
        @Nullable Term narrow)
        implements Item {

    /// Java's levels of precedence, tighter ones larger.
    interface Binding {
        int CONDITIONAL = 1, AND_ALSO = 2, OR = 3, XOR = 4, AND = 5, EQUAL = 6, LESS = 7, SHIFT = 8, SUM = 9, PRODUCT = 10,
                PREFIX = 11, PRIMARY = 12;
    }

    /// Of hexadecimal numbers, digits between two underscores.
    private static final int GROUP = 4;

    static Term of(Variable variable) {
        return new Term(CodeBlock.of("$N", variable.name), variable.name.length(), Binding.PRIMARY, variable.type,
                Set.of(variable), false, null, null);
    }

    /// Text without operands.
    static Term of(CodeBlock code, int width, TypeName type) {
        return new Term(code, width, Binding.PRIMARY, type, Set.of(), false, null, null);
    }

    static Term number(int value) {
        String text = value == Integer.MIN_VALUE ? "Integer.MIN_VALUE" : value == Integer.MAX_VALUE ? "Integer.MAX_VALUE" : "" + value;
        return literal(text, TypeName.INT, value);
    }

    static Term number(long value) {
        String text = value == Long.MIN_VALUE ? "Long.MIN_VALUE" : value == Long.MAX_VALUE ? "Long.MAX_VALUE" : value + "L";
        return literal(isMask(value) ? hexadecimal(value) + "L" : text, TypeName.LONG, value);
    }

    static Term number(float value) {
        String text = Float.isNaN(value) || Float.isInfinite(value)
                ? "Float.intBitsToFloat(0x" + Integer.toHexString(Float.floatToRawIntBits(value)) + ")"
                : Float.toString(value) + "f";
        return literal(text, TypeName.FLOAT, value);
    }

    private static Term literal(String text, TypeName type, Number value) {
        int binding = text.startsWith("-") ? Binding.PREFIX : Binding.PRIMARY;
        return new Term(CodeBlock.of("$L", text), text.length(), binding, type, Set.of(), false, value, null);
    }

    /// Ones below zeros, so many that hardly anyone reads them in decimal.
    private static boolean isMask(long value) {
        return value > 0xffff && value != Long.MAX_VALUE && (value & value + 1) == 0;
    }

    private static String hexadecimal(long value) {
        var digits = new StringBuilder(Long.toHexString(value));
        for (int at = digits.length() - GROUP; at > 0; at -= GROUP) digits.insert(at, '_');
        return "0x" + digits;
    }

    /// As the operand of a bit operation: what is a mask, is written as one.
    Term asBits() {
        if (!(constant instanceof Integer value) || value >= 0 && value <= 9) return this;
        String text = "0x" + Integer.toHexString(value);
        return new Term(CodeBlock.of("$L", text), text.length(), Binding.PRIMARY, type, Set.of(), false, value, null);
    }

    boolean isConstant() {
        return reads.isEmpty() && !memory;
    }

    /// Its text where something binds as tightly as `level` around it.
    CodeBlock in(int level) {
        return binding < level ? CodeBlock.of("($L)", code) : code;
    }

    /// `a operator b`, from left to right.
    static Term infix(Term a, String operator, Term b, int level, TypeName type) {
        CodeBlock code = CodeBlock.of("$L " + operator + " $L", a.in(level), b.in(level + 1));
        return composed(code, a.width + b.width + operator.length() + 2, level, type, List.of(a, b));
    }

    static Term prefix(String operator, Term a) {
        boolean clash = operator.equals("-") && a.binding == Binding.PREFIX;
        CodeBlock code = CodeBlock.of(operator + "$L", a.in(clash ? Binding.PRIMARY : Binding.PREFIX));
        return composed(code, a.width + operator.length(), Binding.PREFIX, a.type, List.of(a));
    }

    Term cast(TypeName to) {
        if (type.equals(to)) return this;
        // A number with a sign behind a cast needs parentheses only for the reader.
        CodeBlock operand = in(binding == Binding.PREFIX && constant != null ? Binding.PRIMARY : Binding.PREFIX);
        return composed(CodeBlock.of("($T) $L", to, operand), width + 8, Binding.PREFIX, to, List.of(this));
    }

    /// An int as a long.
    Term widened() {
        Term wide = cast(TypeName.LONG);
        return new Term(wide.code, wide.width, wide.binding, wide.type, wide.reads, wide.memory, null, this);
    }

    static Term conditional(Term condition, Term then, Term otherwise) {
        CodeBlock code = CodeBlock.of("$L ? $L : $L", condition.in(Binding.AND_ALSO), then.in(Binding.AND_ALSO),
                otherwise.in(Binding.CONDITIONAL));
        return composed(code, condition.width + then.width + otherwise.width + 6, Binding.CONDITIONAL, then.type,
                List.of(condition, then, otherwise));
    }

    /// @param code made of the operands
    static Term composed(CodeBlock code, int width, int binding, TypeName type, List<Term> operands) {
        Set<Variable> reads = new HashSet<>();
        boolean memory = false;
        for (Term operand : operands) {
            reads.addAll(operand.reads);
            memory |= operand.memory;
        }
        return new Term(code, width, binding, type, reads, memory, null, null);
    }

    Term readingMemory() {
        return new Term(code, width, binding, type, reads, true, constant, narrow);
    }
}
