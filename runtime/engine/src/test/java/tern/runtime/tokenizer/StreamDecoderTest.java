package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StreamDecoderTest {

    private final BpeTokenizer tokenizer = Vocabularies.tokenizer(List.of("ab"), List.of("a b"), List.of("<b>", "<e>"));

    private List<String> stream(int... ids) {
        var decoder = new StreamDecoder(tokenizer);
        var pieces = new ArrayList<String>();
        for (int id : ids) pieces.add(decoder.push(id));
        pieces.add(decoder.finish());
        return pieces;
    }

    @Test
    void aCharacterComesWhole() {
        assertThat(stream(0xf0, 0x9f, 0x90, 0xa6, 'x')).containsExactly("", "", "", "🐦", "x", "");
        assertThat(stream(256, 0xc3, 0xbc, 256)).containsExactly("ab", "", "ü", "ab", "");
    }

    @Test
    void specialsNeitherShowNorBreakACharacter() {
        assertThat(stream(257, 0xc3, 258, 0xbc)).containsExactly("", "", "", "ü", "");
    }

    @Test
    void malformedBytesAreReplacedAtOnce() {
        assertThat(stream(0xff, 'a')).containsExactly("\uFFFD", "a", "");
        assertThat(stream(0xc3, 'a')).containsExactly("", "\uFFFDa", "");
        assertThat(stream(0xf0, 0x9f, 0xf0, 0x9f, 0x90, 0xa6)).containsExactly("", "", "\uFFFD", "", "", "🐦", "");
    }

    @Test
    void whatIsIncompleteAtTheEndIsReplaced() {
        assertThat(stream('a', 0xe2, 0x82)).containsExactly("a", "", "", "\uFFFD");
    }

    @Test
    void aDecoderServesAgainAfterTheEnd() {
        var decoder = new StreamDecoder(tokenizer);
        decoder.push(0xe2);
        decoder.finish();
        assertThat(decoder.push('a')).isEqualTo("a");
        assertThat(decoder.finish()).isEmpty();
    }

    /// Bytes of a few kinds, so that pieces of characters meet in all ways: what comes in pieces is what comes at once.
    @Test
    void malformedBytesReadTheSameInPieces() {
        int[] kinds = {'a', 0x80, 0x9f, 0xbf, 0xc0, 0xc3, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0xff, 256, 257};
        var random = new SplittableRandom(1);
        for (int i = 0; i < 20_000; i++) {
            int[] ids = random.ints(random.nextInt(1, 9), 0, kinds.length).map(kind -> kinds[kind]).toArray();
            assertThat(String.join("", stream(ids))).as(Arrays.toString(ids)).isEqualTo(tokenizer.decode(ids));
        }
    }

    /// Never half a surrogate pair, and never U+FFFD for what becomes a character.
    @Test
    void noPieceHoldsAPartOfACharacter() {
        String text = "👩🏽‍🚀🏳️‍🌈🇯🇵é日";
        for (String piece : stream(IntStream.range(0, text.getBytes(UTF_8).length).map(i -> text.getBytes(UTF_8)[i] & 0xff).toArray()))
            assertThat(piece.codePoints()).allMatch(c -> c != 0xfffd && !(c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)).hasSizeLessThan(2);
    }

    @Test
    void allCharactersTogetherAreTheText() {
        String text = "naïve 日本語 \u0000 👩‍👩‍👧 \uFFFD é";
        var decoder = new StreamDecoder(tokenizer);
        var all = new StringBuilder();
        for (byte b : text.getBytes(UTF_8)) all.append(decoder.push(b & 0xff));
        assertThat(all.append(decoder.finish())).hasToString(text);
    }
}
