package tern.autotune.search;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Candidate;
import tern.autotune.record.Claims;
import tern.autotune.record.Machine;
import tern.autotune.record.Outcome;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Measured;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Records;
import tern.autotune.record.RecordsException;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;
import tern.autotune.trial.Runner;
import tern.autotune.trial.Timing;
import tern.ir.device.Samples;

/// A runner that keeps what it finds, at once: a search that is killed has lost nothing.
final class Trials {

    private final Runner runner;
    private final Records records;
    private final Claims claims;
    private final Watcher watcher;
    private @Nullable String inHand;
    private boolean keeping = true;

    Trials(Runner runner, Records records, Claims claims, Watcher watcher) {
        this.runner = runner;
        this.records = records;
        this.claims = claims;
        this.watcher = watcher;
    }

    /// Whether other machines try candidates for the same records.
    boolean isShared() {
        return claims.isShared();
    }

    /// Takes a piece of work into the one hand that there is.
    ///
    /// @param work identity of its record
    /// @param seen when the latest of that identity was made that is known
    /// @return false if others have it, or have done it
    boolean take(String work, Instant seen) {
        if (!claims.take(work, seen)) return false;
        inHand = work;
        return true;
    }

    /// Gives it back; done if its record was kept.
    void release() {
        String work = inHand;
        inHand = null;
        if (work != null) claims.release(work);
    }

    void awaitOthers() {
        claims.pause();
    }

    private void goOn() {
        if (inHand != null) claims.extend(inHand);
    }

    /// False once a record could not be kept.
    boolean isKeeping() {
        return keeping;
    }

    /// What the records know of a problem in this environment.
    Map<Candidate, Trial> known(ProblemKey problem) {
        var known = new HashMap<Candidate, Trial>();
        try {
            for (Trial trial : records.trials(problem, runner.environment())) known.put(trial.candidate().current(), trial);
        } catch (RecordsException e) {
            trouble(e);
        }
        return known;
    }

    Optional<Tuned> tuned(ProblemKey step, ProblemKey batch) {
        try {
            return records.tuned(step, batch, runner.environment());
        } catch (RecordsException e) {
            trouble(e);
            return Optional.empty();
        }
    }

    /// Identity of the trial to be.
    String work(ProblemKey problem, TuningCandidate candidate) {
        return Trial.identity(problem, candidate.record(), runner.environment());
    }

    /// Identity of the winner to be.
    String work(ProblemKey step, ProblemKey batch) {
        return Tuned.identity(step, batch, runner.environment());
    }

    void keep(ProblemKey problem, TuningCandidate candidate, Outcome outcome) {
        keep(() -> records.add(new Trial(problem, candidate.record(), runner.environment(), outcome, Instant.now())));
    }

    void keep(Tuned tuned) {
        keep(() -> records.add(tuned));
    }

    void keep(Machine machine) {
        keep(() -> records.add(machine));
    }

    /// A full disk must not cost what the search has found: it goes on, and says so once.
    private void keep(Runnable adding) {
        if (!keeping) return;
        try {
            adding.run();
        } catch (RecordsException e) {
            keeping = false;
            trouble(e);
        }
    }

    private void trouble(RecordsException e) {
        watcher.trouble(String.valueOf(e.getMessage()));
    }

    List<Timing> time(ProblemKey problem, List<TuningCandidate> candidates, int rounds) {
        goOn();
        return runner.time(problem, candidates.stream().map(TuningCandidate::record).toList(), rounds);
    }

    Optional<Failed> prepare(ProblemKey problem, TuningCandidate candidate) {
        goOn();
        return runner.prepare(problem, candidate.record());
    }

    void release(ProblemKey problem, TuningCandidate candidate) {
        runner.release(problem, candidate.record());
    }

    static Measured measured(Samples seconds) {
        return new Measured(seconds.median(), seconds.min(), seconds.max(), seconds.count());
    }
}
