package tern.autotune.record;

import static org.assertj.core.api.Assertions.assertThat;
import static tern.autotune.record.Samples.HERE;
import static tern.autotune.record.Samples.THEN;
import static tern.autotune.record.Samples.problem;
import static tern.autotune.record.Samples.trial;
import static tern.autotune.record.Samples.tuned;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Who tries what. The database's clock is the test's: leases end when it says so.
class ClaimsTest {

    private static final Duration LEASE = Duration.ofSeconds(60);

    private final ReentrantReadWriteLock working = new ReentrantReadWriteLock(true);
    private StoppedClock clock;
    private Records one, other;

    @BeforeEach
    void open() throws Exception {
        clock = new StoppedClock();
        one = Records.open(clock.url());
        other = Records.open(clock.url());
    }

    @AfterEach
    void close() throws Exception {
        one.close();
        other.close();
        clock.close();
    }

    @Test
    void whatIsInOneHandIsInNoOther() {
        Claims mine = one.claims(LEASE), theirs = other.claims(LEASE);
        assertThat(mine.isShared()).isTrue();
        assertThat(mine.take("a", Instant.EPOCH)).isTrue();
        assertThat(mine.take("a", Instant.EPOCH)).as("a transaction that was made twice").isTrue();
        assertThat(theirs.take("a", Instant.EPOCH)).isFalse();
        assertThat(theirs.take("b", Instant.EPOCH)).isTrue();
        mine.release("b");
        assertThat(mine.take("b", Instant.EPOCH)).as("only who has it gives it back").isFalse();
        mine.release("a");
        assertThat(theirs.take("a", Instant.EPOCH)).isTrue();
    }

    @Test
    void whatADeadMachineHadIsFreeAfterItsLease() {
        Claims dead = one.claims(LEASE), theirs = other.claims(LEASE);
        dead.take("a", Instant.EPOCH);
        clock.add(59);
        assertThat(theirs.take("a", Instant.EPOCH)).isFalse();
        dead.extend("a");
        clock.add(59);
        assertThat(theirs.take("a", Instant.EPOCH)).as("its lease began anew").isFalse();
        clock.add(2);
        assertThat(theirs.take("a", Instant.EPOCH)).isTrue();
        dead.extend("a");
        dead.release("a");
        clock.add(59);
        assertThat(dead.take("a", Instant.EPOCH)).as("it has lost it").isFalse();
    }

    @Test
    void whatIsDoneIsNotTakenAgain() {
        Claims mine = one.claims(LEASE);
        Trial trial = trial(0);
        Tuned winner = tuned("s", THEN);
        other.addAll(List.of(trial), List.of(winner));
        assertThat(mine.take(trial.identity(), Instant.EPOCH)).isFalse();
        assertThat(mine.take(winner.identity(), Instant.EPOCH)).isFalse();
        assertThat(mine.take(trial.identity(), trial.at())).as("to be measured again").isTrue();
        assertThat(mine.take(winner.identity(), winner.at())).isTrue();
    }

    @Test
    void aFileIsNobodyElses() {
        assertThat(Records.inMemory().claims(LEASE)).isSameAs(Claims.ALONE);
        assertThat(Records.open("some.db").claims(LEASE)).isSameAs(Claims.ALONE);
    }

    /// Eight at once, each with its own connection, of whom every sixth piece of work kills one: a new one takes its place.
    @Test
    void eightClaimantsLoseNothingAndDoNothingTwice() throws Exception {
        int pieces = 120, claimants = 8;
        var holders = new AtomicIntegerArray(pieces);
        var done = new AtomicIntegerArray(pieces);
        var workers = new ArrayList<Callable<Integer>>();
        for (int worker = 0; worker < claimants; worker++) {
            var random = new Random(worker);
            workers.add(() -> work(random, holders, done));
        }
        int deaths = 0;
        try (var threads = Executors.newFixedThreadPool(claimants)) {
            for (Future<Integer> died : threads.invokeAll(workers)) deaths += died.get();
        }
        assertThat(deaths).isPositive();
        assertThat(IntStream.range(0, pieces).map(done::get)).as("times that each was done").containsOnly(1);
        assertThat(one.trials(problem(1), HERE)).hasSize(pieces);
    }

    /// @return how many died
    private int work(Random random, AtomicIntegerArray holders, AtomicIntegerArray done) {
        int deaths = 0, failures = 0;
        try (Records own = Records.open(clock.url())) {
            Claims claims = own.claims(LEASE);
            var left = new ArrayList<>(IntStream.range(0, done.length()).boxed().toList());
            Collections.shuffle(left, random);
            while (!left.isEmpty()) {
                if (failures > left.size()) endLeases();
                int piece = left.removeLast();
                boolean dies = random.nextInt(6) == 0;
                switch (once(own, claims, trial(piece), piece, dies, holders, done)) {
                    case NOT_MINE -> {
                        failures++;
                        if (done.get(piece) == 0) left.addFirst(piece);
                    }
                    case DONE -> failures = 0;
                    case DIED -> {
                        deaths++;
                        left.addFirst(piece);
                        claims = own.claims(LEASE);
                    }
                }
            }
        }
        return deaths;
    }

    private enum End {
        NOT_MINE,
        DONE,
        DIED
    }

    private End once(Records own, Claims claims, Trial trial, int piece, boolean dies, AtomicIntegerArray holders, AtomicIntegerArray done) {
        working.readLock().lock();
        try {
            if (!claims.take(trial.identity(), Instant.EPOCH)) return End.NOT_MINE;
            assertThat(holders.incrementAndGet(piece)).as("holders of %d", piece).isEqualTo(1);
            if (!dies) {
                own.add(trial);
                done.incrementAndGet(piece);
            }
            holders.decrementAndGet(piece);
            if (dies) return End.DIED;
            claims.release(trial.identity());
            return End.DONE;
        } finally {
            working.readLock().unlock();
        }
    }

    /// Of the dead alone: while nobody is at work.
    private void endLeases() {
        working.writeLock().lock();
        try {
            clock.add(61);
        } finally {
            working.writeLock().unlock();
        }
    }
}
