package tern.runtime.grammar;

import static tern.runtime.grammar.Expression.optional;
import static tern.runtime.grammar.Expression.sequence;
import static tern.runtime.grammar.JsonRules.DIGITS;
import static tern.runtime.grammar.JsonRules.digits;
import static tern.runtime.grammar.JsonRules.text;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tern.runtime.grammar.Expression.Choice;
import tern.runtime.grammar.Expression.Repeated;

/// Numbers between two bounds as JSON writes them, digit by digit, without exponents. A side without a bound ends at 15 digits, or at
/// as many as the other bound has.
///
/// @param low,high         null for none
/// @param lowOpen,highOpen whether the bound itself is outside
record NumberRange(@Nullable BigDecimal low, boolean lowOpen, @Nullable BigDecimal high, boolean highOpen) {

    /// Digits of a bound.
    static final int MOST_DIGITS = 40;

    private static final BigInteger ONE = BigInteger.ONE;

    /// @return nothing if there is no such integer
    Optional<Expression> integers() {
        @Nullable BigInteger least = null, most = null;
        if (low != null) {
            least = low.setScale(0, RoundingMode.CEILING).toBigInteger();
            if (lowOpen && low.compareTo(new BigDecimal(least)) == 0) least = least.add(ONE);
        }
        if (high != null) {
            most = high.setScale(0, RoundingMode.FLOOR).toBigInteger();
            if (highOpen && high.compareTo(new BigDecimal(most)) == 0) most = most.subtract(ONE);
        }
        BigInteger from = least == null ? nines(most).negate() : least, to = most == null ? nines(least) : most;
        var ways = new ArrayList<Expression>();
        naturals(from.max(BigInteger.ZERO), to).ifPresent(ways::add);
        naturals(to.negate().max(ONE), from.negate()).ifPresent(natural -> ways.add(sequence(text("-"), natural)));
        return ways.isEmpty() ? Optional.empty() : Optional.of(new Choice(ways));
    }

    /// @return nothing if there is no such number of 15 digits after the point
    Optional<Expression> decimals() {
        var ways = new ArrayList<Expression>();
        BigDecimal zero = BigDecimal.ZERO;
        boolean mayBePositive = high == null || high.signum() >= 0, isAbove = low != null && low.signum() >= 0;
        if (mayBePositive) magnitudes(low != null && isAbove ? low : zero, isAbove && lowOpen, high, highOpen).ifPresent(ways::add);
        if (!isAbove) {
            boolean isBelow = high != null && high.signum() <= 0;
            magnitudes(high != null && isBelow ? high.negate() : zero, isBelow && highOpen, low == null ? null : low.negate(), lowOpen)
                    .ifPresent(magnitude -> ways.add(sequence(text("-"), magnitude)));
        }
        return ways.isEmpty() ? Optional.empty() : Optional.of(new Choice(ways));
    }

    private static BigInteger nines(@Nullable BigInteger other) {
        int digits = other == null ? DIGITS : Math.max(DIGITS, other.abs().toString().length());
        return BigInteger.TEN.pow(digits).subtract(ONE);
    }

    private static Optional<Expression> naturals(BigInteger from, BigInteger to) {
        if (from.compareTo(to) > 0) return Optional.empty();
        var ways = new ArrayList<Expression>();
        BigInteger start = from;
        while (start.compareTo(to) <= 0) {
            BigInteger end = BigInteger.TEN.pow(start.toString().length()).subtract(ONE).min(to);
            ways.add(alike(start.toString(), end.toString()));
            start = end.add(ONE);
        }
        return Optional.of(new Choice(ways));
    }

