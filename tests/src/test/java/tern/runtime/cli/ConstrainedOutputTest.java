package tern.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A model that knows nothing writes what it is made to write.
class ConstrainedOutputTest {

    @TempDir
    static Path folder;

    private static Path model;

    private record Run(int status, String out, String err) {}

    @BeforeAll
    static void synthesise() {
        model = folder.resolve("tiny.gguf");
        assertThat(Main.run(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()), "synth", "--preset", "tiny", "--seed", "7", "--out",
                model.toString())).isZero();
    }

    private static Run run(String command, String typed, Object... more) {
        var out = new StringWriter();
        var err = new StringWriter();
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)));
        try {
            String[] args = Stream.concat(Stream.of(command, "--model", model, "--cache", folder.resolve("cache"), "--threads", 1), Arrays.stream(more))
                    .map(Object::toString).toArray(String[]::new);
            int status = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
            return new Run(status, out.toString().replace("\r\n", "\n"), err.toString().replace("\r\n", "\n"));
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void everyAnswerUnderASchemaValidates() throws IOException {
        Path schema = Files.writeString(folder.resolve("person.json"), """
                {"type": "object", "required": ["name", "age"],
                 "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer"},
                                "likes": {"type": "array", "items": {"enum": ["tea", "coffee"]}, "maxItems": 3}}}
                """);
        Run talk = run("chat", "one\ntwo\nthree\nfour\n", "--json-schema", schema, "--temperature", 1.5, "--top-p", 1, "--tokens", 300, "--seed", 3);
        assertThat(talk.status()).as(talk.err()).isZero();
        List<String> ends = talk.err().lines().filter(line -> line.contains("prompt token")).toList();
        assertThat(ends).hasSize(4).allMatch(line -> line.endsWith("; stop token") || line.endsWith("; the grammar is at its end"));
        int answers = 0;
        try (var values = JsonMapper.shared().readerFor(JsonNode.class).<JsonNode>readValues(talk.out())) {
            while (values.hasNext()) {
                JsonNode person = values.next();
                answers++;
                assertThat(person.path("name").isString()).as("%s", person).isTrue();
                assertThat(person.path("name").stringValue().codePoints().count()).isLessThanOrEqualTo(12);
                assertThat(person.path("age").isIntegralNumber()).as("%s", person).isTrue();
                assertThat(person.path("likes").size()).isLessThanOrEqualTo(3);
            }
        }
        assertThat(answers).isEqualTo(4);
    }

    @Test
    void greedyTakesTheBestThatIsAllowed() throws IOException {
        Path grammar = Files.writeString(folder.resolve("vote.gbnf"), "root ::= (\"yes\" | \"no\") \", \" [0-9]{3}\n");
        Run greedy = run("run", "", "--prompt", "Well?", "--grammar", grammar);
        assertThat(greedy.status()).as(greedy.err()).isZero();
        assertThat(greedy.out()).matches("(yes|no), \\d{3}\n");
        assertThat(greedy.err()).endsWith("; the grammar is at its end\n");
        // All logits instead of the largest: the same tokens.
        Run all = run("run", "", "--prompt", "Well?", "--grammar", grammar, "--repeat-penalty", 1.0001, "--repeat-last", -1);
        assertThat(all.out()).matches("(yes|no), \\d{3}\n");
    }

    @Test
    void mistakesAreOneMessage() throws IOException {
        Path grammar = Files.writeString(folder.resolve("wrong.gbnf"), "root ::= \"a\"\n     [b");
        Run wrong = run("run", "", "--prompt", "x", "--grammar", grammar);
        assertThat(wrong.status()).isEqualTo(2);
        assertThat(wrong.err()).startsWith(grammar + ":2:6: expected the name of a rule\n");
        Path schema = Files.writeString(folder.resolve("wrong-schema.json"), "{\"type\": \"integer\", \"multipleOf\": 3}");
        Run unknown = run("chat", "", "--json-schema", schema);
        assertThat(unknown.status()).isEqualTo(2);
        assertThat(unknown.err()).isEqualTo("tern chat: " + schema + ": schema '#': multipleOf is not supported for type integer\n");
        assertThat(run("run", "", "--prompt", "x", "--json-schema", schema, "--grammar", grammar).err()).contains("give either --grammar or --json-schema");
        assertThat(run("run", "", "--prompt", "x", "--json-schema", schema, "--speculate", 1).err())
                .contains("--speculate does not go with --grammar or --json-schema");
    }
}
