package tern.autotune.search;

import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Outcome;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Measured;
import tern.autotune.record.ProblemKey;
import tern.autotune.trial.Timing;
import tern.ir.Packing;
import tern.ir.device.Samples;

/// One problem: challengers one after the other against the fastest so far, in alternating launches, so that a busy moment hits
/// both. A challenger whose best launch is slower than the champion's typical one ends after a few samples.
///
/// First the best of some packings is tried, then those with the best predictions, corrected by what others of their kind have
/// shown: a kind that runs at half the speed that the cost model promised gets its predictions doubled.
final class Race {

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
    private final Set<Packing> wanted;
    private final List<Contender> left;
    private final List<Pruned> pruned = new ArrayList<>();
    private final Map<Contender, Outcome> outcomes = new LinkedHashMap<>();
    /// Seconds under the conditions of the first champion: only these can be compared.
    private final Map<Contender, Double> scores = new LinkedHashMap<>();
    private @Nullable Contender champion;
    private int tried;

    /// @param wanted packings that are tried first
    Race(Trials trials, Shortlist.Field field, Set<Packing> wanted, Settings settings) {
        this.trials = trials;
        this.wanted = wanted;
        this.field = field;
        this.settings = settings;
        problem = field.problem();
        left = new ArrayList<>(field.contenders());
        pruned.addAll(field.pruned());
        if (!settings.again()) remember();
    }

    /// What an earlier search has found out is not tried again.
    private void remember() {
        var known = trials.known(problem);
        for (Contender contender : field.contenders()) {
            Outcome outcome = known.get(contender.candidate());
            if (outcome == null || settings.exhaustive() && outcome instanceof Measured measured && measured.samples() <= FIRST)
                continue;
            left.remove(contender);
            outcomes.put(contender, outcome);
            if (!(outcome instanceof Measured measured)) continue;
            scores.put(contender, measured.seconds());
            if (champion == null || measured.seconds() < score(champion)) champion = contender;
            tried++;
        }
    }

    /// Told of each trial.
    interface Listener {
        void tried(Race race, Contender contender, Outcome outcome);
    }

    /// Tries until nothing is left to try, the champion is as fast as the settings ask for, or the time is up.
    ///
    /// @param limit  seconds that no launch can beat; 0 if there is no such limit
    /// @param floors bandwidth by which a candidate's bytes alone take a time; 0 if that is no argument
    /// @param timeUp asked before each trial
    void run(double limit, double floors, BooleanSupplier timeUp, Listener listener) {
        while (!timeUp.getAsBoolean() && !reached(limit)) {
            Contender next = next(floors);
            if (next == null) return;
            listener.tried(this, next, attempt(next));
        }
        String reason = reached(limit) ? "the best is near the limit" : "the time was up";
        left.forEach(contender -> pruned.add(Pruned.of(contender, reason)));
        left.clear();
    }

    private boolean reached(double limit) {
        return !settings.exhaustive()
                && champion != null
                && outcomes.get(champion) instanceof Measured best
                && limit > 0
                && limit >= settings.until() * best.seconds();
    }

    /// The most promising of those that are left; null if none is worth a trial. The others are pruned.
    private @Nullable Contender next(double floors) {
        if (settings.exhaustive()) return left.isEmpty() ? null : left.getFirst();
        if (tried >= settings.trials()) prune(_ -> "more promising ones have taken all trials");
        double best = champion == null ? Double.POSITIVE_INFINITY : score(champion);
        prune(c -> floors > 0 && c.bytes() / floors > best ? "reading its bytes takes longer than the best" : null);
        Set<Packing> seen = outcomes.keySet().stream().map(Contender::packing).collect(toSet());
        if (seen.size() < Math.ceilDiv(settings.trials(), 2)) {
            Optional<Contender> other = left.stream()
                    .filter(c -> !seen.contains(c.packing()))
                    .min(Comparator.comparing((Contender c) -> !wanted.contains(c.packing())).thenComparingDouble(Contender::predicted));
            if (other.isPresent()) return other.get();
        }
        prune(c -> expected(c) > DISAPPOINTING * best
                ? "expected at %.1f times the best, by others that were measured".formatted(expected(c) / best)
                : null);
        return left.stream().min(Comparator.comparingDouble(this::expected)).orElse(null);
    }

    private void prune(Function<Contender, @Nullable String> rule) {
        left.removeIf(contender -> {
            String reason = rule.apply(contender);
            if (reason != null) pruned.add(Pruned.of(contender, reason));
            return reason != null;
        });
    }

