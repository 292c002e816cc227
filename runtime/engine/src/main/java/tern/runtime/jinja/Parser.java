package tern.runtime.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.runtime.jinja.Expression.Literal;
import tern.runtime.jinja.Lexer.Kind;
import tern.runtime.jinja.Lexer.Token;
import tern.runtime.jinja.Statement.Branch;
import tern.runtime.jinja.Statement.Parameter;
import tern.runtime.jinja.Statement.Target;

/// Statements of a template.
final class Parser extends ExpressionParser {

    private Parser(List<Token> tokens) {
        super(tokens);
    }

    /// @throws JinjaException if it is no template, or needs what is not offered
    static List<Statement> parse(String source) {
        var parser = new Parser(Lexer.tokens(source));
        List<Statement> all = parser.body();
        if (parser.now().kind() != Kind.END) throw new JinjaException("line %d: a tag has no beginning".formatted(parser.now().line()));
        return all;
    }

    /// Up to a tag that begins with one of these names, which is left; without names, up to the end.
    private List<Statement> body(String... ends) {
        return deeper(() -> {
            var all = new ArrayList<Statement>();
            while (now().kind() != Kind.END && !stops(ends)) all.add(statement());
            return all;
        });
    }

    private boolean stops(String... ends) {
        return now().kind() == Kind.BLOCK && Arrays.asList(ends).contains(ahead().text());
    }

    private Statement statement() {
        Token token = next();
        return switch (token.kind()) {
            case DATA -> new Statement.Data(Text.of(token.text()));
            case OUTPUT -> {
                var output = new Statement.Output(tuple(), token.line());
                end(Kind.OUTPUT_END);
                yield output;
            }
            case BLOCK -> block(token.line());
            case OUTPUT_END, BLOCK_END, NAME, TEXT, INT, REAL, SIGN, END -> throw wrong("expected a tag");
        };
    }

    private void end(Kind kind) {
        if (now().kind() != kind) throw wrong("expected the end of the tag");
        next();
    }

    /// The end of this tag, then all up to a tag of this name, and its end.
    private List<Statement> whole(String name) {
        end(Kind.BLOCK_END);
        List<Statement> all = body(name);
        closing(name);
        end(Kind.BLOCK_END);
        return all;
    }

    private void closing(String name) {
        if (now().kind() != Kind.BLOCK) throw wrong("expected {% " + name + " %}");
        next();
        need(name);
    }

    private Statement block(int line) {
        String name = needName();
        return switch (name) {
            case "if" -> branches(line);
            case "for" -> loop(line);
            case "set" -> set(line);
            case "macro" -> macro();
            case "call" -> call(line);
            case "filter" -> new Statement.FilterBlock(filters(new Literal(Value.None.NONE)), whole("endfilter"), line);
            case "with" -> with(line);
            case "generation" -> new Statement.With(List.of(), whole("endgeneration")); // transformers' mark of what an assistant says
            case "break" -> simple(new Statement.Break());
            case "continue" -> simple(new Statement.Continue());
            default -> throw new JinjaException("line %d: {%% %s %%} is not supported".formatted(line, name));
        };
    }

    private Statement simple(Statement statement) {
        end(Kind.BLOCK_END);
        return statement;
    }

    private Statement branches(int line) {
        var all = new ArrayList<Branch>();
        @Nullable Expression condition = tuple();
        while (true) {
            end(Kind.BLOCK_END);
            all.add(new Branch(condition, condition == null ? body("endif") : body("elif", "else", "endif")));
            if (now().kind() != Kind.BLOCK) throw wrong("expected {% endif %}");
            next();
            if (take("elif")) condition = tuple();
            else if (take("else")) condition = null;
            else {
                need("endif");
                return simple(new Statement.If(all, line));
            }
        }
    }

    private Statement loop(int line) {
        List<String> names = names();
        need("in");
        Expression over = or();
        if (now().is(",")) throw wrong("expected one value to go over");
        @Nullable Expression condition = take("if") ? expression() : null;
        if (now().is("recursive")) throw wrong("which is not supported");
        end(Kind.BLOCK_END);
        List<Statement> body = body("else", "endfor");
        List<Statement> otherwise = List.of();
        if (ahead().is("else")) {
            closing("else");
            end(Kind.BLOCK_END);
            otherwise = body("endfor");
        }
        closing("endfor");
        return simple(new Statement.For(names, over, condition, body, otherwise, line));
    }

    /// `a`, `a, b`, `(a, b)`
    private List<String> names() {
        boolean bracket = take("(");
        var names = new ArrayList<String>();
        do names.add(needName());
        while (take(","));
        if (bracket) need(")");
        return names;
    }

    private Target target() {
        List<String> names = names();
        String attribute = names.size() == 1 && take(".") ? needName() : "";
        return new Target(names, names.size() > 1, attribute);
    }

    private Statement set(int line) {
        Target target = target();
        if (take("=")) return simple(new Statement.Set(target, tuple(), line));
        var input = new Literal(Value.None.NONE);
        Expression filtered = now().is("|") ? filters(input) : input;
        return new Statement.SetBlock(target, filtered, whole("endset"), line);
    }

    private Statement.Macro macro() {
        String name = needName();
        need("(");
        List<Parameter> parameters = parameters();
        return new Statement.Macro(name, parameters, whole("endmacro"));
    }

    private List<Parameter> parameters() {
        var all = new ArrayList<Parameter>();
        while (!take(")")) {
            String name = needName();
            all.add(new Parameter(name, take("=") ? expression() : null));
            if (!now().is(")")) need(",");
        }
        return all;
    }

    private Statement call(int line) {
        List<Parameter> parameters = take("(") ? parameters() : List.of();
        if (!(expression() instanceof Expression.Call call)) throw wrong("expected the call of a macro before it");
        return new Statement.CallBlock(call, new Statement.Macro("caller", parameters, whole("endcall")), line);
    }

    private Statement with(int line) {
        var names = new ArrayList<Statement.Set>();
        while (now().kind() == Kind.NAME) {
            Target target = target();
            need("=");
            names.add(new Statement.Set(target, expression(), line));
            if (now().kind() == Kind.NAME || !take(",")) break;
        }
        return new Statement.With(names, whole("endwith"));
    }
}
