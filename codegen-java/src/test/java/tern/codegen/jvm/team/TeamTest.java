package tern.codegen.jvm.team;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(600)
class TeamTest {

    private static final long[] NONE = {};

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void everyWorkerRunsOncePerLaunch(int workers) {
        AtomicIntegerArray runs = new AtomicIntegerArray(workers);
        try (Team team = new Team(workers)) {
            for (int i = 0; i < 1000; i++)
                team.run((worker, count, _, _, n, position) -> runs.addAndGet(worker, count + n - position), NONE, 7, 7);
        }
        for (int worker = 0; worker < workers; worker++) assertThat(runs.get(worker)).isEqualTo(1000 * workers);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void nobodyPassesABarrierBeforeAllHaveReachedIt(int workers) {
        AtomicInteger arrived = new AtomicInteger();
        AtomicInteger early = new AtomicInteger();
        try (Team team = new Team(workers)) {
            for (int launch = 0; launch < 20; launch++) {
                arrived.set(0);
                team.run((_, count, ours, _, _, _) -> {
                    for (int phase = 1; phase <= 50; phase++) {
                        arrived.incrementAndGet();
                        ours.barrier();
                        if (arrived.get() < phase * count) early.incrementAndGet();
                        ours.barrier();
                    }
                }, NONE, 1, 0);
            }
        }
        assertThat(early).hasValue(0);
    }

    @Test
    void wakesAfterHavingParked() throws InterruptedException {
        AtomicInteger runs = new AtomicInteger();
        try (Team team = new Team(3)) {
            for (int i = 0; i < 5; i++) {
                Thread.sleep(5);
                team.run((_, _, _, _, _, _) -> runs.incrementAndGet(), NONE, 1, 0);
            }
        }
        assertThat(runs).hasValue(15);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whatAWorkerThrowsArrivesAndTheTeamLivesOn(int culprit) {
        AtomicInteger runs = new AtomicInteger();
        try (Team team = new Team(3)) {
            for (int i = 0; i < 10; i++) {
                assertThatThrownBy(() -> team.run((worker, _, ours, _, _, _) -> {
                    if (worker == culprit) throw new IllegalStateException("worker " + worker);
                    ours.barrier();
                }, NONE, 1, 0))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("worker " + culprit);
                team.run((_, _, ours, _, _, _) -> {
                    ours.barrier();
                    runs.incrementAndGet();
                }, NONE, 1, 0);
            }
        }
        assertThat(runs).hasValue(30);
    }

    /// No barrier stands between the loops: a worker may be several of them ahead.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void everyIterationOfEveryLoopIsClaimedOnce(int workers) {
        int[] loops = {0, 1, 1000, 0, 2, 17, 4096};
        try (Team team = new Team(workers)) {
            for (int launch = 0; launch < 50; launch++) {
                AtomicIntegerArray[] done = Arrays.stream(loops).mapToObj(AtomicIntegerArray::new).toArray(AtomicIntegerArray[]::new);
                team.run((worker, _, ours, _, _, _) -> {
                    for (AtomicIntegerArray loop : done) claim(worker, ours, loop.length(), loop::incrementAndGet);
                }, NONE, 1, 0);
                for (AtomicIntegerArray loop : done)
                    for (int i = 0; i < loop.length(); i++) assertThat(loop.get(i)).isEqualTo(1);
            }
        }
    }

    /// Worker 1 takes one run and does nothing more until nothing is left.
    @Test
    void aSlowWorkerDoesWhatItTookAndTheOtherTheRest() {
        int units = 6400;
        AtomicIntegerArray done = new AtomicIntegerArray(2);
        CountDownLatch taken = new CountDownLatch(1), nothingLeft = new CountDownLatch(1);
        try (Team team = new Team(2)) {
            team.run((worker, _, ours, _, _, _) -> {
                if (worker == 0) await(taken);
                claim(worker, ours, units, _ -> {
                    done.incrementAndGet(worker);
                    if (worker == 0) return;
                    taken.countDown();
                    await(nothingLeft);
                });
                nothingLeft.countDown();
            }, NONE, 1, 0);
        }
        assertThat(done.get(1)).isEqualTo(units / 4);
        assertThat(done.get(0)).isEqualTo(units - units / 4);
    }

    @Test
    void runsGetSmaller() {
        List<Integer> runs = new ArrayList<>();
        try (Team team = new Team(2)) {
            team.run((worker, _, ours, _, _, _) -> {
                if (worker != 0) return;
                for (long run = ours.claim(worker, 6400); run != Team.NONE; run = ours.claim(worker, 6400)) runs.add((int) run - (int) (run >>> 32));
            }, NONE, 1, 0);
        }
        assertThat(runs).isSortedAccordingTo(Comparator.reverseOrder()).startsWith(1600, 1200, 900).hasSizeBetween(10, 13);
    }

    @Test
    void aWarmUpDoesTheFirstPart() {
        List<Long> runs = new ArrayList<>();
        try (Team team = new Team(1)) {
            for (int i = 0; i < 2; i++)
                team.warmUp((worker, _, ours, _, _, _) -> {
                    for (long run = ours.claim(worker, 100); run != Team.NONE; run = ours.claim(worker, 100)) runs.add(run);
                }, 50, NONE, 1, 0);
        }
        assertThat(runs).containsExactly(2L, 2L);
    }

    private static void claim(int worker, Team team, int units, IntConsumer body) {
        for (long run = team.claim(worker, units); run != Team.NONE; run = team.claim(worker, units))
            for (int i = (int) (run >>> 32); i < (int) run; i++) body.accept(i);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void refusesWorkWhenClosed() {
        Team team = new Team(2);
        team.close();
        assertThatThrownBy(() -> team.run((_, _, _, _, _, _) -> {}, NONE, 1, 0)).hasMessage("the team is closed");
    }
}
