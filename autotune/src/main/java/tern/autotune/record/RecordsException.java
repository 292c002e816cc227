package tern.autotune.record;

import org.jspecify.annotations.Nullable;

/// Records cannot be read or kept; the message names the file or database and says why.
public final class RecordsException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final boolean damaged;

    public RecordsException(String message) {
        this(message, null, false);
    }

    public RecordsException(String message, Throwable cause) {
        this(message, cause, false);
    }

    private RecordsException(String message, @Nullable Throwable cause, boolean damaged) {
        super(message, cause);
        this.damaged = damaged;
    }

    /// The file holds something other than records, or records that are damaged.
    static RecordsException ofDamaged(String message, @Nullable Throwable cause) {
        return new RecordsException(message, cause, true);
    }

    /// Whether what is there is wrong, rather than out of reach.
    public boolean isDamaged() {
        return damaged;
    }
}
