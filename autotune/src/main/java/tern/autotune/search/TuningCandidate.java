package tern.autotune.search;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Candidate;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Recipe;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.target.Isa;
import tern.ir.text.IrException;

/// A candidate that is worth a trial.
///
/// @param predicted seconds of one launch by the cost model
/// @param bytes     of weights that one launch reads
public record TuningCandidate(Packing packing, Schedule schedule, Candidate record, double predicted, long bytes) {

    /// A candidate that somebody else has tried; empty if its texts mean nothing here.
    ///
    /// @param seconds that it took there
    static Optional<TuningCandidate> of(ProblemKey problem, Candidate record, double seconds) {
        try {
            Recipe recipe = Recipe.of(problem, record);
            return Optional.of(new TuningCandidate(recipe.packing(), recipe.schedule(), record, seconds, recipe.weightBytes(problem.m(), problem.k())));
        } catch (IrException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// Candidates of one kind do the same work in another order; where the cost model errs, it errs alike.
    record Kind(String packing, String way, @Nullable Isa isa) {}

    Kind kind() {
        return new Kind(record.packing(), schedule.way(), schedule.isa());
    }

    /// Short, for people: `tri5r32 tabulate 32x4x1 k28`.
    public String label() {
        return packing.name() + " " + schedule.brief();
    }
}
