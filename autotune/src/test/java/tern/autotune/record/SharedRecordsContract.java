package tern.autotune.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tern.autotune.record.Samples.HERE;
import static tern.autotune.record.Samples.THEN;
import static tern.autotune.record.Samples.problem;
import static tern.autotune.record.Samples.trial;
import static tern.autotune.record.Samples.trials;
import static tern.autotune.record.Samples.tuned;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What holds of records that several processes write to at once.
abstract class SharedRecordsContract extends RecordsContract {

    private static final int WRITERS = 4, EACH = 12;

    /// Each with its own connection, as two processes have; none of them has seen the tables yet.
    @Test
    void severalWritersLoseNothing() throws Exception {
        var start = new CountDownLatch(WRITERS);
        var writers = new ArrayList<Callable<Void>>();
        for (int writer = 0; writer < WRITERS; writer++) {
            int number = writer;
            writers.add(() -> {
                try (Records own = reopen()) {
                    start.countDown();
                    start.await();
                    for (int i = 0; i < EACH; i++) {
                        own.add(trial(number * EACH + i));
                        own.add(tuned("by " + number, THEN.plusSeconds(number)));
                    }
                }
                return null;
            });
        }
        try (var threads = Executors.newFixedThreadPool(WRITERS)) {
            for (Future<Void> done : threads.invokeAll(writers)) done.get();
        }
        assertThat(records.trials()).isEqualTo(trials(0, WRITERS * EACH));
        assertThat(records.tuned()).containsExactly(tuned("by " + (WRITERS - 1), THEN.plusSeconds(WRITERS - 1)));
    }

    @Test
    void aWriterSeesWhatOthersWrote() {
        try (Records other = reopen()) {
            records.add(trial(0));
            assertThat(other.trials()).containsExactly(trial(0));
            other.add(tuned("s", THEN));
            assertThat(records.tuned(problem(1), problem(512), HERE)).contains(tuned("s", THEN));
            records.removeAll(List.of(trial(0)), List.of());
            assertThat(other.trials(problem(1), HERE)).isEmpty();
        }
    }

    @Test
    void whatIsNoTimeIsNotKept() {
        Trial odd = new Trial(problem(1), Samples.candidate(1), HERE, Samples.measured(Double.NaN), THEN);
        assertThatThrownBy(() -> records.addAll(List.of(trial(0), odd), List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThat(records.trials()).isEmpty();
    }

    @Test
    void manyAreKeptAtOnce() {
        List<Trial> many = IntStream.range(0, 500).mapToObj(Samples::trial).toList();
        records.addAll(many, List.of());
        assertThat(reopen().trials()).isEqualTo(many);
    }
}
