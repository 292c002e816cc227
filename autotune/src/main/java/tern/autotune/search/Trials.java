package tern.autotune.search;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tern.autotune.record.Candidate;
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
    private final Watcher watcher;
    private boolean keeping = true;

    Trials(Runner runner, Records records, Watcher watcher) {
        this.runner = runner;
        this.records = records;
        this.watcher = watcher;
    }

    /// False once a record could not be kept.
    boolean isKeeping() {
        return keeping;
    }

    /// What the records know of a problem in this environment.
    Map<Candidate, Outcome> known(ProblemKey problem) {
        var known = new HashMap<Candidate, Outcome>();
        try {
            for (Trial trial : records.trials(problem, runner.environment())) known.put(trial.candidate().current(), trial.outcome());
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

    void keep(ProblemKey problem, TuningCandidate candidate, Outcome outcome) {
        keep(() -> records.add(new Trial(problem, candidate.record(), runner.environment(), outcome, Instant.now())));
    }

    void keep(Tuned tuned) {
        keep(() -> records.add(tuned));
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
        return runner.time(problem, candidates.stream().map(TuningCandidate::record).toList(), rounds);
    }

    Optional<Failed> prepare(ProblemKey problem, TuningCandidate candidate) {
        return runner.prepare(problem, candidate.record());
    }

    void release(ProblemKey problem, TuningCandidate candidate) {
        runner.release(problem, candidate.record());
    }

    static Measured measured(Samples seconds) {
        return new Measured(seconds.median(), seconds.min(), seconds.max(), seconds.count());
    }
}
