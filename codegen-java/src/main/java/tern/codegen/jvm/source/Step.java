package tern.codegen.jvm.source;

import com.palantir.javapoet.CodeBlock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A statement of Java, before it is printed. The lists of steps grow while a method is read.
sealed interface Step {

    /// A new variable and its first value; null where branches give it one.
    record Declare(Variable variable, @Nullable Term value) implements Step {}

    record Assign(Variable variable, Term value) implements Step {}

    /// A static field of the class gets its value.
    record SetField(String field, Term value) implements Step {}

    /// A call for what it does.
    record Call(CodeBlock call) implements Step {}

    record If(Term condition, List<Step> then, List<Step> otherwise) implements Step {}

    /// `for (int counter = first; counter < limit; counter += by) body`; without `first` the counter lives outside.
    record Count(Variable counter, @Nullable Term first, Term limit, int by, List<Step> body) implements Step {}

    /// The last step of the body of a loop that counts.
    record Increment(Variable counter, int by) implements Step {}

    record Return(@Nullable Term value) implements Step {}

    record Throw(Term exception) implements Step {}

    /// A comment of one or more lines.
    record Comment(List<String> lines) implements Step {}
}
