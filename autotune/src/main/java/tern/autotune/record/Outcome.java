package tern.autotune.record;

/// What became of a trial.
public sealed interface Outcome {

    /// Proved exact, vectorised, timed.
    ///
    /// @param seconds median of one launch with the problem's largest n, weights as cold as a model's
    /// @param min,max of the samples
    /// @param samples that were taken; few if the trial ended early because it could not win
    record Measured(double seconds, double min, double max, int samples) implements Outcome {}

    /// Not usable.
    record Failed(Reason reason, String detail) implements Outcome {}

    /// Why a candidate is not usable.
    enum Reason {
        /// The schedule does not apply to the packing, or the back end refused it.
        REFUSED,
        /// A result differed from plain Java.
        WRONG,
        /// The JVM ran it without vector instructions.
        NOT_VECTORISED,
        /// It took longer than a trial may.
        TIMEOUT,
        /// The process that tried it ended.
        CRASHED
    }
}
