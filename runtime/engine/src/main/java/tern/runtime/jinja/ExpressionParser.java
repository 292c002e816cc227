package tern.runtime.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tern.runtime.jinja.Expression.Inputs;
import tern.runtime.jinja.Lexer.Kind;
import tern.runtime.jinja.Lexer.Token;
import tern.runtime.jinja.Value.Bool;

/// Expressions by recursive descent, with Jinja's precedence: `or`, `and`, `not`, comparisons, `+ -`, `~`, `* / // %`, `**`, signs; what
/// follows a value (`.x`, `[x]`, calls, filters, tests) binds closest.
class ExpressionParser {

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=", "in");
    private static final Map<String, Value> CONSTANTS = Map.of(
            "true", new Bool(true), "True", new Bool(true), "false", new Bool(false), "False", new Bool(false),
            "none", Value.None.NONE, "None", Value.None.NONE);

    final Meter depth = new Meter();
    private final List<Token> tokens;
    private int at;

    ExpressionParser(List<Token> tokens) {
        this.tokens = tokens;
    }

    // ---- tokens ----

    Token now() {
        return tokens.get(at);
    }

    Token next() {
        return tokens.get(at + 1 < tokens.size() ? at++ : at);
    }

    /// The token after the present one.
    Token ahead() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    boolean take(String sign) {
        boolean is = now().is(sign);
        if (is) next();
        return is;
    }

    void need(String sign) {
        if (!take(sign)) throw wrong("expected '" + sign + "'");
    }

    String needName() {
        if (now().kind() != Kind.NAME) throw wrong("expected a name");
        return next().text();
    }

    JinjaException wrong(String expected) {
        String found = switch (now().kind()) {
            case DATA, OUTPUT, BLOCK, END -> "the end";
            case OUTPUT_END, BLOCK_END -> "the end of the tag";
            case NAME, TEXT, INT, REAL, SIGN -> "'" + now().text() + "'";
        };
        return new JinjaException("line %d: found %s, %s".formatted(now().line(), found, expected));
    }

    /// Counts depth around a rule, so that no text overflows the stack.
    <T> T deeper(Supplier<T> rule) {
        depth.enter();
        T made = rule.get();
        depth.leave();
        return made;
    }

    // ---- rules ----

    /// A tuple without brackets, or one expression.
    Expression tuple() {
        Expression first = expression();
        if (!now().is(",")) return first;
        var all = new ArrayList<Expression>(List.of(first));
        while (take(",") && begins()) all.add(expression());
        return new Expression.Sequence(all, true);
    }

    private boolean begins() {
        return switch (now().kind()) {
            case NAME, TEXT, INT, REAL -> true;
            case SIGN -> "([{-+".contains(now().text());
            case DATA, OUTPUT, OUTPUT_END, BLOCK, BLOCK_END, END -> false;
        };
    }

    Expression expression() {
        return deeper(() -> {
            Expression then = or();
            while (take("if")) {
                Expression condition = or();
                then = new Expression.Choice(condition, then, take("else") ? expression() : null);
            }
            return then;
        });
    }

    Expression or() {
        Expression left = and();
        while (take("or")) left = new Expression.Or(left, and());
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (take("and")) left = new Expression.And(left, not());
        return left;
    }

    private Expression not() {
        return take("not") ? new Expression.Not(deeper(this::not)) : comparison();
    }

    private Expression comparison() {
        Expression first = sum();
        var others = new ArrayList<Map.Entry<String, Expression>>();
        while (true) {
            if (COMPARISONS.contains(now().text()) && now().is(now().text())) {
                String sign = next().text();
                others.add(Map.entry(sign, sum()));
            } else if (now().is("not") && ahead().is("in")) {
                next();
                next();
                others.add(Map.entry("not in", sum()));
            } else return others.isEmpty() ? first : new Expression.Comparison(first, others);
        }
    }

    private Expression sum() {
        return chain(Set.of("+", "-"), () -> chain(Set.of("~"), () -> chain(Set.of("*", "/", "//", "%"), () -> chain(Set.of("**"), () -> signed(true)))));
    }

    private Expression chain(Set<String> signs, Supplier<Expression> part) {
        Expression left = part.get();
        while (now().kind() == Kind.SIGN && signs.contains(now().text())) left = new Expression.Binary(next().text(), left, part.get());
        return left;
    }

