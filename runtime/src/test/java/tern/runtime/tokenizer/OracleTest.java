package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Token ids are those of [PlainBpe], on a hundred thousand texts of all kinds.
class OracleTest {

    private static final int TEXTS = 100_000, LEARNT_FROM = 600, MERGES = 300;

    private static void assertSame(Tokenizer tokenizer, Function<String, int[]> oracle, long seed) {
        int[] tokens = {0, 0};
        Corpus.texts(seed, TEXTS).forEach(text -> {
            int[] expected = oracle.apply(text), found = tokenizer.encode(text);
            if (!Arrays.equals(found, expected)) assertThat(found).as(text).isEqualTo(expected);
            String back = tokenizer.decode(found), whole = PlainBpe.wellFormed(text);
            if (!back.equals(whole)) assertThat(back).isEqualTo(whole);
            tokens[0]++;
            tokens[1] += found.length;
        });
        assertThat(tokens[0]).isEqualTo(TEXTS);
        assertThat(tokens[1]).isGreaterThan(10 * TEXTS);
    }

    /// A vocabulary of bytes and what they merge to.
    private record Small(List<String> tokens, List<String> merges, Map<String, Integer> ids, Map<String, Integer> ranks) {

        static Small learn(Function<String, List<String>> words) {
            List<String> merges = PlainBpe.learn(words, Corpus.texts(1, LEARNT_FROM).toList(), MERGES);
            List<String> tokens = merges.stream().map(merge -> merge.replace(" ", "")).distinct().toList();
            List<byte[]> bytes = new ArrayList<>(IntStream.range(0, 256).mapToObj(b -> new byte[] {(byte) b}).toList());
            tokens.forEach(token -> bytes.add(plain(token).getBytes(ISO_8859_1)));
            var ranks = new HashMap<String, Integer>();
            for (String merge : merges) ranks.put(plain(merge.substring(0, merge.indexOf(' '))) + PlainBpe.BETWEEN + plain(merge.substring(merge.indexOf(' ') + 1)), ranks.size());
            return new Small(tokens, merges, PlainBpe.ids(bytes), ranks);
        }

        /// The bytes of a token, as characters.
        private static String plain(String written) {
            var alphabet = new HashMap<Character, Character>();
            for (char b = 0; b < 256; b++) alphabet.put(ByteAlphabet.write(new byte[] {(byte) b}).charAt(0), b);
            var plain = new StringBuilder();
            for (char c : written.toCharArray()) plain.append(alphabet.get(c));
            return plain.toString();
        }
    }

    @Test
    void llama3() throws IOException {
        var path = Vocabularies.llama3();
        List<byte[]> tokens = Files.readAllLines(path).stream()
                .filter(line -> !line.isEmpty())
                .map(line -> Base64.getDecoder().decode(line.substring(0, line.indexOf(' '))))
                .toList();
        assertSame(BpeTokenizer.ofRanks(path), PlainBpe.ofRanks(PlainWords::llama3, PlainBpe.ids(tokens))::encode, 2);
    }

    /// Needs nothing that is not in the repository.
    @Test
    void aVocabularyThatWasLearntHere() {
        Small small = Small.learn(PlainWords::llama3);
        var tokenizer = Vocabularies.tokenizer(small.tokens, small.merges, List.of("<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"));
        assertSame(tokenizer, PlainBpe.of(PlainWords::llama3, small.ids, small.ranks, true)::encode, 3);
    }

    /// The corpus has what it promises.
    @Test
    void theCorpusHasAllScripts() {
        var scripts = new java.util.HashSet<Character.UnicodeScript>();
        var kinds = new java.util.HashSet<Integer>();
        Corpus.texts(2, TEXTS).forEach(text -> text.codePoints().forEach(c -> {
            kinds.add(Character.getType(c));
            if (Character.isDefined(c)) scripts.add(Character.UnicodeScript.of(c));
        }));
        assertThat(scripts).containsAll(IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(c -> Character.isDefined(c) && !Character.isSurrogate((char) c))
                .mapToObj(Character.UnicodeScript::of)
                .toList());
        assertThat(kinds).contains((int) Character.SURROGATE, (int) Character.UNASSIGNED, (int) Character.NON_SPACING_MARK, (int) Character.CONTROL);
        assertThat(Corpus.texts(2, 20).toList()).isEqualTo(Corpus.texts(2, 20).toList()).isNotEqualTo(Corpus.texts(3, 20).toList());
    }
}
