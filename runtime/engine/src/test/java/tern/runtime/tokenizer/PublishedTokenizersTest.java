package tern.runtime.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The vocabularies of Qwen3, Gemma 3 and Llama 3.1 as published, compared with the library that made them. `-Dtern.texts=100000` compares so many
/// texts.
class PublishedTokenizersTest {

    private static final int TEXTS = Integer.getInteger("tern.texts", 500);

    private static void unpack(String model, Path folder) throws IOException {
        String shared = System.getProperty("tern.shared");
        assumeTrue(shared != null, "-Dtern.shared=<folder> is not given; it holds data/tokenizers");
        for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
            Path file = Path.of(shared, "data", "tokenizers", model, name + ".gz");
            assumeTrue(Files.exists(file), "there is no " + file);
            try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
                Files.copy(in, folder.resolve(name));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen3", "gemma3", "llama3_1"})
    void tokensAreThoseOfTheirLibrary(String model, @TempDir Path folder) throws IOException {
        unpack(model, folder);
        JsonNode json = JsonMapper.shared().readTree(folder.resolve("tokenizer.json").toFile());
        List<String> special =
                json.get("added_tokens").valueStream().filter(token -> token.get("special").asBoolean()).map(token -> token.get("content").asString()).toList();
        int rows =
                Math.max(json.get("model").get("vocab").size(), json.get("added_tokens").valueStream().mapToInt(t -> t.get("id").asInt() + 1).max().orElse(0));
        Tokenizer ours = WrittenVocabulary.of(folder, rows).tokenizer();
        // Java's tables of Unicode are younger than the library's, which leaves later marks where they are.
        boolean composes = json.get("normalizer") != null && json.get("normalizer").path("type").asString("").equals("NFC");
        int[] compared = {0};
        try (HuggingFaceTokenizer theirs = HuggingFaceTokenizer.newInstance(folder, Map.of("addSpecialTokens", "false", "truncation", "false"))) {
            // A text has no special token for us.
            Corpus.texts(9, 2 * TEXTS).map(PlainBpe::wellFormed).filter(text -> special.stream().noneMatch(text::contains)).limit(TEXTS).forEach(text -> {
                int[] expected = Arrays.stream(theirs.encode(composes ? Normalizer.normalize(text, Normalizer.Form.NFC) : text).getIds())
                        .mapToInt(Math::toIntExact).toArray(), found = ours.encode(text);
                if (!Arrays.equals(found, expected)) assertThat(found).as(text).isEqualTo(expected);
                compared[0]++;
            });
        }
        assertThat(compared[0]).isEqualTo(TEXTS);
    }
}
