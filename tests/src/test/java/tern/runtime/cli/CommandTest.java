package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.runtime.model.ArithmeticEnergy;
import tern.runtime.model.ModelConfig;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The commands, one after the other, as a user would type them.
class CommandTest {

    private static final int VOCABULARY = 512;
    private static final int[] IDS = {510, 3, 141, 59, 26, 5, 358, 97, 93, 238, 46};

    /// A packing that no library has, with a kernel and a schedule: 3 rows by 4 columns, from the top, in words of 32 bits.
    private static final String OWN = """
            codec flipped = map(1, _, 0, -1) in 2 bits

            packing odd {
                tile rows 3, k 4;
                word i32;
                codec flipped;
                code at 30 + row*32 - k*7;
                tiles rows within k;
            }

            kernel product(x: i8[n, k], w: weight[m, k], s: f32[m]) -> y: f32[n, m] {
                y[i, j] = max(sum(k: x[i, k] * w[j, k]) * s[j], -1000.0)
            }
            """;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    static Path model;
    Path ids;

    private record Run(int status, String out, String err) {
        /// What it printed, if it went well.
        String output() {
            assertThat(status).as("%s%n%s", err, out).isZero();
            return out;
        }
    }

    private static Run run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(
                new PrintWriter(out, true), new PrintWriter(err, true), Arrays.stream(args).map(Object::toString).toArray(String[]::new));
        return new Run(status, out.toString().replace("\r\n", "\n"), err.toString().replace("\r\n", "\n"));
    }

    private static Run runModel(String command, Object... args) {
        return run(Stream.of(
                Stream.of(command, "--model", model, "--cache", shared.resolve("cache"), "--threads", 2),
                Arrays.stream(args))
                .flatMap(s -> s)
                .toArray());
    }

    @BeforeAll
    static void synthesise() {
        model = shared.resolve("tiny.gguf");
        assertThat(run("synth", "--preset", "tiny", "--seed", 7, "--out", model).output()).isEqualTo(model + ": 885,376 bytes\n");
    }

    @BeforeEach
    void writeIds() throws IOException {
        ids = Files.write(folder.resolve("ids.i32"), bytes(IDS));
    }

    private static byte[] bytes(int... ids) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * ids.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int id : ids) buffer.putInt(id);
        return buffer.array();
    }

    @Test
    void theSameSeedGivesTheSameFile() throws IOException {
        Path again = folder.resolve("again.gguf"), other = folder.resolve("other.gguf");
        run("synth", "--preset", "tiny", "--seed", 7, "--out", again).output();
        run("synth", "--preset", "tiny", "--seed", 8, "--out", other).output();
        assertThat(again).hasSameBinaryContentAs(model);
        assertThat(Files.mismatch(other, model)).isNotNegative();
    }

    @Test
    void inspectShowsTheModel() {
        assertThat(run("inspect", model).output()).contains("architecture  bitnet-b1.58\n", "  layers           3\n");
    }

    @Test
    void logitsOfBatchAndStepAreTheSameFile() throws IOException {
        Path batch = folder.resolve("batch.f32"), step = folder.resolve("step.f32"), packed = folder.resolve("packed.f32");
        assertThat(runModel("logits", "--ids", ids, "--out", batch).output()).isEmpty();
        assertThat(runModel("logits", "--ids", ids, "--out", step, "--step").output()).isEmpty();
        assertThat(runModel("logits", "--ids", ids, "--out", packed, "--packing", "tl2", "--batch", 3).output()).isEmpty();
        assertThat(Files.size(batch)).isEqualTo(4L * IDS.length * VOCABULARY);
        assertThat(step).hasSameBinaryContentAs(batch);
        assertThat(packed).hasSameBinaryContentAs(batch);
        float[] values = new float[IDS.length * VOCABULARY];
        ByteBuffer.wrap(Files.readAllBytes(batch)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        for (float value : values) assertThat(value).isFinite();
    }

    @Test
    void runContinuesTheSameWayEachTime() {
        Run greedy = runModel("run", "--ids", ids, "--tokens", 6);
        assertThat(greedy.output()).isNotBlank();
        assertThat(greedy.err()).contains("11 prompt tokens");
        assertThat(runModel("run", "--ids", ids, "--tokens", 6).output()).isEqualTo(greedy.out());
        Object[] sampled = {"--ids", ids, "--tokens", 6, "--temperature", 0.9, "--top-k", 40, "--top-p", 0.95, "--seed", 3};
        assertThat(runModel("run", sampled).output()).isEqualTo(runModel("run", sampled).output());
        assertThat(runModel("run", "--prompt", "ab", "--tokens", 2).output()).isNotEmpty();
        assertThat(runModel("run", "--ids", ids, "--tokens", 6, "--records", "jdbc:postgresql://localhost:1/none?user=me").output())
                .as("no database stops it").isEqualTo(greedy.out());
    }

    @Test
    void guessingChangesNoToken() throws IOException {
        int[] twice = Arrays.copyOf(IDS, 2 * IDS.length);
        System.arraycopy(IDS, 0, twice, IDS.length, IDS.length);
        Path repeated = Files.write(folder.resolve("twice.i32"), bytes(twice));
        for (Path text : List.of(ids, repeated)) {
            String plain = runModel("run", "--ids", text, "--tokens", 12).output();
            Run guessed = runModel("run", "--ids", text, "--tokens", 12, "--speculate", 3);
            assertThat(guessed.output()).isEqualTo(plain);
            assertThat(guessed.err()).containsPattern("speculation: \\d+ of \\d+ guesses right \\(\\d+ %\\), \\d\\.\\d\\d tokens a pass");
        }
        assertRefused("--speculate goes with --temperature 0", "run", "--model", model, "--ids", ids, "--speculate", 2, "--temperature", 1);
    }

    @Test
    void modelsInMemoryAreMeasuredAndCompared() throws IOException {
        JsonNode one = JsonMapper.shared()
                .readTree(run("bench", "--preset", "tiny", "-p", 8, "-n", 6, "-r", 1, "--speculate", 2, "--json", "--cache", shared.resolve("cache")).output());
        assertThat(one.at("/preset").asString()).isEqualTo("tiny");
        assertThat(one.at("/memory/model_and_cache_bytes").asLong()).isBetween(1_000_000L, 1_500_000L);
        assertThat(one.at("/speculation").size()).isEqualTo(3);
        assertThat(one.at("/speculation/0/tokens_per_second/median").asDouble()).isPositive();

        Path page = folder.resolve("scale.html");
        String table = run("bench", "--preset", "tiny,tiny", "-p", 8, "-n", 2, "-r", 1, "--report", page, "--cache", shared.resolve("cache")).output();
        assertThat(table.lines().filter(line -> line.startsWith("tiny  "))).hasSize(2);
        assertThat(table).contains("tiny: sizes of made up, for tests");
        assertThat(Files.readString(page)).contains("Time of a token", "Memory", "<svg");

        assertRefused("either --model or --preset", "bench");
        assertRefused("either --model or --preset", "bench", "--model", model, "--preset", "tiny");
        assertRefused("--speculate goes with one model", "bench", "--preset", "tiny,tiny", "--speculate", 1);
        assertRefused("expected one of tiny, 700m", "bench", "--preset", "9t");
        assertRefused("--embedding", "bench", "--preset", "tiny", "--embedding", "f32");
    }

    @Test
    void benchMeasures() {
        Path page = folder.resolve("bench.html");
        JsonNode result = JsonMapper.shared()
                .readTree(runModel("bench", "-p", 8, "-n", 4, "-t", 2, "-r", 2, "--json", "--report", page).output());
        assertThat(page).content().contains("Speed of tiny.gguf", "attn_qkv", "normquantise", "nests");
        assertThat(result.at("/prompt_tokens").asInt()).isEqualTo(8);
        assertThat(result.at("/generated_tokens").asInt()).isEqualTo(4);
        for (String measured : List.of("prompt_tokens_per_second", "generated_tokens_per_second", "read_bytes_per_second")) {
            JsonNode statistics = result.path(measured);
            assertThat(statistics.path("min").asDouble()).as(measured).isPositive();
            assertThat(statistics.path("median").asDouble()).as(measured)
                    .isBetween(statistics.path("min").asDouble(), statistics.path("max").asDouble());
        }
        assertThat(result.at("/share_of_read_bandwidth").asDouble()).isPositive();
        assertThat(result.at("/non_embedding_bytes").asLong()).isBetween(ModelConfig.TINY.ternaryWeights() / 5, result.at("/bytes_per_token").asLong());
        assertThat(result.at("/arithmetic_energy_7nm/tokens").asInt()).isEqualTo(512);
        assertThat(result.at("/arithmetic_energy_7nm/joules").asDouble()).isEqualTo(ArithmeticEnergy.ternary(ModelConfig.TINY, 512).joules());
        assertThat(result.has("measured_joules_per_generated_token")).isTrue();
    }

    @Test
    void aPackingOfTheUsersOwnIsCheckedDumpedAndProved() throws IOException {
        Path own = Files.writeString(folder.resolve("own.tir"), OWN);
        assertThat(run("check", own).output()).contains("packing odd: ", own + ": sound (1 codec, 1 packing, 1 kernel, 0 schedules)");
        assertThat(run("dump", own, "--stage", "text").output()).isEqualTo(OWN);
        assertThat(run("dump", own, "--stage", "packing").output()).contains("row 2");
        assertThat(run("dump", own, "--stage", "schedules", "--target", "avx2", "--m", 9, "--k", 12).output()).contains("decode");
        Path loop = folder.resolve("own.loop");
        Object[] size = {"--target", "avx2", "--m", 9, "--k", 12, "--n", 2};
        Files.writeString(loop, run(with(size, "dump", own, "--stage", "loop", "--part", "multiply")).output());
        assertThat(run("dump", loop, "--from", "loop", "--stage", "bytecode").output())
                .isEqualTo(run(with(size, "dump", own, "--stage", "bytecode", "--part", "multiply")).output());
        assertThat(run("verify", own, "--m", 7, "--k", 13, "--n", 3).output())
                .containsPattern("odd +product +7 x 13 +n 3 +decode +exact on reference \\(\\d+\\) and cpu \\(\\d+\\)")
                .containsPattern("odd +product +7 x 13 +n 3 +tabulate +(exact on reference \\(\\d+\\) and cpu \\(\\d+\\)|does not apply: )")
                .containsPattern("\nexact on reference and cpu: \\d+ proofs of .*, [\\d,]+ results compared bit for bit");
    }

    @Test
    void whatAPassOfAModelLaunchesIsPrinted() throws IOException {
        assertThat(run("dump", model, "--from", "model", "--stage", "schedules").output())
                .containsSubsequence("normquantise", "attn_qkv", "rope", "attention", "blocks", "attn_output", "ffn_gate_up", "ffn_down", "head", "screen");
        assertThat(run("dump", model, "--from", "model", "--stage", "bytecode", "--kernel", "rope").output()).contains("Kernel_rope_")
                .doesNotContain("Kernel_attention_");
        assertRefused("--kernel nothing: the passes of tiny.gguf have embed, ", "dump", model, "--from", "model", "--stage", "bytecode", "--kernel", "nothing");
        assertRefused("stage ptx: a model has schedules, bytecode and machine code", "dump", model, "--from", "model", "--stage", "ptx");
    }

    private static Object[] with(Object[] last, Object... first) {
        return Stream.concat(Arrays.stream(first), Arrays.stream(last)).toArray();
    }

    // ---- what is wrong: status 2, one line, nothing written ----

    private void assertRefused(String part, Object... args) throws IOException {
        Set<Path> before = files();
        Run run = run(args);
        assertThat(run.status()).as("%s%n%s", List.of(args), run).isEqualTo(2);
        assertThat(run.err()).as("%s", List.of(args)).hasLineCount(1).contains(part);
        assertThat(run.out()).as("%s", List.of(args)).isEmpty();
        assertThat(files()).as("files after %s", List.of(args)).isEqualTo(before);
    }

    private Set<Path> files() throws IOException {
        try (var files = Files.walk(folder)) {
            return new TreeSet<>(files.toList());
        }
    }

    @ParameterizedTest
    @CsvSource({"run", "logits", "bench", "synth", "inspect", "convert", "check", "dump", "verify", "demo", "explore", "tune"})
    void unknownFlags(String command) throws IOException {
        assertRefused("tern " + command, command, "--frobnicate");
    }

    @Test
    void missingFiles() throws IOException {
        Path missing = folder.resolve("missing"), out = folder.resolve("out.f32");
        String reason = missing + ": no such file";
        for (String command : List.of("inspect", "check", "verify")) assertRefused(reason, command, missing);
        assertRefused(reason, "dump", missing, "--stage", "text");
        assertRefused(reason, "run", "--model", missing, "--ids", ids);
        assertRefused(reason, "bench", "--model", missing);
        assertRefused(reason, "logits", "--model", missing, "--ids", ids, "--out", out);
        assertRefused(reason, "logits", "--model", model, "--ids", missing, "--out", out);
        assertRefused(reason, "run", "--model", model, "--ids", missing);
    }

    @Test
    void modelsThatAreCutOffOrLie() throws IOException {
        byte[] whole = Files.readAllBytes(model);
        Path bad = folder.resolve("bad.gguf"), out = folder.resolve("out.f32");
        for (int length : new int[] {0, 3, 20, 1000, whole.length / 2, whole.length - 1}) {
            Files.write(bad, Arrays.copyOf(whole, length));
            assertBadModel(bad, out);
        }
        // Two keys more than there are; a text that ends past the end of the file; one head more than the tensors have rows for.
        byte[] keys = whole.clone();
        ByteBuffer.wrap(keys).order(ByteOrder.LITTLE_ENDIAN).putLong(16, 1L << 40);
        byte[] text = whole.clone();
        ByteBuffer.wrap(text).order(ByteOrder.LITTLE_ENDIAN).putLong(24, 1L << 50);
        byte[] heads = whole.clone();
        int at = find(heads, "bitnet-b1.58.attention.head_count") + "bitnet-b1.58.attention.head_count".length();
        ByteBuffer.wrap(heads).order(ByteOrder.LITTLE_ENDIAN).putInt(at + 4, 5);
        for (byte[] lie : List.of(keys, text)) {
            Files.write(bad, lie);
            assertBadModel(bad, out);
        }
        Files.write(bad, heads);
        assertRefused(bad.toString(), "run", "--model", bad, "--ids", ids, "--cache", folder);
        Files.writeString(bad, "codec two = map(-1, 0, 1, _) in 2 bits");
        assertBadModel(bad, out);
    }

    private void assertBadModel(Path bad, Path out) throws IOException {
        assertRefused(bad.toString(), "inspect", bad);
        assertRefused(bad.toString(), "run", "--model", bad, "--ids", ids, "--cache", folder);
        assertRefused(bad.toString(), "bench", "--model", bad, "--cache", folder);
        assertRefused(bad.toString(), "logits", "--model", bad, "--ids", ids, "--out", out, "--cache", folder);
    }

    private static int find(byte[] bytes, String text) {
        byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i <= bytes.length - wanted.length; i++)
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) return i;
        throw new AssertionError(text);
    }

    @Test
    void tokensThatAreNone() throws IOException {
        Path cache = shared.resolve("cache"), out = folder.resolve("out.f32");
        record Case(byte[] file, String problem) {}
        for (Case wrong : List.of(
                new Case(new byte[0], "0 bytes are no list of int32 token ids"),
                new Case(new byte[] {1, 0, 0, 0, 2}, "5 bytes are no list of int32 token ids"),
                new Case(bytes(1, VOCABULARY), "token 512 at 1 is not in the vocabulary of 512"),
                new Case(bytes(-1), "token -1 at 0 is not in the vocabulary of 512"),
                new Case(new byte[4 * 513], "513 tokens"))) {
            Files.write(ids, wrong.file);
            assertRefused(wrong.problem, "run", "--model", model, "--ids", ids, "--cache", cache);
            assertRefused(wrong.problem, "logits", "--model", model, "--ids", ids, "--out", out, "--cache", cache);
        }
        Files.write(ids, bytes(1, VOCABULARY));
        assertRefused(
                "token 512 at 1 is not in the vocabulary of 512", "logits", "--step", "--model", model, "--ids", ids, "--out", out, "--cache", cache);
    }

    @Test
    void choicesThatThereAreNot() throws IOException {
        Path out = folder.resolve("out.f32");
        assertRefused("--packing nope: expected one of", "run", "--model", model, "--ids", ids, "--packing", "nope");
        assertRefused("no device is named 'abacus'; there are ", "run", "--model", model, "--ids", ids, "--device", "abacus");
        assertRefused("--kv", "run", "--model", model, "--ids", ids, "--kv", "f8");
        assertRefused("give either --prompt, --prompt-file or --ids", "run", "--model", model);
        assertRefused("--tokens", "run", "--model", model, "--ids", ids, "--tokens", -1);
        assertRefused("no such folder", "logits", "--model", model, "--ids", ids, "--out", folder.resolve("no/out.f32"));
        assertRefused("-p and -n must not be negative", "bench", "--model", model, "-p", -1);
        assertThat(out).doesNotExist();
    }
}
