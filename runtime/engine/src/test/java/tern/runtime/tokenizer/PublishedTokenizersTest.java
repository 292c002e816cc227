package tern.runtime.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The tokenizers of Qwen3, Gemma 3 and Llama 3.1 as they are published, against huggingface/tokenizers: `published.json` holds for each
/// thousand texts of [Corpus] a digest of the ids that those gave (through ai.djl.huggingface:tokenizers 0.38.0, names of special tokens read
/// as tokens). `-Dtern.texts=100000` compares all that were recorded. The tokenizers are not part of the repository.
class PublishedTokenizersTest {

    private static final int BLOCK = 1000;

    @TempDir
    Path folder;

    private static JsonNode recorded(String model) throws IOException {
        try (InputStream in = Objects.requireNonNull(PublishedTokenizersTest.class.getResourceAsStream("published.json"))) {
            return new JsonMapper().readTree(in).get(model);
        }
    }

    private Tokenizer tokenizer(String model, int rows) throws IOException {
        String shared = System.getProperty("tern.shared");
        assumeTrue(shared != null, "-Dtern.shared=<folder> is not given; it holds data/tokenizers");
        for (String name : new String[] {"tokenizer.json", "tokenizer_config.json"}) {
            Path file = Path.of(shared, "data", "tokenizers", model, name + ".gz");
            assumeTrue(Files.exists(file), "there is no " + file);
            try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
                Files.copy(in, folder.resolve(name));
            }
        }
        return WrittenVocabulary.of(folder, rows).tokenizer();
    }

    @ParameterizedTest
    @CsvSource({"qwen3, 151936", "gemma3, 262208", "llama3_1, 128256"})
    void idsAreThoseOfHuggingFace(String model, int rows) throws IOException, NoSuchAlgorithmException {
        Tokenizer tokenizer = tokenizer(model, rows);
        JsonNode digests = recorded(model);
        int blocks = Integer.getInteger("tern.texts", 2 * BLOCK) / BLOCK;
        assertThat(digests.size()).isGreaterThanOrEqualTo(blocks);
        Iterator<String> texts = Corpus.texts(21, blocks * BLOCK).iterator();
        for (int block = 0; block < blocks; block++) {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            for (int i = 0; i < BLOCK; i++) {
                int[] ids = tokenizer.encodeWithSpecials(PlainBpe.wellFormed(texts.next()));
                ByteBuffer bytes = ByteBuffer.allocate(4 * ids.length + 4).putInt(ids.length);
                for (int id : ids) bytes.putInt(id);
                sha.update(bytes.array());
            }
            assertThat(HexFormat.of().formatHex(sha.digest(), 0, 8)).as("texts %d to %d", block * BLOCK, (block + 1) * BLOCK).isEqualTo(digests.get(block).stringValue());
        }
    }
}
