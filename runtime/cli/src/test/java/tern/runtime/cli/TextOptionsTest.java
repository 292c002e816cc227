package tern.runtime.cli;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Text is text: what a prompt or a stop text begins with is never taken for something else, wherever it comes from.
class TextOptionsTest {

    @TempDir
    static Path folder;

    private static Path model;

    @BeforeAll
    static void synthesise() {
        model = folder.resolve("tiny.gguf");
        assertThat(Tern.run("synth", "--preset", "tiny", "--seed", 1, "--out", model).status()).isZero();
    }

    private static String ids(Object... options) {
        Object[] line = new Object[options.length + 3];
        line[0] = "tokenize";
        line[1] = "--model";
        line[2] = model;
        System.arraycopy(options, 0, line, 3, options.length);
        Tern run = Tern.run(line);
        assertThat(run.err()).isEmpty();
        assertThat(run.status()).isZero();
        return run.out();
    }

    private static String text(String ids) {
        Object[] all = ("detokenize --model " + model + " " + ids.strip()).split(" ");
        return Tern.run(all).out();
    }

    @Test
    void everyTextIsReadAsItStands() throws IOException {
        Path file = folder.resolve("prompt.txt");
        for (String text : new String[] {"@file", "@@x", "-help me", "-V", "--model", "zürich 日本 \ud83d\ude00", "a = \"b\"", " ", "<|eot_id|>"}) {
            assertThat(text(ids("--prompt", text))).isEqualTo(text + "\n");
            assertThat(ids("--prompt=" + text)).isEqualTo(ids("--prompt", text));
            Files.writeString(file, "\ufeff" + text + "\r\n");
            assertThat(ids("--prompt-file", file)).isEqualTo(ids("--prompt", text));
        }
        Files.write(file, new byte[] {'a', (byte) 0xff});
        assertThat(Tern.run("tokenize", "--model", model, "--prompt-file", file)).isEqualTo(new Tern(2, "", "tern tokenize: " + file + ": no UTF-8 text\n"));
    }

    @Test
    void specialTokensAreTextUnlessAskedFor() {
        assertThat(ids("--prompt", "<t300>", "--special").split(" ")).hasSizeLessThan(ids("--prompt", "<t300>").split(" ").length);
    }

    @Test
    void stopsAndPromptsOfAnyBeginning() {
        Tern run = Tern.run("run", "--model", model, "--prompt", "@x", "--stop", "-V", "--stop", "--json", "--tokens", 2, "--cache", folder);
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(Tern.run("run", "--model", model, "--prompt", "a", "--prompt-file", "b").err())
                .isEqualTo("tern run: give either --prompt or --prompt-file\n");
    }

    @Test
    void partsOfATextAreEvents() {
        Tern run = Tern.run("run", "--model", model, "--prompt", "x", "--json", "--tokens", 40, "--temperature", 1, "--seed", 1, "--cache", folder);
        assertThat(run.status()).as(run.err()).isZero();
        List<JsonNode> events = run.out().lines().map(JsonMapper.shared()::readTree).toList();
        assertThat(events).hasSizeGreaterThan(1);
        assertThat(events.stream().map(event -> event.path("part").asString("")).collect(joining())).isEqualTo(events.getLast().path("text").stringValue());
        assertThat(events.getLast().path("tokens").intValue()).isPositive();
    }

    @Test
    void standardInputIsAPrompt() {
        var before = System.in;
        try {
            System.setIn(new java.io.ByteArrayInputStream("- zürich\n".getBytes(StandardCharsets.UTF_8)));
            assertThat(ids("--prompt-file", "-")).isEqualTo(ids("--prompt", "- zürich"));
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void aRandomSeedIsSaid() {
        Tern run = Tern.run("run", "--model", model, "--prompt", "a", "--seed", -1, "--temperature", 1, "--tokens", 4, "--cache", folder);
        assertThat(run.err()).containsPattern("(?m)^--seed \\d+$");
        String seed = run.err().lines().filter(line -> line.startsWith("--seed ")).findFirst().orElseThrow().substring(7);
        assertThat(Tern.run("run", "--model", model, "--prompt", "a", "--seed", seed, "--temperature", 1, "--tokens", 4, "--cache", folder).out())
                .isEqualTo(run.out());
    }

    @Test
    void partsOfABenchAreLeftOut() {
        Tern prompt = Tern.run("bench", "--model", model, "-p", 4, "-n", 0, "-r", 1, "--cache", folder),
                tokens = Tern.run("bench", "--model", model, "-p", 0, "-n", 4, "-r", 1, "--cache", folder);
        assertThat(prompt.out()).contains("prompt 4").doesNotContain("generate", "a token,");
        assertThat(tokens.out()).contains("generate 4", "a token,").doesNotContain("prompt ");
        assertThat(Tern.run("bench", "--model", model, "-p", 0, "-n", 0)).isEqualTo(new Tern(2, "", "tern bench: -p 0 and -n 0 leave nothing to measure\n"));
    }
}
