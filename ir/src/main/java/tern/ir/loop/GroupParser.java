package tern.ir.loop;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import tern.ir.loop.LoopLexer.Kind;
import tern.ir.loop.LoopLexer.Token;

/// Reads the statements of [Loop.Group] for [LoopParser].
final class GroupParser {

    private final LoopTokens tokens;
    private final ExprParser exprs;

    GroupParser(LoopTokens tokens, ExprParser exprs) {
        this.tokens = tokens;
        this.exprs = exprs;
    }

    /// @param first word of the statement, taken already
    Loop statement(Token first) {
        return switch (first.text()) {
            case "bulkcopy" -> copy();
            case "await" -> {
                ExprParser.Access signal = signal();
                if (!tokens.accept("turn")) tokens.expect("phase");
                yield new Loop.Await(signal.buffer(), signal.index(), exprs.expr());
            }
            case "groupproduct" -> product();
            case "groupwait" -> new Loop.GroupWait((int) tokens.integer(0, Integer.MAX_VALUE));
            default -> throw tokens.problem(first, "a statement expected, found " + first);
        };
    }

    private Loop copy() {
        ExprParser.Access to = access();
        tokens.expect("=");
        Token at = tokens.peek();
        ExprParser.Access from = access();
        if (to.width() != from.width())
            throw tokens.problem(at, String.format(ROOT, "%d elements are copied to %d", from.width(), to.width()));
        tokens.expect("on");
        ExprParser.Access signal = signal();
        return new Loop.CopyBulk(
                to.buffer(), to.index(), from.buffer(), from.index(), to.width(), signal.buffer(), signal.index());
    }

    private Loop product() {
        var sums = new ArrayList<Var>();
        do sums.add(exprs.variable(tokens.expect(Kind.NAME, "a variable")));
        while (tokens.accept(","));
        tokens.expect("+=");
        tokens.expect("(");
        var a = new ArrayList<Expr>();
        do a.add(exprs.expr());
        while (tokens.accept(","));
        tokens.expect(")");
        tokens.expect("*");
        Token at = tokens.peek();
        ExprParser.Access b = access();
        tokens.expect("apart");
        if (a.size() != 4) throw tokens.problem(at, String.format(ROOT, "a product of %d parts, not of 4", a.size()));
        var product = new Loop.GroupProduct(sums, a, b.buffer(), b.index(), (int) tokens.integer(1, Integer.MAX_VALUE));
        if (product.width() != b.width())
            throw tokens.problem(at, String.format(ROOT, "%d sums take %d elements, not %d", sums.size(), product.width(), b.width()));
        return product;
    }

    private ExprParser.Access signal() {
        Token at = tokens.peek();
        ExprParser.Access signal = access();
        if (signal.width() != 1) throw tokens.problem(at, "a signal is one element");
        return signal;
    }

    private ExprParser.Access access() {
        Token at = tokens.expect(Kind.NAME, "a buffer");
        ExprParser.Access access = exprs.access(at);
        if (access.limit() != null) throw tokens.problem(at, "there is no 'below' here");
        return access;
    }
}
