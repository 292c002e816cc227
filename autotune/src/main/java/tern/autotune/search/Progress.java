package tern.autotune.search;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.device.KernelLibrary.Use;

/// How far a search has come.
///
/// @param lines       one for each problem, in the order of work
/// @param secondsLeft of the budget
public record Progress(List<Line> lines, double secondsLeft) {

    public Progress {
        lines = List.copyOf(lines);
    }

    /// Where a problem stands.
    public enum Phase {
        WAITING,
        RUNNING,
        DONE
    }

    /// One problem.
    ///
    /// @param tokens  1 or the use's largest n
    /// @param best    so far
    /// @param seconds of one launch of the best
    /// @param share   of the measured read bandwidth that the best reaches; NaN for batches, which are not bound by it
    /// @param left    candidates that may still be tried
    public record Line(Use use, int tokens, Phase phase, @Nullable TuningCandidate best, double seconds, double share, int left) {}
}
