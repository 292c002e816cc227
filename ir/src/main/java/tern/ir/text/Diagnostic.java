package tern.ir.text;

import static java.util.Locale.ROOT;

import tern.ir.text.Source.Span;

/// One problem of a text, and its place.
public record Diagnostic(Source source, Span span, String problem) {

    private static final int WIDTH = 120;

    /// `file:line:column: problem`, the line, and a caret below it; of a long line the part around the place.
    @Override
    public String toString() {
        int column = source.column(span.start());
        String line = source.lineText(span.start()).replace('\t', ' ');
        int from = column > WIDTH - 20 ? Math.max(0, Math.min(column - WIDTH / 2, line.length() - WIDTH)) : 0;
        String shown = line.substring(Math.min(from, line.length()), Math.min(line.length(), from + WIDTH));
        int before = column - 1 - from;
        int carets = Math.max(1, Math.min(span.end() - span.start(), shown.length() - before));
        return String.format(ROOT, "%s:%d:%d: %s\n  %s\n  %s%s",
                source.name(), source.line(span.start()), column, problem, shown, " ".repeat(before), "^".repeat(carets));
    }
}
