package tern.autotune.search;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.ToDoubleBiFunction;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Recipe;
import tern.autotune.trial.Runner;
import tern.autotune.trial.StoppedException;
import tern.autotune.trial.Timing;
import tern.ir.device.Samples;

/// A machine whose times are a script, and whose clock moves by what it is asked to do.
final class ScriptedRunner implements Runner {

    static final double PREPARE_SECONDS = 1;

    private record Tried(ProblemKey problem, Candidate candidate) {}

    /// To read a recipe takes longer than anything else here.
    private static final Map<Tried, Recipe> RECIPES = new ConcurrentHashMap<>();

    private final ToDoubleBiFunction<ProblemKey, Recipe> seconds;
    private final BiFunction<ProblemKey, Recipe, Optional<Failed>> failures;
    /// Candidates that were compiled, and the rounds of each timing.
    final List<Recipe> prepared = new ArrayList<>();
    final Set<Candidate> ready = new LinkedHashSet<>();
    final List<Integer> rounds = new ArrayList<>();
    int threads = 2;
    double bandwidth = 20e9;
    int requestsLeft = Integer.MAX_VALUE;
    double now;
    private boolean stopped;

    ScriptedRunner(ToDoubleBiFunction<ProblemKey, Recipe> seconds) {
        this(seconds, (problem, recipe) -> Optional.empty());
    }

    ScriptedRunner(ToDoubleBiFunction<ProblemKey, Recipe> seconds, BiFunction<ProblemKey, Recipe, Optional<Failed>> failures) {
        this.seconds = seconds;
        this.failures = failures;
    }

    long nanos() {
        return (long) (now * 1e9);
    }

    @Override
    public Environment environment() {
        return new Environment("scripted", "25", "1", threads);
    }

    @Override
    public double readBandwidth() {
        return bandwidth;
    }

    private static Recipe recipe(ProblemKey problem, Candidate candidate) {
        return RECIPES.computeIfAbsent(new Tried(problem, candidate), tried -> Recipe.of(tried.problem, tried.candidate));
    }

    private void request() {
        if (requestsLeft-- <= 0 || stopped) throw new StoppedException();
    }

    @Override
    public Optional<Failed> prepare(ProblemKey problem, Candidate candidate) {
        if (ready.contains(candidate)) return Optional.empty();
        request();
        Recipe recipe = recipe(problem, candidate);
        prepared.add(recipe);
        now += PREPARE_SECONDS;
        Optional<Failed> failure = failures.apply(problem, recipe);
        if (failure.isEmpty()) ready.add(candidate);
        return failure;
    }

    @Override
    public List<Timing> time(ProblemKey problem, List<Candidate> candidates, int count) {
        candidates.forEach(c -> prepare(problem, c));
        request();
        rounds.add(count);
        var timings = new ArrayList<Timing>();
        for (Candidate candidate : candidates) {
            double typical = seconds.applyAsDouble(problem, recipe(problem, candidate));
            double[] samples = new double[count];
            for (int i = 0; i < count; i++) samples[i] = typical * (1 + 0.01 * (i % 3 - 1)); // one per cent of noise
            now += typical * count;
            timings.add(new Timing.Timed(Samples.of(samples)));
        }
        return timings;
    }

    @Override
    public void release(ProblemKey problem, Candidate candidate) {
        ready.remove(candidate);
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public void close() {}
}
