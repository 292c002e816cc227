package tern.runtime.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What templates write, against Jinja itself: `cases.json` holds results of Jinja 3.1.6 in an `ImmutableSandboxedEnvironment` that is set up
/// as transformers does it, or that it refused.
class TemplateTest {

    static final LocalDateTime NOW = LocalDateTime.of(2026, 3, 5, 7, 8, 9);

    private static JsonNode file() throws IOException {
        try (InputStream in = Objects.requireNonNull(TemplateTest.class.getResourceAsStream("cases.json"))) {
            return new JsonMapper().readTree(in);
        }
    }

    static Stream<JsonNode> cases() throws IOException {
        return StreamSupport.stream(file().get("cases").spliterator(), false);
    }

    static Map<String, Value> names(JsonNode names) {
        var all = new HashMap<String, Value>();
        names.forEachEntry((name, value) -> all.put(name, Value.of(value)));
        return all;
    }

    private static String rendered(String template, Map<String, Value> names) {
        return Template.parse(template, () -> NOW).render(names).toString();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void itWritesWhatJinjaWrites(JsonNode one) throws IOException {
        String template = one.get("template").stringValue();
        Map<String, Value> names = names(file().get("names"));
        if (one.has("fails")) assertThatThrownBy(() -> rendered(template, names)).as(template).isInstanceOf(JinjaException.class);
        else assertThat(rendered(template, names)).as(template).isEqualTo(one.get("result").stringValue());
    }
}
