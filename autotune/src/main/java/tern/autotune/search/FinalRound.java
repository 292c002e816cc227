package tern.autotune.search;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tern.autotune.record.Candidate;
import tern.autotune.record.Outcome;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Reason;
import tern.autotune.record.Recipe;
import tern.autotune.record.Tuned;
import tern.autotune.search.UseResult.Pair;
import tern.autotune.search.UseResult.Timed;
import tern.autotune.trial.Timing;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Samples;
import tern.ir.text.IrException;

/// The last comparison of a use: the best of both rounds, what the cost model would choose, and the winner of an earlier search, all in the
/// same rounds. One packing must serve single tokens and batches.
final class FinalRound {

    /// Rounds, and seconds that they may take.
    private static final int LEAST = 11, MOST = 151;
    private static final double SECONDS = 1.5;

    /// Packings that come this far, and schedules of each.
    private static final int PACKINGS = 2, SCHEDULES = 2;

    private final Trials trials;
    private final Settings settings;
    private final Shortlist list;
    private final TuningRound step, batch;
    private final Optional<Pair> usual;
    private final boolean late;
    /// In the order of arrival, as in rounds: where two are equally fast, the one that promised more wins, and does so again.
    private final Map<TuningCandidate, Timed> steps = new LinkedHashMap<>(), batches;

    /// @param usual what a usual search has chosen, if that is to be shown
    /// @param late true: the time is up, and the least must do
    FinalRound(Trials trials, Settings settings, Shortlist list, TuningRound step, TuningRound batch, Optional<Pair> usual, boolean late) {
        this.trials = trials;
        this.settings = settings;
        this.list = list;
        this.step = step;
        this.batch = batch;
        this.usual = usual;
        this.late = late;
        batches = list.isBatched() ? new LinkedHashMap<>() : steps;
    }

    /// Compares, chooses, and measures what was chosen once more: the numbers of the result had no part in the choice.
    ///
    /// @param limit seconds of a step that no packing can beat
    UseResult run(double limit) {
        Set<Packing> packings = new LinkedHashSet<>(best());
        Optional<TuningCandidate> stepOfModel = ofCostModel(list.step(), step), batchOfModel = ofCostModel(list.batch(), batch);
        stepOfModel.ifPresent(c -> packings.add(c.packing()));
        Optional<Tuned> known = trials.tuned(step.problem(), batch.problem());
        Optional<TuningCandidate> earlierStep = known.flatMap(t -> find(list.step(), t.packing(), t.stepSchedule()));
        Optional<TuningCandidate> earlierBatch = known.flatMap(t -> find(list.batch(), t.packing(), t.batchSchedule()));
        Optional<TuningCandidate> usualStep = usual.map(p -> p.step().candidate()), usualBatch = usual.map(p -> p.batch().candidate());
        time(step, steps, finalists(step, packings, stepOfModel, earlierStep, usualStep));
        if (list.isBatched()) time(batch, batches, finalists(batch, packings, batchOfModel, earlierBatch, usualBatch));

        Optional<Pair> chosen = fastest(pairs().filter(Pair::isOnePacking)), two = fastest(pairs());
        Optional<Pair> ofModel = pair(stepOfModel, batchOfModel), earlier = pair(earlierStep, earlierBatch);
        Optional<Pair> ofUsual = pair(usualStep, usualBatch);
        Optional<Pair> samePacking =
                ofModel.flatMap(m -> fastest(pairs().filter(p -> p.isOnePacking() && p.packing().equals(m.packing()))));
        List<Pair> interesting = Stream.of(chosen, two, ofModel, earlier, ofUsual, samePacking).flatMap(Optional::stream).distinct().toList();
        if (!late) {
            time(step, steps, interesting.stream().map(p -> p.step().candidate()).distinct().toList());
            if (list.isBatched()) time(batch, batches, interesting.stream().map(p -> p.batch().candidate()).distinct().toList());
        }
        return new UseResult(
                list.use(),
                chosen.flatMap(this::again),
                ofModel.flatMap(this::again),
                earlier.flatMap(this::again),
                ofUsual.flatMap(this::again),
                samePacking.flatMap(this::again),
                two.flatMap(this::again),
                step.trace(limit),
                batch.trace(list.isBatched() ? 0 : limit));
    }

    /// A pair with its latest times.
    private Optional<Pair> again(Pair pair) {
        return pair(Optional.of(pair.step().candidate()), Optional.of(pair.batch().candidate()));
    }

    private Optional<Pair> fastest(Stream<Pair> pairs) {
        return pairs.min(Comparator.comparingDouble(pair -> pair.seconds(list.use(), settings.preference())));
    }

    private Stream<Pair> pairs() {
        if (!list.isBatched()) return steps.values().stream().map(s -> new Pair(s, s));
        return steps.values().stream().flatMap(s -> batches.values().stream().map(b -> new Pair(s, b)));
    }

    private Optional<Pair> pair(Optional<TuningCandidate> step, Optional<TuningCandidate> batch) {
        Optional<Timed> timedStep = step.map(steps::get), timedBatch = batch.map(batches::get);
        return timedStep.flatMap(s -> timedBatch.map(b -> new Pair(s, b)));
    }

