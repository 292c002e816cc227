package tern.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.fault.Child.Ended;

/// `-Dtern.kills=100`, or the Maven profile `campaign`, kills so many processes, and has eight of them share a cache.
class FaultsTest {

    private static final int KILLS = Integer.getInteger("tern.kills", 2), AT_ONCE = KILLS > 10 ? 8 : 2;

    /// What may be left of a process that was killed: a file aside, and SQLite's journal and library.
    private static final String LEFT = ".*\\.(tmp|part)|records\\.db-journal|sqlite-.*";

    private static final Path GOLDEN = Path.of("src/test/resources/golden/tiny256.i2_s.gguf");

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static String text;
    private static byte[] converted;
    private static long usualMillis;

    @BeforeAll
    static void asItShouldBe() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs a shell");
        long start = System.nanoTime();
        Ended run = Child.run(first(shared.resolve("cache")));
        usualMillis = (System.nanoTime() - start) / 1_000_000;
        assertThat(run.status()).as(run.err()).isZero();
        text = run.out();
        Path out = shared.resolve("out.gguf");
        Ended convert = Child.run(convert(out));
        assertThat(convert.status()).as(convert.err()).isZero();
        converted = Files.readAllBytes(out);
    }

    private static Object[] first(Path cache) {
        return new Object[] {"run", "--model", GOLDEN, "--ids", GOLDEN.resolveSibling("tiny256.tokens.i32"), "--tokens", 4, "--cache", cache, "--threads", 1};
    }

    private static Object[] convert(Path out) {
        return new Object[] {"convert", GOLDEN, out, "--weights", "tq2_0", "--round-scales"};
    }

    private List<String> there(Path of) throws IOException {
        if (!Files.isDirectory(of)) return List.of();
        try (Stream<Path> files = Files.list(of)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void aProcessThatIsKilledLeavesNothingHalf() throws Exception {
        var random = new SplittableRandom(System.nanoTime());
        int ended = 0;
        for (int i = 0; i < KILLS; i++) {
            long millis = random.nextLong(usualMillis / 4, usualMillis);
            Path place = Files.createDirectory(folder.resolve("kill" + i));
            Path out = place.resolve("out.gguf"), cache = place.resolve("cache");
            Object[] command = i % 2 == 0 ? first(cache) : convert(out);
            Ended killed = Child.start(":", List.of(), command).killAfter(millis);
            if (killed.status() == 0) ended++;
            String when = "%s, killed after %d of %d ms".formatted(command[0], millis, usualMillis);
            if (i % 2 == 0) {
                Ended again = Child.run(command);
                assertThat(again).as(when).isEqualTo(new Ended(0, text, again.err()));
                assertThat(again.err()).as(when).doesNotContain("Exception");
            } else {
                if (Files.exists(out)) assertThat(Files.readAllBytes(out)).as(when).isEqualTo(converted);
                assertThat(there(place)).as(when).allMatch(name -> name.equals("out.gguf") || name.matches(LEFT));
                Files.deleteIfExists(out);
                assertThat(Child.run(command).status()).as(when).isZero();
                assertThat(Files.readAllBytes(out)).as(when).isEqualTo(converted);
            }
        }
        System.out.printf("%d processes, %d of them killed before they had ended%n", KILLS, KILLS - ended);
    }

    @Test
    void severalMayShareACache() throws Exception {
        Path cache = folder.resolve("cache");
        var children = new ArrayList<Child>();
        for (int i = 0; i < AT_ONCE; i++) children.add(Child.start(":", List.of(), first(cache)));
        for (Child child : children) {
            Ended ended = child.end();
            assertThat(ended).isEqualTo(new Ended(0, text, ended.err()));
        }
        assertThat(there(cache)).noneMatch(name -> name.matches(LEFT)).filteredOn(name -> name.endsWith(".packed")).hasSize(1);
    }

    @Test
    void aFullDiskIsSaid() throws Exception {
        Ended run = Child.start("ulimit -f 8", List.of("-XX:-UsePerfData"), first(folder.resolve("cache"))).end();
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(text);
        assertThat(run.err()).containsOnlyOnce("tern: packed weights are not kept: ").doesNotContain("Exception:");
        Path out = folder.resolve("out.gguf");
        Ended convert = Child.start("ulimit -f 8", List.of("-XX:-UsePerfData"), convert(out)).end();
        assertThat(convert.status()).as(convert.err()).isEqualTo(1);
        assertThat(convert.err()).startsWith("tern convert: ").hasLineCount(1);
        assertThat(there(folder)).doesNotContain("out.gguf").noneMatch(name -> name.matches(LEFT));
    }

    @Test
    void damagedRecordsAreSaidAndStay() throws Exception {
        Path cache = Files.createDirectory(folder.resolve("cache")), records = cache.resolve("records.db");
        byte[] damaged = "SQLite format 3\0".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        damaged = Arrays.copyOf(damaged, 4096);
        for (int i = 16; i < damaged.length; i++) damaged[i] = (byte) (i * 37);
        Files.write(records, damaged);
        Ended run = Child.run(first(cache));
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(text);
        assertThat(run.err()).containsOnlyOnce(records + ": ");
        assertThat(Files.readAllBytes(records)).isEqualTo(damaged);
    }

    @Test
    void tooLittleMemoryIsSaid() throws Exception {
        for (String limit : List.of("-Xmx8m", "-XX:MaxDirectMemorySize=64k")) {
            Ended run = Child.start(":", List.of(limit), first(folder.resolve("cache" + limit.length()))).end();
            if (run.status() == 0) assertThat(run.out()).isEqualTo(text);
            else assertThat(run.err().lines().filter(line -> !line.isBlank()).count()).as("%s: %s", limit, run.err()).isEqualTo(1);
        }
    }
}
