package tern.autotune.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tern.autotune.record.Candidate;
import tern.autotune.record.Claims;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Recipe;
import tern.autotune.record.Records;
import tern.autotune.record.StoppedClock;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;
import tern.autotune.trial.Runner;
import tern.autotune.trial.Timing;
import tern.ir.Packing;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.target.Targets;
import tern.ir.text.Tir;

/// Several tuners on one PostgreSQL. Times are a script, and so is the time: whose clock shows least goes on, alone, until another's shows
/// less. So the order of everything is the same each time, and takes as long as it takes.
class FleetTest {

    private static final Tir LIBRARY = Tir.library();
    private static final List<Packing> SOME = Stream.of("tri5r32", "i2_s").map(LIBRARY::packing).toList();
    private static final List<Use> USES = Stream.of(2560, 3840, 6912)
            .map(m -> new Use("w" + m, LIBRARY.kernel("bitlinear"), m, 2560, 32, 30)).toList();

    private static final Settings USUAL = new Settings(1e6, 0.95, Preference.BALANCED, 8, false, false);
    private static final Settings EXHAUSTIVE = new Settings(1e6, 0.95, Preference.BALANCED, 8, false, true);

    /// No two candidates are equally fast, so that there is one winner.
    private static double seconds(ProblemKey problem, Recipe recipe) {
        double base = 1e-10 * problem.m() * problem.k() * recipe.packing().bitsPerWeight() * (problem.maxTokens() == 1 ? 1 : 10);
        return base * (1 + (recipe.schedule().toString().hashCode() & 0xffff) * 1e-5);
    }

    /// Clocks of machines, of which one at a time goes on.
    private static final class Turns {
        private final Map<Integer, Double> clocks = new TreeMap<>();

        Turns(int machines) {
            for (int i = 0; i < machines; i++) clocks.put(i, i * 0.01);
        }

        private int first() {
            return clocks.entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow().getKey();
        }

        synchronized double advance(int machine, double seconds) throws InterruptedException {
            clocks.merge(machine, seconds, Double::sum);
            notifyAll();
            while (first() != machine) wait();
            return clocks.get(machine);
        }

        synchronized double leave(int machine) {
            notifyAll();
            return clocks.remove(machine);
        }
    }

    private static final class Killed extends Error {
        private static final long serialVersionUID = 1;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /// A machine of the fleet, with the time at which it dies.
    private static final class Fleet {
        final StoppedClock clock;
        final Turns turns;
        final Settings settings;
        final List<Use> uses;
        final double[] deaths;
        /// How often each candidate was tried to the end.
        final Map<String, Integer> tried = new HashMap<>();
        final List<Tuning> tunings = new ArrayList<>();
        final List<Tuned> found = new ArrayList<>();
        final List<String> kept = new ArrayList<>();
        double end;
        int dead;

        Fleet(StoppedClock clock, Settings settings, List<Use> uses, double... deaths) {
            this.clock = clock;
            this.settings = settings;
            this.uses = uses;
            this.deaths = deaths;
            turns = new Turns(deaths.length);
        }

        void run() throws Exception {
            var machines = new ArrayList<Callable<Void>>();
            for (int i = 0; i < deaths.length; i++) {
                int machine = i;
                machines.add(() -> {
                    tune(machine);
                    return null;
                });
            }
            try (var threads = Executors.newFixedThreadPool(deaths.length)) {
                for (Future<Void> done : threads.invokeAll(machines)) done.get();
            }
        }

        private void tune(int machine) throws InterruptedException {
            turns.advance(machine, 0);
            try (Records records = Records.open(clock.url())) {
                var scripted = new ScriptedRunner(FleetTest::seconds);
                var watcher = new Watcher() {
                    @Override
                    public void tried(Use use, int tokens, TuningCandidate candidate, Outcome outcome) {
                        tried.merge(use.name() + tokens + "-" + candidate.record().hashCode(), 1, Integer::sum);
                    }

                    @Override
                    public void trouble(String message) {
                        throw new AssertionError(message);
                    }
                };
                Records timed = timed(records, seconds -> spend(machine, seconds));
                var runner = new TimedRunner(scripted, seconds -> spend(machine, seconds));
                tunings.add(new Tuner(runner, timed, Targets.AVX512, settings, watcher, scripted::nanos).tune(uses, SOME, null));
                end = Math.max(end, turns.advance(machine, 0));
            } catch (Killed _) {
                dead++;
            } finally {
                turns.leave(machine);
            }
        }

