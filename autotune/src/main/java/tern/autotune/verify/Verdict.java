package tern.autotune.verify;

/// What became of a proof.
public sealed interface Verdict {

    /// Every result was right, bit for bit.
    ///
    /// @param kernel   name of the compiled multiply kernel
    /// @param launches how many were compared
    /// @param results  how many numbers were compared, of which `sums` were bare int32 sums
    record Exact(String kernel, int launches, long results, long sums) implements Verdict {}

    /// A result was wrong.
    ///
    /// @param kernel  name of the compiled kernel
    /// @param problem which one, what was expected and what was found
    record Wrong(String kernel, String problem) implements Verdict {}

    /// There is nothing to prove: the schedule does not apply to the packing, or the device has no code for it.
    record Refused(String reason) implements Verdict {}
}
