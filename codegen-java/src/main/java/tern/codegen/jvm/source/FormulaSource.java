package tern.codegen.jvm.source;

import static tern.ir.Exponential.*;

import com.palantir.javapoet.TypeSpec;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Formula;
import tern.ir.KernelDef.Function;
import tern.ir.KernelDef.Param;

/// A kernel's formula as plain Java: the expression of one result, in which each operation rounds as the definition says.
///
/// @param names in Java, of the arrays of the parameters and of the sums of the weights
record FormulaSource(KernelDef kernel, Map<String, String> names) {

    /// The value at token `i` and row `j` of M.
    String value() {
        return of(kernel.formula()).text();
    }

    /// Adds what [#value] calls: functions of the definition, with [tern.ir.Exponential#exp] operation by operation.
    void addFunctions(TypeSpec.Builder type) {
        JavaText.addMethods(type, "functions.java", Map.of("lowest", LOWEST + "f", "highest", HIGHEST + "f", "log2e", LOG2_E + "f",
                "round", ROUND + "f", "ln2low", -LN2_LOW + "f", "ln2high", -LN2_HIGH + "f", "c5", C5 + "f",
                "c", Stream.of(C4, C3, C2, C1, C0).map(c -> c + "f").collect(Collectors.joining(", "))), value());
    }

    /// Java evaluates sums and products from the left, as the definition means them.
    private Term of(Formula formula) {
        return switch (formula) {
            case Formula.Dot dot -> primary(name(dot.weights()));
            case Formula.Groups _ -> throw new IllegalArgumentException("sums by groups");
            case Formula.Number(float value) -> Term.number(value);
            case Formula.At(String param, _) -> primary(name(param) + "[" + index(kernel.param(param)) + "]");
            case Formula.Apply(Function function, List<Formula> arguments) -> {
                List<Term> terms = arguments.stream().map(this::of).toList();
                String list = terms.stream().map(Term::text).collect(Collectors.joining(", "));
                yield switch (function) {
                    case ADD -> Term.infix(terms.get(0), "+", terms.get(1), Term.SUM, "");
                    case SUBTRACT -> Term.infix(terms.get(0), "-", terms.get(1), Term.SUM, "");
                    case MULTIPLY -> Term.infix(terms.get(0), "*", terms.get(1), Term.PRODUCT, "");
                    case MIN -> primary("Math.min(" + list + ")");
                    case MAX -> primary("Math.max(" + list + ")");
                    case RELU -> primary("Math.max(" + list + ", 0)");
                    case SQUARE -> primary("square(" + list + ")");
                    case SILU -> primary("silu(" + list + ")");
                };
            }
        };
    }

    private String name(String param) {
        return Objects.requireNonNull(names.get(param), param);
    }

    private static Term primary(String text) {
        return Term.of(text, Term.PRIMARY, "");
    }

    private static String index(Param param) {
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
