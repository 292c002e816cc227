package tern.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.fault.Child.Ended;

/// `-Dtern.kills=100`, or the Maven profile `campaign`, kills so many processes, and has eight of them share a cache.
class ProcessFaultsTest {

    private static final int KILLS = Integer.getInteger("tern.kills", 2), AT_ONCE = KILLS > 10 ? 8 : 2;

    /// What may be left of a process that was killed: a file aside, and SQLite's journal and library.
    private static final String LEFT = ".*\\.(tmp|part)|records\\.db-journal|sqlite-.*";

    private static final Path GOLDEN = Path.of("src/test/resources/golden/tiny256.i2_s.gguf");

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static String text;
    private static long usualMillis;

    @BeforeAll
    static void asItShouldBe() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs a shell");
        long start = System.nanoTime();
        Ended run = Child.run(first(shared.resolve("cache")));
        usualMillis = (System.nanoTime() - start) / 1_000_000;
        assertThat(run.status()).as(run.err()).isZero();
        text = run.out();
    }

    private static Object[] first(Path cache) {
        return new Object[] {"run", "--model", GOLDEN, "--ids", GOLDEN.resolveSibling("tiny256.tokens.i32"), "--tokens", 4, "--cache", cache, "--threads", 1,
            "--packing",
            "i2_s"};
    }

    private static Object[] convert(Path out) {
        return new Object[] {"convert", GOLDEN, out, "--weights", "tq2_0", "--round-scales"};
    }

    private static List<String> there(Path of) throws IOException {
        if (!Files.isDirectory(of)) return List.of();
        try (Stream<Path> files = Files.list(of)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static Object[] export(Path out) {
        return new Object[] {"export", Path.of("../examples/src/main/resources/tern/examples/02-kernel.tir"), "--as", "java", "--target", "avx2", "--m", 41,
            "--k", 62,
            "--out", out};
    }

    /// Files below a folder with their contents, but for what a killed process may leave.
    private static Map<String, String> files(Path of) throws IOException {
        var files = new TreeMap<String, String>();
        if (!Files.isDirectory(of)) return files;
        try (Stream<Path> all = Files.walk(of)) {
            for (Path file : all.filter(Files::isRegularFile).filter(file -> !file.getFileName().toString().matches(LEFT)).toList())
                files.put(of.relativize(file).toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
        }
        return files;
    }

    private enum Command {
        RUN,
        CONVERT,
        EXPORT;

        Object[] line(Path out) {
            return switch (this) {
                case RUN -> first(out.resolve("cache"));
                case CONVERT -> convert(out.resolve("out.gguf"));
                case EXPORT -> export(out);
            };
        }
    }

    /// What is there after a kill is what a whole run leaves, or nothing; and the next run gives just that.
    @Test
    void aProcessThatIsKilledLeavesNothingHalf() throws Exception {
        var random = new SplittableRandom(System.nanoTime());
        int started = 0, ended = 0;
        for (Command command : KILLS < Command.values().length ? List.of(Command.RUN, Command.CONVERT) : List.of(Command.values())) {
            Path good = Files.createDirectory(folder.resolve(command + "-good"));
            assertThat(Child.run(command.line(good)).status()).isZero();
            Map<String, String> expected = files(good);
            assertThat(expected).isNotEmpty();
            for (int i = 0; i < Math.ceilDiv(KILLS, Command.values().length); i++) {
                Path place = Files.createDirectory(folder.resolve(command + "-" + i));
                long millis = random.nextLong(usualMillis / 8, usualMillis * 3 / 4);
                String when = "%s, killed after %d of %d ms".formatted(command, millis, usualMillis);
                started++;
                if (Child.start(":", List.of(), command.line(place)).killAfter(millis).status() == 0) ended++;
                if (command != Command.RUN) assertThat(expected).as(when).containsAllEntriesOf(files(place));
                if (command == Command.CONVERT) Files.deleteIfExists(place.resolve("out.gguf"));
                Ended again = Child.run(command.line(place));
                assertThat(again.status()).as("%s: %s", when, again.err()).isZero();
                assertThat(again.err()).as(when).doesNotContain("Exception");
                if (command == Command.RUN) assertThat(again.out()).as(when).isEqualTo(text);
                else assertThat(files(place)).as(when).isEqualTo(expected);
            }
        }
        System.out.printf("%d processes, %d of them killed before they had ended%n", started, started - ended);
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
        byte[] damaged = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
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
        for (String limit : KILLS > 10 ? List.of("-Xmx8m", "-Xmx16m", "-XX:MaxDirectMemorySize=64k") : List.of("-Xmx8m")) {
            Ended run = Child.start(":", List.of(limit), first(folder.resolve("cache" + limit.length()))).end();
            if (run.status() == 0) assertThat(run.out()).isEqualTo(text);
            else assertThat(run.err()).as(limit).containsOnlyOnce("tern: ").doesNotContain("\tat ");
        }
    }
}
