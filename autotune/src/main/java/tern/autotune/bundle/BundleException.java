package tern.autotune.bundle;

/// A file is no bundle, is damaged, or holds what no bundle should; or a key is none. Nothing of it was used.
public final class BundleException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public BundleException(String message) {
        super(message);
    }

    public BundleException(String message, Throwable cause) {
        super(message, cause);
    }
}
