package tern.runtime.html;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// One direction of a [Plot].
///
/// @param label       with its unit
/// @param logarithmic equal factors are equally far apart; values must be positive
/// @param from        the smallest value to show, or what is smaller in the data
public record Axis(String label, boolean logarithmic, double from) {

    public static Axis logarithmic(String label) {
        return new Axis(label, true, Double.POSITIVE_INFINITY);
    }

    /// From zero on.
    public static Axis linear(String label) {
        return new Axis(label, false, 0);
    }

    /// An axis over values that are known, `low < high`.
    record Scale(boolean logarithmic, double low, double high) {

        /// From 0 to 1.
        double at(double value) {
            return logarithmic
                    ? Math.log(value / low) / Math.log(high / low)
                    : (value - low) / (high - low);
        }

        /// Round values, from `low` to `high`: powers of ten and their halves and fifths, or equal steps where these would be too few.
        List<Double> ticks() {
            var ticks = new ArrayList<Double>();
            if (logarithmic && high / low >= 8) {
                for (int power = (int) Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
                    for (int digit : high / low > 1e4 ? new int[] {1} : new int[] {1, 2, 5})
                        keep(ticks, digit * Math.pow(10, power));
                return ticks;
            }
            double step = step((high - low) / 6);
            for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-9); i++) keep(ticks, i * step);
            return ticks;
        }

        private void keep(List<Double> ticks, double value) {
            if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.add(value);
        }

        /// 1, 2 or 5 times a power of ten, at least as large.
        private static double step(double least) {
            double power = Math.pow(10, Math.floor(Math.log10(least)));
            for (int digit : new int[] {1, 2, 5}) if (digit * power >= least * (1 - 1e-9)) return digit * power;
            return 10 * power;
        }
    }

    /// With some room at the ends.
    ///
    /// @param values those that are finite (and positive, where factors count) are to be shown
    Scale over(double[] values) {
        double low = from, high = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            if (!Double.isFinite(value) || logarithmic && value <= 0) continue;
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        if (!(high > Double.NEGATIVE_INFINITY)) return new Scale(logarithmic, logarithmic ? 1 : 0, 10);
        if (!logarithmic) return new Scale(false, low, high > low ? high + 0.06 * (high - low) : low + 1);
        double room = Math.max(1.05, Math.pow(high / low, 0.06));
        return new Scale(true, low / room, high * room);
    }

    static String text(double value) {
        if (value == 0) return "0";
        double size = Math.abs(value);
        if (size >= 1e6 || size < 1e-3) return String.format(Locale.ROOT, "%.0e", value);
        return String.format(Locale.ROOT, "%.6f", value).replaceFirst("\\.?0+$", "");
    }
}
