package tern.codegen.jvm.source;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;
import tern.ir.Exponential;
import tern.ir.KernelDef;
import tern.ir.KernelDef.Formula;
import tern.ir.KernelDef.Function;
import tern.ir.KernelDef.Kind;
import tern.ir.KernelDef.Param;

/// A kernel's formula as plain Java: the expression of one result, in which each operation rounds as the definition says.
final class FormulaSource {

    private final KernelDef kernel;
    private final Map<String, String> names;
    private boolean silu, squaresFloats, squaresInts;

    /// @param names in Java, of the arrays of the parameters and of the sums of the weights
    FormulaSource(KernelDef kernel, Map<String, String> names) {
        this.kernel = kernel;
        this.names = names;
    }

    /// The value at token `i` and row `j` of M.
    CodeBlock value() {
        return of(kernel.formula(), 0);
    }

    /// The functions that [#value] calls.
    void addFunctions(TypeSpec.Builder type) {
        if (squaresFloats) type.addMethod(function("square", TypeName.FLOAT, "return a * a"));
        if (squaresInts) type.addMethod(function("square", TypeName.INT, "return a * a"));
        if (!silu) return;
        type.addMethod(function("silu", TypeName.FLOAT, "return a / (1 + exp(-a))"));
        type.addMethod(exponential());
    }

    private static MethodSpec function(String name, TypeName type, String statement) {
        return MethodSpec.methodBuilder(name).addModifiers(Modifier.PRIVATE, Modifier.STATIC)
                .returns(type).addParameter(type, "a").addStatement(statement).build();
    }

    private String name(String parameter) {
        String name = names.get(parameter);
        if (name == null) throw new IllegalArgumentException("kernel " + kernel.name() + " has no parameter " + parameter);
        return name;
    }

    /// @param binding how tightly the surroundings bind: 0 a sum, 1 the right of a sum or a product, 2 the right of a product
    private CodeBlock of(Formula formula, int binding) {
        return switch (formula) {
            case Formula.Dot dot -> CodeBlock.of("$L", name(dot.weights()));
            case Formula.Number(float value) -> Term.number(value).in(Term.Binding.PRIMARY);
            case Formula.At(String param, _) -> CodeBlock.of("$L[$L]", name(param), index(kernel.param(param)));
            case Formula.Apply(Function function, List<Formula> arguments) -> switch (function) {
                case ADD -> infix(arguments, "+", 0, binding);
                case SUBTRACT -> infix(arguments, "-", 0, binding);
                case MULTIPLY -> infix(arguments, "*", 1, binding);
                case MIN -> call("Math.min", arguments);
                case MAX -> call("Math.max", arguments);
                case RELU -> CodeBlock.of("Math.max($L, 0)", of(arguments.getFirst(), 0));
                case SQUARE -> {
                    if (isFloat(arguments.getFirst())) squaresFloats = true;
                    else squaresInts = true;
                    yield call("square", arguments);
                }
                case SILU -> {
                    silu = true;
                    yield call("silu", arguments);
                }
            };
        };
    }

    /// Sums are integers until a float takes part.
    private boolean isFloat(Formula formula) {
        return switch (formula) {
            case Formula.Dot _ -> false;
            case Formula.Number _ -> true;
            case Formula.At at -> kernel.param(at.param()).kind() == Kind.F32;
            case Formula.Apply apply -> apply.function() == Function.SILU || apply.arguments().stream().anyMatch(this::isFloat);
        };
    }

    private CodeBlock call(String name, List<Formula> arguments) {
        return CodeBlock.of("$L($L)", name, arguments.stream().map(a -> of(a, 0)).collect(CodeBlock.joining(", ")));
    }

    /// Java evaluates sums and products from the left, as the definition means them.
    private CodeBlock infix(List<Formula> operands, String operator, int own, int binding) {
        CodeBlock text = CodeBlock.of("$L " + operator + " $L", of(operands.get(0), own), of(operands.get(1), own + 1));
        return binding > own ? CodeBlock.of("($L)", text) : text;
    }

    private static String index(Param param) {
        if (param.dims().isEmpty()) return "0";
        return param.dims().stream().map(dim -> dim.equals("n") ? "i" : "j")
                .collect(Collectors.collectingAndThen(Collectors.toList(), both -> both.size() == 1
                        ? both.getFirst()
                        : both.getFirst().equals("i") ? "i * M + j" : "j * n + i"));
    }

    /// Elements of a parameter that is no weight.
    static String elements(Param param) {
        String product = param.dims().stream().map(dim -> dim.equals("n") ? "n" : dim.equals("m") ? "M" : "K")
                .collect(Collectors.joining(" * "));
        return product.isEmpty() ? "1" : product;
    }

    static TypeName type(Kind kind) {
        return switch (kind) {
            case I8, WEIGHT -> TypeName.BYTE;
            case I32 -> TypeName.INT;
            case F32 -> TypeName.FLOAT;
        };
    }

    /// [Exponential#exp], operation by operation.
    private static MethodSpec exponential() {
        MethodSpec.Builder method = MethodSpec.methodBuilder("exp").addModifiers(Modifier.PRIVATE, Modifier.STATIC)
                .addJavadoc("e^x as the kernel computes it: by Cody and Waite's reduction and a polynomial, each operation rounded once.\n")
                .returns(TypeName.FLOAT).addParameter(TypeName.FLOAT, "x");
        method.addStatement("float bounded = Math.min(Math.max(x, $L), $L)", real(Exponential.LOWEST), real(Exponential.HIGHEST));
        method.addStatement("float shifted = Math.fma(bounded, $L, $L)", real(Exponential.LOG2_E), real(Exponential.ROUND));
        method.addStatement("float n = shifted - $L", real(Exponential.ROUND));
        method.addStatement("float r = Math.fma(n, $L, Math.fma(n, $L, bounded))", real(-Exponential.LN2_LOW), real(-Exponential.LN2_HIGH));
        method.addStatement("float p = $L", real(Exponential.C5));
        for (float c : new float[] {Exponential.C4, Exponential.C3, Exponential.C2, Exponential.C1, Exponential.C0})
            method.addStatement("p = Math.fma(p, r, $L)", real(c));
        method.addStatement("float power = Float.intBitsToFloat((Float.floatToRawIntBits(shifted) << 23) + Float.floatToRawIntBits(1))");
        return method.addStatement("return (Math.fma(p, r * r, r) + 1) * power").build();
    }

    private static CodeBlock real(float value) {
        return Term.number(value).code();
    }
}
