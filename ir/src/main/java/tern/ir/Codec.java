package tern.ir;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How [#digits()] small integers (weights) become one code, and what each code means.
///
/// A code is the concatenation of its fields, the first field lowest. Fields are placed apart by a [Packing]: bit planes and
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

    /// Bits of a code, all fields together.
    default int bits() {
        return fields().stream().mapToInt(Field::bits).sum();
    }

    /// One digit a code, by a table: `values[code]`, null where the code is unused. Codes behind the list are unused.
    record Map(String name, int bits, List<@Nullable Integer> values) implements Codec {
        public Map {
            values = Collections.unmodifiableList(new ArrayList<>(values));
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

        @Override
        public List<Field> fields() {
            return List.of(new Field("code", bits));
        }

        /// `base^places`.
        public int numbers() {
            int numbers = 1;
            for (int i = 0; i < places; i++) numbers = Math.multiplyExact(numbers, base);
            return numbers;
        }

        /// What stands before digit j is worth `base^power(j)`.
        public int power(int j) {
            return mostSignificantFirst ? places - 1 - j : j;
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
            if (base % 2 == 0) throw new IllegalArgumentException("a balanced number needs an odd base, not " + base);
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
            int numbers = 1;
            for (int i = 0; i < digits; i++) numbers = Math.multiplyExact(numbers, base);
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

    /// Every code listed: `rows[code]` are its digits, null where unused. Codes behind the list are unused.
    record Table(String name, int digits, int bits, List<@Nullable List<Integer>> rows) implements Codec {
        public Table {
            rows = Collections.unmodifiableList(new ArrayList<>(rows));
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
}
