package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static tern.runtime.tokenizer.Vocabularies.tokenizer;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tern.runtime.ModelException;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Value;

class BpeTokenizerTest {

    private static final List<String> SPECIALS = List.of("<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>", "<|eot_id|>x");

    /// ids: ab 256, bc 257, abc 258, Ġa 259
    private static final List<String> WORDS = List.of("ab", "bc", "abc", "Ġa");
    private static final List<String> BY_RANK = List.of("a b", "b c", "a bc", "ab c", "Ġ a");

    private static int[] utf8(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return IntStream.range(0, bytes.length).map(i -> bytes[i] & 0xff).toArray();
    }

    @Test
    void lowestRankMergesFirst() {
        var tokenizer = tokenizer(WORDS, BY_RANK, SPECIALS);
        assertThat(tokenizer.encode("abc")).containsExactly(258);
        assertThat(tokenizer.encode("abcc")).containsExactly(258, 'c');
        assertThat(tokenizer.encode("xabc")).containsExactly('x', 258);
        assertThat(tokenizer.encode("bbc")).containsExactly('b', 257);
        assertThat(tokenizer.encode("b a")).containsExactly('b', 259);
        assertThat(tokenizer.encode("")).isEmpty();
    }

    @Test
    void mergesOutOfTheOrderOfIdsAreObeyed() {
        // b c goes before a b, although ab has the lower id; and there is no merge for ab c.
        var tokenizer = tokenizer(WORDS, List.of("b c", "a b", "Ġ a"), SPECIALS);
        assertThat(tokenizer.encode("xabc")).containsExactly('x', 'a', 257);
        assertThat(tokenizer.encode("xabb")).containsExactly('x', 256, 'b');
        assertThat(tokenizer.encode("abc")).as("a word that is a token is that token").containsExactly(258);
    }

    @Test
    void anIncompleteListOfMergesIsObeyed() {
        // In the order of the ids, but nothing makes abc: ranks alone would.
        var tokenizer = tokenizer(WORDS, List.of("a b", "b c", "Ġ a"), SPECIALS);
        assertThat(tokenizer.encode("xabc")).containsExactly('x', 256, 'c');
    }

    @Test
    void aDummyVocabularyOfBytes() {
        // As in the tiny models of the tests: a merge of tokens that make no token.
        var tokenizer = tokenizer(List.of(), List.of("a b"), List.of("<t256>", "<t257>"));
        assertThat(tokenizer.encode("ab ü")).containsExactly(utf8("ab ü"));
        assertThat(tokenizer.decode(utf8("ab ü"))).isEqualTo("ab ü");
        assertThat(tokenizer.size()).isEqualTo(258);
    }

    @Test
    void specialTokensAreTextUnlessAskedFor() {
        var tokenizer = tokenizer(WORDS, BY_RANK, SPECIALS);
        assertThat(tokenizer.specials()).containsExactly(
                entry("<|begin_of_text|>", 260), entry("<|end_of_text|>", 261),
                entry("<|eot_id|>", 262), entry("<|eot_id|>x", 263));
        assertThat(tokenizer.encode("<|eot_id|>")).containsExactly(utf8("<|eot_id|>"));
        assertThat(tokenizer.encodeWithSpecials("<|begin_of_text|>ab<|eot_id|><|eot_id|>xc<|eot_id"))
                .containsExactly(IntStream.concat(IntStream.of(260, 256, 262, 263, 'c'), IntStream.of(utf8("<|eot_id"))).toArray());
        assertThat(tokenizer.encodeWithSpecials("")).isEmpty();
        assertThat(tokenizer.special("<|eot_id|>")).isEqualTo(262);
        assertThatThrownBy(() -> tokenizer.special("<|no|>")).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no special token is named <|no|>");
    }

    @Test
    void roles() {
        var tokenizer = tokenizer(WORDS, BY_RANK, SPECIALS);
        assertThat(tokenizer.bos()).hasValue(260);
        assertThat(tokenizer.eos()).hasValue(261);
        assertThat(tokenizer.stops()).containsExactly(261, 262);
    }

    @Test
    void aByteMayEndAText() {
        // As in the tiniest model of the tests, whose vocabulary is the bytes alone.
        var tokenizer = BpeTokenizer.of(Vocabularies.metadata(vocabulary(Vocabularies.bytes())
                .put("tokenizer.ggml.eos_token_id", Value.u32(255))));
        assertThat(tokenizer.stops()).containsExactly(255);
        assertThat(tokenizer.decode(255)).containsExactly(0xff);
        assertThat(tokenizer.bos()).isEmpty();
    }

