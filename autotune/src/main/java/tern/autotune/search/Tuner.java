package tern.autotune.search;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Outcome;
import tern.autotune.record.Records;
import tern.autotune.search.Progress.Phase;
import tern.autotune.trial.Runner;
import tern.autotune.trial.StoppedException;
import tern.ir.Packing;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.target.Target;

/// Searches the fastest kernels for all products of a model.
///
/// Everything that it finds is in the records as soon as it is found; a search that is killed goes on where it was.
public final class Tuner {

    /// Of the budget, for the rounds; the rest is for the final and other numbers of cores.
    private static final double FOR_ROUNDS = 0.8;

    /// A kernel that moves more bytes than the bandwidth that was measured shows that the measurement had a bad moment: bytes are no
    /// argument against a candidate before they are this much too many.
    private static final double DOUBT = 1.25;

    private final Runner runner;
    private final Records records;
    private final Target target;
    private final Settings settings;
    private final Watcher watcher;
    private final LongSupplier nanos;
    private final Trials trials;
    private final List<Work> works = new ArrayList<>();
    private double start, bandwidth;
    private volatile boolean stopped;

    /// A use on its way.
    private static final class Work {
        final Shortlist list;
        final TuningRound step;
        TuningRound batch;
        Phase stepPhase = Phase.WAITING, batchPhase = Phase.WAITING;
        @Nullable
        UseResult result;

        Work(Shortlist list, TuningRound step, TuningRound batch) {
            this.list = list;
            this.step = step;
            this.batch = batch;
        }
    }

    /// @param target  that the cost model knows; as a rule the runner's machine
    /// @param watcher told how it goes on
    /// @param nanos   the clock
    public Tuner(Runner runner, Records records, Target target, Settings settings, Watcher watcher, LongSupplier nanos) {
        this.runner = runner;
        this.records = records;
        this.target = target;
        this.settings = settings;
        this.watcher = watcher;
        this.nanos = nanos;
        trials = new Trials(runner, records, watcher);
    }

    /// Ends the search, from any thread; what was found counts.
    public void stop() {
        stopped = true;
        runner.stop();
    }

    /// Searches.
    ///
    /// @param packings from which to choose
    /// @param fewer    runners by number of cores, closed after use; null: the number of cores is given
    /// @throws IllegalArgumentException if no packing can serve a use
    public Tuning tune(List<Use> uses, List<Packing> packings, @Nullable IntFunction<Runner> fewer) {
        start = seconds();
        for (Use use : uses) {
            Shortlist list = Shortlist.of(use, packings, target, settings.exhaustive());
            var step = new TuningRound(trials, list.step(), Set.of(), settings);
            works.add(new Work(list, step, list.isBatched() ? new TuningRound(trials, list.batch(), Set.of(), settings) : step));
        }
        List<ThreadSweep.Result> threads = List.of();
        try {
            for (Work work : byWeight()) search(work, packings);
            if (fewer != null && !isTimeUp()) threads = sweep(fewer);
        } catch (StoppedException e) {
            stopped = true;
        }
        List<UseResult> results = results();
        boolean complete = !stopped && results.size() == uses.size() && results.stream().allMatch(r -> r.chosen().isPresent());
        int tried = works.stream().flatMap(w -> Stream.of(w.step, w.batch).distinct()).mapToInt(round -> round.outcomes().size()).sum();
        return new Tuning(runner.environment(), bandwidth, results, threads, tried, seconds() - start, complete);
    }

    /// False once something could not be kept.
    public boolean isKeeping() {
        return trials.isKeeping();
    }

    private List<UseResult> results() {
        var results = new ArrayList<UseResult>();
        for (Work work : works) if (work.result != null) results.add(work.result);
        return results;
    }

    /// The use that takes most of a token first.
    private List<Work> byWeight() {
        Comparator<Work> weight = Comparator.comparingDouble(work -> work.list.step().candidates().getFirst().predicted() * work.list.use().count());
        return works.stream().sorted(weight.reversed()).toList();
    }

    private double seconds() {
        return nanos.getAsLong() * 1e-9;
    }

    private double left() {
        return start + settings.budgetSeconds() - seconds();
    }

    private boolean isTimeUp() {
        return stopped || left() <= 0;
    }

