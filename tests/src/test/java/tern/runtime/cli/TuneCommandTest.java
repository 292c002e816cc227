package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `tern tune`, as a user would type it: real trials of tiny shapes in a real child JVM. How fast they are is asserted nowhere.
class TuneCommandTest {

    /// A packing that no library has.
    private static final String OWN = """
            codec reversed = map(1, 0, -1, _) in 2 bits
            packing reversed {
                tile rows 32, k 8;
                word i16;
                codec reversed;
                code at row*16 + 14 - k*2;
            }
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

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void aPackingDroppedIntoAFolderTakesPart() throws IOException {
        write("own.tir", OWN);
        write("kernel.txt", "no text of Tern");
        Path kernel = write("kernel.text", """
                kernel product(x: i8[n, k], w: weight[m, k]) -> y: i32[n, m] { y[i, j] = sum(k: x[i, k] * w[j, k]) }
                """);
        Run run = run("tune", kernel, "--shape", "64,90,4", "--packings", folder, "--packing", "tri5r32", "--threads", 1,
                "--trials", 4, "--trial", 900, "--budget", 9000, "--cache", folder.resolve("cache"), "--json");
        assertThat(run.status).as("%s%n%s", run.err, run.out).isZero();
        JsonNode tuning = JsonMapper.builder().build().readTree(run.out);
        assertThat(tuning.get("complete").asBoolean()).isTrue();
        assertThat(tuning.get("environment").get("threads").asInt()).isEqualTo(1);
        JsonNode use = tuning.get("uses").get(0);
        assertThat(use.get("chosen").get("step").get("seconds").get("median").asDouble()).isPositive();
        assertThat(use.get("cost_model").get("batch").get("packing").asString()).isIn("tri5r32", "reversed");
        for (String mode : new String[] {"step", "batch"}) {
            JsonNode tried = use.get(mode).get("tried");
            assertThat(tried.valueStream().map(t -> t.get("packing").asString())).contains("tri5r32", "reversed");
            assertThat(tried.valueStream()).allMatch(t -> t.has("seconds") || t.get("failed").get("reason").asString().equals("REFUSED"));
        }
        assertThat(run.err).contains("product 64 x 90 n 1: reversed ").contains("product 64 x 90 n 4: tri5r32 ");
    }

    @Test
    void aBudgetForNothingIsOneLineAndTheStatusTellsIt() throws IOException {
        Run run = run("tune", write("own.tir", OWN), "--shape", "32,40,1", "--budget", "0.000001", "--packing", "tri5r8", "--threads", 1,
                "--cache", folder.resolve("cache"));
        assertThat(run).isEqualTo(new Run(1, "", "tern tune: the budget of 0.000001 s was over before a candidate was tried\n"));
    }

    @Test
    void anotherTargetIsNamedAsWhatItIs() throws IOException {
        Path kernel = write("own.tir", OWN);
        Run run = run("tune", kernel, "--shape", "32,40,2", "--target", "neon128", "--threads", 1, "--trials", 1, "--trial", 900, "--packing", "tri5r8",
                "--cache", folder.resolve("cache"));
        assertThat(run.status).as("%s%n%s", run.err, run.out).isZero();
        assertThat(run.out).startsWith("neon128: measured here with vectors of 128 bits").contains("none of it is used for this machine");
        assertThat(run.out).contains("neon128 imitated on ").contains("bitlinear 32 x 40");
    }

    @Test
    void machineCodeOfAnotherProcessorIsPriced() throws IOException {
        Run run = run("tune", write("own.tir", OWN), "--shape", "256,512,2", "--target", "zen4", "--code", "machine", "--isa", "avx512-vnni");
        assertThat(run.status).as("%s%n%s", run.err, run.out).isZero();
        assertThat(run.out)
                .startsWith("zen4: by the cost model alone, nothing is measured: machine code of avx512-vnni was made, and priced on a core of zen4; "
                        + "none of it ran\n")
                .contains("256 x 512");
    }

    /// Of presets that run machine code, without more being asked for.
    @Test
    void presetsOfMachineCodeArePriced() throws IOException {
        Path kernel = write("own.tir", OWN);
        for (String[] preset : new String[][] {{"neoverse-n1", "neon-dotprod", "neoverse_n1"}, {"apple_m2", "neon-i8mm", "firestorm"},
            {"raptor-lake", "avx2-vnni", "golden_cove"}}) {
            Run run = run("tune", kernel, "--shape", "256,512,2", "--target", preset[0]);
            assertThat(run.status).as("%s%n%s", run.err, run.out).isZero();
            assertThat(run.out).startsWith(preset[0].replace('-', '_') + ": by the cost model alone, nothing is measured: machine code of " + preset[1]
                    + " was made, and priced on a core of " + preset[2] + "; none of it ran\n").contains("256 x 512");
        }
    }

    @Test
    void whatIsAskedForWronglyIsOneLine() throws IOException {
        Path text = write("own.tir", OWN);
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Path broken = Files.createDirectory(folder.resolve("broken"));
        Files.writeString(broken.resolve("wrong.tir"), "packing p { tile rows 1; }");
        expect("F.tir and --shape go together", "tune", text);
        expect("F.tir and --shape go together", "tune", "--shape", "1,2");
        expect("--shape 64: expected M,K or M,K,N", "tune", text, "--shape", "64");
        expect("--shape a,b: expected M,K or M,K,N in digits", "tune", text, "--shape", "a,b");
        expect("F.tir, --model and --preset exclude each other", "tune", text, "--shape", "1,2", "--preset", "tiny");
        expect(empty + ": no .tir file in this folder", "tune", "--preset", "tiny", "--packings", empty, "--threads", 1);
        expect("the budget must be positive: -1.0", "tune", "--budget", "-1");
        expect("until must be above 0, at most 1: 2.0", "tune", "--until", "2");
        expect("--target goes with F.tir or --preset", "tune", "--target", "avx2", "--model", "m.gguf");
        expect("m.gguf: no such file", "tune", "--model", "m.gguf");
        Run run = run("tune", "--preset", "tiny", "--packings", broken, "--threads", 1);
        assertThat(run.status).isEqualTo(2);
        assertThat(run.err).startsWith(broken.resolve("wrong.tir") + ":1:");
    }

    private static void expect(String message, Object... args) {
        Run run = run(args);
        assertThat(run.err).isEqualTo("tern tune: " + message + "\n");
        assertThat(run.status).isEqualTo(2);
    }
}
