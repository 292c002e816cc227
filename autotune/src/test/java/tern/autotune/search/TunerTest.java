package tern.autotune.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tern.autotune.record.Claims;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Measured;
import tern.autotune.record.Outcome.Reason;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Recipe;
import tern.autotune.record.RecordedSchedules;
import tern.autotune.record.Records;
import tern.autotune.record.RecordsException;
import tern.autotune.record.Trial;
import tern.autotune.search.UseResult.Pair;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.target.Targets;
import tern.ir.text.Source;
import tern.ir.text.Tir;

/// The search against a machine whose times and clock are a script: nothing here depends on how fast anything is.
class TunerTest {

    private static final Tir LIBRARY = Tir.library();
    private static final Use QKV = new Use("qkv", LIBRARY.kernel("bitlinear"), 3840, 2560, 32, 30);
    private static final Use DOWN = new Use("down", LIBRARY.kernel("bitlinear_add"), 2560, 6912, 32, 30);
    private static final List<Packing> SOME = packings("tri5r32", "tri5r16", "i2_s", "two_r256");

    private final Records records = Records.inMemory();
    private final List<String> troubles = new ArrayList<>();
    private final List<Progress> progress = new ArrayList<>();

    private static List<Packing> packings(String... names) {
        return Stream.of(names).map(LIBRARY::packing).toList();
    }

    private static Settings settings(double budget, Preference preference, int trials, boolean exhaustive) {
        return new Settings(budget, 0.95, preference, trials, false, exhaustive);
    }

    private static final Settings USUAL = settings(1000, Preference.BALANCED, 8, false);

    private Tuner tuner(ScriptedRunner runner, Settings settings) {
        var watcher = new Watcher() {
            @Override
            public void progress(Progress now) {
                progress.add(now);
            }

            @Override
            public void trouble(String message) {
                troubles.add(message);
            }
        };
        return new Tuner(runner, records, Targets.AVX512, settings, watcher, runner::nanos);
    }

    private Tuning tune(ScriptedRunner runner, Settings settings, Use... uses) {
        return tuner(runner, settings).tune(List.of(uses), SOME, null);
    }

    /// A machine that likes four row tiles of one token and two by two of several; a packing takes its bits, more or less.
    private static double likesFour(ProblemKey problem, Recipe recipe) {
        double base = 1e-10 * problem.m() * problem.k() * recipe.packing().bitsPerWeight();
        double rows = Math.abs(recipe.schedule().rowTiles() * recipe.schedule().tokens() - 4) * 0.1;
        double slow = recipe.schedule().way().equals("decode") ? 3 : 1;
        return base * (1 + rows) * slow * (problem.maxTokens() == 1 ? 1 : 10);
    }

    @Test
    void theDefaultSearchFindsWhatTheExhaustiveOneFindsWithFewerTrials() {
        Tuning quick = tune(new ScriptedRunner(TunerTest::likesFour), USUAL, QKV, DOWN);
        Tuning thorough = new Tuner(
                new ScriptedRunner(TunerTest::likesFour), Records.inMemory(), Targets.AVX512,
                settings(1e9, Preference.BALANCED, 8, true), Watcher.NONE, () -> 0)
                .tune(List.of(QKV, DOWN), SOME, null);
        assertThat(quick.complete()).isTrue();
        for (int i = 0; i < 2; i++) {
            UseResult a = quick.results().get(i), b = thorough.results().get(i);
            assertThat(a.step().outcomes()).hasSizeLessThanOrEqualTo(8);
            assertThat(b.step().outcomes().size()).isGreaterThan(quick.results().get(i).step().outcomes().size());
            assertThat(a.chosen().orElseThrow().step().median()).isEqualTo(b.chosen().orElseThrow().step().median());
            assertThat(a.chosen().orElseThrow().batch().median()).isEqualTo(b.chosen().orElseThrow().batch().median());
            assertThat(a.chosen().orElseThrow().step().candidate().schedule().rowTiles()).isEqualTo(4);
            assertThat(a.usual()).isEmpty();
            assertThat(b.usual().orElseThrow().isSameAs(a.chosen().orElseThrow())).as("what the default search finds is shown").isTrue();
        }
    }

