package tern.runtime.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a template does, in its order.
sealed interface Statement {

    /// Where it stands, for messages; 0 where nothing can go wrong.
    default int line() {
        return 0;
    }

    record Data(Text text) implements Statement {}

    record Output(Expression of, int line) implements Statement {}

    /// The first branch whose condition holds; that of `else` has none.
    record If(List<Branch> branches, int line) implements Statement {}

    record Branch(@Nullable Expression condition, List<Statement> body) {}

    record For(List<String> names, Expression over, @Nullable Expression condition, List<Statement> body, List<Statement> otherwise, int line)
            implements Statement {}

    record Set(Target target, Expression value, int line) implements Statement {}

    /// What the body writes, through filters, becomes a value.
    record SetBlock(Target target, Expression filtered, List<Statement> body, int line) implements Statement {}

    record Macro(String name, List<Parameter> parameters, List<Statement> body) implements Statement {}

    /// @param absent value where a call gives none
    record Parameter(String name, @Nullable Expression absent) {}

    /// Calls a macro, for which `caller` is the body.
    record CallBlock(Expression.Call call, Macro caller, int line) implements Statement {}

    record FilterBlock(Expression filtered, List<Statement> body, int line) implements Statement {}

    /// A scope of its own with these first.
    record With(List<Set> names, List<Statement> body) implements Statement {}

    record Break() implements Statement {}

    record Continue() implements Statement {}

    /// Names that get the value or its parts, or an attribute of a namespace.
    ///
    /// @param attribute empty for none
    record Target(List<String> names, boolean isTuple, String attribute) {}
}
