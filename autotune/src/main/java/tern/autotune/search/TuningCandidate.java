package tern.autotune.search;

import tern.autotune.record.Candidate;
import tern.ir.Packing;
import tern.ir.Schedule;

/// A candidate that is worth a trial.
///
/// @param predicted seconds of one launch by the cost model
/// @param bytes     of weights that one launch reads
public record TuningCandidate(Packing packing, Schedule schedule, Candidate record, double predicted, long bytes) {

    /// Candidates of one kind do the same work in another order; where the cost model errs, it errs alike.
    record Kind(String packing, String way) {}

    Kind kind() {
        return new Kind(record.packing(), schedule.way());
    }

    /// Short, for people: `tri5r32 tabulate 32x4x1 k28`.
    public String label() {
        return packing.name() + " " + schedule.brief();
    }
}
