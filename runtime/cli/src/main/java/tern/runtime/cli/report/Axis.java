package tern.runtime.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// One direction of a [Plot].
///
/// @param label with its unit
public record Axis(String label, Kind kind) {

    /// How values are laid out.
    public enum Kind {
        /// Equal factors are equally far apart; values must be positive.
        LOGARITHMIC,
        /// From zero on.
        LINEAR,
        /// From zero on, in whole numbers.
        COUNT
    }

    /// An axis over values that are known, `low < high`.
    record Scale(Kind kind, double low, double high) {

        private boolean logarithmic() {
            return kind == Kind.LOGARITHMIC;
        }

        /// From 0 to 1.
        double at(double value) {
            return logarithmic()
                    ? Math.log(value / low) / Math.log(high / low)
                    : (value - low) / (high - low);
        }

        /// Round values, from `low` to `high`: powers of ten and their halves and fifths, or equal steps where these would be too few.
        List<Double> ticks() {
            var ticks = new ArrayList<Double>();
            if (logarithmic() && high / low >= 8) {
                for (int power = (int) Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
                    for (int digit : high / low > 1e4 ? new int[] {1} : new int[] {1, 2, 5})
                        keep(ticks, digit * Math.pow(10, power));
                return ticks;
            }
            double step = step((high - low) / 6);
            if (kind == Kind.COUNT) step = Math.max(1, step);
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
        boolean logarithmic = kind == Kind.LOGARITHMIC;
        double low = logarithmic ? Double.POSITIVE_INFINITY : 0, high = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            if (!Double.isFinite(value) || logarithmic && value <= 0) continue;
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        if (!(high > Double.NEGATIVE_INFINITY)) return new Scale(kind, logarithmic ? 1 : 0, 10); // nothing to show
        if (!logarithmic) return new Scale(kind, low, high > low ? high + 0.06 * (high - low) : low + 1);
        double room = Math.max(1.05, Math.pow(high / low, 0.06));
        return new Scale(kind, low / room, high * room);
    }

    static String text(double value) {
        if (value == 0) return "0";
        double size = Math.abs(value);
        if (size >= 1e6 || size < 1e-3) return String.format(Locale.ROOT, "%.0e", value);
        return String.format(Locale.ROOT, "%.6f", value).replaceFirst("\\.?0+$", "");
    }
}
