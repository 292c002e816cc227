package tern.autotune.record;

/// Records cannot be read or kept; the message names the file or database and says why.
public final class RecordsException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public RecordsException(String message) {
        super(message);
    }

    public RecordsException(String message, Throwable cause) {
        super(message, cause);
    }
}
