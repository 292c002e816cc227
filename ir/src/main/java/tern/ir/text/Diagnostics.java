package tern.ir.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.jspecify.annotations.Nullable;
import tern.ir.text.Source.Span;

/// The problems found so far. A pass goes on after a problem and throws at its end, so that a reader sees all of them.
final class Diagnostics {

    private static final int MAX = 20;

    final Source source;
    private final List<Diagnostic> found = new ArrayList<>();

    Diagnostics(Source source) {
        this.source = source;
    }

    void add(Span span, String format, @Nullable Object... arguments) {
        if (found.size() <= MAX) found.add(new Diagnostic(source, span, format.formatted(arguments)));
    }

    void add(ParserRuleContext context, String format, @Nullable Object... arguments) {
        add(span(context), format, arguments);
    }

    void add(Token token, String format, @Nullable Object... arguments) {
        add(span(token), format, arguments);
    }

    boolean isFull() {
        return found.size() > MAX;
    }

    int count() {
        return found.size();
    }

    /// @throws IrException if there is a problem
    void check() {
        if (found.isEmpty()) return;
        var shown = new ArrayList<>(found.subList(0, Math.min(found.size(), MAX)));
        shown.sort(Comparator.comparingInt(d -> d.span().start()));
        throw new IrException(shown);
    }

    static Span span(Token token) {
        return new Span(token.getStartIndex(), Math.max(token.getStartIndex(), token.getStopIndex() + 1));
    }

    static Span span(ParserRuleContext context) {
        int start = context.getStart().getStartIndex();
        Token stop = context.getStop();
        return new Span(start, stop == null ? start : Math.max(start, stop.getStopIndex() + 1));
    }
}
