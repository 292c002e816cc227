package tern.ir.reference;

/// A program did what Loop IR does not allow: an access outside of a buffer, a read of what nobody wrote, a division by zero.
/// The message names kernel, source line, statement and loop indices.
public final class Fault extends RuntimeException {

    private static final long serialVersionUID = 1;

    Fault(String message) {
        super(message);
    }
}
