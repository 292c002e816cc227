package tern.ir.loop;

import static java.util.Locale.ROOT;

import java.math.BigInteger;
import java.util.List;
import tern.ir.loop.LoopLexer.Kind;
import tern.ir.loop.LoopLexer.Token;
import tern.ir.text.IrException;
import tern.ir.text.Source;

/// Tokens one after the other, and the depth that reading them has reached.
final class LoopTokens {

    /// Levels of the tree, each of which costs some stack in every later stage.
    private static final int MAX_DEPTH = 800;

    /// What parentheses and calls count: reading them takes as many more calls.
    private static final int NESTED = 4;

    private final Source source;
    private final List<Token> tokens;
    private int next, depth;

    LoopTokens(Source source) {
        this.source = source;
        this.tokens = LoopLexer.tokens(source);
    }

    IrException problem(Token at, String problem) {
        return new IrException(source, at.span(), problem);
    }

    Token first() {
        return tokens.getFirst();
    }

    Token peek() {
        return peek(0);
    }

    Token peek(int ahead) {
        return tokens.get(Math.min(next + ahead, tokens.size() - 1));
    }

    Token take() {
        Token token = peek();
        if (token.kind() != Kind.END) next++;
        return token;
    }

    boolean isNext(String word) {
        return peek().is(word);
    }

    boolean isNext(Kind kind) {
        return peek().kind() == kind;
    }

    boolean accept(String word) {
        boolean found = isNext(word);
        if (found) take();
        return found;
    }

    Token expect(String word) {
        if (!isNext(word)) throw problem(peek(), "'%s' expected, found %s".formatted(word, peek()));
        return take();
    }

    Token expect(Kind kind, String what) {
        if (!isNext(kind)) throw problem(peek(), "%s expected, found %s".formatted(what, peek()));
        return take();
    }

    /// One of the constants of an enum, in small letters.
    <E extends Enum<E>> E constant(E[] constants, String what) {
        for (E constant : constants) if (isNext(LoopPrinter.word(constant))) {
            take();
            return constant;
        }
        throw problem(peek(), "%s expected, found %s".formatted(what, peek()));
    }

    /// A whole number with or without a minus.
    long integer(long low, long high) {
        boolean minus = accept("-");
        Token token = expect(Kind.INTEGER, "a whole number");
        var value = new BigInteger(token.text().length() > 20 ? "1" + "0".repeat(20) : token.text());
        if (minus) value = value.negate();
        if (value.compareTo(BigInteger.valueOf(low)) < 0 || value.compareTo(BigInteger.valueOf(high)) > 0)
            throw problem(token, String.format(ROOT, "%s is not in %d..%d", minus ? "-" + token.text() : token.text(), low, high));
        return value.longValueExact();
    }

    /// @throws IrException if the text is nested too deeply
    void enter(Token at) {
        if (++depth > MAX_DEPTH) throw problem(at, "this is nested too deeply");
    }

    void enterNested(Token at) {
        depth += NESTED - 1;
        enter(at);
    }

    void leave() {
        depth--;
    }

    int depth() {
        return depth;
    }

    void depth(int before) {
        depth = before;
    }
}
