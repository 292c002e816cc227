package tern.scheduler.problem;

/// A schedule does not apply to a packing; the message says why. To a search this is a failed candidate.
public final class InapplicableException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public InapplicableException(String reason) {
        super(reason);
    }
}
