package tern.ir;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// A codec written out: what each code means, which code is written for given digits, and which digits no code holds.
public final class CodeBook {

    private static final int UNUSED = Integer.MIN_VALUE;

    private final Codec codec;
    private final int low, high;
    /// `[code * digits + j]`; [#UNUSED] in the first digit of an unused code.
    private final int[] meaning;
    /// Canonical code by `indexOf` of the digits; -1 where no code holds the digits.
    private final int[] canonical;

    private CodeBook(Codec codec, int low, int high, int[] meaning, int[] canonical) {
        this.codec = codec;
        this.low = low;
        this.high = high;
        this.meaning = meaning;
        this.canonical = canonical;
    }

    /// @throws IllegalArgumentException if the codec has no code, too many bits, or too many combinations of digits to
    ///                                  enumerate (above 2^20)
    public static CodeBook of(Codec codec) {
        if (codec.bits() > Codec.MAX_BITS)
            throw new IllegalArgumentException(
                    String.format(ROOT, "codec %s has codes of %d bits, at most %d can be enumerated", codec.name(), codec.bits(), Codec.MAX_BITS));
        int codes = 1 << codec.bits(), g = codec.digits();
        int[] meaning = new int[Math.multiplyExact(codes, g)];
        int low = Integer.MAX_VALUE, high = Integer.MIN_VALUE;
        for (int code = 0; code < codes; code++) {
            int[] digits = codec.decode(code);
            if (digits == null) {
                meaning[code * g] = UNUSED;
                continue;
            }
            for (int j = 0; j < g; j++) {
                meaning[code * g + j] = digits[j];
                low = Math.min(low, digits[j]);
                high = Math.max(high, digits[j]);
            }
        }
        if (low > high) throw new IllegalArgumentException("codec " + codec.name() + " has no code that means anything");
        if (low < Byte.MIN_VALUE || high > Byte.MAX_VALUE)
            throw new IllegalArgumentException(
                    String.format(ROOT, "codec %s: weights from %d to %d do not fit i8", codec.name(), low, high));
        long combinations = 1;
        for (int j = 0; j < g && combinations <= 1 << 20; j++) combinations *= high - low + 1;
        if (combinations > 1 << 20)
            throw new IllegalArgumentException(String.format(ROOT, "codec %s: %d digits from %d to %d are too many to enumerate", codec.name(), g, low, high));
        int[] canonical = new int[(int) combinations];
        Arrays.fill(canonical, -1);
        Codec whole = codec instanceof Codec.Split(Codec of, _) ? of : codec;
        for (int code = codes - 1; code >= 0; code--) {
            if (meaning[code * g] == UNUSED) continue;
            if (whole instanceof Codec.Radix radix && !isCanonical(radix, code)) continue;
            int index = 0;
            for (int j = g - 1; j >= 0; j--) index = index * (high - low + 1) + meaning[code * g + j] - low;
            canonical[index] = code;
        }
        return new CodeBook(codec, low, high, meaning, canonical);
    }

    /// A fixed-point code is canonical if it is the one that the formula writes, with 0 in the places after the weights.
    private static boolean isCanonical(Codec.Radix radix, int code) {
        long number = radix.fixedPoint() ? (long) code * radix.numbers() >> radix.bits() : code;
        int spare = 1;
        for (int i = radix.digits(); i < radix.places(); i++) spare *= radix.base();
        boolean spareZero =
                radix.mostSignificantFirst() ? number % spare == 0 : number < radix.numbers() / spare;
        if (!radix.fixedPoint()) return spareZero;
        long written = ((number << radix.bits()) + radix.numbers() - 1) / radix.numbers();
        return spareZero && written == code;
    }

    public Codec codec() {
        return codec;
    }

    /// Smallest and largest digit of any code.
    public Interval alphabet() {
        return Interval.of(low, high);
    }

    /// Number of codes, used or not: `2^bits`.
    public int codes() {
        return 1 << codec.bits();
    }

    public boolean isUsed(int code) {
        return meaning[code * codec.digits()] != UNUSED;
    }

    /// Digit j of a code; 0 for an unused code.
    public int digit(int code, int j) {
        Objects.checkIndex(j, codec.digits());
        return isUsed(code) ? meaning[code * codec.digits() + j] : 0;
    }

    /// The code to write for `digits[from .. from + g - 1]`, or -1 if no code means them.
    public int encode(int[] digits, int from) {
        int index = 0;
        for (int j = codec.digits() - 1; j >= 0; j--) {
            int digit = digits[from + j];
            if (digit < low || digit > high) return -1;
            index = index * (high - low + 1) + digit - low;
        }
        return canonical[index];
    }

    /// The code to write for each index `sum_j (digit_j - low) * size^j`, where the alphabet has `size` digits from `low`; -1 where
    /// no code means the digits.
    int[] canonicalCodes() {
        return canonical.clone();
    }

    /// Digits that no code holds, at most `limit` of them.
    public List<List<Integer>> refused(int limit) {
        var refused = new ArrayList<List<Integer>>();
        for (int index = 0; index < canonical.length && refused.size() < limit; index++)
            if (canonical[index] < 0) refused.add(digitsOf(index));
        return refused;
    }

    /// True if every combination of digits of `range` has a code: a model may hold any of them.
    public boolean holdsAll(Interval range) {
        if (!alphabet().contains(range)) return false;
        int g = codec.digits(), values = (int) (range.high() - range.low() + 1);
        int combinations = (int) Math.pow(values, g);
        int[] digits = new int[g];
        for (int index = 0; index < combinations; index++) {
            for (int j = 0, rest = index; j < g; j++, rest /= values) digits[j] = (int) range.low() + rest % values;
            if (encode(digits, 0) < 0) return false;
        }
        return true;
    }

    /// True if every combination of digits of the alphabet has a code.
    public boolean isComplete() {
        return Arrays.stream(canonical).noneMatch(code -> code < 0);
    }

    /// Digits for places that hold no weight: zeros if a code holds them besides the digits that are weights, else the
    /// first digits that some code holds there.
    ///
    /// @param digits the code's digits; places with `isWeight[j] == false` are overwritten
    /// @return the code, or -1 if no choice of padding is held
    public int encodePadded(int[] digits, boolean[] isWeight) {
        int g = codec.digits();
        int[] trial = digits.clone();
        for (int j = 0; j < g; j++) if (!isWeight[j]) trial[j] = 0;
        int code = encode(trial, 0);
        if (code >= 0) return code;
        for (int index = 0; index < canonical.length; index++) {
            if (canonical[index] < 0) continue;
            boolean agrees = true;
            for (int j = 0; j < g && agrees; j++) agrees = !isWeight[j] || digit(canonical[index], j) == digits[j];
            if (agrees) return canonical[index];
        }
        return -1;
    }

    /// Range of `sum_j digit_j * x_j` over all used codes, for `x_j` in `x`.
    public Interval partialSums(Interval x) {
        Interval all = Interval.of(0);
        for (int code = 0; code < codes(); code++) {
            if (!isUsed(code)) continue;
            Interval sum = Interval.of(0);
            for (int j = 0; j < codec.digits(); j++) sum = sum.plus(Interval.of(digit(code, j)).times(x));
            all = all.union(sum);
        }
        return all;
    }

    private List<Integer> digitsOf(int index) {
        var digits = new ArrayList<Integer>();
        for (int j = 0; j < codec.digits(); j++, index /= high - low + 1) digits.add(index % (high - low + 1) + low);
        return digits;
    }
}
