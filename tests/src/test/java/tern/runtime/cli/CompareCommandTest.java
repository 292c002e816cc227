package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `tern compare`: what it says of two files is what their logits say.
class CompareCommandTest {

    private static final Path GOLDEN = Path.of(System.getProperty("basedir", "."), "src", "test", "resources", "golden");
    private static final int VOCABULARY = 512, TOKENS = 32;

    @TempDir
    static Path folder;

    private record Run(int status, String out, String err) {}

    private static Run run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(
                new PrintWriter(out, true), new PrintWriter(err, true), Arrays.stream(args).map(Object::toString).toArray(String[]::new));
        return new Run(status, out.toString(), err.toString());
    }

    private static JsonNode json(Run run) {
        assertThat(run.status).as("%s", run.err).isZero();
        return JsonMapper.shared().readTree(run.out);
    }

    private static float[] logits(Path model) throws IOException {
        Path out = folder.resolve("logits.f32");
        Run run = run("logits", "--model", model, "--ids", GOLDEN.resolve("tiny256.tokens.i32"), "--out", out, "--cache", folder, "--threads", 1);
        assertThat(run.status).as("%s", run.err).isZero();
        float[] logits = new float[VOCABULARY * TOKENS];
        ByteBuffer.wrap(Files.readAllBytes(out)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(logits);
        return logits;
    }

    private static int best(float[] logits, int row) {
        int best = row * VOCABULARY;
        for (int i = best; i < (row + 1) * VOCABULARY; i++) if (logits[i] > logits[best]) best = i;
        return best;
    }

    private static double logSum(float[] logits, int row) {
        double sum = 0;
        for (int i = row * VOCABULARY; i < (row + 1) * VOCABULARY; i++) sum += Math.exp(logits[i]);
        return Math.log(sum);
    }

    /// Steps of groups are finer than those of a token.
    @Test
    void scalesOfGroupsShowInTheLogits() {
        Path model = GOLDEN.resolve("tiny256.i2_s.gguf"), ids = GOLDEN.resolve("tiny256.tokens.i32");
        JsonNode found = json(run("compare", model, "--b-activations", 32, "--file", ids, "--tokens", "--cache", folder, "--threads", 1, "--json"));
        assertThat(found.at("/identical_positions").asInt()).isZero();
        assertThat(found.at("/mean_kl_divergence").asDouble()).isPositive().isLessThan(0.1);
        List<Double> perplexities = Stream.of("token", "32")
                .map(scales -> json(run("ppl", "--model", model, "--file", ids, "--tokens", "--context", 16, "--activations", scales, "--cache", folder,
                        "--threads", 1, "--json")))
                .map(ppl -> ppl.at("/perplexity").asDouble())
                .toList();
        assertThat(perplexities).doesNotHaveDuplicates().allSatisfy(ppl -> assertThat(ppl).isGreaterThan(1));
        Run wrong = run("ppl", "--model", model, "--file", ids, "--tokens", "--activations", 48, "--cache", folder);
        assertThat(wrong.status).isEqualTo(2);
        assertThat(wrong.err).contains("--activations 48: expected one of 128, 256, 32, 64, token");
    }

    @Test
    void twoFilesAreAsFarApartAsTheirLogits() throws IOException {
        Path first = GOLDEN.resolve("tiny256.i2_s.gguf"), second = GOLDEN.resolve("tiny256.tq2_0.gguf");
        float[] a = logits(first), b = logits(second);
        double divergence = 0, largest = 0;
        int same = 0;
        for (int row = 0; row < TOKENS; row++) {
            if (best(a, row) == best(b, row)) same++;
            double sumA = logSum(a, row), sumB = logSum(b, row);
            for (int i = row * VOCABULARY; i < (row + 1) * VOCABULARY; i++) {
                divergence += Math.exp(a[i] - sumA) * (a[i] - sumA - b[i] + sumB);
                largest = Math.max(largest, Math.abs((double) a[i] - b[i]));
            }
        }
        JsonNode found =
                json(run("compare", first, second, "--file", GOLDEN.resolve("tiny256.tokens.i32"), "--tokens", "--cache", folder, "--threads", 1, "--json"));
        assertThat(found.at("/positions").asInt()).isEqualTo(TOKENS);
        assertThat(found.at("/same_best").asInt()).isEqualTo(same);
        assertThat(found.at("/largest_logit_difference").asDouble()).isEqualTo(largest).isPositive();
        assertThat(found.at("/mean_kl_divergence").asDouble()).isCloseTo(divergence / TOKENS, within(1e-9)).isPositive();
        assertThat(found.at("/identical_positions").asInt()).isLessThan(TOKENS);
    }

    @Test
    void anotherPackingOrDeviceChangesNoBit() {
        Path model = GOLDEN.resolve("robust128.i2_s.gguf");
        Run table = run("compare", model, "--b-packing", "tq1_0", "--cache", folder, "--threads", 1, "--batch", 7);
        assertThat(table.out.replace("\r\n", "\n")).isEqualTo("""
                measure                                          value  at
                positions                                           64
                same likeliest token                     64 (100.00 %)
                KL divergence of B from A, mean         0.000e+00 nats
                KL divergence of B from A, largest      0.000e+00 nats
                difference of logits, root mean square       0.000e+00
                difference of logits, largest                0.000e+00
                identical bits                                      64
                """);
        JsonNode reference = json(run("compare", model, "--b-device", "reference", "--first", 5, "--cache", folder, "--threads", 1, "--json"));
        assertThat(reference.at("/identical_positions").asInt()).isEqualTo(5);
    }

    @Test
    void whatCannotBeComparedIsRefused() {
        Path model = GOLDEN.resolve("robust128.i2_s.gguf"), other = GOLDEN.resolve("tiny256.i2_s.gguf");
        assertRefused("A has a vocabulary of 256 and B of 512", model, other);
        assertRefused("--first", model, "--first", 0);
        assertRefused("there is no --file", model, "--tokens");
        assertRefused("no such file", model, folder.resolve("missing"));
    }

    private static void assertRefused(String part, Object first, Object... more) {
        Object[] args = new Object[more.length + 6];
        args[0] = "compare";
        args[1] = first;
        System.arraycopy(more, 0, args, 2, more.length);
        args[more.length + 2] = "--cache";
        args[more.length + 3] = folder;
        args[more.length + 4] = "--threads";
        args[more.length + 5] = 1;
        Run run = run(args);
        assertThat(run.status).as("%s", run).isEqualTo(2);
        assertThat(run.err).hasLineCount(1).contains(part);
        assertThat(run.out).isEmpty();
    }
}
