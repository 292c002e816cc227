package tern.ir.device;

/// A back end cannot express a program, or its compiler refused it. To a tuner this is a failed candidate.
public final class CompileException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public CompileException(String kernel, String reason) {
        super(kernel + ": " + reason);
    }

    public CompileException(String kernel, String reason, Throwable cause) {
        super(kernel + ": " + reason, cause);
    }
}
