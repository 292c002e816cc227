package tern.codegen.cuda.simulate;

import java.util.List;
import tern.codegen.cuda.simulate.Lexer.Kind;
import tern.codegen.cuda.simulate.Lexer.Token;

/// Tokens read one after the other.
final class Words {

    private final List<Token> tokens;
    private int at;

    Words(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    Token peek(int ahead) {
        return tokens.get(Math.min(at + ahead, tokens.size() - 1));
    }

    boolean is(Kind kind) {
        return peek().kind() == kind;
    }

    boolean is(String text) {
        return peek().text().equals(text) && !is(Kind.STRING);
    }

    Token next() {
        Token token = peek();
        if (at < tokens.size() - 1) at++;
        return token;
    }

    Token next(Kind kind) {
        if (!is(kind)) throw new PtxError(peek().line(), "a " + kind.name().toLowerCase(java.util.Locale.ROOT)
                + " was expected, not '" + peek().text() + "'");
        return next();
    }

    boolean take(String text) {
        boolean taken = is(text);
        if (taken) next();
        return taken;
    }

    void expect(String text) {
        if (!take(text)) throw new PtxError(peek().line(), "'" + text + "' was expected, not '" + peek().text() + "'");
    }

    /// A small number that is not negative.
    int number() {
        Token token = next(Kind.NUMBER);
        if (!(Literal.of(token) instanceof Operand.Whole(long value)) || value < 0 || value > Integer.MAX_VALUE)
            throw new PtxError(token.line(), "'" + token.text() + "' is not a number of this place");
        return (int) value;
    }

    /// `.b32`.
    Type type() {
        Token token = next(Kind.MODIFIER);
        Type type = Type.named(token.text().substring(1));
        if (type == null) throw new PtxError(token.line(), "'" + token.text() + "' is not a type");
        return type;
    }
}
