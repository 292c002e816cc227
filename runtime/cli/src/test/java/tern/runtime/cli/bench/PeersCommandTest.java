package tern.runtime.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.cli.Tern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `tern peers` with scripts in place of llama-bench. What they print was written by hand in its format, not recorded.
class PeersCommandTest {

    /// In the format of ik_llama.cpp's llama-bench, with a few of its keys.
    private static final String OUTPUT = """
            [
              {
                "build_commit": "8337e4cd3",
                "build_number": 4000,
                "cpu_info": "AMD EPYC 7763 64-Core Processor",
                "gpu_info": "",
                "model_filename": "2b4t-r4.gguf",
                "model_type": "bitnet-25 2B IQ2_BN_R4 - 2.00 bpw Bitnet",
                "model_size": 795000000,
                "n_threads": 2,
                "n_prompt": 8,
                "n_gen": 0,
                "test_time": "2026-11-29T10:00:00Z",
                "avg_ns": 9174311926,
                "avg_ts": 55.7,
                "stddev_ts": 0.1,
                "samples_ns": [ 9191170000, 9182590000 ],
                "samples_ts": [ 55.8, 55.6 ]
              },
              {
                "build_commit": "8337e4cd3",
                "cpu_info": "AMD EPYC 7763 64-Core Processor",
                "model_type": "bitnet-25 2B IQ2_BN_R4 - 2.00 bpw Bitnet",
                "n_prompt": 0,
                "n_gen": 4,
                "avg_ts": 21.5,
                "samples_ts": [ 21.0, 22.0 ]
              }
            ]
            """;

    @TempDir
    Path folder;

    Path model;

    /// Kernels are chosen once for all.
    @TempDir
    static Path cache;

    @BeforeAll
    static void synthesise() {
        assertThat(Tern.run("synth", "--preset", "tiny", "--seed", 1, "--out", cache.resolve("tiny.gguf")).status()).isZero();
    }

    @BeforeEach
    void aModel() {
        model = cache.resolve("tiny.gguf");
    }

    private Path script(String body) throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no shell on this machine");
        Path script = Files.writeString(folder.resolve("llama-bench"), "#!/bin/sh\n" + body + "\n");
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    /// Prints the output, and notes its arguments, one run a line.
    private Path bench() throws IOException {
        Path output = Files.writeString(folder.resolve("output.json"), OUTPUT);
        return script("echo \"$@\" >> '" + folder.resolve("arguments") + "'; echo loading >&2; cat '" + output + "'");
    }

    private Tern peers(Path program, Object... more) {
        Object[] usual = {"peers", "--llama-bench", program, "--model", model, "-p", 8, "-n", 4, "-t", 1, "-r", 2,
            "--tern-args=--packing i2_s --cache " + cache};
        Object[] all = java.util.Arrays.copyOf(usual, usual.length + more.length);
        System.arraycopy(more, 0, all, usual.length, more.length);
        return Tern.run(all);
    }

