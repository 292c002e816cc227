package tern.runtime.cli.tune;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.autotune.search.TuningCandidate;
import tern.ir.Packing;
import tern.ir.device.Samples;

/// What the packing laboratory found out about one packing.
///
/// @param problem why it serves no kernel; null if it does
/// @param points  with 1 to all threads
public record Explored(Packing packing, @Nullable String problem, List<Point> points) {

    public Explored {
        points = List.copyOf(points);
    }

    /// With one number of threads.
    ///
    /// @param candidate    the fastest of those that were timed; of those that failed, the most promising
    /// @param instructions for each weight and token, by the cost model
    /// @param predicted    seconds of a launch, by the cost model
    /// @param seconds      of launches; null if it failed
    /// @param bandwidth    read bandwidth, bytes per second, measured before and after
    /// @param failure      what went wrong; empty if nothing
    public record Point(
            int threads, TuningCandidate candidate, double instructions, double predicted, @Nullable Samples seconds, double bandwidth, String failure) {

        /// Billion bytes of weights a second, if a launch takes so long.
        double gigabytes(double launch) {
            return candidate.bytes() / launch * 1e-9;
        }
    }

    /// Bits a weight, of the packing itself: what a matrix wastes at its rims is not counted.
    public double bits() {
        return packing.bitsPerWeight();
    }
}