        private void spend(int machine, double seconds) {
            try {
                double now = turns.advance(machine, seconds);
                if (now > deaths[machine]) throw new Killed();
                clock.set(1000 + now);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private interface Spending {
        void spend(double seconds);
    }

    /// What a machine does takes its time.
    private record TimedRunner(ScriptedRunner scripted, Spending time) implements Runner {

        @Override
        public Environment environment() {
            return scripted.environment();
        }

        @Override
        public double readBandwidth() {
            return scripted.readBandwidth();
        }

        @Override
        public Optional<Failed> prepare(ProblemKey problem, Candidate candidate) {
            double before = scripted.now;
            Optional<Failed> failure = scripted.prepare(problem, candidate);
            time.spend(scripted.now - before);
            return failure;
        }

        @Override
        public List<Timing> time(ProblemKey problem, List<Candidate> candidates, int rounds) {
            double before = scripted.now;
            List<Timing> timings = scripted.time(problem, candidates, rounds);
            time.spend(scripted.now - before);
            return timings;
        }

        @Override
        public void release(ProblemKey problem, Candidate candidate) {
            scripted.release(problem, candidate);
        }

        @Override
        public void stop() {}

        @Override
        public void close() {}
    }

    /// The records, whose claims take a millisecond, and a pause a second.
    private static Records timed(Records records, Spending time) {
        return (Records) Proxy.newProxyInstance(Records.class.getClassLoader(), new Class<?>[] {Records.class}, (_, method, args) -> {
            try {
                Object answer = method.invoke(records, args);
                return answer instanceof Claims claims ? new TimedClaims(claims, time) : answer;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    private record TimedClaims(Claims claims, Spending time) implements Claims {
        @Override
        public boolean isShared() {
            return true;
        }

        @Override
        public boolean take(String work, Instant seen) {
            time.spend(1e-3);
            return claims.take(work, seen);
        }

        @Override
        public void extend(String work) {
            claims.extend(work);
        }

        @Override
        public void release(String work) {
            time.spend(1e-3);
            claims.release(work);
        }

        @Override
        public void pause() {
            time.spend(1);
        }
    }

    private static double[] immortal(int machines) {
        var deaths = new double[machines];
        Arrays.fill(deaths, Double.POSITIVE_INFINITY);
        return deaths;
    }

    private static @Nullable Fleet alone;

    /// One machine that tries everything.
    private static Fleet alone() throws Exception {
        Fleet known = alone;
        if (known != null) return known;
        Fleet one = run(EXHAUSTIVE, immortal(1));
        alone = one;
        return one;
    }

    private static Fleet run(Settings settings, double... deaths) throws Exception {
        try (var clock = new StoppedClock()) {
            var fleet = new Fleet(clock, settings, USES, deaths);
            fleet.run();
            try (Records records = Records.open(clock.url())) {
                fleet.found.addAll(records.tuned());
                for (Trial trial : records.trials()) fleet.kept.add(trial.identity());
            }
            return fleet;
        }
    }

    private static List<String> choices(List<Tuned> winners) {
        return winners.stream().map(w -> w.step().m() + w.packing() + w.stepSchedule() + w.batchSchedule()).sorted().toList();
    }

    @Test
    void eightMachinesTakeAnEighthOfTheTimeAndFindTheSame() throws Exception {
        Fleet one = alone();
        Fleet fleet = run(EXHAUSTIVE, immortal(8));
        assertThat(fleet.end).as("an eighth of %.0f s, and the last comparison, which is one machine's", one.end)
                .isBetween(one.end / 8 - 5, one.end / 8 + 20);
        assertThat(fleet.tried).as("each candidate once").containsExactlyInAnyOrderEntriesOf(one.tried);
        assertThat(choices(fleet.found)).isEqualTo(choices(one.found));
        assertThat(fleet.tunings).hasSize(8).extracting(Tuning::complete).containsOnly(true);
        assertThat(fleet.tunings).allSatisfy(tuning -> {
            assertThat(tuning.results()).extracting(r -> r.chosen().orElseThrow().step().candidate())
                    .isEqualTo(one.tunings.getFirst().results().stream().map(r -> r.chosen().orElseThrow().step().candidate()).toList());
        });
    }

    @Test
    void machinesThatDieCostTheirTrialsOnly() throws Exception {
        Fleet one = alone();
        var random = new Random(20);
        double[] deaths = immortal(8);
        for (int i = 0; i < 5; i++) deaths[i] = random.nextDouble() * one.end / 8;
        Fleet fleet = run(EXHAUSTIVE, deaths);
        assertThat(fleet.dead).isEqualTo(5);
        assertThat(fleet.tried.keySet()).as("all but what the dead did not report").isSubsetOf(one.tried.keySet());
        assertThat(fleet.tried.values()).as("each candidate once").containsOnly(1);
        assertThat(one.tried.size() - fleet.tried.size()).as("those that died between keeping a trial and saying so").isLessThanOrEqualTo(5);
        assertThat(fleet.kept).as("nothing lost, nothing twice").containsExactlyInAnyOrderElementsOf(one.kept);
        assertThat(choices(fleet.found)).isEqualTo(choices(one.found));
        assertThat(fleet.end).isLessThan(one.end / 3 + 200);
    }

    @Test
    void theUsualSearchIsSharedToo() throws Exception {
        Fleet one = run(USUAL, immortal(1)), fleet = run(USUAL, immortal(4));
        assertThat(fleet.tried.values()).containsOnly(1);
        assertThat(fleet.end).isLessThan(one.end / 2);
        assertThat(fleet.found).hasSize(USES.size());
    }

    @Test
    void aSecondTuningHasNothingToDoUnlessItIsToldTo() throws Exception {
        List<Use> one = USES.subList(0, 1);
        try (var clock = new StoppedClock()) {
            var first = new Fleet(clock, EXHAUSTIVE, one, immortal(2));
            first.run();
            var second = new Fleet(clock, USUAL, one, immortal(2));
            second.run();
            assertThat(second.tried).isEmpty();
            assertThat(second.tunings).extracting(Tuning::complete).containsOnly(true);
            var again = new Fleet(clock, new Settings(1e6, 0.95, Preference.BALANCED, 8, true, false), one, immortal(2));
            again.run();
            assertThat(again.tried).isNotEmpty();
            assertThat(again.tried.values()).containsOnly(1);
        }
    }
}
