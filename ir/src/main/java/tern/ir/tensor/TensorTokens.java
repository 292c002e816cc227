package tern.ir.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tern.ir.text.IrException;
import tern.ir.text.Source;
import tern.ir.text.Source.Span;

/// The words of a tensor program, one after the other.
final class TensorTokens {

    private static final Pattern WORD =
            Pattern.compile("\\s*(?://[^\\n]*\\s*)*([A-Za-z_]\\w*|\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?|\\.\\.|==|\\S|$)");

    private record Token(String text, Span span) {}

    private final Source source;
    private final List<Token> tokens = new ArrayList<>();
    private int next;

    TensorTokens(Source source) {
        this.source = source;
        Matcher word = WORD.matcher(source.text());
        while (word.lookingAt()) {
            tokens.add(new Token(word.group(1), new Span(word.start(1), word.end(1))));
            if (word.group(1).isEmpty()) break;
            word.region(word.end(), source.text().length());
        }
    }

    IrException problem(String problem) {
        return new IrException(source, tokens.get(next).span, problem);
    }

    String peek(int ahead) {
        return tokens.get(Math.min(next + ahead, tokens.size() - 1)).text;
    }

    boolean is(String word) {
        return peek(0).equals(word);
    }

    boolean accept(String word) {
        boolean found = is(word);
        if (found) next++;
        return found;
    }

    void expect(String word) {
        if (!accept(word)) throw problem("'%s' expected, found '%s'".formatted(word, peek(0)));
    }

    boolean isName() {
        return !peek(0).isEmpty() && Character.isJavaIdentifierStart(peek(0).charAt(0));
    }

    boolean isNumber() {
        return !peek(0).isEmpty() && Character.isDigit(peek(0).charAt(0));
    }

    String name() {
        if (!isName()) throw problem("a name expected, found '%s'".formatted(peek(0)));
        return take();
    }

    String take() {
        return tokens.get(next++).text;
    }
}
