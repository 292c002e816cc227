package tern.autotune.search;

import static java.util.Locale.ROOT;
import static java.util.stream.Collectors.toSet;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Outcome;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Measured;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Trial;
import tern.autotune.trial.Timing;
import tern.ir.Packing;
import tern.ir.device.Samples;

/// One problem: challengers one after the other against the fastest so far, in alternating launches, so that a busy moment hits
/// both. A challenger whose best launch is slower than the champion's typical one ends after a few samples.
///
/// First the best of some packings is tried, then those with the best predictions, corrected by what others of their kind have
/// shown: a kind that runs at half the speed that the cost model promised gets its predictions doubled.
final class TuningRound {

    /// Launches by which a challenger is judged at first, and at most.
    private static final int FIRST = 7, MOST = 61;

    /// Seconds that a comparison may take, where launches are short enough.
    private static final double COMPARISON = 0.4;

    /// Corrected predictions beyond this are not tried.
    private static final double DISAPPOINTING = 1.3;

    private final Trials trials;
    private final ProblemKey problem;
    private final Settings settings;
    private final Shortlist.Field field;
    private final List<TuningCandidate> left;
    private Set<Packing> wanted = Set.of();
    private final List<Pruned> pruned = new ArrayList<>();
    private final Map<TuningCandidate, Outcome> outcomes = new LinkedHashMap<>();
    private final Map<TuningCandidate, Instant> made = new HashMap<>();
    /// Seconds under the conditions of the first champion: only these can be compared.
    private final Map<TuningCandidate, Double> scores = new LinkedHashMap<>();
    /// What others have in hand.
    private final Set<TuningCandidate> elsewhere = new LinkedHashSet<>();
    /// Records that do not count, but for being known: what is to be measured again.
    private final Map<TuningCandidate, Instant> stale = new HashMap<>();
    private @Nullable TuningCandidate champion;
    private int tried;

    TuningRound(Trials trials, Shortlist.Field field, Settings settings) {
        this.trials = trials;
        this.field = field;
        this.settings = settings;
        problem = field.problem();
        left = new ArrayList<>(field.candidates());
        pruned.addAll(field.pruned());
        if (!settings.again() || trials.isShared()) remember(true);
    }

    /// What an earlier search or another machine has found out is not tried again.
    ///
    /// @param before true: it was found before this search, which may want it to be measured again
    private void remember(boolean before) {
        var known = trials.known(problem);
        for (TuningCandidate candidate : field.candidates()) {
            Trial trial = known.get(candidate.record());
            if (trial == null || outcomes.containsKey(candidate)) continue;
            if (!trial.at().isAfter(stale.getOrDefault(candidate, Instant.EPOCH))) continue;
            Outcome outcome = trial.outcome();
            boolean few = outcome instanceof Measured measured && measured.samples() <= FIRST;
            if (before && (settings.again() || settings.exhaustive() && few)) {
                stale.put(candidate, trial.at());
                continue;
            }
            forget(candidate);
            outcomes.put(candidate, outcome);
            made.put(candidate, trial.at());
            if (!(outcome instanceof Measured measured)) continue;
            scores.put(candidate, measured.seconds());
            if (champion == null || measured.seconds() < score(champion)) champion = candidate;
            tried++;
        }
    }

    /// These packings are tried first.
    void prefer(Set<Packing> packings) {
        wanted = packings;
    }

    private void forget(TuningCandidate candidate) {
        left.remove(candidate);
        elsewhere.remove(candidate);
        pruned.removeIf(p -> p.schedule().equals(candidate.schedule()) && p.packing().equals(candidate.packing()));
    }

    /// Told of each trial.
    interface Listener {
        void tried(TuningRound round, TuningCandidate candidate, Outcome outcome);
    }

