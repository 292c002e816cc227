package tern.codegen.jvm.source;

import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.TypeName;
import java.util.List;

/// Statements as JavaPoet code.
final class StepPrinter {

    private final CodeBlock.Builder code = CodeBlock.builder();

    private StepPrinter() {}

    static CodeBlock print(List<Step> steps) {
        var printer = new StepPrinter();
        printer.all(steps);
        return printer.code.build();
    }

    private void all(List<Step> steps) {
        steps.forEach(this::one);
    }

    private void one(Step step) {
        switch (step) {
            case Step.Declare(Variable variable, Term value) -> {
                if (value == null) code.addStatement("$T $N", variable.type, variable.name);
                else code.addStatement("$T $N = $L", variable.type, variable.name, value.code());
            }
            case Step.Assign(Variable variable, Term value) -> code.addStatement("$N = $L", variable.name, value.code());
            case Step.SetField(String field, Term value) -> code.addStatement("$N = $L", field, value.code());
            case Step.Call(CodeBlock call) -> code.addStatement(call);
            case Step.If(Term condition, var then, var otherwise) -> {
                code.beginControlFlow("if ($L)", condition.code());
                all(then);
                if (!otherwise.isEmpty()) {
                    code.nextControlFlow("else");
                    all(otherwise);
                }
                code.endControlFlow();
            }
            case Step.Count count -> count(count);
            case Step.Increment(Variable counter, int by) -> code.addStatement("$N += $L", counter.name, by);
            case Step.Return(Term value) -> {
                if (value == null) code.addStatement("return");
                else code.addStatement("return $L", value.code());
            }
            case Step.Throw(Term exception) -> code.addStatement("throw $L", exception.code());
            case Step.Comment(var lines) -> code.add(Layouts.comment(lines));
        }
    }

    private void count(Step.Count loop) {
        String name = loop.counter().name;
        CodeBlock first = loop.first() == null
                ? CodeBlock.of("")
                : CodeBlock.of("$T $N = $L", TypeName.INT, name, loop.first().code());
        CodeBlock step = loop.by() == 1 ? CodeBlock.of("$N++", name) : CodeBlock.of("$N += $L", name, loop.by());
        code.beginControlFlow("for ($L; $N < $L; $L)", first, name, loop.limit().in(Term.Binding.SHIFT), step);
        all(loop.body());
        code.endControlFlow();
    }
}
