package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.SumsModel;
import tools.jackson.databind.json.JsonMapper;

/// `tern doctor` and `tern score` on the model that learned to add.
class DoctorCommandTest {

    private static final int HIDDEN = 128;

    @TempDir
    static Path folder;

    private static Path model, text;

    private record Run(int status, String out, String err) {}

    @BeforeAll
    static void copy() throws IOException {
        model = SumsModel.copy(folder);
        text = Files.writeString(folder.resolve("sum.txt"), "1234+5678=2196:6912");
    }

    private static Run run(String command, Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        String[] all = Stream.concat(Stream.of(command, "--model", model, "--cache", folder, "--threads", 1), Arrays.stream(args))
                .map(Object::toString)
                .toArray(String[]::new);
        int status = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), all);
        return new Run(status, out.toString().replace("\r\n", "\n"), err.toString().replace("\r\n", "\n"));
    }

    @Test
    void nothingIsWrongWithIt() throws IOException {
        Path dump = folder.resolve("dump.f32");
        Run run = run("doctor", "--file", text, "--dump", dump);
        assertThat(run.err).isEmpty();
        assertThat(run.status).as(run.out).isZero();
        assertThat(run.out)
                .contains("good  parts", "good  activation", "good  RoPE pairs", "good  head", "good  token_embd.weight")
                .endsWith("nothing wrong was found\n");
        assertThat(run("doctor", "--file", text, "--reference", dump).out).containsPattern("good +reference +5 parts agree; the worst is off by 0\\.00 %");

        // Another program that loses its way in the attention of layer 1, part 3 of 0 to 4.
        byte[] bytes = Files.readAllBytes(dump);
        int tokens = bytes.length / 4 / HIDDEN / 5;
        ByteBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 4 * 3 * tokens * HIDDEN; at < bytes.length; at += 4) floats.putFloat(at, -floats.getFloat(at));
        Run other = run("doctor", "--file", text, "--reference", Files.write(folder.resolve("other.f32"), bytes));
        assertThat(other.status).isEqualTo(1);
        assertThat(other.out)
                .containsPattern("wrong +reference +the first part that diverges is the attention of layer 1: off by 200 %")
                .endsWith("1 thing wrong\n");
    }

    @Test
    void whatIsAskedForWronglyIsRefused() throws IOException {
        assertRefused("--first must be 2", "doctor", "--first", 1);
        assertRefused("expected 12800 of residual streams [5, 20, 128] or 5760 of logits [20, 288]",
                "doctor", "--file", text, "--reference", Files.write(folder.resolve("short.f32"), new byte[8]));
        Path bad = folder.resolve("bad.jsonl");
        for (String[] wrong : new String[][] {
            {"{", ":1: no JSON"},
            {"{\"context\": \"a\", \"choices\": [\"b\"], \"answer\": 0}", ":1: 1 choices, expected 2"},
            {"\n{\"context\": \"a\", \"choices\": [\"b\", \"c\"], \"answer\": 2}", ":2: answer 2 of 2"},
            {"{\"context\": \"a\", \"choices\": [\"b\", 1], \"answer\": 0}", ":1: 'choices' must be an array of texts"},
            {"{\"choices\": [\"b\", \"c\"], \"answer\": 0}", ":1: 'context' must be a text"},
            {"", "there is no question in it"}
        }) assertRefused(wrong[1], "score", "--file", Files.writeString(bad, wrong[0]));
    }

    private static void assertRefused(String part, String command, Object... args) {
        Run run = run(command, args);
        assertThat(run.status).as("%s", run).isEqualTo(2);
        assertThat(run.err).hasLineCount(1).contains(part);
        assertThat(run.out).isEmpty();
    }

    @Test
    void choicesAreScoredByTheirLikelihood() throws IOException {
        Path questions = Files.writeString(folder.resolve("q.jsonl"), """
                {"context": "47+85=", "choices": ["231:133", "231:132", "331:132"], "answer": 1, "delimiter": ""}
                {"context": "9+3=", "choices": ["21:12", "1", "21:13"], "answer": 0, "delimiter": ""}
                {"context": "20+30=", "choices": ["05:50", "15:51"], "answer": 1, "delimiter": ""}
                {"contexts": ["11+11=", "11+12="], "continuation": "32:23", "answer": 1, "delimiter": ""}
                """);
        Run table = run("score", "--file", questions);
        assertThat(table.out).as(table.err).startsWith("""
                measure                value
                questions                  4
                acc        0.7500 +/- 0.2500
                """);
        var json = JsonMapper.shared().readTree(run("score", "--file", questions, "--json").out);
        assertThat(json.at("/acc").asDouble()).isEqualTo(0.75);
        assertThat(json.at("/answers/2/chosen").asInt()).isZero();
        // A choice's likelihood is the sum over its tokens, each after the ones before: by the logits of the same text.
        double expected = logLikelihood("47+85=", "231:132");
        assertThat(json.at("/answers/0/log_likelihoods/1").asDouble()).isCloseTo(expected, within(1e-6));
        assertThat(expected).isBetween(-0.1, 0.0);
    }

    @Test
    void whatIsLongerThanTheContextIsSaidByItsLine() throws IOException {
        String fits = "{\"context\": \"9+3=\", \"choices\": [\"21:12\", \"1\"], \"answer\": 0, \"delimiter\": \"\"}\n";
        Path long1 = Files.writeString(folder.resolve("longcontext.jsonl"), "\ufeff" + fits + "\n" + fits.replace("9+3", "9+3=21:12".repeat(9)));
        Run cut = run("score", "--context", 32, "--file", long1);
        assertThat(cut.status).as(cut.err).isZero();
        assertThat(cut.err).hasLineCount(1)
                .contains("longcontext.jsonl: 1 of 2 questions are longer than the context of 32 and lost their beginning, the first in line 3, by ");
        assertThat(cut.out).contains("questions                  2");
        Path long2 = Files.writeString(folder.resolve("longchoice.jsonl"), fits + fits.replace("21:12", "2:" + "22:".repeat(30)));
        assertRefused("longchoice.jsonl:2: a choice of 92 tokens is longer than the context of 32", "score", "--context", 32, "--file", long2);
    }

    private static double logLikelihood(String context, String choice) throws IOException {
        byte[] whole = (context + choice).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer ids = ByteBuffer.allocate(4 * whole.length + 4).order(ByteOrder.LITTLE_ENDIAN).putInt(256);
        for (byte b : whole) ids.putInt(b);
        Path in = Files.write(folder.resolve("ids.i32"), ids.array()), out = folder.resolve("logits.f32");
        assertThat(run("logits", "--ids", in, "--out", out).status).isZero();
        var logits = ByteBuffer.wrap(Files.readAllBytes(out)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        int vocabulary = logits.remaining() / (whole.length + 1);
        double total = 0;
        for (int i = context.length(); i < whole.length; i++) {
            double sum = 0;
            for (int v = 0; v < vocabulary; v++) sum += Math.exp(logits.get(i * vocabulary + v));
            total += logits.get(i * vocabulary + whole[i]) - Math.log(sum);
        }
        return total;
    }
}
