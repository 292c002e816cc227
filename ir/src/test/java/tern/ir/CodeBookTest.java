package tern.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tern.ir.text.Tir;

class CodeBookTest {

    static Stream<Codec> codecs() {
        Stream<Codec> library = Tir.library().allPackings().stream().flatMap(p -> p.sections().stream()).map(Packing.Section::codec);
        return Stream.concat(library.distinct(), Stream.of(
                new Codec.Radix("five", 5, -2, 2, 2, 5, false, false),
                new Codec.Radix("four", 4, -2, 3, 4, 9, true, true),
                new Codec.Signed("signed5", 5, 2, 4),
                new Codec.Twos("six", 6),
                new Codec.Split(new Codec.Radix("apart", 3, -1, 4, 5, 8, true, true), List.of(new Codec.Field("low", 3), new Codec.Field("high", 5))),
                new Codec.Table("some", 2, 3, Arrays.asList(List.of(0, 1), null, List.of(1, 1), List.of(0, 1)))));
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void everyCodeMeansWhatItsCanonicalCodeMeans(Codec codec) {
        CodeBook book = CodeBook.of(codec);
        int used = 0;
        for (int code = 0; code < book.codes(); code++) {
            int[] digits = codec.decode(code);
            assertEquals(digits != null, book.isUsed(code));
            if (digits == null) continue;
            used++;
            int canonical = book.encode(digits, 0);
            assertArrayEquals(digits, codec.decode(canonical), codec + " code " + code);
            assertEquals(canonical, book.encode(codec.decode(canonical), 0));
            for (int j = 0; j < digits.length; j++) assertTrue(book.alphabet().contains(digits[j]));
        }
        assertThat(used).isPositive();
    }

    @Test
    void tq1WritesGgmlsBytes() {
        CodeBook book = CodeBook.of(Tir.library().codec("tq1"));
        for (int number = 0; number < 243; number++) {
            int[] digits = new int[5];
            for (int j = 4, rest = number; j >= 0; j--, rest /= 3) digits[j] = rest % 3 - 1;
            int written = (number * 256 + 242) / 243;
            assertEquals(written, book.encode(digits, 0));
            for (int j = 0; j < 5; j++) {
                int above = written * (int) Math.pow(3, j) % 256;
                assertEquals(digits[j], (above * 3 >> 8) - 1, "digit " + j + " of byte " + written);
            }
        }
        assertTrue(book.isComplete());
    }

    @Test
    void placesThatAreNoWeightsAreWrittenAsZeroAndReadAsAnything() {
        CodeBook book = CodeBook.of(Tir.library().codec("tq1h"));
        assertEquals((3 * (27 + 9 + 3 + 1) * 256 + 242) / 243, book.encode(new int[4], 0));
        for (int fifth = 0; fifth < 3; fifth++) {
            int code = ((3 * 40 + fifth) * 256 + 242) / 243;
            for (int j = 0; j < 4; j++) assertEquals(0, book.digit(code, j));
        }
    }

    @Test
    void signOfZeroIsWrittenAsZero() {
        CodeBook triples = CodeBook.of(Tir.library().codec("triple4")), planes = CodeBook.of(Tir.library().codec("flags"));
        assertEquals(0, triples.encode(new int[3], 0));
        assertTrue(triples.isUsed(16), "minus zero");
        assertEquals(9 - 3 + 1, triples.encode(new int[] {1, -1, 1}, 0));
        assertEquals(16 + 13, triples.encode(new int[] {-1, -1, -1}, 0));
        assertEquals(0, planes.encode(new int[] {0}, 0));
        assertEquals(3, planes.encode(new int[] {-1}, 0));
    }

    @Test
    void sherryRefusesWhatHasNotOneZero() {
        CodeBook book = CodeBook.of(Tir.library().codec("one_zero"));
        assertFalse(book.isComplete());
        List<List<Integer>> refused = book.refused(100);
        assertEquals(81 - 32, refused.size());
        assertThat(refused).allMatch(digits -> digits.stream().filter(d -> d == 0).count() != 1);
        assertEquals(-1, book.encode(new int[4], 0));
        int padded = book.encodePadded(new int[] {1, 1, 9, 9}, new boolean[] {true, true, false, false});
        assertEquals(1, book.digit(padded, 0));
        assertEquals(1, book.digit(padded, 1));
        assertEquals(-1, book.encodePadded(new int[] {0, 0, 9, 9}, new boolean[] {true, true, false, false}));
    }

    @Test
    void partialSums() {
        var activations = Interval.of(-128, 127);
        assertEquals(Interval.of(-384, 384), CodeBook.of(Tir.library().codec("tri5")).partialSums(activations).union(Interval.of(-384, 384)));
        assertEquals(Interval.of(-128 * 3, 128 * 3), CodeBook.of(Tir.library().codec("tri5")).partialSums(activations));
    }

    @Test
    void whatIsNoCodec() {
        assertThatThrownBy(() -> new Codec.Radix("a", 3, -1, 4, 4, 5, false, false))
                .hasMessage("codec a: 81 codes do not fit 5 bits, which hold 32");
        assertThatThrownBy(() -> new Codec.Radix("a", 3, -1, 20, 20, 16, false, false))
                .hasMessage("codec a: 20 digits of base 3 need more than 16 bits");
        assertThatThrownBy(() -> new Codec.Radix("a", 1, -1, 2, 2, 5, false, false)).hasMessage("codec a: 2 digits of base 1");
        assertThatThrownBy(() -> new Codec.Radix("a", 3, -1, 3, 2, 5, false, false)).hasMessage("codec a: 3 digits of 2");
        assertThatThrownBy(() -> new Codec.Signed("a", 4, 2, 4)).hasMessage("codec a: a balanced number needs an odd base, not 4");
        assertThatThrownBy(() -> new Codec.Map("a", 17, List.of(1))).hasMessage("codec a: a code has 1 to 16 bits, not 17");
        assertThatThrownBy(() -> new Codec.Table("a", 2, 2, List.of(List.of(1)))).hasMessage("codec a: a code of 1 digits, expected 2");
        assertThatThrownBy(() -> CodeBook.of(new Codec.Twos("a", 16))).hasMessage("codec a: weights from -32768 to 32767 do not fit i8");
        assertThatThrownBy(() -> CodeBook.of(new Codec.Map("a", 2, Arrays.asList(null, null))))
                .hasMessage("codec a has no code that means anything");
    }
}
