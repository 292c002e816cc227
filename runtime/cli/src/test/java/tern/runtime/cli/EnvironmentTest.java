package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The same answers whatever the locale, the home and the disk, each from a process of its own.
class EnvironmentTest {

    @TempDir
    static Path folder;

    private static final Path KERNEL = Path.of("../../examples/src/main/resources/tern/examples/02-kernel.tir").toAbsolutePath().normalize();

    private static Path model;

    @BeforeAll
    static void synthesise() {
        Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "needs /dev/full");
        model = folder.resolve("tiny.gguf");
        assertThat(Tern.run("synth", "--preset", "tiny", "--seed", 1, "--out", model).status()).isZero();
    }

    private record Outcome(int status, String out, String err) {}

    private static Outcome tern(Map<String, String> environment, List<String> jvm, Path out, Object... args) throws IOException, InterruptedException {
        var line = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED"));
        line.addAll(jvm);
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), "tern.runtime.cli.Main"));
        for (Object arg : args) line.add(arg.toString());
        Path err = Files.createTempFile(folder, "err", "");
        // By a shell and a file, since the JVM of this test may have no letters for the arguments.
        Path script =
                Files.writeString(Files.createTempFile(folder, "run", ".sh"), String.join(" ", line.stream().map(word -> "'" + word + "'").toList()) + "\n");
        var builder = new ProcessBuilder("sh", script.toString()).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.equals("LANG") || name.startsWith("LC_") || name.startsWith("XDG_") || name.startsWith("TERN_"));
        builder.environment().putAll(environment);
        environment.forEach((name, value) -> {
            if (value.isEmpty()) builder.environment().remove(name);
        });
        int status = builder.start().waitFor();
        String written = Files.isRegularFile(out) ? Files.readString(out) : "";
        return new Outcome(status, written,
                Files.readString(err).lines().filter(text -> !text.startsWith("WARNING: Using incubator")).reduce("", (a, b) -> a + b + "\n"));
    }

    /// Three tokens of the model; of one packing, whose kernels are soon chosen.
    private static Object[] run(Object... more) {
        return Stream.concat(Stream.of("run", "--model", model, "--prompt", "a", "--tokens", 3, "--packing", "i2_s"), Stream.of(more)).toArray();
    }

    private static Path out() throws IOException {
        return Files.createTempFile(folder, "out", "");
    }

    @Test
    void argumentsAndOutputAreUtf8InTheCLocale() throws Exception {
        Outcome ids = tern(Map.of("LC_ALL", "C"), List.of(), out(), "tokenize", "--model", model, "--prompt", "zürich 日本");
        assertThat(ids).isEqualTo(new Outcome(0, Tern.run("tokenize", "--model", model, "--prompt", "zürich 日本").out(), ""));
        Outcome text = tern(Map.of("LC_ALL", "C"), List.of(), out(), (Object[]) ("detokenize --model " + model + " " + ids.out().strip()).split(" "));
        assertThat(text).isEqualTo(new Outcome(0, "zürich 日本\n", ""));
    }

    @Test
    void digitsAreThoseOfMachines() throws Exception {
        for (List<String> locale : List.of(List.of("-Duser.language=ar", "-Duser.country=EG"), List.of("-Duser.language=tr", "-Duser.country=TR"))) {
            Outcome inspect = tern(Map.of(), locale, out(), "inspect", model);
            assertThat(inspect.out()).isEqualTo(Tern.run("inspect", model).out());
            Outcome schedules = tern(Map.of(), locale, out(), "dump", KERNEL, "--stage", "schedules", "--target", "avx2", "--m", 64, "--k", 256);
            assertThat(schedules.status()).as(schedules.err()).isZero();
            assertThat(schedules.out()).contains("64").doesNotContainPattern("[\\u0660-\\u0669]");
        }
    }

    @Test
    void whatCouldNotBeWrittenIsNoSuccess() throws Exception {
        Outcome full = tern(Map.of(), List.of(), Path.of("/dev/full"), "tokenize", "--model", model, "--prompt", "a");
        assertThat(full).isEqualTo(new Outcome(1, "", "tern: standard output could not be written\n"));
        Outcome run = tern(Map.of(), List.of(), Path.of("/dev/full"), run("--cache", folder.resolve("cache")));
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("standard output could not be written");
    }

    /// With the module there is a choice: machine code takes no class of it. Without it bytecode is another process's.
    @Test
    void machineCodeNeedsNoVectorApi() throws Exception {
        Path cpu = Path.of("/proc/cpuinfo");
        Assumptions.assumeTrue(Files.exists(cpu) && Files.readString(cpu).contains(" avx2 "), "no machine code here");
        Path loaded = folder.resolve("loaded");
        Outcome machine = tern(Map.of(), List.of("--add-modules=jdk.incubator.vector", "-Xlog:class+load:file=" + loaded), out(), "run", "--model", model,
                "--prompt", "a", "--tokens", 1, "--packing", "i2_s", "--cache", folder.resolve("cache3"), "--code", "machine");
        assertThat(machine.status()).as(machine.err()).isZero();
        assertThat(Files.readString(loaded)).contains("tern.codegen.jvm.device.CpuDevice").doesNotContain("jdk.incubator.vector.");
        Outcome bytecode = tern(Map.of(), List.of(), out(), "verify", "--random", 1, "--code", "bytecode");
        assertThat(bytecode.status()).as(bytecode.err()).isZero();
        assertThat(bytecode.out()).contains("exact on reference and cpu");
    }

    @Test
    void partsOfTheFirstTokenAddUp() throws Exception {
        Outcome run = tern(Map.of(), List.of(), out(), "run", "--json", "--model", model, "--prompt", "a", "--tokens", 1, "--packing", "i2_s", "--cache",
                folder.resolve("cache4"));
        assertThat(run.status()).as(run.err()).isZero();
        String parts = run.out().substring(run.out().indexOf("first_token_parts"));
        double sum = Pattern.compile("\":([0-9.E-]+)").matcher(parts).results().mapToDouble(part -> Double.parseDouble(part.group(1))).sum();
        Matcher whole = Pattern.compile("\"first_token_seconds\":([0-9.E-]+)").matcher(run.out());
        assertThat(whole.find()).isTrue();
        assertThat(sum).isPositive().isEqualTo(Double.parseDouble(whole.group(1)), within(1e-6));
        assertThat(parts).contains("\"jvm\"", "\"library\"", "\"weights\"", "\"prompt\"");
    }

    @Test
    void theHomeOfTheEnvironmentCounts() throws Exception {
        Path home = Files.createDirectories(folder.resolve("home"));
        Outcome cache = tern(Map.of("HOME", home.toString()), List.of(), out(), "cache");
        assertThat(cache.status()).as(cache.err()).isZero();
        assertThat(cache.out() + cache.err()).contains(home.resolve(".cache/tern").toString());
    }

    @Test
    void aHomeIsNotNeeded() throws Exception {
        Path there = Files.createDirectories(folder.resolve("there"));
        Outcome run = tern(Map.of("HOME", ""), List.of("-Duser.home=?", "-Duser.dir=" + there), out(), run());
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(there).isEmptyDirectory();
        assertThat(run.out()).isEqualTo(Tern.run(run("--cache", folder.resolve("cache"))).out());
        assertThat(run.err().lines().filter(line -> line.contains("home")).count()).as(run.err()).isEqualTo(1);
    }

    /// A read-only disk, say. `/proc` is one for everybody, root included.
    @Test
    void aHomeThatTakesNoFileCostsNoResult() throws Exception {
        Outcome run = tern(Map.of("HOME", "/proc"), List.of("-Duser.home=/proc"), out(), run());
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(Tern.run(run("--cache", folder.resolve("cache"))).out());
        assertThat(run.err().lines().filter(line -> line.contains("packed weights are not kept: /proc/.cache")).count()).as(run.err()).isEqualTo(1);
    }

    @Test
    void aFileThatCannotBeWrittenIsNamed() throws Exception {
        Path ids = Files.write(folder.resolve("ids"), new byte[8]);
        Outcome logits = tern(Map.of(), List.of(), out(), "logits", "--model", model, "--ids", ids, "--out", "/dev/full", "--packing", "i2_s", "--cache",
                folder.resolve("cache"));
        assertThat(logits.status()).as(logits.err()).isEqualTo(1);
        assertThat(logits.err()).startsWith("tern logits: ").endsWith(": No space left on device\n");
    }

    /// As with `| head -1`.
    @Test
    void aReaderThatGoesAwayIsSaid() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        Process reader = new ProcessBuilder("sh", "-c", "exec < " + pipe).start();
        Outcome inspect = tern(Map.of(), List.of(), pipe, "inspect", model);
        reader.waitFor();
        assertThat(inspect).isEqualTo(new Outcome(1, "", "tern: standard output could not be written\n"));
    }
}
