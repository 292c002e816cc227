package tern.ir.loop;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Loop.Binding;
import tern.ir.loop.LoopLexer.Kind;
import tern.ir.loop.LoopLexer.Token;
import tern.ir.text.IrException;
import tern.ir.text.Source;

/// Reads what [LoopPrinter] writes: compiling can start from a printed program.
///
/// The first problem ends the reading. Only names and lanes of accesses are checked here, all else by [LoopChecker].
public final class LoopParser {

    private final LoopTokens tokens;
    private final Map<String, Buf> buffers = new HashMap<>();
    private final Map<String, Var> variables = new HashMap<>();
    private final ExprParser exprs;

    private LoopParser(Source source) {
        tokens = new LoopTokens(source);
        exprs = new ExprParser(tokens, variables, buffers);
    }

    /// @throws IrException with the place of the first problem
    public static Program parse(Source source) {
        return new LoopParser(source).program();
    }

    private Program program() {
        tokens.expect("program");
        String name = tokens.expect(Kind.NAME, "the program's name").text();
        tokens.expect("source");
        String quoted = tokens.expect(Kind.STRING, "the quoted name of the source").text();
        String source = quoted.substring(1, quoted.length() - 1).replace("\\\"", "\"").replace("\\\\", "\\");
        var scalars = new ArrayList<Program.Scalar>();
        while (tokens.isNext(Kind.NAME) && !isScope(tokens.peek())) {
            Var var = declare(Type.I32, false);
            tokens.expect("in");
            scalars.add(new Program.Scalar(var, interval()));
        }
        var declared = new ArrayList<Buf>();
        while (!tokens.isNext("{")) declared.add(buffer());
        Loop body = body();
        tokens.expect(Kind.END, "the end of the text");
        try {
            return new Program(name, source, scalars, declared, body);
        } catch (IllegalArgumentException e) {
            throw tokens.problem(tokens.first(), String.valueOf(e.getMessage()));
        }
    }

    private static boolean isScope(Token token) {
        for (Buf.Scope scope : Buf.Scope.values()) if (token.is(LoopPrinter.word(scope))) return true;
        return false;
    }

    private Buf buffer() {
        Buf.Scope scope = tokens.constant(Buf.Scope.values(), "a scope or '{'");
        String name = newName();
        tokens.expect(":");
        Element element = exprs.element();
        tokens.expect("[");
        Expr extent = exprs.expr();
        tokens.expect("]");
        Interval values = tokens.accept("values") ? interval() : null;
        List<Integer> data = null;
        if (scope == Buf.Scope.CONSTANT) {
            data = new ArrayList<>();
            tokens.expect("=");
            tokens.expect("{");
            while (!tokens.isNext("}")) {
                data.add((int) tokens.integer(Integer.MIN_VALUE, Integer.MAX_VALUE));
                if (!tokens.accept(",")) break;
            }
            tokens.expect("}");
        }
        var buf = new Buf(name, element, scope, extent, values, data == null ? null : List.copyOf(data));
        buffers.put(name, buf);
        return buf;
    }

    private Interval interval() {
        Token at = tokens.peek();
        long low = tokens.integer(Long.MIN_VALUE, Long.MAX_VALUE);
        tokens.expect("..");
        long high = tokens.integer(Long.MIN_VALUE, Long.MAX_VALUE);
        if (low > high) throw tokens.problem(at, "no number lies in " + low + ".." + high);
        return Interval.of(low, high);
    }

    private Var declare(Type type, boolean mutable) {
        return declare(newName(), type, mutable);
    }

    private Var declare(String name, Type type, boolean mutable) {
        var var = new Var(name, type, mutable);
        variables.put(name, var);
        return var;
    }

    private String newName() {
        Token token = tokens.expect(Kind.NAME, "a name");
        String name = token.text();
        if (!Words.isName(name)) throw tokens.problem(token, "'" + name + "' is a word of the language");
        if (variables.containsKey(name) || buffers.containsKey(name))
            throw tokens.problem(token, "there is a '" + name + "' already");
        return name;
    }

    /// Statements in braces; one alone stands for itself.
    private Loop body() {
        List<Loop> steps = braced();
        return steps.size() == 1 ? steps.getFirst() : new Loop.Block(steps);
    }

    private List<Loop> braced() {
        tokens.enter(tokens.expect("{"));
        var steps = new ArrayList<Loop>();
        while (!tokens.accept("}")) steps.add(statement());
        tokens.leave();
        return steps;
    }

