package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.examples.learn.Numbers;
import tools.jackson.databind.JsonNode;
import tern.examples.learn.Numbers;
import tools.jackson.databind.json.JsonMapper;

/// `tern embed` as its users see it.
class EmbedCommandTest {

    @TempDir
    static Path folder;

    private static Path model, lines;

    private record Run(int status, String out, String err) {}

    private static Run run(Object... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int status = Main.run(
                new PrintWriter(out, true), new PrintWriter(err, true), Arrays.stream(args).map(Object::toString).toArray(String[]::new));
        return new Run(status, out.toString(), err.toString());
    }

    @BeforeAll
    static void write() throws IOException {
        model = folder.resolve("model.gguf");
        lines = folder.resolve("lines.txt");
        assertThat(run("synth", "--preset", "tiny-gemma3", "--seed", 2, "--out", model).status).isZero();
        Files.write(lines, List.of("the first line", "grün", "the third", "x".repeat(150)));
    }

    private static Run embed(Object... more) {
        var args = new java.util.ArrayList<Object>(List.of("embed", "--model", model, "--file", lines, "--cache", folder, "--threads", 1));
        args.addAll(List.of(more));
        Run run = run(args.toArray());
        assertThat(run.status).as(run.err).isZero();
        return run;
    }

    @Test
    void aLineIsAVectorInTheOrderOfTheLines() throws IOException {
        List<String> plain = embed().out.lines().toList(), json = embed("--json").out.lines().toList();
        assertThat(plain).hasSize(4);
        for (int i = 0; i < 4; i++) {
            JsonNode one = JsonMapper.shared().readTree(json.get(i));
            assertThat(one.path("index").intValue()).isEqualTo(i);
            String[] numbers = plain.get(i).split(" ");
            assertThat(numbers).hasSize(256);
            for (int k = 0; k < numbers.length; k++) assertThat(one.path("embedding").get(k).floatValue()).isEqualTo(Float.parseFloat(numbers[k]));
        }
        assertThat(JsonMapper.shared().readTree(json.get(1)).path("tokens").intValue()).isEqualTo(5 + 2);
    }

    @Test
    void fewerNumbersAndFewerBits() {
        for (String line : embed("--dims", 16).out.lines().toList()) {
            double[] numbers = Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
            assertThat(numbers).hasSize(16);
            assertThat(Arrays.stream(numbers).map(value -> value * value).sum()).isCloseTo(1, within(1e-5));
        }
        for (String line : embed("--quantise", 1, "--dims", 8).out.lines().toList())
            assertThat(line.split(" ")).hasSize(8).containsAnyOf("1", "-1").doesNotContain("0");
    }

    @Test
    void aLineIsNearestToItself() {
        for (String line : List.of("the third", "grün"))
            assertThat(embed("--query", line).out.lines().findFirst()).contains("1.0000\t" + line);
        assertThat(embed("--query", "the third", "--quantise", 8).out.lines().findFirst()).contains("1.0000\tthe third");
    }

    /// The model of the examples, which learned what numbers mean, and numbers that it was never shown.
    @Test
    void theLineThatMeansTheSameIsFound() throws IOException {
        Path learned = folder.resolve("numbers.gguf"), spelled = folder.resolve("spelled.txt");
        try (var in = Objects.requireNonNull(Numbers.class.getResourceAsStream("/tern/examples/numbers.gguf"))) {
            Files.write(learned, in.readAllBytes());
        }
        List<Integer> numbers = new Numbers().heldOut(40, 5);
        Files.write(spelled, numbers.stream().map(Numbers::spelled).toList());
        for (int i = 0; i < 4; i++) {
            Run run = run("embed", "--model", learned, "--file", spelled, "--query", numbers.get(i), "--cache", folder, "--threads", 1);
            assertThat(run.status).as(run.err).isZero();
            assertThat(run.out.lines().findFirst().orElseThrow()).endsWith("\t" + Numbers.spelled(numbers.get(i)));
        }
    }

    @Test
    void whatIsAskedWronglyIsSaid() {
        Run run = run("embed", "--model", model, "--file", lines, "--quantise", 3);
        assertThat(run.status).isEqualTo(2);
        assertThat(run.err).contains("--quantise: found 3, expected 8, 4 or 1");
    }
}
