package tern.runtime.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.ModelException;
import tern.runtime.tokenizer.Vocabulary.Token;

class Llama3Test {

    private static List<String> words(String text) {
        return Llama3.WORDS.matcher(text).results().map(MatchResult::group).toList();
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
    void bothWaysOfMergingAgreeOnTheLlama3Vocabulary() throws IOException {
        Vocabulary vocabulary = RankFile.read(Vocabularies.llama3());
        Merges merges = Merges.parse("test", mergesOf(vocabulary), vocabulary.ordinary());
        assertThat(merges.ranked()).hasSize(280_147); // as the published tokenizer.json has
        assertThat(merges.followIds(vocabulary.ordinary())).isTrue();

        var byRank = new RankBpe(vocabulary);
        var byMerge = new MergeBpe(vocabulary, merges);
        var random = new SplittableRandom(1);
        for (int i = 0; i < 2000; i++) {
            String text = anyText(random);
            assertThat(byMerge.encode(text).toArray()).as(text).isEqualTo(byRank.encode(text).toArray());
        }
    }

    /// Every split of every token into two, as the conversion to tokenizer.json makes them.
    private static List<String> mergesOf(Vocabulary vocabulary) {
        record Split(int left, int right, String merge) {}
        var merges = new ArrayList<String>();
        var ids = vocabulary.ordinary();
        for (Token token : vocabulary.tokens()) {
            if (!(token instanceof Token.Ordinary(var bytes))) continue;
            var splits = new ArrayList<Split>();
            for (int i = 1; i < bytes.length(); i++) {
                Bytes left = bytes.slice(0, i), right = bytes.slice(i, bytes.length());
                if (ids.containsKey(left) && ids.containsKey(right)) splits.add(new Split(ids.get(left), ids.get(right), left + " " + right));
            }
            splits.sort(Comparator.comparingInt(Split::left).thenComparingInt(Split::right));
            splits.forEach(split -> merges.add(split.merge()));
        }
        return merges;
    }

    /// Letters that occur together, some digits, spaces, and characters of many scripts.
    private static String anyText(SplittableRandom random) {
        var text = new StringBuilder();
        for (int length = random.nextInt(1, 60); length > 0; length--) {
            text.appendCodePoint(switch (random.nextInt(8)) {
                case 0 -> ' ';
                case 1 -> random.nextInt(0x20, 0x7f);
                case 2 -> random.nextInt(0xa0, 0x800);
                case 3 -> random.nextBoolean() ? '\n' : random.nextInt(0x3041, 0x9fff);
                default -> "etaoinshrdlucmETAS".charAt(random.nextInt(18));
            });
        }
        return text.toString();
    }

    @Test
    void aDamagedFileOfRanks(@TempDir Path folder) throws IOException {
        assertRefused(folder, "IQ== 1\n", "rank 0: found no line of base64, a space and the rank 0");
        assertRefused(folder, "IQ==\n", "rank 0: found no line of base64, a space and the rank 0");
        assertRefused(folder, "IQ== 0\n!! 1\n", "rank 1: found malformed base64: Illegal base64 character 21");
        assertRefused(folder, "IQ== 0\nIQ== 1\n", "token 1: found the same as token 0");
        assertRefused(folder, "IQ== 0\n", "vocabulary: found no token for byte 0x00");
        assertRefused(folder, "", "vocabulary: found no token for byte 0x00");
    }

    private static void assertRefused(Path folder, String content, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("ranks"), content);
        assertThatThrownBy(() -> BpeTokenizer.ofRanks(file)).isInstanceOf(ModelException.class).hasMessage(file + ": " + message);
    }
}
