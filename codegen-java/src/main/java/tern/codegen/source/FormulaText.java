package tern.codegen.source;

import static tern.ir.Exponential.*;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Formula;
import tern.ir.KernelDef.Function;
import tern.ir.KernelDef.Kind;
import tern.ir.KernelDef.Param;

/// A kernel's formula as plain code: the expression of one result, in which each operation rounds as the definition says.
///
/// @param names of the arrays of the parameters, and of the sums of the weights, those by groups included
public record FormulaText(KernelDef kernel, Map<String, String> names, Syntax syntax) {

    /// Of a language.
    public enum Syntax {
        JAVA("Math.min", "Math.min", "Math.max", "Math.max", "Math.fma", "Float.intBitsToFloat", "Float.floatToRawIntBits"),
        C("minimum", "minimumInt", "maximum", "maximumInt", "fmaf", "floatOf", "bitsOf");

        private final String min, minInt, max, maxInt, fma, ofBits, bits;

        Syntax(String min, String minInt, String max, String maxInt, String fma, String ofBits, String bits) {
            this.min = min;
            this.minInt = minInt;
            this.max = max;
            this.maxInt = maxInt;
            this.fma = fma;
            this.ofBits = ofBits;
            this.bits = bits;
        }
    }

    /// How tightly the outermost operator binds.
    private static final int SUM = 1, PRODUCT = 2, PRIMARY = 3;

    private record Term(String text, int binding, boolean isInt) {
        String in(int level) {
            return binding < level ? "(" + text + ")" : text;
        }
    }

    /// The value at token `i` and row `j` of M.
    public String value() {
        return of(kernel.formula()).text;
    }

    /// Definitions of what [#value] calls.
    public static String functions(Syntax syntax) {
        var values = new HashMap<>(Map.of("min", syntax.min, "max", syntax.max, "fma", syntax.fma, "float", syntax.ofBits, "bits", syntax.bits,
                "lowest", number(LOWEST), "highest", number(HIGHEST), "log2e", number(LOG2_E), "round", number(ROUND)));
        values.putAll(Map.of("ln2low", number(-LN2_LOW), "ln2high", number(-LN2_HIGH), "c5", number(C5), "c4", number(C4), "c3", number(C3),
                "c2", number(C2), "c1", number(C1), "c0", number(C0)));
        return Template.of(FormulaText.class, "functions.txt", values);
    }

    private static String number(float value) {
        if (!Float.isFinite(value)) throw new IllegalArgumentException("no number of a formula: " + value);
        return value + "f";
    }

    /// Sums and products are evaluated from the left, as the definition means them.
    private Term of(Formula formula) {
        return switch (formula) {
            case Formula.Dot dot -> new Term(name(dot.weights()), PRIMARY, true);
            case Formula.Groups groups -> new Term(name(groups.dot().weights()), PRIMARY, false);
            case Formula.Number(float value) -> new Term(number(value), PRIMARY, false);
            case Formula.At(String param, _) ->
                new Term(name(param) + "[" + index(kernel.param(param)) + "]", PRIMARY, kernel.param(param).kind() == Kind.I32);
            case Formula.Apply(Function function, List<Formula> arguments) -> apply(function, arguments.stream().map(this::of).toList());
        };
    }

    private Term apply(Function function, List<Term> terms) {
        boolean isInt = terms.stream().allMatch(Term::isInt);
        String list = String.join(", ", terms.stream().map(Term::text).toList());
        return switch (function) {
            case ADD -> infix(terms, " + ", SUM, isInt);
            case SUBTRACT -> infix(terms, " - ", SUM, isInt);
            case MULTIPLY -> infix(terms, " * ", PRODUCT, isInt);
            case MIN -> new Term((isInt ? syntax.minInt : syntax.min) + "(" + list + ")", PRIMARY, isInt);
            case MAX -> new Term((isInt ? syntax.maxInt : syntax.max) + "(" + list + ")", PRIMARY, isInt);
            case RELU -> new Term((isInt ? syntax.maxInt : syntax.max) + "(" + list + ", 0)", PRIMARY, isInt);
            case SQUARE -> new Term((isInt ? "squareInt(" : "square(") + list + ")", PRIMARY, isInt);
            case SILU -> new Term("silu(" + list + ")", PRIMARY, false);
        };
    }

    private static Term infix(List<Term> terms, String operator, int level, boolean isInt) {
        return new Term(terms.get(0).in(level) + operator + terms.get(1).in(level + 1), level, isInt);
    }

    private String name(String param) {
        return Objects.requireNonNull(names.get(param), param);
    }

    /// Where the element of a parameter lies that belongs to token `i`, row `j` of M, and the group of k that `g` counts.
    public static String index(Param param) {
        return switch (String.join(" ", param.dims())) {
            case "" -> "0";
            case "n" -> "i";
            case "m" -> "j";
            case "n m" -> "i * M + j";
            case "m n" -> "j * n + i";
            default -> throw new IllegalArgumentException("no element of " + param + " belongs to a result");
        };
    }
}