    /// A machine on which one kind that promises little is quickest: eight trials do not reach it, all of them do.
    @Test
    void anExhaustiveSearchShowsWhatTheUsualOneMisses() {
        var hidden = Shortlist.of(QKV, SOME, Targets.AVX512, false).step().candidates().getLast();
        var runner = new ScriptedRunner(
                (problem, recipe) -> problem.maxTokens() == 1 && recipe.schedule().equals(hidden.schedule()) && recipe.packing().equals(hidden.packing())
                        ? 1e-6
                        : likesFour(problem, recipe));
        UseResult result = tune(runner, settings(1e9, Preference.DECODE, 8, true), QKV).results().getFirst();
        Pair best = result.chosen().orElseThrow(), usual = result.usual().orElseThrow();
        assertThat(best.step().candidate()).isEqualTo(hidden);
        assertThat(usual.step().candidate()).isNotEqualTo(hidden);
        assertThat(usual.step().median()).isGreaterThan(best.step().median());
        assertThat(usual.step().seconds().count()).as("measured beside the best").isEqualTo(best.step().seconds().count());
        assertThat(records.trials()).as("the usual search's own trials are no records").hasSize(
                result.step().outcomes().size() + result.batch().outcomes().size());
    }

    @Test
    void aChallengerThatCannotWinEndsAfterItsFirstLaunches() {
        Tuning tuning = tune(new ScriptedRunner(TunerTest::likesFour), USUAL, QKV);
        UseResult result = tuning.results().getFirst();
        Pair chosen = result.chosen().orElseThrow();
        List<Integer> slow = new ArrayList<>();
        result.step().outcomes().forEach((candidate, outcome) -> {
            if (outcome instanceof Measured m && m.seconds() > 1.5 * chosen.step().median()) slow.add(m.samples());
        });
        assertThat(slow).isNotEmpty().allMatch(samples -> samples == 7);
        assertThat(chosen.step().seconds().count()).isGreaterThan(7);
    }

    @Test
    void theSearchForAStepEndsNearTheLimit() {
        long bytes = LIBRARY.packing("tri5r32").bytes(3840, 2560);
        var runner = new ScriptedRunner((problem, recipe) -> bytes / 20e9 / 0.96);
        UseResult result = tune(runner, USUAL, QKV).results().getFirst();
        assertThat(result.step().outcomes().keySet()).as("one, and the packing of the best batch").hasSizeLessThanOrEqualTo(2);
        assertThat(result.step().pruned()).anyMatch(p -> p.reason().equals("the best is near the limit"));
        assertThat(result.batch().outcomes().size()).as("a batch has no such limit").isGreaterThan(1);
        assertThat(progress.getLast().lines().getFirst().share()).isBetween(0.95, 0.97);
    }

    @Test
    void theBudgetIsKeptAndWhatIsNotReachedStaysWithTheCostModel() {
        var runner = new ScriptedRunner(TunerTest::likesFour);
        Tuning tuning = tune(runner, settings(6, Preference.BALANCED, 8, false), QKV, DOWN);
        assertThat(tuning.complete()).isFalse();
        assertThat(tuning.results()).as("the one that takes most of a token").singleElement()
                .satisfies(r -> assertThat(r.use()).isEqualTo(DOWN));
        assertThat(runner.now).as("a round under way comes to its end, and so does the final").isLessThan(15);
        assertThat(tuning.schedules().tuned(QKV)).isEmpty();
        assertThat(tuning.schedules().tuned(DOWN)).isPresent();
    }

    @Test
    void aKilledSearchGoesOnWhereItWas() {
        var first = new ScriptedRunner(TunerTest::likesFour);
        first.requestsLeft = 12;
        Tuning stopped = tune(first, USUAL, QKV);
        assertThat(stopped.complete()).isFalse();
        assertThat(stopped.results()).isEmpty();
        List<Trial> kept = records.trials();
        assertThat(kept).hasSizeGreaterThan(2);

        var second = new ScriptedRunner(TunerTest::likesFour);
        Tuning resumed = tune(second, USUAL, QKV);
        assertThat(resumed.complete()).isTrue();
        var again = new HashSet<>(second.prepared);
        List<Recipe> repeated = kept.stream().map(t -> Recipe.of(t.problem(), t.candidate())).filter(again::contains).toList();
        assertThat(repeated.size()).as("only the champion and finalists run again").isLessThan(kept.size());
        UseResult whole = new Tuner(
                new ScriptedRunner(TunerTest::likesFour), Records.inMemory(), Targets.AVX512, USUAL, Watcher.NONE, () -> 0)
                .tune(List.of(QKV), SOME, null).results().getFirst();
        assertThat(resumed.results().getFirst().chosen().orElseThrow().step().candidate())
                .isEqualTo(whole.chosen().orElseThrow().step().candidate());
    }

