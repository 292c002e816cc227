package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tern.JavaCompilation;
import tern.autotune.record.Candidate;
import tern.autotune.record.Environment;
import tern.autotune.record.ProblemKey;
import tern.autotune.record.Records;
import tern.autotune.record.Tuned;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.target.Target;
import tern.ir.text.Tir;
import tern.runtime.cli.console.Numbers;
import tern.runtime.cli.option.Devices;
import tern.runtime.cli.option.TuningRecords;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.scheduler.Rated;

/// `tern export`, and what a user does with its files.
class ExportCommandTest {

    /// A packing that no library has, with digits along rows and a scale; a kernel that uses every kind of parameter, by names that mean
    /// something else in Java.
    private static final String TEXT = """
            codec pair = base3(2) in 4 bits

            packing odd {
                tile rows 4, k 3, 8 bytes;
                word i16;
                codec pair;
                digit row%2;
                code at k*4 + row/2*16;
                scale f16 at 4;
                tiles rows within k;
            }

            kernel mixed(x: i8[n, k], Weights: weight[m, k], ADD: i32[m], class: f32[n]) -> M: f32[n, m] {
                M[i, j] = silu((sum(k: x[i, k] * Weights[j, k]) + ADD[j]) * class[i]) * square(class[i]) - 0.5
            }
            """;

    private static final String SOUND = """
            %s results of plain loops: equal, bit for bit
            in %d parts: equal
            weights read back: equal
            """;

    @TempDir
    Path folder;

    private record Run(int status, String out, String err) {}

