package tern.runtime.jinja;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The templates of Qwen3, Gemma 3 and Llama 3.1 as they are published, on conversations with systems, tools and thoughts. `published.json`
/// holds SHA-256 of what Jinja 3.1.6 wrote for each, or that it refused. The templates are not part of the repository.
class PublishedTemplatesTest {

    private static final JsonMapper MAPPER = new JsonMapper();

    private static JsonNode recorded() throws IOException {
        try (InputStream in = Objects.requireNonNull(PublishedTemplatesTest.class.getResourceAsStream("published.json"))) {
            return MAPPER.readTree(in);
        }
    }

    private static String template(String model) throws IOException {
        String shared = System.getProperty("tern.shared");
        assumeTrue(shared != null, "-Dtern.shared=<folder> is not given; it holds data/tokenizers");
        Path file = Path.of(shared, "data", "tokenizers", model, "tokenizer_config.json.gz");
        assumeTrue(Files.exists(file), "there is no " + file);
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            return MAPPER.readTree(in).get("chat_template").stringValue();
        }
    }

    private static Map<String, Value> names(JsonNode file, JsonNode bos, JsonNode row) {
        var all = new HashMap<String, Value>();
        all.put("messages", Value.of(file.get("talks").get(row.get("talk").intValue())));
        all.put("tools", row.get("tools").booleanValue() ? Value.of(file.get("tools")) : Value.None.NONE);
        all.put("add_generation_prompt", Value.of(row.get("generate")));
        if (!row.get("think").isNull()) all.put("enable_thinking", Value.of(row.get("think")));
        if (!bos.isNull()) all.put("bos_token", Text.of(bos.stringValue()));
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen3", "gemma3", "llama3_1"})
    void itWritesWhatJinjaWrites(String model) throws IOException, GeneralSecurityException {
        JsonNode file = recorded(), expected = file.get("templates").get(model);
        Template template = Template.parse(template(model), () -> TemplateTest.NOW);
        for (JsonNode row : expected.get("rows")) {
            Map<String, Value> names = names(file, expected.get("bos"), row);
            if (row.has("fails")) {
                assertThatThrownBy(() -> template.render(names)).as(row.toString()).isInstanceOf(JinjaException.class);
                continue;
            }
            String text = template.render(names).toString();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
            assertThat(HexFormat.of().formatHex(digest)).as("%s: %s", row, text).isEqualTo(row.get("sha256").stringValue());
        }
        assertThat(expected.get("rows")).hasSizeGreaterThan(30);
    }
}
