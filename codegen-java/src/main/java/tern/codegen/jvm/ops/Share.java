package tern.codegen.jvm.ops;

/// The contiguous part of a list of equal pieces of work that one worker does.
final class Share {

    private Share() {}

    /// The first piece of `worker`; that of `worker + 1` is the end.
    static int start(int pieces, int worker, int workers) {
        return (int) ((long) pieces * worker / workers);
    }
}
