package tern.ir;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How [#digits()] small integers (weights) become one code, and what each code means.
///
/// A code is the concatenation of its fields, the first field lowest. Fields are placed separately by a [Packing]: bit planes and
/// sign bits need that. A code has at most [#MAX_BITS] bits, so a codec can be enumerated, and is: see [CodeBook].
public sealed interface Codec {

    int MAX_BITS = 16;

    /// One bit field of a code.
    record Field(String name, int bits) {
        public Field {
            if (bits < 1 || bits > MAX_BITS) throw new IllegalArgumentException("a field has 1 to 16 bits, not " + bits);
        }
    }

    String name();

    /// Weights of one code.
    int digits();

    List<Field> fields();

    /// The digits that `code` means, or null if the code is unused.
    int @Nullable [] decode(int code);

    /// `base^exponent`, which no code of [#MAX_BITS] bits could hold if it were larger than 2^16.
    ///
    /// @throws IllegalArgumentException if it is larger, or `base` is below 2, or `exponent` below 1
    private static int power(String name, int base, int exponent) {
        if (base < 2 || exponent < 1)
            throw new IllegalArgumentException(String.format(ROOT, "codec %s: %d digits of base %d", name, exponent, base));
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= base;
            if (power > 1 << MAX_BITS)
                throw new IllegalArgumentException(
                        String.format(ROOT, "codec %s: %d digits of base %d need more than %d bits", name, exponent, base, MAX_BITS));
        }
        return (int) power;
    }

    private static void requireCodes(String name, int bits, int codes) {
        if (bits < 1 || bits > MAX_BITS)
            throw new IllegalArgumentException(String.format(ROOT, "codec %s: a code has 1 to %d bits, not %d", name, MAX_BITS, bits));
        if (codes > 1 << bits)
            throw new IllegalArgumentException(
                    String.format(ROOT, "codec %s: %d codes do not fit %d bits, which hold %d", name, codes, bits, 1 << bits));
    }

    private static <T> List<@Nullable T> withoutUnusedEnd(List<@Nullable T> codes) {
        int size = codes.size();
        while (size > 0 && codes.get(size - 1) == null) size--;
        return Collections.unmodifiableList(new ArrayList<>(codes.subList(0, size)));
    }

    /// Bits of a code, all fields together.
    default int bits() {
        return fields().stream().mapToInt(Field::bits).sum();
    }

    /// One digit a code, by a table: `values[code]`, null where the code is unused. Codes past the end of the list are unused.
    record Map(String name, int bits, List<@Nullable Integer> values) implements Codec {
        public Map {
            requireCodes(name, bits, values.size());
            values = withoutUnusedEnd(values);
        }

        @Override
        public int digits() {
            return 1;
        }

        @Override
        public List<Field> fields() {
            return List.of(new Field("code", bits));
        }

        @Override
        public int @Nullable [] decode(int code) {
            Integer value = code < values.size() ? values.get(code) : null;
            return value == null ? null : new int[] {value};
        }
    }

    /// Digits as the places of a number: raw digit = weight - `low`, 0..`base`-1.
    ///
    /// Plain: `code = sum(raw_j * base^j)`, or with `mostSignificantFirst`, `base^(places-1-j)`. `fixedPoint`: the code is the fraction
    /// `ceil(number * 2^bits / base^places)`, so that multiplying by the base brings one digit after the other above the
    /// point (ggml's TQ1_0). `places` may exceed `digits`: the further places are no weights, 0 when written and anything
    /// when read.
    record Radix(
            String name, int base, int low, int digits, int places, int bits, boolean mostSignificantFirst, boolean fixedPoint)
            implements Codec {

        public Radix {
            if (digits < 1 || places < digits)
                throw new IllegalArgumentException(String.format(ROOT, "codec %s: %d digits of %d", name, digits, places));
            requireCodes(name, bits, Codec.power(name, base, places));
        }

        @Override
        public List<Field> fields() {
            return List.of(new Field("code", bits));
        }

        /// `base^places`.
        public int numbers() {
            return Codec.power(name, base, places);
        }

        @Override
        public int @Nullable [] decode(int code) {
            int number = fixedPoint ? (int) ((long) code * numbers() >> bits) : code;
            if (number >= numbers()) return null;
            int[] digits = new int[this.digits];
            for (int place = 0; place < places; place++, number /= base) {
                int j = mostSignificantFirst ? places - 1 - place : place;
                if (j < digits.length) digits[j] = number % base + low;
            }
            return digits;
        }
    }

    /// Magnitude and sign of a balanced number: `n = sum(digit_j * base^(digits-1-j))`, fields `index` = |n| and `sign` = 1 bit, 1 for
    /// negative. bitnet.cpp's TL2 is base 3, three digits, four bits and a sign.
    record Signed(String name, int base, int digits, int bits) implements Codec {

        public Signed {
            if (base % 2 == 0)
                throw new IllegalArgumentException(String.format(ROOT, "codec %s: a balanced number needs an odd base, not %d", name, base));
            requireCodes(name, bits, Codec.power(name, base, digits) / 2 + 1);
        }

        @Override
        public int bits() {
            return bits + 1;
        }

        @Override
        public List<Field> fields() {
            return List.of(new Field("index", bits), new Field("sign", 1));
        }

        @Override
        public int @Nullable [] decode(int code) {
            int index = code & (1 << bits) - 1;
            int numbers = Codec.power(name, base, digits);
            if (index > numbers / 2) return null;
            int rest = (code >> bits == 0 ? index : -index) + numbers / 2;
            int[] result = new int[digits];
            for (int j = digits - 1; j >= 0; j--, rest /= base) result[j] = rest % base - base / 2;
            return result;
        }
    }

    /// Two bit planes: fields `nonzero` and `sign`, one bit each; the sign of a zero is ignored and written as 0.
    record Planes(String name) implements Codec {
        @Override
        public int digits() {
            return 1;
        }

        @Override
        public List<Field> fields() {
            return List.of(new Field("nonzero", 1), new Field("sign", 1));
        }

        @Override
        public int[] decode(int code) {
            return new int[] {(code & 1) == 0 ? 0 : (code & 2) == 0 ? 1 : -1};
        }
    }

    /// An integer of `bits` bits in two's complement, one a code.
    record Twos(String name, int bits) implements Codec {
        @Override
        public int digits() {
            return 1;
        }

        @Override
        public List<Field> fields() {
            return List.of(new Field("code", bits));
        }

        @Override
        public int[] decode(int code) {
            return new int[] {code << (32 - bits) >> (32 - bits)};
        }
    }

    /// Every code listed: `rows[code]` are its digits, null where unused. Codes past the end of the list are unused.
    record Table(String name, int digits, int bits, List<@Nullable List<Integer>> rows) implements Codec {
        public Table {
            requireCodes(name, bits, rows.size());
            for (List<Integer> row : rows)
                if (row != null && row.size() != digits)
                    throw new IllegalArgumentException(
                            String.format(ROOT, "codec %s: a code of %d digits, expected %d", name, row.size(), digits));
            rows = withoutUnusedEnd(rows);
        }

        @Override
        public List<Field> fields() {
            return List.of(new Field("code", bits));
        }

        @Override
        public int @Nullable [] decode(int code) {
            List<Integer> row = code < rows.size() ? rows.get(code) : null;
            return row == null ? null : row.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    /// The code of a codec of one field with its bits divided among several, the first lowest, so that each has a place of its own.
    record Split(Codec codec, List<Field> fields) implements Codec {
        public Split {
            fields = List.copyOf(fields);
            int bits = fields.stream().mapToInt(Field::bits).sum();
            if (codec.fields().size() != 1 || bits != codec.bits())
                throw new IllegalArgumentException(
                        String.format(ROOT, "codec %s: fields of %d bits for a code of %d", codec.name(), bits, codec.bits()));
            if (fields.stream().map(Field::name).distinct().count() < fields.size())
                throw new IllegalArgumentException(String.format(ROOT, "codec %s: two fields of one name", codec.name()));
        }

        @Override
        public String name() {
            return codec.name();
        }

        @Override
        public int digits() {
            return codec.digits();
        }

        @Override
        public int @Nullable [] decode(int code) {
            return codec.decode(code);
        }
    }
}
