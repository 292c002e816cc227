package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.ModelException;

class Llama3Test {

    private static List<String> words(String text) {
        var words = new ArrayList<String>();
        Words.LLAMA3.forEach(text, word -> words.add(new String(word, UTF_8)));
        return words;
    }

    @Test
    void textIsCutIntoWords() {
        assertThat(words("Hello, world")).containsExactly("Hello", ",", " world");
        assertThat(words("I'LL don't")).containsExactly("I", "'LL", " don", "'t");
        assertThat(words("12345")).containsExactly("123", "45");
        assertThat(words("a   b")).containsExactly("a", "  ", " b");
        assertThat(words("a  \n\n  b ")).containsExactly("a", "  \n\n", " ", " b", " ");
        assertThat(words(" !?\r\n x")).containsExactly(" !?\r\n", " x");
        assertThat(words("日本語٣")).containsExactly("日本語", "٣");
        assertThat(words("\u00a0\u3000x")).as("Unicode white space").containsExactly("\u00a0", "\u3000x");
    }

    @Test
    void specialTokensHaveTheirPlaces() {
        assertThat(Llama3.SPECIALS).hasSize(256).doesNotHaveDuplicates()
                .startsWith("<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|reserved_special_token_1|>",
                        "<|reserved_special_token_2|>", "<|reserved_special_token_3|>", "<|start_header_id|>",
                        "<|end_header_id|>", "<|reserved_special_token_4|>", "<|eot_id|>", "<|reserved_special_token_5|>")
                .endsWith("<|reserved_special_token_250|>");
    }

    @Test
    void ranks() throws IOException {
        var tokenizer = BpeTokenizer.ofRanks(Vocabularies.llama3());
        assertThat(tokenizer.size()).isEqualTo(128256);
        assertThat(tokenizer.bos()).hasValue(128000);
        assertThat(tokenizer.eos()).hasValue(128001);
        assertThat(tokenizer.stops()).containsExactly(128001, 128009);
        // As published for Llama 3, among others in meta-llama/llama3 test_tokenizer.py.
        assertThat(tokenizer.encode("This is a test sentence.")).containsExactly(2028, 374, 264, 1296, 11914, 13);
        assertThat(tokenizer.encode("Hello world")).containsExactly(9906, 1917);
        assertThat(tokenizer.encodeWithSpecials("<|begin_of_text|>This<|eot_id|>")).containsExactly(128000, 2028, 128009);
    }

    @Test
    void aDamagedFileOfRanks(@TempDir Path folder) throws IOException {
        assertRefused(folder, "IQ== 1\n", "rank 0: found no line of base64, a space and the rank 0");
        assertRefused(folder, "IQ==\n", "rank 0: found no line of base64, a space and the rank 0");
        assertRefused(folder, "IQ== 0\n!! 1\n", "rank 1: found malformed base64: Illegal base64 character 21");
        assertRefused(folder, "IQ== 0\n", "vocabulary: found no token for byte 0x09");
        assertRefused(folder, "", "vocabulary: found no token for byte 0x09");
    }

    private static void assertRefused(Path folder, String content, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("ranks"), content);
        assertThatThrownBy(() -> BpeTokenizer.ofRanks(file)).isInstanceOf(ModelException.class).hasMessage(file + ": " + message);
    }
}
