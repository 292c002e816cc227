package tern.codegen.jvm.team;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
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

    @Test
    void refusesWorkWhenClosed() {
        Team team = new Team(2);
        team.close();
        assertThatThrownBy(() -> team.run((_, _, _, _, _, _) -> {}, NONE, 1, 0)).hasMessage("the team is closed");
    }
}
