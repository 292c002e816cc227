package tern.autotune.trial;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Reason;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Recipe;
import tern.autotune.verify.ExactnessProof;
import tern.autotune.verify.Verdict;
import tern.ir.device.CompileException;
import tern.ir.device.Device;
import tern.ir.device.Rounds;
import tern.ir.device.Samples;
import tern.ir.text.IrException;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.Problem;

/// Tries candidates in this process. What hangs here hangs for good: a search uses a [ChildRunner], whose other end has one of these.
public final class LocalRunner implements Runner {

    private static final long SEED = 1;

    /// A kernel is warm when this many launches in a row, for this many seconds, bring no better time than those before.
    private static final int STEADY = 8;

    private static final double STEADY_SECONDS = 0.05;

    /// Better by less than this is no better.
    private static final double BETTER = 0.97;

    /// How it measures.
    ///
    /// @param coldBytes  of weights that are visited in turn, for each packing; larger than the caches, if memory allows
    /// @param mostBytes  of weights in all
    /// @param patience   seconds for a kernel to become vector code, and again to become steady
    public record Settings(long coldBytes, long mostBytes, double patience) {

        /// For real: what the JVM may allocate outside its heap is as much as the heap may be.
        public static Settings usual() {
            long most = Runtime.getRuntime().maxMemory() * 3 / 4;
            return new Settings(Math.min(512L << 20, most / 2), most, 12);
        }
    }

    private record Key(ProblemKey problem, Candidate candidate) {}

    private final Device device;
    private final Environment environment;
    private final Settings settings;
    private final LongSupplier nanos;
    private final ExactnessProof proof;
    private final ColdWeights cold;
    private final Map<Key, CompiledCandidate> ready = new HashMap<>();
    private volatile boolean stopped;

    /// @param device      closed with this
    /// @param environment of the device
    public LocalRunner(Device device, Environment environment, Settings settings) {
        this(device, environment, settings, System::nanoTime);
    }

    /// @param nanos the clock
    LocalRunner(Device device, Environment environment, Settings settings, LongSupplier nanos) {
        this.nanos = nanos;
        this.device = device;
        this.environment = environment;
        this.settings = settings;
        proof = new ExactnessProof(device);
        cold = new ColdWeights(device, settings.coldBytes(), settings.mostBytes());
    }

    @Override
    public Environment environment() {
        return environment;
    }

    @Override
    public double readBandwidth() {
        return device.measureReadBandwidth();
    }

    /// Proves a candidate exact, for all of the problem.
    ///
    /// @param seed of the random weights, activations and scales
    Verdict prove(ProblemKey problem, Candidate candidate, long seed) {
        if (stopped) throw new StoppedException();
        try {
            Recipe recipe = Recipe.of(problem, candidate);
            var product = new Problem(recipe.kernel(), problem.m(), problem.k(), problem.maxTokens());
            return proof.prove(product, recipe.packing(), recipe.schedule(), seed);
        } catch (IrException | IllegalArgumentException e) {
            return new Verdict.Refused(String.valueOf(e.getMessage()));
        } catch (OutOfMemoryError e) {
            return new Verdict.Refused("not enough memory: " + e.getMessage());
        }
    }

    @Override
    public Optional<Failed> prepare(ProblemKey problem, Candidate candidate) {
        if (stopped) throw new StoppedException();
        var key = new Key(problem, candidate);
        if (ready.containsKey(key)) return Optional.empty();
        try {
            Recipe recipe = Recipe.of(problem, candidate);
            Optional<Failed> wrong = prove(problem, recipe);
            if (wrong.isPresent()) return wrong;
            var compiled = new CompiledCandidate(device, recipe, problem.m(), problem.k(), problem.maxTokens(), cold);
            Optional<Failed> failure = warm(compiled, CompiledCandidate.few(recipe, problem.maxTokens()));
            if (failure.isEmpty()) ready.put(key, compiled);
            return failure;
        } catch (InapplicableException | CompileException | IrException | IllegalArgumentException e) {
            return Optional.of(new Failed(Reason.REFUSED, String.valueOf(e.getMessage())));
        } catch (OutOfMemoryError e) {
            return Optional.of(new Failed(Reason.REFUSED, "not enough memory: " + e.getMessage()));
        }
    }

