package tern.autotune.search;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Candidate;
import tern.autotune.record.Claims;
import tern.autotune.record.Environment;
import tern.autotune.record.Machine;
import tern.autotune.record.Outcome;
import tern.autotune.record.Records;
import tern.autotune.record.RecordsException;
import tern.autotune.record.Tuned;
import tern.autotune.search.Progress.Phase;
import tern.autotune.trial.Runner;
import tern.autotune.trial.StoppedException;
import tern.autotune.trial.Timing;
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

    /// Launches by which a machine is compared with its like.
    private static final int REGISTERING = 15;

    private final Runner runner;
    private final Records records;
    private final Target target;
    private final Settings settings;
    private final Watcher watcher;
    private final LongSupplier nanos;
    private final Trials trials;
    private final List<Work> works = new ArrayList<>();
    private @Nullable Environment like;
    private double start, bandwidth;
    private volatile boolean stopped;

    /// A use on its way.
    private static final class Work {
        final Shortlist list;
        final TuningRound step, batch;
        Phase stepPhase = Phase.WAITING, batchPhase = Phase.WAITING;
        Optional<UseResult.Pair> usual = Optional.empty();
        /// When the winner was made that is to be found again.
        Instant stale = Instant.EPOCH;
        @Nullable
        UseResult result;

        Work(Shortlist list, TuningRound step, TuningRound batch) {
            this.list = list;
            this.step = step;
            this.batch = batch;
        }

        /// Whether nothing found since promises more than a winner.
        boolean stands(Tuned winner) {
            return winner.at().isAfter(stale)
                    && !step.promisesMore(winner.stepSeconds(), winner.at())
                    && !batch.promisesMore(winner.batchSeconds(), winner.at());
        }

        /// Not before any trial, whatever the clocks of the machines say that made them.
        Instant now() {
            return Stream.of(step.latest(), batch.latest(), Instant.now()).max(Comparator.naturalOrder()).orElseThrow();
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
        trials = new Trials(runner, records, claims(), watcher);
    }

    private Claims claims() {
        try {
            return records.claims(Duration.ofMillis((long) (1000 * runner.patience())));
        } catch (RecordsException e) {
            watcher.trouble(String.valueOf(e.getMessage()));
            return Claims.ALONE;
        }
    }

    /// Takes what machines of another fingerprint have found, where a short check shows that it holds here.
    public void takeFrom(Environment others) {
        like = others;
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
            var step = new TuningRound(trials, list.step(), settings);
            var work = new Work(list, step, list.isBatched() ? new TuningRound(trials, list.batch(), settings) : step);
            if (settings.again()) work.stale = trials.tuned(work.step.problem(), work.batch.problem()).map(Tuned::at).orElse(Instant.EPOCH);
            works.add(work);
        }
        List<ThreadSweep.Result> threads = List.of();
        try {
            searchAll(packings);
            if (trials.isShared()) register();
            if (fewer != null && !isTimeUp()) threads = sweep(fewer);
        } catch (StoppedException e) {
            stopped = true;
            trials.release();
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

    /// One use after the other. Where others have in hand what is left of one, the next is gone on with, and it is come back to.
    private void searchAll(List<Packing> packings) {
        List<Work> open = byWeight();
        while (!open.isEmpty()) {
            int before = progress();
            open = open.stream().filter(work -> !search(work, packings)).toList();
            if (!open.isEmpty() && progress() == before) trials.awaitOthers();
        }
    }

    /// Grows with everything that is known.
    private int progress() {
        return works.stream().mapToInt(w -> w.step.outcomes().size() + w.batch.outcomes().size() + (w.result == null ? 0 : 1)).sum();
    }

    /// @return false if others have in hand what is left of it
    private boolean search(Work work, List<Packing> packings) {
        if (isTimeUp()) return true;
        if (work.stepPhase == Phase.WAITING) {
            if (settings.exhaustive() && !trials.isShared()) work.usual = usual(work.list.use(), packings);
            bandwidth = Math.max(bandwidth, runner.readBandwidth());
            work.stepPhase = Phase.RUNNING;
            if (isTaken(work)) return true;
        }
        double limit = limit(work);
        if (work.stepPhase == Phase.RUNNING) {
            if (!round(work, work.step, limit, bandwidth * DOUBT)) return false;
            work.stepPhase = Phase.DONE;
        }
        if (work.list.isBatched() && !searchBatch(work)) return false;
        if (isTimeUp() && (work.step.ranking().isEmpty() || work.batch.ranking().isEmpty())) return true; // not reached
        return choose(work, limit);
    }

    /// Whether what another fingerprint has found does.
    private boolean isTaken(Work work) {
        Environment others = like;
        if (others == null) return false;
        work.result = new Adoption(trials, records, others).of(work.list, work.step, work.batch, limit(work), runner.environment()).orElse(null);
        if (work.result == null) return false;
        work.stepPhase = Phase.DONE;
        work.batchPhase = Phase.DONE;
        report();
        return true;
    }

    /// The packings that were good for single tokens come first.
    private boolean searchBatch(Work work) {
        if (work.batchPhase == Phase.WAITING) {
            var good = new LinkedHashSet<Packing>();
            work.step.ranking().stream().map(TuningCandidate::packing).limit(2).forEach(good::add);
            work.batch.prefer(good);
            work.batchPhase = Phase.RUNNING;
        }
        if (work.batchPhase == Phase.RUNNING) {
            if (!round(work, work.batch, 0, 0)) return false;
            work.batchPhase = Phase.DONE;
        }
        return true;
    }

    /// One machine compares, the others take what it finds.
    private boolean choose(Work work, double limit) {
        if (trials.isShared()) {
            Optional<Tuned> theirs = trials.tuned(work.step.problem(), work.batch.problem());
            Optional<UseResult> found = theirs.filter(work::stands).flatMap(t -> FinalRound.found(work.list, work.step, work.batch, t, limit));
            if (found.isPresent()) {
                work.result = found.get();
                return true;
            }
            if (!trials.take(trials.work(work.step.problem(), work.batch.problem()), theirs.map(Tuned::at).orElse(Instant.EPOCH))) return false;
        }
        var result = new FinalRound(trials, settings, work.list, work.step, work.batch, work.usual, isTimeUp()).run(limit);
        work.result = result;
        result.chosen().ifPresent(pair -> trials.keep(result.tuned(runner.environment(), pair, work.now())));
        trials.release();
        work.step.ranking().forEach(c -> trials.release(work.step.problem(), c));
        work.batch.ranking().forEach(c -> trials.release(work.batch.problem(), c));
        report();
        return true;
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

    /// Each of the rounds that are still to be run, this one included, gets an equal part of the time.
    private boolean round(Work work, TuningRound round, double limit, double floors) {
        long rounds = works.stream()
                .mapToLong(w -> (w.stepPhase == Phase.DONE ? 0 : 1) + (!w.list.isBatched() || w.batchPhase == Phase.DONE ? 0 : 1)).sum();
        double until = seconds() + Math.max(0, left()) * FOR_ROUNDS / rounds;
        report();
        boolean done = round.run(limit, floors, () -> stopped || seconds() >= until, (_, candidate, outcome) -> {
            watcher.tried(work.list.use(), round.problem().maxTokens(), candidate, outcome);
            report();
        });
        if (stopped) throw new StoppedException();
        return done;
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

    /// Tells the fleet how this machine runs the winner of the heaviest use, whoever found it.
    private void register() {
        for (Work work : byWeight()) {
            Optional<Tuned> winner = trials.tuned(work.step.problem(), work.batch.problem());
            Optional<TuningCandidate> candidate = winner.flatMap(w -> TuningCandidate.of(work.step.problem(), new Candidate(w.packing(), w.stepSchedule()), 0));
            if (candidate.isEmpty()) continue;
            if (trials.time(work.step.problem(), List.of(candidate.get()), REGISTERING).getFirst() instanceof Timing.Timed(var samples))
                trials.keep(new Machine(
                        Machine.here(), runner.environment(), bandwidth, samples.median() / winner.get().stepSeconds(), Instant.now()));
            trials.release(work.step.problem(), candidate.get());
            return;
        }
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
            result.costModel().ifPresent(pair -> trials.keep(result.tuned(tuning.environment(), pair, Instant.now())));
    }
}
