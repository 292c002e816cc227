package tern.autotune.search;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tern.autotune.record.Claims;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Records;
import tern.autotune.search.UseResult.Pair;
import tern.autotune.search.UseResult.Timed;
import tern.autotune.trial.Runner;
import tern.autotune.trial.Timing;

/// The winners with fewer cores: where cores share their memory or are halves of one, all of them may not be the fastest.
public final class ThreadSweep {

    private static final int ROUNDS = 15;

    /// @param threads      cores
    /// @param stepSeconds  of all products of a generated token
    /// @param batchSeconds of all products of a token of a prompt
    public record Result(int threads, double stepSeconds, double batchSeconds) {}

    private ThreadSweep() {}

    /// Half of the cores, a quarter, ..., one.
    static List<Integer> counts(int all) {
        var counts = new ArrayList<Integer>();
        for (int threads = all / 2; threads >= 1; threads /= 2) counts.add(threads);
        return counts;
    }

    /// What was measured with all cores.
    static Optional<Result> of(int threads, List<UseResult> results) {
        if (results.isEmpty() || results.stream().anyMatch(r -> r.chosen().isEmpty())) return Optional.empty();
        return Optional.of(sum(threads, results, results.stream().flatMap(r -> r.chosen().stream()).toList()));
    }

    /// Times the winners on a runner with another number of cores. They become that number's winners where it has none; nothing was
    /// searched for it.
    ///
    /// @return empty if one of them does not run
    static Optional<Result> measure(Runner runner, Records records, List<UseResult> results, Watcher watcher) {
        var trials = new Trials(runner, records, Claims.ALONE, watcher);
        var pairs = new ArrayList<Pair>();
        for (UseResult result : results) {
            Optional<Pair> winner = result.chosen();
            if (winner.isEmpty()) return Optional.empty();
            Optional<Timed> step = time(trials, result.step().problem(), winner.get().step().candidate());
            Optional<Timed> batch = time(trials, result.batch().problem(), winner.get().batch().candidate());
            if (step.isEmpty() || batch.isEmpty()) return Optional.empty();
            var pair = new Pair(step.get(), batch.get());
            if (trials.tuned(result.step().problem(), result.batch().problem()).isEmpty())
                trials.keep(result.tuned(runner.environment(), pair, Instant.now()));
            pairs.add(pair);
        }
        return Optional.of(sum(runner.environment().threads(), results, pairs));
    }

    private static Optional<Timed> time(Trials trials, ProblemKey problem, TuningCandidate candidate) {
        Timing timing = trials.time(problem, List.of(candidate), ROUNDS).getFirst();
        trials.release(problem, candidate);
        return switch (timing) {
            case Timing.Timed(var seconds) -> {
                trials.keep(problem, candidate, Trials.measured(seconds));
                yield Optional.of(new Timed(candidate, seconds));
            }
            case Timing.Untimed(Failed failed) -> {
                trials.keep(problem, candidate, failed);
                yield Optional.empty();
            }
        };
    }

    private static Result sum(int threads, List<UseResult> results, List<Pair> pairs) {
        double step = 0, batch = 0;
        for (int i = 0; i < pairs.size(); i++) {
            step += pairs.get(i).step().median() * results.get(i).use().count();
            batch += pairs.get(i).batch().median() * results.get(i).use().count() / results.get(i).use().maxTokens();
        }
        return new Result(threads, step, batch);
    }
}
