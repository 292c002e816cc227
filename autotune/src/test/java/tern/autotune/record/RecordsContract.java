package tern.autotune.record;

import static org.assertj.core.api.Assertions.assertThat;
import static tern.autotune.record.Samples.HERE;
import static tern.autotune.record.Samples.THEN;
import static tern.autotune.record.Samples.candidate;
import static tern.autotune.record.Samples.problem;
import static tern.autotune.record.Samples.trial;
import static tern.autotune.record.Samples.trials;
import static tern.autotune.record.Samples.tuned;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tern.autotune.record.Outcome.Failed;
import tern.autotune.record.Outcome.Reason;

/// What holds of all records, wherever they are kept.
abstract class RecordsContract {

    Records records = Records.inMemory();

    /// Empty ones.
    abstract Records create() throws Exception;

    /// The same again, as another process would see them.
    abstract Records reopen();

    @BeforeEach
    final void begin() throws Exception {
        records = create();
    }

    @AfterEach
    final void end() {
        records.close();
    }

    @Test
    void thereIsNothingAtFirst() {
        assertThat(records.trials()).isEmpty();
        assertThat(records.tuned()).isEmpty();
        assertThat(records.trials(problem(1), HERE)).isEmpty();
        assertThat(records.tuned(problem(1), problem(512), HERE)).isEmpty();
        assertThat(records.removeAll(trials(0, 2), List.of())).isZero();
    }

    @Test
    void whatIsKeptComesBackEqual() {
        var kept = new ArrayList<Trial>(trials(0, 3));
        for (Reason reason : Reason.values())
            kept.add(new Trial(
                    problem(512), candidate(reason.ordinal()), HERE, new Failed(reason, "why: \"'%\n\tü𝄞" + reason), THEN.plusNanos(kept.size())));
        kept.sort(Comparator.comparing(Trial::at));
        kept.forEach(records::add);
        Tuned winner = tuned("s", THEN);
        records.add(winner);
        for (Records seen : List.of(records, reopen())) {
            assertThat(seen.trials()).isEqualTo(kept);
            assertThat(seen.tuned()).containsExactly(winner);
            assertThat(seen.tuned(problem(1), problem(512), HERE)).contains(winner);
        }
    }

    @Test
    void textThatNoDatabaseTakesIsMadeFit() {
        records.add(new Trial(problem(1), candidate(1), HERE, new Failed(Reason.CRASHED, "a\0b\ud800c"), THEN));
        assertThat(records.trials()).singleElement().extracting(Trial::outcome).isInstanceOf(Failed.class);
    }

    @Test
    void aLaterRecordReplacesAnEarlierOneAndNotTheOtherWayRound() {
        Trial slow = new Trial(problem(1), candidate(1), HERE, Samples.measured(2e-5), THEN);
        Trial fast = new Trial(problem(1), candidate(1), HERE, Samples.measured(1e-5), THEN.plusNanos(1));
        Tuned old = tuned("old", THEN), now = tuned("now", THEN.plusNanos(1));
        records.add(slow);
        records.add(fast);
        records.add(slow);
        assertThat(records.trials()).containsExactly(fast);
        records.addAll(List.of(slow), List.of(now, old));
        assertThat(records.trials(problem(1), HERE)).containsExactly(fast);
        assertThat(records.tuned()).containsExactly(now);
    }

    @Test
    void aTrialOfTheSameMomentReplaces() {
        records.add(new Trial(problem(1), candidate(1), HERE, new Failed(Reason.TIMEOUT, ""), THEN));
        Trial again = new Trial(problem(1), candidate(1), HERE, Samples.measured(1e-5), THEN);
        records.add(again);
        assertThat(records.trials()).containsExactly(again);
    }

    @Test
    void aChangedSpellingIsAMiss() {
        records.add(tuned("s", THEN));
        records.add(trial(0));
        ProblemKey step = problem(1), batch = problem(512);
        for (ProblemKey other : List.of(
                new ProblemKey(step.kernel() + " ", step.m(), step.k(), 1),
                new ProblemKey(step.kernel().toUpperCase(Locale.ROOT), step.m(), step.k(), 1),
                new ProblemKey(step.kernel(), step.m() + 1, step.k(), 1),
                new ProblemKey(step.kernel(), step.k(), step.m(), 1),
                new ProblemKey(step.kernel(), step.m(), step.k(), 2))) {
            assertThat(records.tuned(other, batch, HERE)).as("%s", other).isEmpty();
            assertThat(records.trials(other, HERE)).as("%s", other).isEmpty();
        }
        assertThat(records.tuned(batch, step, HERE)).isEmpty();
        for (Environment other : List.of(
                new Environment(HERE.processor() + " ", HERE.jdk(), HERE.generation(), 2),
                new Environment(HERE.processor(), HERE.jdk() + "0", HERE.generation(), 2),
                new Environment(HERE.processor(), HERE.generation(), HERE.jdk(), 2),
                new Environment(HERE.processor(), HERE.jdk(), "abc-deg", 2),
                new Environment(HERE.processor(), HERE.jdk(), HERE.generation(), 1))) {
            assertThat(records.tuned(step, batch, other)).as("%s", other).isEmpty();
            assertThat(records.trials(step, other)).as("%s", other).isEmpty();
        }
        assertThat(records.tuned(step, batch, HERE)).isPresent();
    }

    @Test
    void textsThatRunTogetherAreDifferentRecords() {
        records.add(new Trial(problem(1), new Candidate("ab", "c"), HERE, Samples.measured(1), THEN));
        records.add(new Trial(problem(1), new Candidate("a", "bc"), HERE, Samples.measured(1), THEN));
        assertThat(records.trials()).hasSize(2);
    }

    @Test
    void theFastestIsFirstAndFailuresAreLast() {
        Trial failed = new Trial(problem(1), candidate(9), HERE, new Failed(Reason.WRONG, ""), THEN.minusSeconds(1));
        records.addAll(List.of(trial(2), failed, trial(0), trial(1)), List.of());
        assertThat(records.trials(problem(1), HERE)).containsExactly(trial(0), trial(1), trial(2), failed);
        assertThat(records.trials()).containsExactly(failed, trial(0), trial(1), trial(2));
    }

    @Test
    void onlyWhatIsStillTheSameIsRemoved() {
        Tuned old = tuned("old", THEN), now = tuned("now", THEN.plusSeconds(1));
        records.addAll(trials(0, 4), List.of(now));
        Trial again = new Trial(problem(1), candidate(3), HERE, Samples.measured(1), Instant.now());
        records.add(again);
        assertThat(records.removeAll(trials(2, 4), List.of(old))).isEqualTo(1);
        assertThat(records.trials()).containsExactly(trial(0), trial(1), again);
        assertThat(records.tuned()).containsExactly(now);
        assertThat(records.removeAll(List.of(), List.of(now))).isEqualTo(1);
        assertThat(reopen().tuned()).isEmpty();
    }

    @Test
    void warmingUpChangesNothing() {
        records.warmUp();
        records.add(trial(0));
        records.warmUp();
        assertThat(records.trials()).containsExactly(trial(0));
    }
}
