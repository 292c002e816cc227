package tern.autotune.record;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Records that nothing can fail to keep, as long as the process lives.
final class MemoryRecords implements Records {

    private static final Comparator<Trial> FASTEST_FIRST = comparingDouble(trial -> switch (trial.outcome()) {
        case Outcome.Measured measured -> measured.seconds();
        case Outcome.Failed _ -> Double.POSITIVE_INFINITY;
    });

    private final Map<String, Trial> trials = new LinkedHashMap<>();
    private final Map<String, Tuned> winners = new LinkedHashMap<>();
    private final Map<String, Machine> machines = new LinkedHashMap<>();

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public synchronized void add(Trial trial) {
        trials.merge(trial.identity(), trial, (old, now) -> now.at().isBefore(old.at()) ? old : now);
    }

    @Override
    public synchronized void add(Tuned tuned) {
        winners.merge(tuned.identity(), tuned, (old, now) -> now.at().isBefore(old.at()) ? old : now);
    }

    @Override
    public synchronized void add(Machine machine) {
        machines.put(machine.identity(), machine);
    }

    @Override
    public synchronized List<Machine> machines() {
        return machines.values().stream().sorted(comparing(Machine::at).thenComparing(Machine::identity)).toList();
    }

    @Override
    public synchronized void addAll(Collection<Trial> trials, Collection<Tuned> tuned) {
        trials.forEach(this::add);
        tuned.forEach(this::add);
    }

    @Override
    public synchronized int removeAll(Collection<Trial> trials, Collection<Tuned> tuned) {
        int before = this.trials.size() + winners.size();
        trials.forEach(gone -> this.trials.computeIfPresent(gone.identity(), (_, kept) -> kept.at().equals(gone.at()) ? null : kept));
        tuned.forEach(gone -> winners.computeIfPresent(gone.identity(), (_, kept) -> kept.at().equals(gone.at()) ? null : kept));
        return before - this.trials.size() - winners.size();
    }

    @Override
    public synchronized List<Trial> trials(ProblemKey problem, Environment environment) {
        return trials.values().stream()
                .filter(trial -> trial.problem().equals(problem) && trial.environment().equals(environment))
                .sorted(FASTEST_FIRST.thenComparing(Trial::at).thenComparing(Trial::identity))
                .toList();
    }

    @Override
    public synchronized Optional<Tuned> tuned(ProblemKey step, ProblemKey batch, Environment environment) {
        return Optional.ofNullable(winners.get(Identity.of(step, batch, environment)));
    }

    @Override
    public synchronized List<Trial> trials() {
        return trials.values().stream().sorted(comparing(Trial::at).thenComparing(Trial::identity)).toList();
    }

    @Override
    public synchronized List<Tuned> tuned() {
        return winners.values().stream().sorted(comparing(Tuned::at).thenComparing(Tuned::identity)).toList();
    }

    @Override
    public void close() {}
}
