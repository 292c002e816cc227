package tern.autotune.record;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Records that nothing can fail to keep, as long as the process lives.
final class MemoryRecords implements Records {

    private record TrialKey(Problem problem, Candidate candidate, Environment environment) {}

    private record TunedKey(Problem step, Problem batch, Environment environment) {}

    private final Map<TrialKey, Trial> trials = new LinkedHashMap<>();
    private final Map<TunedKey, Tuned> tuned = new LinkedHashMap<>();

    @Override
    public synchronized void add(Trial trial) {
        trials.merge(
                new TrialKey(trial.problem(), trial.candidate(), trial.environment()),
                trial,
                (old, added) -> old.at().isAfter(added.at()) ? old : added);
    }

    @Override
    public synchronized void add(Tuned one) {
        tuned.merge(
                new TunedKey(one.step(), one.batch(), one.environment()),
                one,
                (old, added) -> old.at().isAfter(added.at()) ? old : added);
    }

    @Override
    public synchronized List<Trial> trials(Problem problem, Environment environment) {
        return trials.values().stream()
                .filter(t -> t.problem().equals(problem) && t.environment().equals(environment))
                .sorted(Comparator.comparingDouble(MemoryRecords::seconds))
                .toList();
    }

    private static double seconds(Trial trial) {
        return trial.outcome() instanceof Outcome.Measured measured ? measured.seconds() : Double.POSITIVE_INFINITY;
    }

    @Override
    public synchronized Optional<Tuned> tuned(Problem step, Problem batch, Environment environment) {
        return Optional.ofNullable(tuned.get(new TunedKey(step, batch, environment)));
    }

    @Override
    public synchronized List<Trial> trials() {
        var all = new ArrayList<>(trials.values());
        all.sort(Comparator.comparing(Trial::at));
        return all;
    }

    @Override
    public synchronized List<Tuned> tuned() {
        var all = new ArrayList<>(tuned.values());
        all.sort(Comparator.comparing(Tuned::at));
        return all;
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
