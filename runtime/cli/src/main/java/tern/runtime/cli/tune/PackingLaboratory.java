package tern.runtime.cli.tune;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import tern.autotune.record.Outcome;
import tern.autotune.record.ProblemKey;
import tern.autotune.search.Shortlist;
import tern.autotune.search.TuningCandidate;
import tern.autotune.trial.ChildRunner;
import tern.autotune.trial.Runner;
import tern.autotune.trial.StoppedException;
import tern.autotune.trial.Timing;
import tern.autotune.trial.TrialCommand;
import tern.ir.Packing;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Samples;
import tern.ir.target.Target;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.problem.Problem;

/// Times the most promising kernels of packings. Each packing has a process of its own for each number of threads: what the JVM learns
/// from one packing's kernels does not colour those of the next.
public final class PackingLaboratory {

    /// Launches of each candidate, in rounds.
    private static final int ROUNDS = 21;

    /// Up to here every number of threads is measured.
    private static final int EACH = 4;

    /// Opens runners.
    public interface Opener {
        Runner open(int threads);
    }

    private final Use use;
    private final Target.Cpu cpu;
    private final int tries;
    private final Opener opener;
    private volatile @Nullable Runner running;
    private volatile boolean stopped;

    /// @param use   timed with its largest n
    /// @param cpu   this machine with all threads that are to be used
    /// @param tries candidates that are timed for each packing
    public PackingLaboratory(Use use, Target.Cpu cpu, int tries, Opener opener) {
        this.use = use.with(_ -> true); // weights are drawn from those that a packing holds
        this.cpu = cpu;
        this.tries = tries;
        this.opener = opener;
    }

    static Opener children(String cpu, double trialSeconds) {
        return threads -> new ChildRunner(new TrialCommand(cpu, threads), trialSeconds);
    }

    /// All threads down to one: each number where there are few, half of the last where there are many.
    public List<Integer> threadCounts() {
        var counts = new ArrayList<Integer>();
        for (int threads = cpu.cores(); threads >= 1; threads = threads <= EACH ? threads - 1 : threads / 2) counts.add(threads);
        return counts;
    }

    /// Ends the measurement under way, from any thread; what was measured before counts.
    public void stop() {
        stopped = true;
        Runner runner = running;
        if (runner != null) runner.stop();
    }

    public boolean isStopped() {
        return stopped;
    }

    /// @param bar told per mille
    /// @return of the packings in their order; if it was stopped, of those for which something was measured
    public List<Explored> explore(List<Packing> packings, LongConsumer bar) {
        var all = new ArrayList<Explored>();
        bar.accept(0);
        for (Packing packing : packings) {
            Explored explored = explore(packing);
            if (explored.problem() != null || !explored.points().isEmpty()) all.add(explored);
            if (stopped) break;
            bar.accept(1000L * all.size() / packings.size());
        }
        return all;
    }

    private Explored explore(Packing packing) {
        List<TuningCandidate> candidates = candidates(packing);
        if (candidates.isEmpty()) return new Explored(packing, "no schedule applies to it", List.of());
        var points = new ArrayList<Explored.Point>();
        List<TuningCandidate> promising = candidates;
        for (int threads : threadCounts()) {
            Explored.Point point = measure(threads, promising);
            if (point == null) break;
            points.addFirst(point);
            // What is best with all threads is shown with fewer.
            promising = List.of(point.candidate());
        }
        return new Explored(packing, null, points);
    }

    private List<TuningCandidate> candidates(Packing packing) {
        if (ranked(packing, cpu).isEmpty()) return List.of();
        Shortlist list = Shortlist.of(use, List.of(packing), cpu, false);
        List<TuningCandidate> all = (use.maxTokens() == 1 ? list.step() : list.batch()).candidates();
        return all.subList(0, Math.min(tries, all.size()));
    }

    private List<Ranked> ranked(Packing packing, Target.Cpu target) {
        return Candidates.of(new Problem(use.kernel(), use.m(), use.k(), use.maxTokens()), List.of(packing), target).ranked();
    }

    /// Null if it was stopped.
    private Explored.@Nullable Point measure(int threads, List<TuningCandidate> candidates) {
        if (stopped) return null;
        try (Runner runner = opener.open(threads)) {
            running = runner;
            if (stopped) runner.stop(); // who stopped it did not see this runner
            return measure(runner, threads, candidates);
        } catch (StoppedException _) {
            return null;
        } finally {
            running = null;
        }
    }

    private Explored.Point measure(Runner runner, int threads, List<TuningCandidate> candidates) {
        ProblemKey problem = ProblemKey.of(use.kernel(), use.m(), use.k(), use.maxTokens());
        double before = runner.readBandwidth();
        List<Timing> timings = runner.time(problem, candidates.stream().map(TuningCandidate::record).toList(), ROUNDS);
        // A busy moment makes it too small, nothing makes it too large.
        double bandwidth = Math.max(before, runner.readBandwidth());
        int best = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < timings.size(); i++)
            if (timings.get(i) instanceof Timing.Timed(Samples seconds) && seconds.median() < least) {
                best = i;
                least = seconds.median();
            }
        TuningCandidate shown = candidates.get(Math.max(0, best));
        return switch (timings.get(Math.max(0, best))) {
            case Timing.Timed(Samples seconds) -> point(threads, shown, seconds, bandwidth, "");
            case Timing.Untimed(Outcome.Failed(var reason, var detail)) -> point(threads, shown, null, bandwidth, reason + ": " + detail);
        };
    }

    private Explored.Point point(int threads, TuningCandidate shown, @Nullable Samples seconds, double bandwidth, String failure) {
        Optional<Ranked> ranked = ranked(shown.packing(), cpu.withCores(threads)).stream()
                .filter(r -> r.schedule().equals(shown.schedule()))
                .min(Comparator.comparingDouble(Ranked::seconds));
        double predicted = ranked.map(Ranked::seconds).orElse(Double.NaN);
        double instructions = ranked.map(r -> r.instructions() / multiplyAdds()).orElse(Double.NaN);
        return new Explored.Point(threads, shown, instructions, predicted, seconds, bandwidth, failure);
    }

    private double multiplyAdds() {
        return (double) use.m() * use.k() * use.kernel().weights().size() * use.maxTokens();
    }
}
