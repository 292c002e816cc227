package tern.ir.loop;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import tern.ir.text.IrException;
import tern.ir.text.Source;
import tern.ir.text.Source.Span;

/// The words of a printed program.
final class LoopLexer {

    /// Characters of a text, at most.
    private static final int MAX_LENGTH = 1 << 24;

    /// Longer signs before their beginnings.
    private static final List<String> SIGNS = List.of(
            ">>>", "+:", "+=", ":=", "..", "<<", ">>", "<=", ">=", "==", "!=", "{", "}", "(", ")", "[", "]", "+", "-", "*", "/",
            "%", "&", "|", "^", "~", "<", ">", "=", ":", ",", "@");

    enum Kind {
        NAME,
        INTEGER,
        REAL,
        STRING,
        SIGN,
        END
    }

    record Token(Kind kind, String text, Span span) {
        boolean is(String word) {
            return text.equals(word) && (kind == Kind.SIGN || kind == Kind.NAME);
        }

        @Override
        public String toString() {
            return kind == Kind.END ? "the end of the text" : "'" + text + "'";
        }
    }

    private final Source source;
    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private LoopLexer(Source source) {
        this.source = source;
        this.text = source.text();
    }

    /// @return all tokens, the last one of kind [Kind#END]
    /// @throws IrException if the text is too long or holds a character that begins no token
    static List<Token> tokens(Source source) {
        if (source.text().length() > MAX_LENGTH)
            throw new IrException(source, new Span(0, 0),
                    String.format(ROOT, "the text has %d characters, at most %d are read", source.text().length(), MAX_LENGTH));
        var lexer = new LoopLexer(source);
        while (lexer.skip()) lexer.next();
        lexer.add(Kind.END, lexer.at);
        return lexer.tokens;
    }

    /// Skips blanks and comments.
    ///
    /// @return false at the end
    private boolean skip() {
        while (at < text.length()) {
            if (text.startsWith("//", at)) {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (Character.isWhitespace(text.charAt(at))) at++;
            else return true;
        }
        return false;
    }

    private void next() {
        char first = text.charAt(at);
        if (isLetter(first)) add(Kind.NAME, endOf(at, LoopLexer::isLetterOrDigit));
        else if (isDigit(first)) number();
        else if (first == '"') string();
        else {
            String sign = SIGNS.stream().filter(s -> text.startsWith(s, at)).findFirst().orElse(null);
            if (sign == null) throw new IrException(source, new Span(at, at + 1), "no word begins with '" + first + "'");
            add(Kind.SIGN, at + sign.length());
        }
    }

    /// `12`, `1.5`, `1.0E-10`; in `0..8` the points are no part of the number.
    private void number() {
        int end = endOf(at, LoopLexer::isDigit);
        boolean real = end + 1 < text.length() && text.charAt(end) == '.' && isDigit(text.charAt(end + 1));
        if (!real) {
            add(Kind.INTEGER, end);
            return;
        }
        end = endOf(end + 1, LoopLexer::isDigit);
        if (end < text.length() && (text.charAt(end) == 'E' || text.charAt(end) == 'e')) {
            int digits = end + 1;
            if (digits < text.length() && (text.charAt(digits) == '-' || text.charAt(digits) == '+')) digits++;
            if (digits < text.length() && isDigit(text.charAt(digits))) end = endOf(digits, LoopLexer::isDigit);
        }
        add(Kind.REAL, end);
    }

    private void string() {
        int start = at;
        for (int end = at + 1; end < text.length() && text.charAt(end) != '\n'; end++) {
            if (text.charAt(end) == '\\') end++;
            else if (text.charAt(end) == '"') {
                add(Kind.STRING, end + 1);
                return;
            }
        }
        throw new IrException(source, new Span(start, start + 1), "the quotation does not end on its line");
    }

    private interface CharTest {
        boolean test(char c);
    }

    private int endOf(int from, CharTest belongs) {
        int end = from;
        while (end < text.length() && belongs.test(text.charAt(end))) end++;
        return end;
    }

    private void add(Kind kind, int end) {
        tokens.add(new Token(kind, text.substring(at, end), new Span(at, end)));
        at = end;
    }

    static boolean isLetter(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
    }

    static boolean isLetterOrDigit(char c) {
        return isLetter(c) || isDigit(c);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
