package tern.ir.text;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.DefaultErrorStrategy;
import org.antlr.v4.runtime.InputMismatchException;
import org.antlr.v4.runtime.NoViableAltException;
import org.antlr.v4.runtime.Parser;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.Vocabulary;
import org.antlr.v4.runtime.misc.IntervalSet;
import org.jspecify.annotations.Nullable;
import tern.ir.text.Source.Span;
import tern.ir.text.grammar.TernLexer;
import tern.ir.text.grammar.TernParser;

/// From text to syntax tree, within limits that keep hostile text from costing more than its length.
final class Syntax {

    /// Characters of a text, and open parentheses, at most.
    static final int MAX_LENGTH = 1 << 18, MAX_DEPTH = 64;

    private Syntax() {}

    /// @throws IrException with every syntax error
    static TernParser.TextContext parse(Source source) {
        if (source.text().length() > MAX_LENGTH)
            throw new IrException(source, new Span(0, 0),
                    String.format(ROOT, "the text has %d characters, at most %d are read", source.text().length(), MAX_LENGTH));
        var problems = new Diagnostics(source);
        var lexer = new TernLexer(CharStreams.fromString(bmpOnly(source.text())));
        lexer.removeErrorListeners();
        lexer.addErrorListener(new BaseErrorListener() {
            @Override
            public void syntaxError(Recognizer<?, ?> recognizer, @Nullable Object symbol, int line, int column, String message,
                    @Nullable RecognitionException e) {
                int at = lexer._tokenStartCharIndex;
                problems.add(new Span(at, at + 1), "no word of the language begins with '%s'", source.text().charAt(at));
            }
        });
        var tokens = new CommonTokenStream(lexer);
        tokens.fill();
        limitDepth(tokens.getTokens(), problems);
        problems.check();
        var parser = new TernParser(tokens);
        parser.removeErrorListeners();
        parser.setErrorHandler(new Explaining(problems));
        TernParser.TextContext tree = parser.text();
        problems.check();
        return tree;
    }

    /// ANTLR counts code points and we count characters: a pair of surrogates becomes two characters that no rule knows.
    private static String bmpOnly(String text) {
        var result = new StringBuilder(text);
        for (int i = 0; i < result.length(); i++) if (Character.isSurrogate(result.charAt(i))) result.setCharAt(i, '\ufffd');
        return result.toString();
    }

    private static void limitDepth(List<Token> tokens, Diagnostics problems) {
        int depth = 0;
        for (Token token : tokens) {
            if (token.getText().equals("(")) depth++;
            if (token.getText().equals(")")) depth--;
            if (depth > MAX_DEPTH) {
                problems.add(token, "more than %d nested parentheses", MAX_DEPTH);
                return;
            }
        }
    }

    /// Says what was expected and what was found.
    private static final class Explaining extends DefaultErrorStrategy {
        private final Diagnostics problems;

        Explaining(Diagnostics problems) {
            this.problems = problems;
        }

        @Override
        protected void reportInputMismatch(Parser parser, InputMismatchException e) {
            explain(parser, e.getOffendingToken(), e.getExpectedTokens());
        }

        @Override
        protected void reportNoViableAlternative(Parser parser, NoViableAltException e) {
            int state = e.getOffendingState() < 0 ? parser.getState() : e.getOffendingState();
            explain(parser, e.getOffendingToken(), parser.getATN().getExpectedTokens(state, parser.getContext()));
        }

        @Override
        protected void reportUnwantedToken(Parser parser) {
            if (inErrorRecoveryMode(parser)) return;
            beginErrorCondition(parser);
            explain(parser, parser.getCurrentToken(), getExpectedTokens(parser));
        }

        @Override
        protected void reportMissingToken(Parser parser) {
            reportUnwantedToken(parser);
        }

        private void explain(Parser parser, Token found, IntervalSet expected) {
            problems.add(found, "expected %s, found %s", describe(expected, parser.getVocabulary()),
                    found.getType() == Token.EOF ? "the end of the text" : "'" + found.getText() + "'");
            // Nobody reads more, and each further one costs a search for a place to go on.
            if (problems.isFull()) problems.check();
        }

        private static String describe(IntervalSet expected, Vocabulary words) {
            boolean anyName = expected.contains(TernParser.ID);
            var parts = new ArrayList<String>();
            if (anyName) parts.add("a name");
            for (int type : expected.toList()) {
                String part = switch (type) {
                    case TernParser.ID -> "";
                    case TernParser.BASE -> anyName ? "" : "'base3'";
                    case TernParser.INT -> "a number";
                    case TernParser.FLOAT -> expected.contains(TernParser.INT) ? "" : "a number";
                    case TernParser.STRING -> "a quoted name";
                    case Token.EOF -> "the end of the text";
                    default -> {
                        String literal = words.getDisplayName(type);
                        yield anyName && Character.isLetter(literal.charAt(1)) ? "" : literal;
                    }
                };
                if (!part.isEmpty()) parts.add(part);
            }
            if (parts.size() < 2) return String.join("", parts);
            return String.join(", ", parts.subList(0, parts.size() - 1)) + " or " + parts.getLast();
        }
    }
}