    @Test
    void whatTheRecordsKnowIsMeasuredAgainOnlyIfAskedFor() {
        tune(new ScriptedRunner(TunerTest::likesFour), USUAL, QKV);
        var second = new ScriptedRunner(TunerTest::likesFour);
        tune(second, USUAL, QKV);
        var third = new ScriptedRunner(TunerTest::likesFour);
        tune(third, new Settings(1000, 0.95, Preference.BALANCED, 8, true, false), QKV);
        assertThat(second.prepared.size()).isLessThan(third.prepared.size());
    }

    @Test
    void anotherEnvironmentKnowsNothing() {
        tune(new ScriptedRunner(TunerTest::likesFour), USUAL, QKV);
        Environment here = new ScriptedRunner(TunerTest::likesFour).environment();
        var there = new Environment(here.processor(), here.jdk(), here.generation(), 1);
        assertThat(new RecordedSchedules(records, here).tuned(QKV)).isPresent();
        assertThat(new RecordedSchedules(records, there).tuned(QKV)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void aFailureIsARecordAndTheSearchGoesOn(Reason reason) {
        var runner = new ScriptedRunner(
                TunerTest::likesFour,
                (problem, recipe) -> recipe.packing().name().equals("tri5r32") ? Optional.of(new Failed(reason, "why")) : Optional.empty());
        UseResult result = tune(runner, USUAL, QKV).results().getFirst();
        assertThat(result.chosen().orElseThrow().packing().name()).isEqualTo("tri5r16");
        assertThat(result.costModel()).as("its choice does not run").isEmpty();
        assertThat(result.step().failed(reason)).isPositive();
        assertThat(records.trials()).anyMatch(t -> t.outcome().equals(new Failed(reason, "why")));
    }

    @Test
    void nothingRunsAtAll() {
        var runner = new ScriptedRunner(TunerTest::likesFour, (_, _) -> Optional.of(new Failed(Reason.CRASHED, "again")));
        Tuning tuning = tune(runner, USUAL, QKV);
        assertThat(tuning.complete()).isFalse();
        assertThat(tuning.results().getFirst().chosen()).isEmpty();
        assertThat(records.tuned()).isEmpty();
    }

    /// i2_s is best for steps, tri5r32 for batches.
    private static double divided(ProblemKey problem, Recipe recipe) {
        boolean favoured = recipe.packing().name().equals(problem.maxTokens() == 1 ? "i2_s" : "tri5r32");
        return (favoured ? 1e-3 : 2e-3) * (problem.maxTokens() == 1 ? 1 : 32);
    }

    @ParameterizedTest
    @EnumSource(Preference.class)
    void onePackingServesBothAndThePreferenceSaysWhich(Preference preference) {
        UseResult result = tune(new ScriptedRunner(TunerTest::divided), settings(1000, preference, 8, false), QKV).results().getFirst();
        Pair chosen = result.chosen().orElseThrow(), two = result.twoCopies().orElseThrow();
        assertThat(chosen.isOnePacking()).isTrue();
        switch (preference) {
            case DECODE -> assertThat(chosen.packing().name()).isEqualTo("i2_s");
            case PROMPT -> assertThat(chosen.packing().name()).isEqualTo("tri5r32");
            case BALANCED -> assertThat(chosen.packing().name()).isIn("i2_s", "tri5r32");
        }
        assertThat(two.isOnePacking()).isFalse();
        assertThat(two.step().candidate().packing().name()).isEqualTo("i2_s");
        assertThat(two.batch().candidate().packing().name()).isEqualTo("tri5r32");
        assertThat(two.bytes()).isEqualTo(
                LIBRARY.packing("i2_s").bytes(3840, 2560) + LIBRARY.packing("tri5r32").bytes(3840, 2560));
    }

    @Test
    void theCostModelsChoiceAndAnEarlierWinnerAreMeasuredBesideTheNewOne() {
        tune(new ScriptedRunner(TunerTest::divided), USUAL, QKV);
        UseResult result = tune(new ScriptedRunner(TunerTest::likesFour), new Settings(1000, 0.95, Preference.DECODE, 8, true, false), QKV)
                .results().getFirst();
        assertThat(result.costModel()).isPresent();
        assertThat(result.earlier()).isPresent();
        double chosen = result.chosen().orElseThrow().seconds(QKV, Preference.DECODE);
        for (Optional<Pair> other : List.of(result.costModel(), result.earlier(), result.samePacking()))
            assertThat(other.orElseThrow().seconds(QKV, Preference.DECODE)).isGreaterThanOrEqualTo(chosen);
    }

    @Test
    void aPackingThatNoLibraryHasTakesPart() {
        Packing own = Tir.parse(new Source("own.tir", """
                codec backwards = map(1, 0, -1, _) in 2 bits
                packing own {
                    tile rows 32, k 8;
                    word i16;
                    codec backwards;
                    code at row*16 + 14 - k*2;
                }
                """)).packing("own");
        var runner = new ScriptedRunner((_, recipe) -> recipe.packing().name().equals("own") ? 1e-4 : 1e-3);
        Tuning tuning = tuner(runner, USUAL)
                .tune(List.of(QKV), Stream.concat(SOME.stream(), Stream.of(own)).toList(), null);
        assertThat(tuning.results().getFirst().chosen().orElseThrow().packing()).isEqualTo(own);
        // and it is found again without its file
        assertThat(new RecordedSchedules(records, runner.environment()).tuned(QKV).orElseThrow().packing()).isEqualTo(own);
    }

    @Test
    void narrowVectorsStayOutBesideWideOnes() {
        Shortlist list = Shortlist.of(QKV, SOME, Targets.AVX512, true);
        assertThat(list.step().candidates()).noneMatch(c -> ((Schedule.Vector) c.schedule()).lanes() == 16);
        assertThat(list.step().pruned())
                .anyMatch(p -> p.reason().equals("vectors of 256 bits and others of 512 in one JVM would make both slow"));
        assertThat(Shortlist.of(QKV, SOME, Targets.AVX2, false).step().candidates()).anyMatch(c -> ((Schedule.Vector) c.schedule()).lanes() == 16);
    }

    @Test
    void everyCandidateIsEitherTriedOrPrunedWithAReason() {
        UseResult result = tune(new ScriptedRunner(TunerTest::likesFour), USUAL, QKV).results().getFirst();
        Shortlist.Field field = Shortlist.of(QKV, SOME, Targets.AVX512, false).step();
        assertThat(result.step().outcomes().size() + result.step().pruned().size())
                .isEqualTo(field.candidates().size() + field.pruned().size());
        assertThat(result.step().pruned()).allMatch(p -> !p.reason().isBlank());
    }

    @Test
    void aStoppedSearchKeepsTheWinnersThatItHas() {
        var runner = new ScriptedRunner(TunerTest::likesFour);
        var holder = new Tuner[1];
        var watcher = new Watcher() {
            @Override
            public void tried(Use use, int tokens, TuningCandidate candidate, Outcome outcome) {
                if (use.equals(QKV) && tokens > 1) holder[0].stop(); // as Ctrl-C does, in the middle of the second use
            }
        };
        holder[0] = new Tuner(runner, records, Targets.AVX512, USUAL, watcher, runner::nanos);
        Tuning tuning = holder[0].tune(List.of(QKV, DOWN), SOME, null);
        assertThat(tuning.complete()).isFalse();
        assertThat(tuning.results()).singleElement().satisfies(r -> assertThat(r.use()).isEqualTo(DOWN));
        assertThat(records.tuned()).singleElement().satisfies(t -> assertThat(t.step().k()).isEqualTo(6912));
        assertThat(records.trials()).anyMatch(t -> t.problem().k() == 2560);
    }

    @Test
    void aFullDiskIsReportedOnceAndCostsNothingElse() {
        Records full = (Records) Proxy.newProxyInstance(Records.class.getClassLoader(), new Class<?>[] {Records.class}, (_, method, _) -> {
            if (method.getName().equals("trials")) return List.of();
            if (method.getName().equals("tuned")) return Optional.empty();
            if (method.getName().equals("claims")) return Claims.ALONE;
            throw new RecordsException("/cache/records.db: no space left on device");
        });
        var runner = new ScriptedRunner(TunerTest::likesFour);
        var watcher = new Watcher() {
            @Override
            public void trouble(String message) {
                troubles.add(message);
            }
        };
        var tuner = new Tuner(runner, full, Targets.AVX512, USUAL, watcher, runner::nanos);
        Tuning tuning = tuner.tune(List.of(QKV), SOME, null);
        assertThat(tuning.complete()).isTrue();
        assertThat(tuner.isKeeping()).isFalse();
        assertThat(troubles).containsExactly("/cache/records.db: no space left on device");
    }

    @Test
    void fewerThreadsAreTriedAndTheirBestIsSaid() {
        var runner = new ScriptedRunner(TunerTest::likesFour);
        runner.threads = 4;
        var asked = new ArrayList<Integer>();
        Tuning tuning = tuner(runner, USUAL).tune(List.of(QKV, DOWN), SOME, threads -> {
            asked.add(threads);
            var fewer = new ScriptedRunner((problem, recipe) -> likesFour(problem, recipe) * (threads == 2 ? 0.5 : 3));
            fewer.threads = threads;
            return fewer;
        });
        assertThat(asked).containsExactly(2, 1);
        assertThat(tuning.threads()).extracting(ThreadSweep.Result::threads).containsExactly(4, 2, 1);
        assertThat(tuning.threads().get(1).stepSeconds()).isCloseTo(
                tuning.threads().get(0).stepSeconds() / 2, Percentage.withPercentage(2));
        assertThat(records.tuned()).as("each number of threads has its winners").hasSize(6);
    }

    @Test
    void theCostModelsChoicesCanBePutBack() {
        var runner = new ScriptedRunner(TunerTest::divided);
        var tuner = tuner(runner, settings(1000, Preference.DECODE, 8, false));
        Tuning tuning = tuner.tune(List.of(QKV), SOME, null);
        assertThat(new RecordedSchedules(records, runner.environment()).tuned(QKV).orElseThrow().packing().name()).isEqualTo("i2_s");
        tuner.keepCostModel(tuning);
        assertThat(new RecordedSchedules(records, runner.environment()).tuned(QKV).orElseThrow().packing().name()).isEqualTo("tri5r32");
    }

    @Test
    void aUseOfSingleTokensIsOneProblem() {
        var single = new Use("qkv", QKV.kernel(), QKV.m(), QKV.k(), 1, 30);
        Tuning tuning = tune(new ScriptedRunner(TunerTest::likesFour), USUAL, single);
        UseResult result = tuning.results().getFirst();
        assertThat(result.batch().outcomes()).isEqualTo(result.step().outcomes());
        assertThat(tuning.tried()).isEqualTo(result.step().outcomes().size()).isLessThanOrEqualTo(8);
        Pair chosen = result.chosen().orElseThrow();
        assertThat(chosen.batch()).isSameAs(chosen.step());
        assertThat(progress).allSatisfy(now -> assertThat(now.lines()).hasSize(1));
    }

    @Test
    void aBudgetThatSufficesForNothingTriesNothing() {
        var runner = new ScriptedRunner(TunerTest::likesFour);
        long[] nanos = new long[1];
        Tuning tuning = new Tuner(runner, records, Targets.AVX512, settings(1, Preference.BALANCED, 8, false), Watcher.NONE, () -> nanos[0] += 2_000_000_000L)
                .tune(List.of(QKV), SOME, null);
        assertThat(runner.prepared).isEmpty();
        assertThat(tuning.tried()).isZero();
        assertThat(tuning.results()).isEmpty();
        assertThat(tuning.complete()).isFalse();
    }

    @Test
    void whatNoPackingCanServeIsRefused() {
        assertThatThrownBy(() -> tuner(new ScriptedRunner(TunerTest::likesFour), USUAL).tune(List.of(QKV), packings("sherry5"), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("qkv: none of 1 packings can serve it");
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> settings(0, Preference.DECODE, 8, false)).hasMessage("the budget must be positive: 0.0");
        assertThatThrownBy(() -> settings(1, Preference.DECODE, 0, false)).hasMessage("at least one trial: 0");
        assertThatThrownBy(() -> new Settings(1, 1.5, Preference.DECODE, 8, false, false))
                .hasMessage("until must be above 0, at most 1: 1.5");
    }
}