    private Expression signed(boolean filters) {
        return deeper(() -> {
            Expression of;
            if (now().is("-") || now().is("+")) {
                boolean isNegative = next().text().equals("-");
                of = new Expression.Signed(signed(false), isNegative);
            } else of = primary();
            of = members(of);
            return filters ? filtered(of) : of;
        });
    }

    private Expression primary() {
        Token token = now();
        switch (token.kind()) {
            case NAME -> {
                next();
                Value constant = CONSTANTS.get(token.text());
                return constant == null ? new Expression.Name(token.text()) : new Expression.Literal(constant);
            }
            case TEXT -> {
                var text = new StringBuilder();
                while (now().kind() == Kind.TEXT) text.append(next().text());
                return new Expression.Literal(Text.of(text.toString()));
            }
            case INT -> {
                String digits = next().text();
                boolean isHex = digits.startsWith("0x") || digits.startsWith("0X");
                return new Expression.Literal(Operators.checked(new BigInteger(isHex ? digits.substring(2) : digits, isHex ? 16 : 10)));
            }
            case REAL -> {
                return new Expression.Literal(new Value.Real(Double.parseDouble(next().text())));
            }
            case SIGN -> {
                if (take("(")) return bracketed();
                if (take("[")) return new Expression.Sequence(until("]", this::expression), false);
                if (take("{")) return new Expression.Dictionary(until("}", this::entry));
            }
            case DATA, OUTPUT, OUTPUT_END, BLOCK, BLOCK_END, END -> {}
        }
        throw wrong("expected a value");
    }

    private Expression bracketed() {
        if (take(")")) return new Expression.Sequence(List.of(), true);
        Expression inner = tuple();
        need(")");
        return inner;
    }

    private Map.Entry<Expression, Expression> entry() {
        Expression key = expression();
        need(":");
        return Map.entry(key, expression());
    }

    /// Parts between commas, the last of which may stand before the end.
    private <T> List<T> until(String end, Supplier<T> part) {
        var all = new ArrayList<T>();
        while (!take(end)) {
            all.add(part.get());
            if (!now().is(end)) need(",");
        }
        return all;
    }

    // ---- what follows a value ----

    private Expression members(Expression value) {
        Expression of = value;
        while (true) {
            if (take(".")) of = now().kind() == Kind.INT ? new Expression.Index(of, primary()) : new Expression.Attribute(of, needName());
            else if (take("[")) of = index(of);
            else if (take("(")) of = new Expression.Call(of, inputs());
            else return of;
        }
    }

    private Expression index(Expression of) {
        @Nullable Expression begin = now().is(":") ? null : tuple();
        if (begin != null && take("]")) return new Expression.Index(of, begin);
        need(":");
        @Nullable Expression end = now().is(":") || now().is("]") ? null : expression();
        @Nullable Expression step = take(":") && !now().is("]") ? expression() : null;
        need("]");
        return new Expression.Slice(of, begin, end, step);
    }

    private Inputs inputs() {
        var placed = new ArrayList<Expression>();
        var named = new LinkedHashMap<String, Expression>();
        until(")", () -> {
            if (now().kind() == Kind.NAME && ahead().is("=")) {
                String name = needName();
                need("=");
                named.put(name, expression());
            } else placed.add(expression());
            return "";
        });
        return new Inputs(placed, named);
    }

    /// Filters, tests and calls of their results.
    private Expression filtered(Expression value) {
        Expression of = value;
        while (true) {
            if (now().is("|")) of = filters(of);
            else if (take("is")) of = test(of);
            else if (take("(")) of = new Expression.Call(of, inputs());
            else return of;
        }
    }

    /// `| name(inputs)`, perhaps several; the first sign may be missing before a block.
    Expression filters(Expression value) {
        Expression of = value;
        boolean more = true;
        while (more) {
            take("|");
            String name = needName();
            of = new Expression.Filter(of, name, take("(") ? inputs() : Inputs.NONE);
            more = now().is("|");
        }
        return of;
    }

    private Expression test(Expression of) {
        boolean isNot = take("not");
        String name = needName();
        Inputs inputs = Inputs.NONE;
        if (take("(")) inputs = inputs();
        else if (begins() && !List.of("else", "or", "and", "is", "if", "in", "not").contains(now().text()) && !now().is("+") && !now().is("-"))
            inputs = new Inputs(List.of(members(primary())), Map.of());
        Expression test = new Expression.Test(of, name, inputs);
        return isNot ? new Expression.Not(test) : test;
    }
}
