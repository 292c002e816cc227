package tern.codegen.jvm.source;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A statement of Java: as text, but for those that may still be moved.
sealed interface Step {

    record Text(String text) implements Step {}

    /// A new variable and its first value; null where branches give it one.
    record Declare(Variable variable, @Nullable Term value) implements Step {}

    /// Of a counter, at the end of a loop's body.
    record Increment(Variable counter, int by) implements Step {}

    static Step assign(Variable variable, Term value) {
        return new Text(variable.name + " = " + value.text() + ";\n");
    }

    static Step branch(Term condition, List<Step> then, List<Step> otherwise) {
        String more = otherwise.isEmpty() ? "" : "} else {\n" + print(otherwise).indent(4);
        return new Text("if (" + condition.text() + ") {\n" + print(then).indent(4) + more + "}\n");
    }

    /// @param first value of the counter; null if it lives outside
    static Step count(Variable counter, @Nullable Term first, Term limit, int by, List<Step> body) {
        String start = first == null ? "" : "int " + counter.name + " = " + first.text(), step = by == 1 ? "++" : " += " + by;
        return new Text("for (%1$s; %2$s < %3$s; %2$s%4$s) {\n%5$s}\n".formatted(
                start, counter.name, limit.in(Term.SHIFT), step, print(body).indent(4)));
    }

    static Step comment(String text) {
        return new Text("// " + String.join("\n//     ", JavaText.lines(text, JavaText.WIDTH)) + "\n");
    }

    static String print(List<Step> steps) {
        var text = new StringBuilder();
        for (Step step : steps)
            text.append(switch (step) {
                case Text(String whole) -> whole;
                case Declare(Variable variable, Term value) -> variable.type + " " + variable.name + (value == null ? "" : " = " + value.text()) + ";\n";
                case Increment(Variable counter, int by) -> counter.name + " += " + by + ";\n";
            });
        return text.toString();
    }
}
