package tern.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.Outcome.Measured;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Records;
import tern.autotune.record.Trial;
import tern.autotune.record.Tuned;
import tern.fault.Child.Ended;
import tern.fault.Child.Killed;

/// `tern tune` and `tern records merge`, killed at random moments. `-Dtern.kills=100`, or the Maven profile `campaign`, kills a fifth as many of each.
class KilledRecordsTest {

    private static final int KILLS = Integer.getInteger("tern.kills", 2), EACH = Math.ceilDiv(KILLS, 5);

    /// Of those to be merged: enough for the transaction to be met.
    private static final int TRIALS = KILLS > 10 ? 2000 : 500;

    /// A candidate counts once HotSpot's optimising compiler has vectorised its bytecode.
    private static final List<String> OPTIMISED = List.of("-XX:TieredStopAtLevel=4");

    private static final SplittableRandom RANDOM = new SplittableRandom(System.nanoTime());

    @TempDir
    Path folder;

    private record Kept(List<Trial> trials, List<Tuned> winners) {}

    @BeforeAll
    static void needsAShell() {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs a shell");
    }

    private static Kept kept(Path file) {
        try (Records records = Records.open(file.toString())) {
            return new Kept(records.trials(), records.tuned());
        }
    }

    private static Kept records(int from, int to) {
        var here = new Environment("cpu Some Processor; cores 2", "25", "abc", 1);
        ProblemKey step = new ProblemKey("kernel f() {}\n", 64, 90, 1), batch = new ProblemKey("kernel f() {}\n", 64, 90, 4);
        List<Trial> trials = IntStream.range(from, to).mapToObj(i -> new Trial(step, new Candidate("packing p {}\n", "schedule " + i + ";\n"), here,
                new Measured(1e-5, 1e-5, 2e-5, 7), Instant.EPOCH.plusMillis(i))).toList();
        return new Kept(trials, List.of(new Tuned(step, batch, here, "packing p {}\n", "schedule " + from, "schedule " + to, 1e-5, 1e-3,
                Instant.EPOCH.plusMillis(to))));
    }

    private static Path file(Path file, Kept kept) {
        try (Records records = Records.open(file.toString())) {
            records.addAll(kept.trials, kept.winners);
        }
        return file;
    }

    /// The lines that say of a candidate what became of it.
    private static long tried(String err) {
        return err.lines().filter(line -> line.startsWith("product ")).count();
    }

    /// Every trial that was reported is kept, nobody of its processes is left, and the next tuning ends with a winner.
    @Test
    void aTuningThatIsKilledKeepsWhatItReported() throws Exception {
        Path kernel = Files.writeString(folder.resolve("product.tir"), """
                kernel product(x: i8[n, k], w: weight[m, k]) -> y: i32[n, m] { y[i, j] = sum(k: x[i, k] * w[j, k]) }
                """);
        for (int i = 0; i < EACH; i++) {
            Path cache = Files.createDirectory(folder.resolve("tune-" + i)), file = cache.resolve("records.db");
            Object[] line = {"tune", kernel, "--shape", "32,40,1", "--packing", "tri5r8", "--threads", 1, "--trials", 3, "--trial", 900, "--budget", 9000,
                "--cache", cache};
            int lines = KILLS > 10 ? RANDOM.nextInt(4) : 1;
            long millis = RANDOM.nextLong(1000);
            Killed killed = Child.start(":", OPTIMISED, line).killAfter(err -> tried(err) >= lines, millis);
            String when = "killed %d ms after %d trials: %s".formatted(millis, lines, killed.ended());
            for (ProcessHandle left : killed.below()) left.onExit().get(10, TimeUnit.MINUTES);
            long reported = tried(killed.ended().err());
            assertThat(reported).as(when).isGreaterThanOrEqualTo(killed.ended().status() == 0 ? 1 : lines);
            List<Trial> trials = Files.exists(file) ? kept(file).trials : List.of();
            assertThat(trials).as(when).hasSizeGreaterThanOrEqualTo(Math.toIntExact(reported));
            if (KILLS <= 10) continue;
            Ended again = Child.start(":", OPTIMISED, line).end();
            assertThat(again.status()).as("%s%n%s", when, again).isZero();
            assertThat(again.err()).as(when).doesNotContain("Exception");
            assertThat(kept(file).winners).as(when).hasSize(1);
            assertThat(kept(file).trials.stream().map(Trial::identity)).as(when).containsAll(trials.stream().map(Trial::identity).toList());
        }
    }

    /// All records or none are there, all if it said so; what was there before stays.
    @Test
    void aMergeThatIsKilledIsWholeOrNotDone() throws Exception {
        Kept old = records(0, 20), added = records(20, 20 + TRIALS);
        Path other = file(folder.resolve("other.db"), added);
        long start = System.nanoTime();
        assertThat(Child.run(merge(file(folder.resolve("whole.db"), old), other)).status()).isZero();
        long usualMillis = (System.nanoTime() - start) / 1_000_000;
        Kept all = kept(folder.resolve("whole.db"));
        assertThat(all.trials).hasSize(20 + TRIALS);
        int done = 0;
        for (int i = 0; i < EACH; i++) {
            Path file = file(folder.resolve("merged-" + i + ".db"), old);
            long millis = RANDOM.nextLong(usualMillis / 4, usualMillis);
            Killed killed = Child.start(":", List.of(), merge(file, other)).killAfter(err -> true, millis);
            String when = "killed after %d of %d ms: %s".formatted(millis, usualMillis, killed.ended());
            Kept found = kept(file);
            if (found.equals(all)) done++;
            else assertThat(found).as(when).isEqualTo(old);
            if (killed.ended().out().contains("from ")) assertThat(found).as(when).isEqualTo(all);
            Ended again = Child.run(merge(file, other));
            assertThat(again.status()).as("%s%n%s", when, again).isZero();
            assertThat(kept(file)).as(when).isEqualTo(all);
        }
        System.out.printf("%d merges killed, %d of them had been done%n", EACH, done);
    }

    private static Object[] merge(Path into, Path from) {
        return new Object[] {"records", "merge", from, "--records", into};
    }
}