    /// The packings that serve both best, by the rounds; the best for one of both alone is tried for the other before.
    private List<Packing> best() {
        Use use = list.use();
        boolean paired = step.ranking().stream().anyMatch(s -> batch.ranking().stream().anyMatch(b -> s.packing().equals(b.packing())));
        if (!late || !paired) {
            for (TuningCandidate one : step.ranking().stream().limit(1).toList()) complete(one.packing(), batch, list.batch());
            for (TuningCandidate one : batch.ranking().stream().limit(1).toList()) complete(one.packing(), step, list.step());
        }
        Map<Packing, Double> seconds = new LinkedHashMap<>();
        for (TuningCandidate s : step.ranking())
            for (TuningCandidate b : batch.ranking())
                if (s.packing().equals(b.packing()))
                    seconds.merge(
                            s.packing(),
                            settings.preference().seconds(step.seconds(s), batch.seconds(b) / use.maxTokens()),
                            Math::min);
        return seconds.keySet().stream()
                .sorted(Comparator.comparingDouble(p -> Objects.requireNonNull(seconds.get(p))))
                .limit(PACKINGS)
                .toList();
    }

    /// A trial of the best prediction on this packing, if there was none.
    private static void complete(Packing packing, TuningRound round, Shortlist.Field field) {
        if (round.outcomes().keySet().stream().anyMatch(c -> c.packing().equals(packing))) return;
        field.candidates().stream().filter(c -> c.packing().equals(packing)).findFirst().ifPresent(round::attempt);
    }

    /// The first of the cost model's choices that the device accepts.
    private static Optional<TuningCandidate> ofCostModel(Shortlist.Field field, TuningRound round) {
        for (TuningCandidate candidate : field.costModel()) {
            Outcome outcome = round.outcomes().get(candidate);
            if (outcome == null) outcome = round.attempt(candidate);
            if (outcome instanceof Failed(Reason reason, _) && reason == Reason.REFUSED) continue;
            return outcome instanceof Failed ? Optional.empty() : Optional.of(candidate);
        }
        return Optional.empty();
    }

    /// What another machine has found by its own comparison: its times are one sample each. Empty for a record that means nothing here.
    static Optional<UseResult> found(Shortlist list, TuningRound step, TuningRound batch, Tuned theirs, double limit) {
        Optional<Timed> steps = once(list.step(), theirs.packing(), theirs.stepSchedule(), theirs.stepSeconds());
        Optional<Timed> batches = once(list.batch(), theirs.packing(), theirs.batchSchedule(), theirs.batchSeconds());
        if (steps.isEmpty() || batches.isEmpty()) return Optional.empty();
        return Optional.of(UseResult.found(
                list.use(), new Pair(steps.get(), batches.get()), Optional.empty(), step.trace(limit), batch.trace(list.isBatched() ? 0 : limit)));
    }

    private static Optional<Timed> once(Shortlist.Field field, String packing, String schedule, double seconds) {
        return find(field, packing, schedule)
                .or(() -> TuningCandidate.of(field.problem(), new Candidate(packing, schedule), seconds))
                .map(candidate -> new Timed(candidate, Samples.of(new double[] {seconds})));
    }

    private static Optional<TuningCandidate> find(Shortlist.Field field, String packing, String schedule) {
        try {
            // By its meaning: the text may be of an earlier version, which wrote schedules otherwise.
            Schedule known = Recipe.of(field.problem(), new Candidate(packing, schedule)).schedule();
            return field.candidates().stream()
                    .filter(c -> c.record().packing().equals(packing) && c.schedule().equals(known))
                    .findFirst();
        } catch (IrException | IllegalArgumentException e) {
            return Optional.empty(); // a record that means nothing here is no rival
        }
    }

    private static List<TuningCandidate> finalists(
            TuningRound round, Set<Packing> packings, Optional<TuningCandidate> ofModel, Optional<TuningCandidate> earlier, Optional<TuningCandidate> usual) {
        var finalists = new LinkedHashSet<TuningCandidate>();
        for (Packing packing : packings)
            round.ranking().stream().filter(c -> c.packing().equals(packing)).limit(SCHEDULES).forEach(finalists::add);
        round.ranking().stream().limit(1).forEach(finalists::add); // alone it may buy a second copy
        ofModel.ifPresent(finalists::add);
        earlier.ifPresent(finalists::add);
        usual.ifPresent(finalists::add);
        return List.copyOf(finalists);
    }

    private void time(TuningRound round, Map<TuningCandidate, Timed> into, List<TuningCandidate> finalists) {
        if (finalists.isEmpty()) return;
        double roundSeconds = 0;
        for (TuningCandidate one : finalists)
            if (round.outcomes().get(one) instanceof Outcome.Measured measured) roundSeconds += measured.seconds();
        double seconds = settings.exhaustive() ? 2 * SECONDS : SECONDS;
        int rounds = late ? LEAST : TuningRound.rounds(seconds, roundSeconds, LEAST, MOST);
        List<Timing> timings = trials.time(round.problem(), finalists, rounds);
        for (int i = 0; i < timings.size(); i++) {
            TuningCandidate candidate = finalists.get(i);
            switch (timings.get(i)) {
                case Timing.Timed(var samples) -> {
                    into.put(candidate, new Timed(candidate, samples));
                    trials.keep(round.problem(), candidate, Trials.measured(samples));
                }
                case Timing.Untimed(Failed failed) -> {
                    into.remove(candidate);
                    trials.keep(round.problem(), candidate, failed);
                }
            }
        }
    }
}
