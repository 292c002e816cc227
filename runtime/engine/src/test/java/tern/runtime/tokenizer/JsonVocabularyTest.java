package tern.runtime.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.runtime.ModelException;
import tern.runtime.tokenizer.WrittenVocabulary.Type;

class JsonVocabularyTest {

    private static final String TEXT = "abc bab aab, 12345 Straße\n\n  λόγος 漢字 🙂 don't";

    @TempDir
    Path folder;

    /// The bytes, ab 256, bc 257, abc 258, Ġa 259, then specials.
    private static WrittenVocabulary small() {
        List<String> tokens = Vocabularies.bytes();
        tokens.addAll(List.of("ab", "bc", "abc", "Ġa", "<|begin_of_text|>", "<|end_of_text|>", "<tool>", "<|eot_id|>"));
        var types = new ArrayList<Type>();
        for (int id = 0; id < tokens.size(); id++) types.add(id < 260 ? Type.ORDINARY : id == 262 ? Type.USER_DEFINED : Type.CONTROL);
        return new WrittenVocabulary("small", tokens, types, Optional.of(List.of("a b", "b c", "a bc", "ab c", "Ġ a")),
                OptionalInt.of(260), OptionalInt.of(261), Set.of(), Optional.of("{{ a template }}"));
    }

    private WrittenVocabulary read(String json, int size) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), json);
        Files.writeString(folder.resolve("config.json"), "{\"bos_token_id\":260,\"eos_token_id\":261}");
        Files.writeString(folder.resolve("generation_config.json"), "{\"bos_token_id\":260,\"eos_token_id\":[261,263]}");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"chat_template\":\"{{ a template }}\"}");
        return WrittenVocabulary.of(folder, size);
    }

    @Test
    void comesBackAsItWasWritten() throws IOException {
        WrittenVocabulary small = small(), read = read(small.json(), small.tokens().size());
        assertThat(read.tokens()).isEqualTo(small.tokens());
        assertThat(read.types()).isEqualTo(small.types());
        assertThat(read.merges()).isEqualTo(small.merges());
        assertThat(read.template()).isEqualTo(small.template());
        assertThat(read.tokenizer().stops()).containsExactly(261, 263);
        assertThat(read.tokenizer().encode(TEXT)).isEqualTo(small.tokenizer().encode(TEXT));
        assertThat(read.tokenizer().encodeWithSpecials("<tool>ab<|eot_id|>")).containsExactly(262, 256, 263);
    }

    /// An embedding may have more rows than there are tokens; later versions write merges as pairs.
    @Test
    void otherWaysToWriteTheSame() throws IOException {
        String json = small().json();
        int merges = json.indexOf("\"merges\"");
        String pairs = json.substring(0, merges) + json.substring(merges).replaceAll("\"(\\S+) (\\S+)\"", "[ \"$1\", \"$2\" ]");
        assertThat(pairs).contains("[ \"a\", \"bc\" ]");
        BpeTokenizer tokenizer = read(pairs, 300).tokenizer();
        assertThat(tokenizer.size()).isEqualTo(300);
        assertThat(tokenizer.decode(299)).isEmpty();
        assertThat(tokenizer.encode(TEXT)).isEqualTo(small().tokenizer().encode(TEXT));
    }

    @Test
    void idsBeyondTheEmbeddingArePassedOver() throws IOException {
        BpeTokenizer tokenizer = read(small().json(), 263).tokenizer(263);
        assertThat(tokenizer.specials().values()).allMatch(id -> id < 263);
        assertThat(tokenizer.notes()).anyMatch(note -> note.endsWith(" tokens lie past the 263 rows of the embedding and are ignored"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "\"type\" : \"BPE\" | \"type\" : \"Unigram\" | key 'model.type': found 'Unigram', expected 'BPE'",
        "\"fuse_unk\" : false | \"fuse_unk\" : true | key 'model.fuse_unk': is not supported: the vocabulary is neither of bytes nor has it a token for each",
        "\"byte_fallback\" : false | \"byte_fallback\" : true | key 'pre_tokenizer.type': found 'Sequence', expected 'Metaspace'",
        "\"end_of_word_suffix\" : null | \"end_of_word_suffix\" : \"</w>\" | key 'model.end_of_word_suffix': is not supported",
        "\"behavior\" : \"Isolated\" | \"behavior\" : \"Removed\" | key 'pre_tokenizer.pretokenizers[0].behavior': found 'Removed', expected 'Isolated'",
        "\"invert\" : false | \"invert\" : true | key 'pre_tokenizer.pretokenizers[0].invert': found true, expected false",
        "\"lstrip\" : false | \"lstrip\" : true | key 'added_tokens[0].lstrip': found true, expected false",
        "\"normalizer\" : null | \"normalizer\" : {} | key 'normalizer.type': found no such key",
        "\"Ġa\" : 259 | \"Ġa\" : 258 | token 258: found two tokens of this id",
        "\"Ġa\" : 259 | \"Ġa\" : -1 | key 'model.vocab.Ġa': found -1, expected an integer from 0 to 2147483647",
        "\"id\" : 262 | \"id\" : 256 | token 256: found two tokens of this id",
    })
    void whatIsNotSupportedIsRefused(String text, String other, String message) {
        assertThat(small().json()).contains(text);
        assertThatThrownBy(() -> read(small().json().replace(text, other), 264)).isInstanceOf(ModelException.class)
                .hasMessage(folder.resolve("tokenizer.json") + ": " + message);
    }

    @Test
    void otherWordsAreRefused() {
        assertThatThrownBy(() -> read(small().json().replace("\\\\p{N}{1,3}", "\\\\p{N}{1,4}"), 264)).isInstanceOf(ModelException.class)
                .hasMessageContaining("key 'pre_tokenizer': the pattern '(?i:'s|")
                .hasMessageEndingWith("' is not supported");
    }
}