    /// Llama.cpp's and Hugging Face's way: what the model's makers added as text is a token wherever it stands, and is read as it stands.
    @Test
    void namesThatAreTextAreTokensAnywhere() {
        List<String> tokens = Vocabularies.bytes();
        tokens.addAll(List.of("<tool>", "<|eot_id|>"));
        int[] types = IntStream.range(0, 258).map(id -> id < 256 ? 1 : id == 256 ? 4 : 3).toArray();
        var tokenizer = BpeTokenizer.of(Vocabularies.metadata(vocabulary(tokens).put("tokenizer.ggml.token_type", Value.i32s(types))
                .put("tokenizer.ggml.merges", Value.texts(List.of()))));
        assertThat(tokenizer.encode("a<tool>b<|eot_id|>")).startsWith('a', 256, 'b', '<').doesNotContain(257);
        assertThat(tokenizer.encodeWithSpecials("a<tool><|eot_id|>")).containsExactly('a', 256, 257);
        assertThat(tokenizer.decode(new int[] {'a', 256, 257})).isEqualTo("a<tool>");
    }

    /// Two programs write `falcon3` and mean different words by it; only Llama 3's can have taught a vocabulary that a space goes with a bracket.
    @Test
    void theVocabularyTellsWhoseWordsFalcon3sAre() {
        for (String pre : List.of("falcon3", "falcon-h1", "falcon_e")) {
            assertThat(falcon3(pre, "Ġ(").encode("a (1")).containsExactly('a', 256, '1');
            assertThat(falcon3(pre, "Ġa").encode("1 (a a")).containsExactly('1', ' ', '(', 'a', 256);
        }
    }

    private static BpeTokenizer falcon3(String pre, String token) {
        List<String> tokens = Vocabularies.bytes();
        tokens.add(token);
        return BpeTokenizer.of(Vocabularies.metadata(vocabulary(tokens).put("tokenizer.ggml.pre", Value.text(pre))
                .put("tokenizer.ggml.merges", Value.texts(List.of("Ġ " + token.substring(1))))));
    }

    /// As in Falcon's: a vocabulary that was learnt from texts without some bytes. They are left out.
    @Test
    void rareBytesMayHaveNoToken() {
        List<String> tokens = Vocabularies.bytes();
        tokens.set(3, "ab");
        var tokenizer = BpeTokenizer.of(Vocabularies.metadata(vocabulary(tokens).put("tokenizer.ggml.merges", Value.texts(List.of("a b")))));
        assertThat(tokenizer.encode("xab\u0003c")).containsExactly('x', 3, 'c');
        assertRefused(vocabulary(tokens), ": vocabulary: found no token for byte 0x03"); // tiktoken's kind, which has them all
    }

    @Test
    void whatAFileDoesNotWantAtTheBeginningIsNot() {
        var file = vocabulary(Vocabularies.bytes()).put("tokenizer.ggml.bos_token_id", Value.u32(1)).put("tokenizer.ggml.add_bos_token", Value.bool(false));
        assertThat(BpeTokenizer.of(Vocabularies.metadata(file)).bos()).isEmpty();
    }