    /// The prediction, times what its kind was slower than predicted, at its best; of a new kind, what the quickest kind was.
    private double expected(Contender contender) {
        double ownKind = Double.POSITIVE_INFINITY, anyKind = Double.POSITIVE_INFINITY;
        for (var scored : scores.entrySet()) {
            double ratio = scored.getValue() / scored.getKey().predicted();
            anyKind = Math.min(anyKind, ratio);
            if (scored.getKey().kind().equals(contender.kind())) ownKind = Math.min(ownKind, ratio);
        }
        if (scores.isEmpty()) return contender.predicted();
        return contender.predicted() * (Double.isInfinite(ownKind) ? anyKind : ownKind);
    }

    /// One trial, whatever the time; kept at once.
    Outcome attempt(Contender contender) {
        left.remove(contender);
        pruned.removeIf(p -> p.schedule().equals(contender.schedule()) && p.packing().equals(contender.packing()));
        tried++;
        Outcome outcome = tryOut(contender);
        outcomes.put(contender, outcome);
        trials.keep(problem, contender, outcome);
        return outcome;
    }

    private Outcome tryOut(Contender contender) {
        Optional<Failed> failure = trials.prepare(problem, contender);
        if (failure.isPresent()) return failure.get();
        Contender best = champion;
        if (best == null || best.equals(contender)) return alone(contender);
        List<Timing> first = trials.time(problem, List.of(best, contender), FIRST);
        return switch (first.getLast()) {
            case Timing.Untimed(Failed failed) -> failed;
            case Timing.Timed(Samples own) -> switch (first.getFirst()) {
                case Timing.Untimed _ -> alone(contender); // what was fast yesterday is no more
                case Timing.Timed(Samples others) -> against(best, others, contender, own);
            };
        };
    }

    private Outcome alone(Contender contender) {
        return switch (trials.time(problem, List.of(contender), FIRST).getFirst()) {
            case Timing.Untimed(Failed failed) -> failed;
            case Timing.Timed(Samples seconds) -> {
                champion = contender;
                scores.put(contender, seconds.median());
                yield Trials.measured(seconds);
            }
        };
    }

    private Outcome against(Contender best, Samples bestSeconds, Contender contender, Samples seconds) {
        boolean beaten = seconds.min() > bestSeconds.median();
        if (beaten && !settings.exhaustive()) {
            scores.put(contender, score(best) * seconds.median() / bestSeconds.median());
            trials.release(problem, contender);
            return Trials.measured(seconds);
        }
        int rounds = rounds(COMPARISON, seconds.median() + bestSeconds.median(), FIRST, MOST);
        List<Timing> more = trials.time(problem, List.of(best, contender), rounds);
        if (more.getLast() instanceof Timing.Untimed(Failed failed)) return failed;
        Samples own = seconds, others = bestSeconds;
        if (more.getLast() instanceof Timing.Timed(Samples added)) own = own.and(added);
        if (more.getFirst() instanceof Timing.Timed(Samples added)) others = others.and(added);
        scores.put(contender, score(best) * own.median() / others.median());
        if (own.median() < others.median()) champion = contender;
        return Trials.measured(own);
    }

    /// As many rounds as the time allows, within bounds.
    static int rounds(double seconds, double secondsOfRound, int least, int most) {
        return (int) Math.clamp(seconds / secondsOfRound, least, most);
    }

    private double score(Contender contender) {
        Double score = scores.get(contender);
        if (score == null) throw new IllegalArgumentException("not measured: " + contender.label());
        return score;
    }

    ProblemKey problem() {
        return problem;
    }

    /// The fastest so far.
    @Nullable
    Contender champion() {
        return champion;
    }

    /// Those that were measured, the fastest first.
    List<Contender> ranking() {
        return scores.keySet().stream().sorted(Comparator.comparingDouble(this::score)).toList();
    }

    /// Seconds of a contender that was measured, comparable with others of this race.
    double seconds(Contender contender) {
        return score(contender);
    }

    /// What became of those that were tried, in order.
    Map<Contender, Outcome> outcomes() {
        return outcomes;
    }

    List<Pruned> pruned() {
        return pruned;
    }

    /// How many may still be tried.
    int left() {
        return settings.exhaustive() ? left.size() : Math.min(left.size(), Math.max(0, settings.trials() - tried));
    }
}