    /// Tries until nothing is left to try, the champion is as fast as the settings ask for, or the time is up.
    ///
    /// @param limit  seconds that no launch can beat; 0 if there is no such limit
    /// @param floors bandwidth by which a candidate's bytes alone take a time; 0 if that is no argument
    /// @param timeUp asked before each trial
    /// @return false if others have in hand what is left: it is to be run again
    boolean run(double limit, double floors, BooleanSupplier timeUp, Listener listener) {
        left.addAll(elsewhere); // they may have died
        elsewhere.clear();
        while (!timeUp.getAsBoolean() && !reached(limit)) {
            if (trials.isShared()) remember(false);
            TuningCandidate next = next(floors);
            if (next == null) return elsewhere.isEmpty();
            if (trials.take(trials.work(problem, next), stale.getOrDefault(next, Instant.EPOCH))) listener.tried(this, next, attempt(next));
            else {
                left.remove(next);
                elsewhere.add(next);
            }
        }
        String reason = reached(limit) ? "the best is near the limit" : "the time was up";
        left.addAll(elsewhere);
        elsewhere.clear();
        left.forEach(candidate -> pruned.add(Pruned.of(candidate, reason)));
        left.clear();
        return true;
    }

    private boolean reached(double limit) {
        return !settings.exhaustive()
                && champion != null
                && outcomes.get(champion) instanceof Measured best
                && limit > 0
                && limit >= settings.until() * best.seconds();
    }

    /// The most promising of those that are left; null if none is worth a trial. The others are pruned.
    private @Nullable TuningCandidate next(double floors) {
        if (settings.exhaustive()) return left.isEmpty() ? null : left.getFirst();
        if (tried + elsewhere.size() >= settings.trials()) prune(_ -> "more promising ones have taken all trials");
        double best = champion == null ? Double.POSITIVE_INFINITY : score(champion);
        prune(c -> floors > 0 && c.bytes() / floors > best ? "reading its bytes takes longer than the best" : null);
        Set<Packing> seen = Stream.concat(outcomes.keySet().stream(), elsewhere.stream()).map(TuningCandidate::packing).collect(toSet());
        if (seen.size() < Math.ceilDiv(settings.trials(), 2)) {
            Optional<TuningCandidate> other = left.stream()
                    .filter(c -> !seen.contains(c.packing()))
                    .min(Comparator.comparing((TuningCandidate c) -> !wanted.contains(c.packing())).thenComparingDouble(TuningCandidate::predicted));
            if (other.isPresent()) return other.get();
        }
        prune(c -> expected(c) > DISAPPOINTING * best
                ? String.format(ROOT, "expected at %.1f times the best, by others that were measured", expected(c) / best)
                : null);
        return left.stream().min(Comparator.comparingDouble(this::expected)).orElse(null);
    }

    private void prune(Function<TuningCandidate, @Nullable String> rule) {
        left.removeIf(candidate -> {
            String reason = rule.apply(candidate);
            if (reason != null) pruned.add(Pruned.of(candidate, reason));
            return reason != null;
        });
    }

    /// The prediction, times what its kind was slower than predicted, at its best; of a new kind, what the quickest kind was.
    private double expected(TuningCandidate candidate) {
        double ownKind = Double.POSITIVE_INFINITY, anyKind = Double.POSITIVE_INFINITY;
        for (var scored : scores.entrySet()) {
            double ratio = scored.getValue() / scored.getKey().predicted();
            anyKind = Math.min(anyKind, ratio);
            if (scored.getKey().kind().equals(candidate.kind())) ownKind = Math.min(ownKind, ratio);
        }
        if (scores.isEmpty()) return candidate.predicted();
        return candidate.predicted() * (Double.isInfinite(ownKind) ? anyKind : ownKind);
    }

    /// One trial, whatever the time; kept at once.
    Outcome attempt(TuningCandidate candidate) {
        forget(candidate);
        tried++;
        Outcome outcome = tryOut(candidate);
        outcomes.put(candidate, outcome);
        made.put(candidate, Instant.now());
        trials.keep(problem, candidate, outcome);
        trials.release();
        return outcome;
    }

