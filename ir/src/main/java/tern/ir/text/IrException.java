package tern.ir.text;

import static java.util.stream.Collectors.joining;

import java.util.List;
import tern.ir.text.Source.Span;

/// A text is wrong. The message is a compiler's: for each problem the place, the line, a caret.
public final class IrException extends RuntimeException {

    private final transient List<Diagnostic> diagnostics;

    public IrException(List<Diagnostic> diagnostics) {
        super(diagnostics.stream().map(Diagnostic::toString).collect(joining("\n")));
        this.diagnostics = List.copyOf(diagnostics);
    }

    public IrException(Source source, Span span, String problem) {
        this(List.of(new Diagnostic(source, span, problem)));
    }

    /// At least one, in the order of the text.
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }
}