    @Test
    void bothAreMeasuredInTurn() throws IOException {
        Tern run = peers(bench(), "--peer-args=-fa 1", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(Files.readAllLines(folder.resolve("arguments")))
                .isEqualTo(List.of("-m " + model + " -p 8 -n 4 -t 1 -r 2 -fa 1 -o json", "-m " + model + " -p 8 -n 4 -t 1 -r 2 -fa 1 -o json"));
        JsonNode result = JsonMapper.shared().readTree(run.out());
        assertThat(result.at("/peer/build").asString()).isEqualTo("8337e4cd3");
        assertThat(result.at("/peer/processor").asString()).isEqualTo("AMD EPYC 7763 64-Core Processor");
        assertThat(result.at("/peer/prompt_tokens_per_second/median").asDouble()).isEqualTo(55.7, Offset.offset(1e-9));
        assertThat(result.at("/peer/generated_tokens_per_second/median").asDouble()).isEqualTo(21.5);
        assertThat(result.at("/peer/generated_tokens_per_second/samples").size()).as("two rounds of two").isEqualTo(4);
        assertThat(result.at("/tern/prompt_tokens_per_second/samples").size()).as("two rounds of two").isEqualTo(4);
        assertThat(result.at("/tern/bytes_per_token").asLong()).isPositive();
        assertThat(result.at("/read_bytes_per_second/median").asDouble()).isPositive();
        assertThat(result.at("/machine").asString()).contains("vectors ", "cores ");
        assertThat(result.at("/ratio/generation").asDouble())
                .isEqualTo(result.at("/tern/generated_tokens_per_second/median").asDouble() / 21.5, Offset.offset(1e-9));
        assertThat(result.at("/ratio/prompt").asDouble())
                .isEqualTo(result.at("/tern/prompt_tokens_per_second/median").asDouble() / 55.7, Offset.offset(1e-9));
    }

    @Test
    void aTableForReaders() throws IOException {
        Path other = Files.writeString(folder.resolve("2b4t-r4.gguf"), "a format of the peer's own");
        Tern run = peers(bench(), "--peer-model", other, "--rounds", 1);
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(Files.readString(folder.resolve("arguments"))).startsWith("-m " + other);
        assertThat(run.out())
                .startsWith("Tern and llama-bench 8337e4cd3 in turn: rounds 1, repetitions 2, threads 1; tokens/s\n")
                .contains("llama-bench calls it AMD EPYC 7763 64-Core Processor\n", " GB/s read at best, ", "(bitnet-25 2B IQ2_BN_R4 - 2.00 bpw Bitnet)")
                .containsPattern("prompt 8 +[0-9.]+ +[0-9.]+ +[0-9.]+ +55\\.70 +55\\.60 +55\\.80 +[0-9.]+\n")
                .containsPattern("generate 4 +[0-9.]+ +[0-9.]+ +[0-9.]+ +21\\.50 +21\\.00 +22\\.00 +[0-9.]+\n");
    }

    @Test
    void aPeerThatFailsIsNamedWithItsLastWords() throws IOException {
        assertSays(peers(script("echo 'main: error: unable to load model' >&2; echo >&2; exit 3")), 1,
                "ended with status 3: 'main: error: unable to load model'");
        assertSays(peers(script("exit 139")), 1, "ended with status 139: it said nothing");
    }

    @Test
    void nonsenseIsNoMeasurement() throws IOException {
        assertSays(peers(script("echo 'model | size | t/s'")), 1, "printed no JSON: 'model | size | t/s'");
        assertSays(peers(script("true")), 1, "printed no tokens per second for n_prompt 8 and n_gen 0");
        assertSays(peers(script("echo '{}'")), 1, "printed no tokens per second for n_prompt 8 and n_gen 0");
        assertSays(peers(script("echo '[{\"n_prompt\": 8, \"n_gen\": 0, \"samples_ts\": [1.5]}]'")), 1,
                "printed no tokens per second for n_prompt 0 and n_gen 4");
        assertSays(peers(script("echo '[{\"n_prompt\": 8, \"n_gen\": 0, \"samples_ts\": [1.5, 0]}]'")), 1,
                "printed no tokens per second for n_prompt 8 and n_gen 0");
    }

    @Test
    void whatIsMissingIsAskedForWrongly() throws IOException {
        Path missing = folder.resolve("missing");
        assertSays(peers(missing), 2, missing + ": no such file");
        Path text = Files.writeString(folder.resolve("text"), "no program");
        assertSays(peers(text), 2, text + ": not a program that may be run");
        assertSays(peers(bench(), "--peer-model", missing), 2, missing + ": no such file");
        assertSays(Tern.run("peers", "--llama-bench", bench(), "--model", model, "-t", -1), 2, "-t must not be negative: -1");
        assertSays(peers(bench(), "--rounds", 0), 2, "--rounds must be positive: 0");
        assertSays(Tern.run("peers", "--model", model), 2, "Missing required option: '--llama-bench=PROGRAM'");
        model = missing;
        assertSays(peers(bench()), 2, missing + ": no such file");
    }

    @Test
    void ternsOwnFailureIsNamed() throws IOException {
        model = Files.writeString(folder.resolve("lie.gguf"), "no model");
        assertSays(peers(bench()), 1, "tern bench ended with status 2: ");
    }

    private static void assertSays(Tern run, int status, String message) {
        assertThat(run.err()).contains(message);
        assertThat(run.err().lines()).as("one line").hasSize(1);
        assertThat(run.status()).isEqualTo(status);
        assertThat(run.out()).isEmpty();
    }
}
