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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `tern ppl` against logits of an independent float64 program.
class PplCommandTest {

    private static final Path GOLDEN = Path.of(System.getProperty("basedir", "."), "src", "test", "resources", "golden");
    private static final int VOCABULARY = 256, CONTEXT = 6;

    @TempDir
    static Path cache;

    @TempDir
    Path folder;

    private record Run(int status, String out, String err) {
        JsonNode json() {
            assertThat(status).as("%s", err).isZero();
            return JsonMapper.shared().readTree(out);
        }
    }

    private static Run run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(
                new PrintWriter(out, true), new PrintWriter(err, true), Arrays.stream(args).map(Object::toString).toArray(String[]::new));
        return new Run(status, out.toString(), err.toString());
    }

    private static Run ppl(Object... args) {
        Object[] first = {"ppl", "--model", GOLDEN.resolve("robust128.i2_s.gguf"), "--cache", cache, "--threads", 1};
        return run(Stream.concat(Arrays.stream(first), Arrays.stream(args)).toArray());
    }

    private Path ids(int... ids) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(4 * ids.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int id : ids) bytes.putInt(id);
        return Files.write(folder.resolve("ids.i32"), bytes.array());
    }

    private static int[] goldenIds() throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(GOLDEN.resolve("robust128.tokens.i32"))).order(ByteOrder.LITTLE_ENDIAN);
        int[] ids = new int[bytes.remaining() / 4];
        bytes.asIntBuffer().get(ids);
        return ids;
    }

    /// Negative log-likelihood of what follows a position, from the float64 program's logits.
    private static double nats(int position, int next) throws IOException {
        var logits = ByteBuffer.wrap(Files.readAllBytes(GOLDEN.resolve("robust128.numpy_f64ref.f32"))).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        double sum = 0;
        for (int i = 0; i < VOCABULARY; i++) sum += Math.exp(logits.get(position * VOCABULARY + i));
        return Math.log(sum) - logits.get(position * VOCABULARY + next);
    }

    @Test
    void isThatOfTheIndependentLogits() throws IOException {
        int[] ids = goldenIds();
        // Two chunks of the same tokens: each starts from nothing, so both score the same.
        int[] twice = new int[2 * CONTEXT];
        for (int i = 0; i < twice.length; i++) twice[i] = ids[i % CONTEXT];
        double[] nats = {nats(3, ids[4]), nats(4, ids[5])}; // of tokens 0 to 5, the first half is only read
        double mean = (nats[0] + nats[1]) / 2, half = Math.abs(nats[0] - nats[1]) / 2;

        JsonNode one = ppl("--file", ids(twice), "--tokens", "--context", CONTEXT, "--chunks", 1, "--json").json();
        assertThat(one.at("/nats_per_token").asDouble()).isCloseTo(mean, within(1e-5));
        assertThat(one.at("/perplexity").asDouble()).isCloseTo(Math.exp(mean), within(1e-4 * Math.exp(mean)));
        assertThat(one.at("/error").asDouble()).isCloseTo(half * Math.exp(mean), within(1e-4 * Math.exp(mean)));
        assertThat(one.at("/tokens_scored").asInt()).isEqualTo(2);

        JsonNode two = ppl("--file", ids(twice), "--tokens", "--context", CONTEXT, "--json").json();
        assertThat(two.at("/chunks").asInt()).isEqualTo(2);
        assertThat(two.at("/tokens_scored").asInt()).isEqualTo(4);
        assertThat(two.at("/nats_per_token").asDouble()).isCloseTo(one.at("/nats_per_token").asDouble(), within(1e-12));
        assertThat(two.at("/error").asDouble()).isCloseTo(half / Math.sqrt(3) * Math.exp(mean), within(1e-4 * Math.exp(mean)));
    }

    @Test
    void aTextIsCutWithItsBeginningBeforeEachChunk() throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), "ABCDEFG HIJKL"), model = folder.resolve("tiny.gguf");
        assertThat(run("synth", "--preset", "tiny", "--seed", 7, "--out", model).status()).isZero();
        Object[] how = {"ppl", "--model", model, "--cache", cache, "--threads", 1, "--context", 7, "--json"};
        // Begin of text, then bytes; the eighth token begins the second chunk and gives way to another begin of text.
        Path ids = ids(510, 'A', 'B', 'C', 'D', 'E', 'F', 510, ' ', 'H', 'I', 'J', 'K', 'L');
        JsonNode ofText = run(Stream.concat(Arrays.stream(how), Stream.of("--file", text)).toArray()).json();
        JsonNode ofIds = run(Stream.concat(Arrays.stream(how), Stream.of("--file", ids, "--tokens")).toArray()).json();
        assertThat(ofText).isEqualTo(ofIds);
        assertThat(ofText.at("/tokens_scored").asInt()).isEqualTo(2 * 3);
    }

    @Test
    void printsALine() throws IOException {
        Run run = ppl("--file", ids(goldenIds()), "--tokens", "--context", 5);
        assertThat(run.out).matches("perplexity \\d+\\.\\d{4} \\+/- \\d+\\.\\d{4} \\(4 tokens scored in 2 chunks of 5\\)\\R");
    }

    @Test
    void whatIsWrongIsSaid() throws IOException {
        Path ids = ids(goldenIds()), missing = folder.resolve("missing");
        assertRefused("10 tokens are too few for a context of 6: there must be 12", "--file", ids, "--tokens", "--context", 6);
        assertRefused("expected 3 to ", "--file", ids, "--tokens", "--context", 2);
        assertRefused("no such file", "--file", missing);
        assertRefused("no UTF-8 text", "--file", Files.write(folder.resolve("latin"), new byte[] {'a', (byte) 0xe4, 'b'}));
        assertRefused("token 256 at 1 is not in the vocabulary", "--file", ids(1, 256, 1, 1, 1, 1), "--tokens", "--context", 3);
        assertRefused("--chunks", "--file", ids, "--tokens", "--chunks", -1);
    }

    private static void assertRefused(String part, Object... args) {
        Run run = ppl(args);
        assertThat(run.status).as("%s", run).isEqualTo(2);
        assertThat(run.err).hasLineCount(1).contains(part);
        assertThat(run.out).isEmpty();
    }
}
