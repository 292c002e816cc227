package tern.runtime.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The official cases of JSON Schema 2020-12 for the keywords that are known here, whose licence lies next to them: what they call wrong,
/// no grammar lets through, and what a grammar writes validates by another program's judgement.
class SchemaSuiteTest {

    private static final List<String> FILES = List.of("additionalProperties", "allOf", "anyOf", "boolean_schema", "const", "defs", "enum", "exclusiveMaximum",
            "exclusiveMinimum", "infinite-loop-detection", "items", "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum", "oneOf", "pattern",
            "prefixItems",
            "properties", "ref", "required", "type", "format-date", "format-time", "format-date-time", "format-uuid", "format-ipv4");

    private static final JsonMapper MAPPER = JsonMapper.shared();

    /// A schema of the suite with its tests.
    private record Case(String name, JsonNode schema, JsonNode tests, Automaton automaton) {}

    /// Those whose schema is one for grammars too.
    private static List<Case> cases() throws IOException {
        var cases = new ArrayList<Case>();
        for (String file : FILES)
            try (InputStream in = Objects.requireNonNull(SchemaSuiteTest.class.getResourceAsStream("suite/" + file + ".json"), file)) {
                for (JsonNode group : MAPPER.readTree(in)) {
                    String name = file + ": " + group.get("description").asString();
                    automaton(group.get("schema")).ifPresent(automaton -> cases.add(new Case(name, group.get("schema"), group.get("tests"), automaton)));
                }
            }
        return cases;
    }

    private static Optional<Automaton> automaton(JsonNode schema) {
        try {
            var program = new Program(JsonSchema.rules("s.json", schema));
            return program.ends() ? Optional.of(new Automaton(program)) : Optional.empty();
        } catch (IllegalArgumentException refused) {
            assertThat(refused).hasMessageStartingWith("s.json: schema '#");
            return Optional.empty();
        }
    }

    @Test
    void nothingWrongIsLetThrough() throws IOException {
        List<Case> cases = cases();
        int right = 0, written = 0;
        for (Case one : cases)
            for (JsonNode test : one.tests) {
                boolean accepts = GbnfTest.accepts(one.automaton, MAPPER.writeValueAsString(test.get("data")).getBytes(StandardCharsets.UTF_8));
                if (!test.get("valid").booleanValue()) assertThat(accepts).as("%s: %s", one.name, test.get("description")).isFalse();
                else right++;
                if (accepts) written++;
            }
        assertThat(cases.size()).as("schemas that are taken").isGreaterThan(120);
        assertThat(written).as("values that validate and can be written, of %d", right).isGreaterThan(180);
    }

    @Test
    void whatIsWrittenValidates() throws IOException {
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        var random = new SplittableRandom(16);
        int complete = 0;
        for (Case one : cases()) {
            if (one.schema.toString().contains("$id")) continue;
            Schema schema = registry.getSchema(one.schema);
            for (int i = 0; i < 15; i++) {
                Optional<String> text = written(one.automaton, random);
                if (text.isEmpty()) continue;
                complete++;
                var errors = schema.validate(MAPPER.readTree(text.get()), context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
                assertThat(errors).as("%s: %s: %s", one.name, one.schema, text.get()).isEmpty();
            }
        }
        assertThat(complete).isGreaterThan(1000);
    }

    /// A text of random bytes that the automaton allows, unless it does not come to its end.
    private static Optional<String> written(Automaton automaton, SplittableRandom random) {
        var text = new ByteArrayOutputStream();
        Automaton.State state = automaton.start();
        while (!state.isOver() && (!state.mayEnd() || random.nextInt(4) > 0) && text.size() < 2000) {
            var fitting = new ArrayList<Integer>();
            for (int b = 0; b < 256; b++) if (!state.step(b).isOver() || state.step(b).mayEnd()) fitting.add(b);
            int b = fitting.contains((int) '"') && random.nextInt(3) == 0 ? '"' : fitting.get(random.nextInt(fitting.size()));
            text.write(b);
            state = state.step(b);
        }
        return state.mayEnd() ? Optional.of(text.toString(StandardCharsets.UTF_8)) : Optional.empty();
    }
}