    /// Numbers of equally many digits.
    private static Expression alike(String from, String to) {
        if (from.isEmpty()) return sequence();
        char first = from.charAt(0), last = to.charAt(0);
        int rest = from.length() - 1;
        if (first == last) return sequence(text(String.valueOf(first)), alike(from.substring(1), to.substring(1)));
        var ways = new ArrayList<Expression>();
        boolean wholeFirst = from.substring(1).equals("0".repeat(rest)), wholeLast = to.substring(1).equals("9".repeat(rest));
        char low = wholeFirst ? first : (char) (first + 1), high = wholeLast ? last : (char) (last - 1);
        if (!wholeFirst) ways.add(sequence(text(String.valueOf(first)), alike(from.substring(1), "9".repeat(rest))));
        if (low <= high) ways.add(sequence(digits(low, high), new Repeated(digits('0', '9'), rest, rest)));
        if (!wholeLast) ways.add(sequence(text(String.valueOf(last)), alike("0".repeat(rest), to.substring(1))));
        return new Choice(ways);
    }

    /// @param from not negative
    private static Optional<Expression> magnitudes(BigDecimal from, boolean fromOpen, @Nullable BigDecimal to, boolean toOpen) {
        BigInteger low = from.toBigInteger(), high = to == null ? nines(low) : to.toBigInteger();
        if (to != null && from.compareTo(to) > 0) return Optional.empty();
        String lowDigits = behindPoint(from), highDigits = to == null ? "" : behindPoint(to);
        var ways = new ArrayList<Expression>();
        if (to != null && low.equals(high)) {
            add(ways, low, new Fraction(lowDigits, fromOpen, highDigits, toOpen).from(0, true, true));
        } else {
            add(ways, low, new Fraction(lowDigits, fromOpen, "", false).from(0, true, false));
            BigInteger last = to == null ? high : high.subtract(ONE);
            naturals(low.add(ONE), last)
                    .ifPresent(natural -> ways.add(sequence(natural, optional(sequence(text("."), new Repeated(digits('0', '9'), 1, DIGITS))))));
            if (to != null) add(ways, high, new Fraction("", false, highDigits, toOpen).from(0, false, true));
        }
        return ways.isEmpty() ? Optional.empty() : Optional.of(new Choice(ways));
    }

    private static void add(List<Expression> ways, BigInteger whole, List<Expression> fractions) {
        if (!fractions.isEmpty()) ways.add(sequence(text(whole.toString()), new Choice(fractions)));
    }

    private static String behindPoint(BigDecimal number) {
        String plain = number.remainder(BigDecimal.ONE).stripTrailingZeros().toPlainString();
        return plain.contains(".") ? plain.substring(plain.indexOf('.') + 1) : "";
    }

    /// What follows a whole number, its point included, compared with the digits of one or both bounds.
    private record Fraction(String low, boolean lowOpen, String high, boolean highOpen) {

        /// Ways to go on after `at` digits; none if there is no way.
        ///
        /// @param onLow,onHigh whether all digits so far are the bound's
        List<Expression> from(int at, boolean onLow, boolean onHigh) {
            var ways = new ArrayList<Expression>();
            boolean reachesLow = !onLow || at >= low.length() && !lowOpen, staysHigh = !onHigh || at < high.length() || !highOpen;
            if (reachesLow && staysHigh) ways.add(sequence());
            if (at == Math.max(DIGITS, Math.max(low.length(), high.length()))) return ways;
            String point = at == 0 ? "." : "";
            int first = onLow ? digit(low, at) : 0, last = onHigh ? digit(high, at) : 9;
            for (int digit = first; digit <= last; digit++) {
                boolean stillLow = onLow && digit == first, stillHigh = onHigh && digit == last;
                List<Expression> further = stillLow || stillHigh ? from(at + 1, stillLow, stillHigh) : List.of(new Repeated(digits('0', '9'), 0, DIGITS));
                if (!further.isEmpty()) ways.add(sequence(text(point + digit), new Choice(further)));
            }
            return ways;
        }

        private static int digit(String digits, int at) {
            return at < digits.length() ? digits.charAt(at) - '0' : 0;
        }
    }
}
