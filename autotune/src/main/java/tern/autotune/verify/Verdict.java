package tern.autotune.verify;

/// What became of a proof.
public sealed interface Verdict {

    /// Every result was right, bit for bit.
    ///
    /// @param kernel   name of the compiled multiply kernel
    /// @param launches how many were compared
    /// @param results  how many numbers were compared, of which `sums` were bare int32 sums
    /// @param evidence of what was compared
    record Exact(String kernel, int launches, long results, long sums, Evidence evidence) implements Verdict {}

    /// Checksums (CRC-32C) by which proofs on different machines, with the same sizes and seed, show that they saw and gave the same bytes.
    ///
    /// @param packed  of the packed weights
    /// @param sums    of the bare int32 sums, in the order of the launches
    /// @param results of the kernel's own results, likewise
    record Evidence(long packed, long sums, long results) {}

    /// A result was wrong, or the process that ran the kernel is no more.
    ///
    /// @param kernel  name of the compiled kernel
    /// @param problem which one, what was expected and what was found
    record Wrong(String kernel, String problem) implements Verdict {}

    /// There is nothing to prove: the schedule does not apply to the packing, or the device has no code for it.
    record Refused(String reason) implements Verdict {}
}
