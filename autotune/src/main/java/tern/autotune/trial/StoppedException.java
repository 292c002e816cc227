package tern.autotune.trial;

/// Somebody wanted the trials to end; what was found until then counts.
public final class StoppedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public StoppedException() {
        super("stopped");
    }
}
