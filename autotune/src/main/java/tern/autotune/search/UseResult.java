package tern.autotune.search;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Tuned;
import tern.ir.Packing;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Samples;

/// What a search found for one use.
///
/// @param chosen      the winner; empty if nothing could be measured
/// @param costModel   what the cost model would have chosen, measured along with the winner; empty if it does not run
/// @param earlier     the winner of an earlier search, measured along with this one's; empty if there was none
/// @param usual       what a usual search would have chosen, measured along with the winner; empty unless the search was exhaustive
/// @param samePacking the best schedules on the cost model's packing: what schedules alone buy
/// @param twoCopies   the best step and the best batch, each from a packing of its own
/// @param step,batch  all that was tried
public record UseResult(
        Use use,
        Optional<Pair> chosen,
        Optional<Pair> costModel,
        Optional<Pair> earlier,
        Optional<Pair> usual,
        Optional<Pair> samePacking,
        Optional<Pair> twoCopies,
        Trace step,
        Trace batch) {

    /// A candidate and its launches in the last comparison.
    public record Timed(TuningCandidate candidate, Samples seconds) {
        public double median() {
            return seconds.median();
        }
    }

    /// How single tokens and batches are computed.
    public record Pair(Timed step, Timed batch) {

        /// True for the same candidates, whatever their times.
        public boolean isSameAs(Pair other) {
            return step.candidate.equals(other.step.candidate) && batch.candidate.equals(other.batch.candidate);
        }

        /// Of the step.
        public Packing packing() {
            return step.candidate.packing();
        }

        /// True if one copy of the weights serves both.
        public boolean isOnePacking() {
            return packing().equals(batch.candidate.packing());
        }

        /// Bytes of packed weights that one matrix (or pair of matrices) takes.
        public long bytes() {
            return step.candidate.bytes() + (isOnePacking() ? 0 : batch.candidate.bytes());
        }

        /// What the preference makes of a generated token and a token of a prompt.
        public double seconds(Use use, Preference preference) {
            return preference.seconds(step.median(), batch.median() / use.maxTokens());
        }
    }

    /// What became of the candidates for one problem.
    ///
    /// @param limitSeconds of one launch at the full read bandwidth; 0 if that is not what limits it
    /// @param outcomes     of those that were tried, in order
    /// @param pruned       the others
    public record Trace(ProblemKey problem, double limitSeconds, Map<TuningCandidate, Outcome> outcomes, List<Pruned> pruned) {
        public Trace {
            pruned = List.copyOf(pruned);
        }

        /// How many were tried and failed, for this reason.
        public long failed(Outcome.Reason reason) {
            return outcomes.values().stream()
                    .filter(o -> o instanceof Outcome.Failed failed && failed.reason() == reason)
                    .count();
        }
    }

    /// What others have found, and was not compared with all that there is.
    static UseResult found(Use use, Pair chosen, Optional<Pair> costModel, Trace step, Trace batch) {
        Optional<Pair> none = Optional.empty();
        return new UseResult(use, Optional.of(chosen), costModel, none, none, none, none, step, batch);
    }

    /// The record of a pair that one packing serves.
    Tuned tuned(Environment environment, Pair pair, Instant at) {
        return new Tuned(
                step.problem,
                batch.problem,
                environment,
                pair.step.candidate.record().packing(),
                pair.step.candidate.record().schedule(),
                pair.batch.candidate.record().schedule(),
                pair.step.median(),
                pair.batch.median(),
                at);
    }
}
