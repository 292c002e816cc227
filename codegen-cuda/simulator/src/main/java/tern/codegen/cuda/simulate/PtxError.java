package tern.codegen.cuda.simulate;

/// PTX text that cannot be read or is not supported, with its line.
final class PtxError extends RuntimeException {

    private final int line;

    PtxError(int line, String message) {
        super(message);
        this.line = line;
    }

    int line() {
        return line;
    }

    /// `line 12: no register is named '%r9'`.
    String text() {
        return "line " + line + ": " + getMessage();
    }
}
