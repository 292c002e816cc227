package tern.runtime.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What has a value.
sealed interface Expression {

    record Literal(Value value) implements Expression {}

    record Name(String name) implements Expression {}

    record Sequence(List<Expression> all, boolean isTuple) implements Expression {}

    record Dictionary(List<Map.Entry<Expression, Expression>> all) implements Expression {}

    /// `of.name`
    record Attribute(Expression of, String name) implements Expression {}

    /// `of[at]`
    record Index(Expression of, Expression at) implements Expression {}

    /// `of[begin:end:step]`
    record Slice(Expression of, @Nullable Expression begin, @Nullable Expression end, @Nullable Expression step) implements Expression {}

    record Call(Expression function, Inputs inputs) implements Expression {}

    /// `of | name(inputs)`
    record Filter(Expression of, String name, Inputs inputs) implements Expression {}

    /// `of is name(inputs)`
    record Test(Expression of, String name, Inputs inputs) implements Expression {}

    /// `-of`, `+of`
    record Signed(Expression of, boolean isNegative) implements Expression {}

    /// Arithmetic, and `~`.
    record Binary(String sign, Expression left, Expression right) implements Expression {}

    /// `a < b <= c`: each with its neighbour.
    record Comparison(Expression first, List<Map.Entry<String, Expression>> others) implements Expression {}

    record Not(Expression of) implements Expression {}

    record And(Expression left, Expression right) implements Expression {}

    record Or(Expression left, Expression right) implements Expression {}

    /// `then if condition else otherwise`
    record Choice(Expression condition, Expression then, @Nullable Expression otherwise) implements Expression {}

    /// Of a call.
    record Inputs(List<Expression> placed, Map<String, Expression> named) {
        static final Inputs NONE = new Inputs(List.of(), Map.of());
    }
}
