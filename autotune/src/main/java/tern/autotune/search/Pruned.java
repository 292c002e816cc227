package tern.autotune.search;

import tern.ir.Packing;
import tern.ir.Schedule;

/// A candidate that was not tried.
///
/// @param predicted seconds of one launch by the cost model
public record Pruned(Packing packing, Schedule schedule, double predicted, String reason) {

    static Pruned of(TuningCandidate candidate, String reason) {
        return new Pruned(candidate.packing(), candidate.schedule(), candidate.predicted(), reason);
    }
}
