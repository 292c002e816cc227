package tern.runtime.cli.report;

import java.util.Locale;
import tern.ir.device.Samples;
import tern.runtime.cli.console.Numbers;

/// How people are shown a value, in the unit that the head of its column names. Of [Samples] it is the median.
@FunctionalInterface
public interface Format {

    Format PLAIN = String::valueOf;

    /// With a comma before every third digit.
    Format INTEGER = value -> String.format(Locale.ROOT, "%,d", ((Number) value).longValue());

    Format MEGA = decimal(1e-6, 0), GIGA = decimal(1e-9, 1);

    /// A share in percent.
    Format PERCENT = value -> Numbers.percent(number(value));

    /// A share as a bar.
    Format BAR = value -> BarCell.of(number(value));

    /// Of [Samples]: half of how wide their middle half is.
    Format NOISE = value -> Numbers.noise((Samples) value);

    /// A text, a number, or a [BarCell].
    Object cell(Object value);

    /// Digits after the point.
    static Format decimal(int digits) {
        return decimal(1, digits);
    }

    /// @param factor from the value's unit to the one that is shown
    static Format decimal(double factor, int digits) {
        return value -> Numbers.decimal(factor * number(value), digits);
    }

    private static double number(Object value) {
        return value instanceof Samples samples ? samples.median() : ((Number) value).doubleValue();
    }
}
