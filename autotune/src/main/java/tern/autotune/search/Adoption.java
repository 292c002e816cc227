package tern.autotune.search;

import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome.Measured;
import tern.autotune.record.Records;
import tern.autotune.record.Tuned;
import tern.autotune.search.UseResult.Pair;
import tern.autotune.search.UseResult.Timed;
import tern.autotune.trial.Timing;
import tern.ir.Packing;

/// What machines of another fingerprint have found, taken over after a short check: their winner runs here in turns with the fastest of each
/// packing that they also tried and with what the cost model would choose here, none of which had a part in its choice on this machine. It is kept if none
/// of them is clearly faster.
record Adoption(Trials trials, Records records, Environment like) {

    private static final int RIVALS = 4, ROUNDS = 15;

    /// A rival that is faster by less than this is no reason to search anew: medians of so few launches differ by as much.
    private static final double CLEARLY = 1.05;

    /// @param here where the winner is kept
    /// @return empty if they have no winner, or it does not hold here
    /// @throws tern.autotune.record.RecordsException if the records cannot be read
    Optional<UseResult> of(Shortlist list, TuningRound step, TuningRound batch, double limit, Environment here) {
        Optional<Tuned> theirs = records.tuned(step.problem(), batch.problem(), like);
        if (theirs.isEmpty()) return Optional.empty();
        Tuned winner = theirs.get();
        Optional<Checked> steps = check(list.step(), winner.packing(), winner.stepSchedule(), winner.stepSeconds());
        if (steps.isEmpty()) return Optional.empty();
        Optional<Checked> batches = list.isBatched() ? check(list.batch(), winner.packing(), winner.batchSchedule(), winner.batchSeconds()) : steps;
        if (batches.isEmpty()) return Optional.empty();
        var chosen = new Pair(steps.get().winner, batches.get().winner);
        Optional<Pair> costModel = steps.get().costModel.flatMap(s -> batches.get().costModel.map(b -> new Pair(s, b)));
        UseResult result = UseResult.found(list.use(), chosen, costModel, step.trace(limit), batch.trace(list.isBatched() ? 0 : limit));
        trials.keep(result.tuned(here, chosen, Instant.now()));
        return Optional.of(result);
    }

    /// A winner that holds.
    private record Checked(Timed winner, Optional<Timed> costModel) {}

    private Optional<Checked> check(Shortlist.Field field, String packing, String schedule, double seconds) {
        Optional<TuningCandidate> found = TuningCandidate.of(field.problem(), new Candidate(packing, schedule).current(), seconds);
        if (found.isEmpty()) return Optional.empty();
        TuningCandidate winner = found.get();
        Set<TuningCandidate> all = new LinkedHashSet<>(List.of(winner));
        Optional<TuningCandidate> costModel = field.costModel().stream().findFirst();
        costModel.map(model -> same(model, winner) ? winner : model).ifPresent(all::add);
        var seen = new HashSet<Packing>(); // the fastest of each packing
        records.trials(field.problem(), like).stream()
                .flatMap(trial -> trial.outcome() instanceof Measured measured
                        ? TuningCandidate.of(field.problem(), trial.candidate().current(), measured.seconds()).stream()
                        : Optional.<TuningCandidate>empty().stream())
                .filter(rival -> !same(rival, winner) && seen.add(rival.packing()))
                .limit(RIVALS).forEach(rival -> {
                    if (all.stream().noneMatch(one -> same(one, rival))) all.add(rival);
                });
        Map<TuningCandidate, Timed> timed = time(field, List.copyOf(all));
        Timed own = timed.get(winner);
        double best = timed.values().stream().mapToDouble(Timed::median).min().orElse(0);
        if (own == null || own.median() > CLEARLY * best) return Optional.empty();
        return Optional.of(new Checked(own, costModel.flatMap(model -> timed.values().stream().filter(t -> same(t.candidate(), model)).findFirst())));
    }

    private static boolean same(TuningCandidate one, TuningCandidate other) {
        return one.packing().equals(other.packing()) && one.schedule().equals(other.schedule());
    }

    private Map<TuningCandidate, Timed> time(Shortlist.Field field, List<TuningCandidate> candidates) {
        List<Timing> timings = trials.time(field.problem(), candidates, ROUNDS);
        var timed = new LinkedHashMap<TuningCandidate, Timed>();
        for (int i = 0; i < candidates.size(); i++) {
            TuningCandidate one = candidates.get(i);
            if (timings.get(i) instanceof Timing.Timed(var samples)) timed.put(one, new Timed(one, samples));
            trials.release(field.problem(), one);
        }
        return timed;
    }
}