    private void search(Work work, List<Packing> packings) {
        if (isTimeUp()) return;
        Optional<UseResult.Pair> usual = settings.exhaustive() ? usual(work.list.use(), packings) : Optional.empty();
        bandwidth = Math.max(bandwidth, runner.readBandwidth());
        double limit = limit(work);
        long roundsLeft = works.stream().filter(w -> w.stepPhase == Phase.WAITING).mapToLong(w -> w.list.isBatched() ? 2 : 1).sum();
        work.stepPhase = Phase.RUNNING;
        round(work, work.step, limit, bandwidth * DOUBT, roundsLeft);
        work.stepPhase = Phase.DONE;
        if (work.list.isBatched()) searchBatch(work, roundsLeft - 1);
        if (isTimeUp() && (work.step.ranking().isEmpty() || work.batch.ranking().isEmpty())) return; // not reached
        var result = new FinalRound(trials, settings, work.list, work.step, work.batch, usual, isTimeUp()).run(limit);
        work.result = result;
        result.chosen().ifPresent(pair -> trials.keep(result.tuned(runner.environment(), pair)));
        work.step.ranking().forEach(c -> trials.release(work.step.problem(), c));
        work.batch.ranking().forEach(c -> trials.release(work.batch.problem(), c));
        report();
    }

    /// The packings that were good for single tokens come first.
    private void searchBatch(Work work, long roundsLeft) {
        work.batchPhase = Phase.RUNNING;
        var good = new LinkedHashSet<Packing>();
        work.step.ranking().stream().map(TuningCandidate::packing).limit(2).forEach(good::add);
        work.batch = new TuningRound(trials, work.list.batch(), good, settings);
        round(work, work.batch, 0, 0, roundsLeft);
        work.batchPhase = Phase.DONE;
    }

    /// What the same search finds in its usual time if it is not exhaustive, and without any records: to be compared with the best of all.
    private Optional<UseResult.Pair> usual(Use use, List<Packing> packings) {
        double budget = Settings.USUAL.budgetSeconds() / works.size();
        var less = new Settings(budget, settings.until(), settings.preference(), settings.trials(), true, false);
        var quiet = new Watcher() {
            @Override
            public void tried(Use one, int tokens, TuningCandidate candidate, Outcome outcome) {
                watcher.tried(one, tokens, candidate, outcome);
            }
        };
        Tuning found = new Tuner(runner, Records.inMemory(), target, less, quiet, nanos).tune(List.of(use), packings, null);
        bandwidth = Math.max(bandwidth, found.bandwidth());
        if (stopped) throw new StoppedException();
        return found.results().stream().findFirst().flatMap(UseResult::chosen);
    }

    /// Seconds of one launch that no packing of the short list can beat: reading the fewest bytes.
    private double limit(Work work) {
        return work.list.step().candidates().stream().mapToLong(TuningCandidate::bytes).min().orElseThrow() / bandwidth;
    }

    /// @param rounds that are still to be run, this one included: each gets an equal part of the time
    private void round(Work work, TuningRound round, double limit, double floors, long rounds) {
        double until = seconds() + Math.max(0, left()) * FOR_ROUNDS / rounds;
        report();
        round.run(limit, floors, () -> stopped || seconds() >= until, (_, candidate, outcome) -> {
            watcher.tried(work.list.use(), round.problem().maxTokens(), candidate, outcome);
            report();
        });
        if (stopped) throw new StoppedException();
    }

    private void report() {
        var lines = new ArrayList<Progress.Line>();
        for (Work work : works) {
            lines.add(line(work, work.step, work.stepPhase, true));
            if (work.list.isBatched()) lines.add(line(work, work.batch, work.batchPhase, false));
        }
        watcher.progress(new Progress(lines, Math.max(0, left())));
    }

    private Progress.Line line(Work work, TuningRound round, Phase phase, boolean isStep) {
        TuningCandidate best = round.champion();
        UseResult result = work.result;
        double seconds = 0;
        if (result != null && result.chosen().isPresent()) {
            UseResult.Timed timed = isStep ? result.chosen().get().step() : result.chosen().get().batch();
            best = timed.candidate();
            seconds = timed.median();
        } else if (best != null && round.outcomes().get(best) instanceof Outcome.Measured measured) seconds = measured.seconds();
        double share = isStep && best != null && bandwidth > 0 ? best.bytes() / seconds / bandwidth : Double.NaN;
        int tokens = round.problem().maxTokens();
        return new Progress.Line(work.list.use(), tokens, phase, best, seconds, share, phase == Phase.DONE ? 0 : round.left());
    }

    private List<ThreadSweep.Result> sweep(IntFunction<Runner> fewer) {
        int all = runner.environment().threads();
        var found = new ArrayList<ThreadSweep.Result>();
        ThreadSweep.of(all, results()).ifPresent(found::add);
        if (found.isEmpty()) return found;
        for (int threads : ThreadSweep.counts(all)) {
            if (isTimeUp()) break;
            try (Runner other = fewer.apply(threads)) {
                ThreadSweep.measure(other, records, results(), watcher).ifPresent(found::add);
            }
        }
        return found.size() > 1 ? found : List.of();
    }

    /// Makes the cost model's choices the winners, since with them the whole model was faster.
    public void keepCostModel(Tuning tuning) {
        for (UseResult result : tuning.results())
            result.costModel().ifPresent(pair -> trials.keep(result.tuned(tuning.environment(), pair)));
    }
}