    private static Run run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(
                new PrintWriter(out, true), new PrintWriter(err, true), Arrays.stream(args).map(Object::toString).toArray(String[]::new));
        return new Run(status, out.toString().replace("\r\n", "\n"), err.toString().replace("\r\n", "\n"));
    }

    private Path text() throws IOException {
        return Files.writeString(folder.resolve("odd.tir"), TEXT);
    }

    /// Of an export of `TEXT`, with more arguments.
    private Run export(String form, Object... more) throws IOException {
        return run(Stream.of(Stream.of("export", text(), "--as", form, "--target", "avx2", "--m", 41, "--k", 62), Arrays.stream(more))
                .flatMap(s -> s).toArray());
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).map(file -> folder.relativize(file).toString().replace('\\', '/')).sorted().toList();
        }
    }

    /// What `main` of a class prints.
    private static String main(ClassLoader loader, String name) throws ReflectiveOperationException {
        var printed = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            loader.loadClass(name).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
    }

    @Test
    void sourceCompilesAndItsExampleAgreesWithPlainLoops() throws Exception {
        Path out = folder.resolve("a/b");
        Run run = export("java", "--out", out, "--n", 5);
        assertThat(run.status).as("%s", run.err).isZero();
        List<String> files = files(out);
        assertThat(files).singleElement().asString().matches("kernels/Mixed_nx_m41_k62_odd_\\w+_v256\\.java");
        String name = files.getFirst().replace(".java", "").replace('/', '.');
        assertThat(run.out).startsWith(out.resolve(files.getFirst()) + ": ").contains("\nIn " + out + ":\n    java --add-modules jdk.incubator.vector");
        assertThat(Files.readString(out.resolve(files.getFirst())))
                .contains("packing odd {", "kernel mixed(x: i8[n, k]", "schedule for mixed on avx2", "return row%2;", "return row/2*16 + k*4;")
                .doesNotContain("import tern");
        Path classes = folder.resolve("classes");
        JavaCompilation.compile(out, classes, "");
        assertThat(main(JavaCompilation.loader(classes), name)).startsWith(SOUND.formatted("123", 4).substring(0, 40)).doesNotContain("NOT");
    }

    @Test
    void classFilesRunWithTheExampleThatComesWithThem() throws Exception {
        Path out = folder.resolve("out");
        Run run = export("class", "--out", out, "--package", "com.example.fast");
        assertThat(run.status).as("%s", run.err).isZero();
        List<String> files = files(out);
        assertThat(files).hasSize(2).allMatch(file -> file.startsWith("com/example/fast/Mixed_n1_m41_k62_odd_"));
        assertThat(files.getFirst()).endsWith("_v256.java");
        assertThat(files.getLast()).endsWith("_v256Blocks.class");
        Path classes = folder.resolve("classes");
        JavaCompilation.compile(out, classes, out.toString());
        String example = files.getFirst().replace(".java", "").replace('/', '.');
        assertThat(main(JavaCompilation.loader(out, classes), example)).contains("41 results of plain loops: equal").doesNotContain("NOT");
    }

    /// As the printed command says, in a JVM that knows nothing of this one.
    @Test
    void thePrintedCommandRuns() throws Exception {
        Path out = folder.resolve("out");
        Run run = export("java", "--out", out);
        String command = run.out.lines().filter(line -> line.startsWith("    java ")).findFirst().orElseThrow().strip();
        var words = new ArrayList<>(List.of(command.split(" ")));
        words.set(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
        Process child = new ProcessBuilder(words).directory(out.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        assertThat(child.waitFor()).as("%s", said).isZero();
        assertThat(said).contains("41 results of plain loops: equal, bit for bit\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"java", "class"})
    void benchmarksCompileWithJmh(String form) throws IOException {
        Path out = folder.resolve("out"), classes = folder.resolve("classes");
        Run run = export(form, "--out", out, "--jmh");
        assertThat(run.status).as("%s", run.err).isZero();
        assertThat(run.out).contains("\n    mvn -q compile exec:exec -Dbenchmark=kernels.Mixed_");
        assertThat(files(out)).contains("pom.xml").anyMatch(file -> file.endsWith("Benchmark.java"));
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        JavaCompilation.compile(out, classes, out + java.io.File.pathSeparator + path,
                "-processor", "org.openjdk.jmh.generators.BenchmarkProcessor", "-Xlint:none");
        assertThat(Files.readString(classes.resolve("META-INF/BenchmarkList"))).contains("multiplying", "preparing");
        String version = System.getProperty("jmh.version");
        assertThat(Files.readString(out.resolve("pom.xml"))).contains("<jmh.version>" + version + "</jmh.version>");
    }

    @Test
    void aModelGivesItsKernelsForStepsAndBatches() throws Exception {
        Path model = folder.resolve("tiny.gguf"), out = folder.resolve("out"), classes = folder.resolve("classes");
        assertThat(run("synth", "--preset", "tiny", "--seed", 7, "--out", model).status).isZero();
        Run run = run("export", "--model", model, "--as", "class", "--out", out, "--target", "avx512", "--batch", 6, "--packing", "tri5r32");
        assertThat(run.status).as("%s", run.err).isZero();
        List<String> kernels = files(out).stream().filter(file -> file.endsWith(".class")).toList();
        assertThat(kernels).hasSize(8).allMatch(file -> file.contains("_tri5r32_"));
        assertThat(kernels).filteredOn(file -> file.contains("_n1_")).hasSize(4);
        assertThat(run.out).contains(", and so for each of 8 kernels:\n");
        JavaCompilation.compile(out, classes, out.toString());
        for (String kernel : kernels)
            assertThat(main(JavaCompilation.loader(out, classes), kernel.replace("Blocks.class", "").replace('/', '.')))
                    .as(kernel).contains("equal, bit for bit").doesNotContain("NOT");
    }

    /// Of another packing than the cost model's, so that nobody else can have chosen it.
    @Test
    void whatWasTunedOnThisMachineIsExported() throws Exception {
        Path model = folder.resolve("tiny.gguf"), records = folder.resolve("records.db");
        assertThat(run("synth", "--preset", "tiny", "--seed", 7, "--out", model).status).isZero();
        Use use = Model.uses(ModelConfig.TINY, 6).getFirst();
        Rated other = remember(use, records);
        String mine = "\n" + Numbers.shape(use) + " .*  " + other.packing().name() + " .*  tuning records\n";
        for (String form : List.of("class", "java")) {
            Run run = run("export", "--model", model, "--as", form, "--out", folder.resolve(form), "--batch", 6, "--records", records);
            assertThat(run.status).as("%s", run.err).isZero();
            assertThat(run.out).as("%s", run.err).containsPattern(mine);
            assertThat(run.out.lines().filter(line -> line.endsWith("  tuning records"))).hasSize(2);
            assertThat(run.out.lines().filter(line -> line.endsWith("  cost model"))).hasSize(6);
            assertThat(files(folder.resolve(form))).filteredOn(file -> file.contains("_" + other.packing().name() + "_")).isNotEmpty();
        }
        Run elsewhere =
                run("export", "--model", model, "--as", "class", "--out", folder.resolve("neon"), "--batch", 6, "--records", records, "--target", "neon128");
        assertThat(elsewhere.out).contains("  cost model\n").doesNotContain("tuning records");
        Run asked = run("export", "--model", model, "--as", "class", "--out", folder.resolve("asked"), "--batch", 6, "--records", records, "--packing",
                other.packing().name().equals("i2_s") ? "i2_s_arm" : "i2_s");
        assertThat(asked.out).contains("  cost model\n").doesNotContain("tuning records");
    }

    /// Puts the second best packing of a use into the records.
    private static Rated remember(Use use, Path file) {
        try (Device here = Devices.open("cpu:bytecode", 0);
                Records records = Records.open(file.toString())) {
            Rated other = Rated.of(use, Tir.library().allPackings(), (Target.Cpu) here.target()).get(1);
            ProblemKey step = ProblemKey.of(use.kernel(), use.m(), use.k(), 1), batch = ProblemKey.of(use.kernel(), use.m(), use.k(), use.maxTokens());
            Candidate ofStep = Candidate.of(other.packing(), here.target().name(), other.step().getFirst().schedule());
            Candidate ofBatch = Candidate.of(other.packing(), here.target().name(), other.batch().getFirst().schedule());
            records.add(new Tuned(step, batch, Environment.of(here, TuningRecords.cores(0)), ofStep.packing(), ofStep.schedule(), ofBatch.schedule(),
                    1e-6, 1e-5, Instant.now()));
            return other;
        }
    }

    @Test
    void recordsThatCannotBeReadAreSaidAndTheCostModelChooses() throws Exception {
        Path model = folder.resolve("tiny.gguf"),
                records = Files.writeString(folder.resolve("records.db"), "no database at all, but long enough for one's first page");
        assertThat(run("synth", "--preset", "tiny", "--seed", 7, "--out", model).status).isZero();
        Run run = run("export", "--model", model, "--as", "class", "--out", folder.resolve("out"), "--batch", 6, "--records", records);
        assertThat(run.status).as("%s", run.err).isZero();
        assertThat(run.err.lines()).singleElement().asString().contains(records.toString()).endsWith("; the cost model chooses");
        assertThat(run.out).contains("  cost model\n").doesNotContain("tuning records");
    }

    @Test
    void filesAreReplacedAsAWhole() throws IOException {
        Path out = folder.resolve("out");
        assertThat(export("java", "--out", out).status).isZero();
        Path file = out.resolve(files(out).getFirst());
        byte[] first = Files.readAllBytes(file);
        Files.writeString(file, "an older one");
        assertThat(export("java", "--out", out).status).isZero();
        assertThat(file).hasBinaryContent(first);
        assertThat(files(out)).hasSize(1);
    }

    @Test
    void whatIsAskedForWronglyGetsOneLine() throws IOException {
        Path out = folder.resolve("out");
        assertFails(export("ptx9", "--out", out), 2, "tern export: --as ptx9: no back end makes that; there are asm, class, java, object");
        assertFails(export("java", "--out", out, "--package", "a.1"), 2, "tern export: 'a.1' is no name of a Java package");
        assertFails(export("java", "--out", out, "--rank", 100000), 2, "tern export: rank 100000 of ");
        assertFails(export("java", "--out", text()), 2, "tern export: " + text() + ": no such folder");
        assertFails(export("java", "--out", text().resolve("below")), 2, "tern export: " + text());
        assertFails(run("export", "--as", "java", "--out", out), 2, "tern export: expected either F.tir or --model F.gguf");
        assertFails(run("export", text(), "--model", text(), "--as", "java", "--out", out), 2, "tern export: expected either");
        assertFails(run("export", "--model", folder.resolve("none.gguf"), "--as", "java", "--out", out), 2, "none.gguf: no such file");
        assertFails(run("export", "--model", text(), "--as", "java", "--out", out, "--m", 3), 2, "do not go with --model");
        assertThat(out).as("nothing is written").doesNotExist();
    }

    private static void assertFails(Run run, int status, String message) {
        assertThat(run.status).as("%s%s", run.err, run.out).isEqualTo(status);
        assertThat(run.err).contains(message);
        assertThat(run.err.lines()).hasSize(1);
        assertThat(run.out).isEmpty();
    }

    @Test
    void aFolderThatCannotBeWrittenIsSaid() throws IOException {
        Path out = Files.createDirectory(folder.resolve("out"));
        assumeTrue(out.toFile().setWritable(false) && !Files.isWritable(out), "this user may write to any folder");
        assertFails(export("java", "--out", out), 2, ": access denied");
    }

    @Test
    void aFolderInTheWayIsSaid() throws IOException {
        Path out = folder.resolve("out");
        assertThat(export("java", "--out", out).status).isZero();
        Path file = out.resolve(files(out).getFirst());
        Files.delete(file);
        Files.createDirectory(file);
        assertFails(export("java", "--out", out), 2, "tern export: " + file + ": a folder, expected a file");
    }
}