    private Loop statement() {
        if (tokens.isNext("{")) return new Loop.Block(braced());
        Token first = tokens.take();
        if (first.kind() != Kind.NAME && !first.is("@")) throw tokens.problem(first, "a statement expected, found " + first);
        return switch (first.text()) {
            case "@" -> {
                int line = (int) tokens.integer(0, Integer.MAX_VALUE);
                // Tags may be nested, and each is a level of the tree.
                tokens.enter(first);
                Loop tagged = tokens.isNext("{") ? body() : statement();
                tokens.leave();
                yield new Loop.At(line, tagged);
            }
            case "for" -> loop();
            case "if" -> {
                Expr condition = exprs.expr();
                yield new Loop.If(condition, body());
            }
            case "outline" -> {
                String name = tokens.expect(Kind.NAME, "the outline's name").text();
                yield new Loop.Outline(name, body());
            }
            case "let", "var" -> {
                String name = newName();
                tokens.expect(":");
                Type type = exprs.type();
                tokens.expect("=");
                Expr value = exprs.expr();
                yield new Loop.Let(declare(name, type, first.is("var")), value);
            }
            case "barrier" -> new Loop.Barrier(tokens.constant(Binding.values(), "who waits"));
            case "copy" -> copy();
            case "tileproduct" -> tileProduct(first);
            case "wait" -> new Loop.Wait((int) tokens.integer(0, Integer.MAX_VALUE));
            case "bulkcopy", "await", "groupproduct", "groupwait" -> new GroupParser(tokens, exprs).statement(first);
            case "griddependency" -> new Loop.GridDependency(tokens.constant(Loop.GridAction.values(), "what is done"));
            case "launches" -> { // as written until November 2026
                boolean wait = tokens.accept("awaited");
                if (!wait) tokens.expect("released");
                yield new Loop.GridDependency(wait ? Loop.GridAction.WAIT : Loop.GridAction.LAUNCH_DEPENDENTS);
            }
            case "prefetch", "fetch" -> {
                ExprParser.Access access = exprs.access(tokens.expect(Kind.NAME, "a buffer"));
                refuseLimit(first, access.limit());
                yield new Loop.Prefetch(access.buffer(), access.index(), access.width());
            }
            default -> tokens.isNext("[") ? store(first) : set(first);
        };
    }

    private Loop loop() {
        String name = newName();
        tokens.expect("in");
        Loop.Range range = range();
        Binding binding = tokens.accept("on") ? tokens.constant(Binding.values(), "who runs the iterations") : Binding.SERIAL;
        Var index = declare(name, Type.I32, false);
        return new Loop.For(index, range, binding, body());
    }

    /// `from..to`, `from..to step s`, or `list[..count]`.
    private Loop.Range range() {
        if (tokens.isNext(Kind.NAME) && tokens.peek(1).is("[") && tokens.peek(2).is("..")) {
            Buf list = exprs.buffer(tokens.take());
            tokens.take();
            tokens.take();
            Expr count = exprs.expr();
            tokens.expect("]");
            return new Loop.Range.Listed(list, count);
        }
        Expr from = exprs.expr();
        tokens.expect("..");
        Expr to = exprs.expr();
        int step = tokens.accept("step") ? (int) tokens.integer(1, Integer.MAX_VALUE) : 1;
        return new Loop.Range.Steps(from, to, step);
    }

    private Loop store(Token name) {
        ExprParser.Access access = exprs.access(name);
        tokens.expect("=");
        Token at = tokens.peek();
        Expr value = exprs.expr();
        if (value.type().lanes() != access.width())
            throw tokens.problem(at, String.format(ROOT, "%d lanes are stored to %d elements", value.type().lanes(), access.width()));
        return new Loop.Store(access.buffer(), access.index(), value, access.limit());
    }

    private Loop set(Token name) {
        Var var = exprs.variable(name);
        if (tokens.accept("+="))
            return new Loop.Set(var, new Expr.Binary(Expr.Binary.Operation.ADD, new Expr.Ref(var), exprs.expr()));
        tokens.expect(":=");
        return new Loop.Set(var, exprs.expr());
    }

    private Loop copy() {
        ExprParser.Access to = exprs.access(tokens.expect(Kind.NAME, "a buffer"));
        tokens.expect("=");
        Token at = tokens.expect(Kind.NAME, "a buffer");
        ExprParser.Access from = exprs.access(at);
        refuseLimit(at, to.limit());
        refuseLimit(at, from.limit());
        if (to.width() != from.width())
            throw tokens.problem(at, String.format(ROOT, "%d elements are copied to %d", from.width(), to.width()));
        return new Loop.CopyAsync(to.buffer(), to.index(), from.buffer(), from.index(), to.width());
    }

    private Loop tileProduct(Token first) {
        ExprParser.Access sums = exprs.access(tokens.expect(Kind.NAME, "a buffer"));
        tokens.expect("+=");
        ExprParser.Access a = exprs.access(tokens.expect(Kind.NAME, "a buffer"));
        tokens.expect("*");
        ExprParser.Access b = exprs.access(tokens.expect(Kind.NAME, "a buffer"));
        tokens.expect("by");
        int aTiles = (int) tokens.integer(1, 2);
        tokens.expect(",");
        int bTiles = (int) tokens.integer(1, 2);
        refuseLimit(first, sums.limit());
        refuseLimit(first, a.limit());
        refuseLimit(first, b.limit());
        int steps = (int) ((long) a.width() * a.buffer().element().bytes() / ((long) aTiles * Loop.TileProduct.BYTES));
        if (steps < 1) throw tokens.problem(first, String.format(ROOT, "%d elements are less than %d tiles", a.width(), aTiles));
        var product = new Loop.TileProduct(
                sums.buffer(), sums.index(), a.buffer(), a.index(), aTiles, b.buffer(), b.index(), bTiles, steps);
        if (product.sumsWidth() != sums.width() || product.aWidth() != a.width() || product.bWidth() != b.width())
            throw tokens.problem(first, String.format(ROOT, "%d by %d tiles of %d steps take %d elements and %d, and give %d",
                    aTiles, bTiles, steps, product.aWidth(), product.bWidth(), product.sumsWidth()));
        return product;
    }

    private void refuseLimit(Token at, @Nullable Expr limit) {
        if (limit != null) throw tokens.problem(at, "there is no 'below' here");
    }
}