    private Outcome tryOut(TuningCandidate candidate) {
        Optional<Failed> failure = trials.prepare(problem, candidate);
        if (failure.isPresent()) return failure.get();
        TuningCandidate best = champion;
        if (best == null || best.equals(candidate)) return alone(candidate);
        List<Timing> first = trials.time(problem, List.of(best, candidate), FIRST);
        return switch (first.getLast()) {
            case Timing.Untimed(Failed failed) -> failed;
            case Timing.Timed(Samples own) -> switch (first.getFirst()) {
                case Timing.Untimed _ -> alone(candidate); // what was fast yesterday is no more
                case Timing.Timed(Samples others) -> against(best, others, candidate, own);
            };
        };
    }

    private Outcome alone(TuningCandidate candidate) {
        return switch (trials.time(problem, List.of(candidate), FIRST).getFirst()) {
            case Timing.Untimed(Failed failed) -> failed;
            case Timing.Timed(Samples seconds) -> {
                champion = candidate;
                scores.put(candidate, seconds.median());
                yield Trials.measured(seconds);
            }
        };
    }

    private Outcome against(TuningCandidate best, Samples bestSeconds, TuningCandidate candidate, Samples seconds) {
        boolean beaten = seconds.min() > bestSeconds.median();
        if (beaten && !settings.exhaustive()) {
            scores.put(candidate, score(best) * seconds.median() / bestSeconds.median());
            trials.release(problem, candidate);
            return Trials.measured(seconds);
        }
        int rounds = rounds(COMPARISON, seconds.median() + bestSeconds.median(), FIRST, MOST);
        List<Timing> more = trials.time(problem, List.of(best, candidate), rounds);
        if (more.getLast() instanceof Timing.Untimed(Failed failed)) return failed;
        Samples own = seconds, others = bestSeconds;
        if (more.getLast() instanceof Timing.Timed(Samples added)) own = own.and(added);
        if (more.getFirst() instanceof Timing.Timed(Samples added)) others = others.and(added);
        scores.put(candidate, score(best) * own.median() / others.median());
        if (own.median() < others.median()) champion = candidate;
        return Trials.measured(own);
    }

    /// As many rounds as the time allows, within bounds.
    static int rounds(double seconds, double secondsOfRound, int least, int most) {
        return (int) Math.clamp(seconds / secondsOfRound, least, most);
    }

    private double score(TuningCandidate candidate) {
        Double score = scores.get(candidate);
        if (score == null) throw new IllegalArgumentException("not measured: " + candidate.label());
        return score;
    }

    /// Whether something that was tried since is faster than that.
    boolean promisesMore(double than, Instant since) {
        return outcomes.entrySet().stream().anyMatch(one -> one.getValue() instanceof Measured measured
                && measured.seconds() < than && made.getOrDefault(one.getKey(), Instant.EPOCH).isAfter(since));
    }

    /// When the latest trial was made that is known.
    Instant latest() {
        return made.values().stream().max(Comparator.naturalOrder()).orElse(Instant.EPOCH);
    }

    ProblemKey problem() {
        return problem;
    }

    /// The fastest so far.
    @Nullable
    TuningCandidate champion() {
        return champion;
    }

    /// Those that were measured, the fastest first.
    List<TuningCandidate> ranking() {
        return scores.keySet().stream().sorted(Comparator.comparingDouble(this::score)).toList();
    }

    /// Seconds of a candidate that was measured, comparable with others of this round.
    double seconds(TuningCandidate candidate) {
        return score(candidate);
    }

    /// What became of those that were tried, in order.
    Map<TuningCandidate, Outcome> outcomes() {
        return outcomes;
    }

    /// @param limit seconds of one launch at the full read bandwidth; 0 if that is not what limits it
    UseResult.Trace trace(double limit) {
        return new UseResult.Trace(problem, limit, outcomes, pruned);
    }

    List<Pruned> pruned() {
        return pruned;
    }

    /// How many may still be tried.
    int left() {
        return settings.exhaustive() ? left.size() : Math.min(left.size(), Math.max(0, settings.trials() - tried));
    }
}