    /// On a block of row tiles and the rows after it, all of k: further rows run the same code.
    private Optional<Failed> prove(ProblemKey problem, Recipe recipe) {
        int rows = recipe.packing().rows(), rest = problem.m() % rows;
        int m = Math.min(problem.m(), recipe.schedule().rowTiles() * rows + (rest == 0 ? rows : rest));
        int n = Math.min(problem.maxTokens(), recipe.schedule().tokens() + 1);
        return switch (proof.prove(new Problem(recipe.kernel(), m, problem.k(), n), recipe.packing(), recipe.schedule(), SEED)) {
            case Verdict.Exact _ -> Optional.empty();
            case Verdict.Wrong(String kernel, String what) -> Optional.of(new Failed(Reason.WRONG, kernel + ": " + what));
            case Verdict.Refused(String reason) -> Optional.of(new Failed(Reason.REFUSED, reason));
        };
    }

    /// Runs until the code is compiled. The first launch is interpreted, the last is machine code: they must give the same bits, on
    /// the very matrix that is timed.
    private Optional<Failed> warm(CompiledCandidate compiled, int few) {
        compiled.run(0, few);
        int[] interpreted = compiled.results(few);
        double until = now() + settings.patience;
        boolean prepare = false, multiply = false;
        while (!(prepare && multiply)) {
            prepare = prepare || device.isVectorised(compiled.prepare(), few);
            multiply = multiply || device.isVectorised(compiled.multiply(0), few);
            if (now() <= until || prepare && multiply) continue;
            if (device.settle()) until = now() + settings.patience;
            else
                return Optional.of(new Failed(Reason.NOT_VECTORISED, String.format(ROOT, "%s still ran without vector instructions after %.0f s",
                        prepare ? "multiply" : "prepare", settings.patience)));
        }
        steady(compiled);
        compiled.run(0, few);
        int at = Arrays.mismatch(interpreted, compiled.results(few));
        if (at < 0) return Optional.empty();
        return Optional.of(new Failed(Reason.WRONG, String.format(ROOT, "result %d of machine code differs from that of the interpreter", at)));
    }

    /// Steady times alone do not tell: the interpreter is steady as well while the compiler has other things to do.
    private void steady(CompiledCandidate compiled) {
        do launch(compiled);
        while (device.settle());
    }

    private void launch(CompiledCandidate compiled) {
        double best = Double.POSITIVE_INFINITY, improved = now(), until = improved + settings.patience;
        for (int since = 0; (since < STEADY || now() < improved + STEADY_SECONDS) && now() < until; since++) {
            double start = now();
            compiled.run(compiled.most());
            device.await();
            double end = now(), seconds = end - start;
            if (seconds < best * BETTER) {
                since = -1;
                improved = end;
            }
            best = Math.min(best, seconds);
        }
    }

    private double now() {
        return nanos.getAsLong() * 1e-9;
    }

    @Override
    public List<Timing> time(ProblemKey problem, List<Candidate> candidates, int rounds) {
        List<Optional<Failed>> failures = candidates.stream().map(c -> prepare(problem, c)).toList();
        var works = new ArrayList<Rounds.Work>();
        var products = new ArrayList<Integer>();
        for (Candidate candidate : candidates) {
            CompiledCandidate compiled = ready.get(new Key(problem, candidate));
            if (compiled == null) continue;
            works.add(_ -> compiled.run(compiled.most()));
            products.add(compiled.products());
        }
        List<Samples> samples;
        do samples = new Rounds(device, nanos).time(rounds, works);
        while (device.settle()); // what was compiled anew meanwhile was slow for a part of the rounds
        var timings = new ArrayList<Timing>();
        int timed = 0;
        for (Optional<Failed> failure : failures)
            timings.add(failure.isPresent()
                    ? new Timing.Untimed(failure.get())
                    : new Timing.Timed(each(samples.get(timed), products.get(timed++))));
        return timings;
    }

    private static Samples each(Samples runs, int products) {
        return products == 1 ? runs : Samples.of(Arrays.stream(runs.toArray()).map(seconds -> seconds / products).toArray());
    }

    @Override
    public void release(ProblemKey problem, Candidate candidate) {
        ready.remove(new Key(problem, candidate));
    }

    /// Takes effect with the next request.
    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public void close() {
        device.close();
    }
}