    @Test
    void decodingGivesBytesAndNothingForSpecials() {
        var tokenizer = tokenizer(WORDS, BY_RANK, SPECIALS);
        assertThat(tokenizer.decode(259)).isEqualTo(" a".getBytes(UTF_8));
        assertThat(tokenizer.decode(0xc3)).containsExactly(0xc3);
        assertThat(tokenizer.decode(260)).isEmpty();
        assertThat(tokenizer.decode(new int[] {260, 256, 0xc3, 262})).isEqualTo("ab\uFFFD");
        assertThatThrownBy(() -> tokenizer.decode(264)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> tokenizer.decode(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void unpairedSurrogatesReadAsReplacementCharacters() {
        for (List<String> merges : List.of(BY_RANK, List.of("b c", "a b"))) {
            var tokenizer = tokenizer(WORDS, merges, SPECIALS);
            assertThat(tokenizer.decode(tokenizer.encode("a\ud83dz\udc26\ud83d\udc26"))).isEqualTo("a\uFFFDz\uFFFD\ud83d\udc26");
        }
    }

    @Test
    void longWordsTakeNoLongerThanTheyAreLong() {
        for (List<String> merges : List.of(BY_RANK, List.of("b c", "a b"))) {
            var tokenizer = tokenizer(WORDS, merges, SPECIALS);
            for (String piece : List.of("ab", "  ", "1", "\n", "<|", "a b"))
                assertTimeoutPreemptively(Duration.ofMinutes(5), () -> {
                    String text = piece.repeat(50_000);
                    assertThat(tokenizer.decode(tokenizer.encodeWithSpecials(text))).isEqualTo(text);
                });
        }
    }

    @Test
    void damagedVocabularies() {
        List<String> lacking = Vocabularies.bytes();
        lacking.set(0x20, "abc");
        assertRefused(vocabulary(lacking), ": vocabulary: found no token for byte 0x20");

        List<String> foreign = Vocabularies.bytes();
        foreign.add("a b");
        assertRefused(vocabulary(foreign), ": token 256: found a character outside of GPT-2's byte alphabet");

        List<String> empty = Vocabularies.bytes();
        empty.add("");
        assertRefused(vocabulary(empty), ": token 256: found no bytes, expected one at least");

        List<String> good = Vocabularies.bytes();
        assertRefused(vocabulary(good).put("tokenizer.ggml.bos_token_id", Value.u32(256)),
                ": begin of text: found token 256, expected 0 to 255");
        assertRefused(vocabulary(good).put("tokenizer.ggml.token_type", Value.i32s(1, 1)),
                ": key 'tokenizer.ggml.token_type': found 2 types, expected one for each of 256 tokens");
        assertRefused(vocabulary(good).put("tokenizer.ggml.token_type", Value.i32s(IntStream.generate(() -> 7).limit(256).toArray())),
                ": token 0: found type 7, expected 0 to 6");
        assertRefused(vocabulary(good).put("tokenizer.ggml.merges", Value.texts(List.of("a b", "ab"))),
                ": merge 1: found no two tokens with one space between them");
        assertRefused(vocabulary(good).put("tokenizer.ggml.pre", Value.text("smollm")),
                ": key 'tokenizer.ggml.pre': found 'smollm', expected falcon or falcon-h1 or falcon3 or falcon_e or gpt-2 or llama-bpe or llama-v3 or llama3 or qwen2");
        assertRefused(new GgufWriter().put("tokenizer.ggml.model", Value.text("t5")),
                ": key 'tokenizer.ggml.model': found 't5', expected gpt2 or llama");
        assertRefused(new GgufWriter(), ": key 'tokenizer.ggml.model': found no such key");
    }

    private static GgufWriter vocabulary(List<String> tokens) {
        return new GgufWriter().put("tokenizer.ggml.model", Value.text("gpt2")).put("tokenizer.ggml.tokens", Value.texts(tokens));
    }

    /// Whole models were refused for these. Rows: fewer, and more, than there are tokens.
    @Test
    void whatIsNeverMetIsPassedOverAndSaid() {
        List<String> tokens = Vocabularies.bytes();
        tokens.addAll(List.of("a", "ab", "<x>", "<x>", "nothing", "behind"));
        int[] types = IntStream.range(0, 262).map(id -> id == 258 || id == 259 ? 3 : id == 260 ? 0 : 1).toArray();
        var metadata = Vocabularies.metadata(vocabulary(tokens).put("tokenizer.ggml.token_type", Value.i32s(types))
                .put("tokenizer.ggml.merges", Value.texts(List.of("a b"))));
        var tokenizer = BpeTokenizer.of(metadata, 261);
        assertThat(tokenizer.encode("a")).containsExactly(97);
        assertThat(tokenizer.encode("ab")).containsExactly(257);
        assertThat(tokenizer.encodeWithSpecials("<x>")).containsExactly(258);
        assertThat(tokenizer.encode("behind")).doesNotContain(261);
        assertThat(tokenizer.notes()).containsExactly(
                "1 tokens lie past the 261 rows of the embedding and are ignored",
                "1 tokens are of type 0 and are passed over",
                "2 tokens are the same as earlier ones, which stand for them in texts");
        assertThat(BpeTokenizer.sampled(metadata, 261).orElseThrow().has(260)).isFalse();
        assertThat(BpeTokenizer.of(metadata, 270).notes()).contains("8 rows of the embedding have no token and are never sampled");
        var sampled = BpeTokenizer.sampled(metadata, 270).orElseThrow();
        assertThat(sampled.size()).isEqualTo(261);
        assertThat(sampled.has(261)).isTrue();
        assertThat(sampled.has(262)).isFalse();
    }

    private static void assertRefused(GgufWriter file, String message) {
        var metadata = Vocabularies.metadata(file);
        assertThatThrownBy(() -> BpeTokenizer.of(metadata).prepare()).isInstanceOf(ModelException.class).hasMessageEndingWith(message);
    }
}
