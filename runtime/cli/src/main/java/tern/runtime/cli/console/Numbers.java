package tern.runtime.cli.console;

import java.math.BigDecimal;
import java.util.Locale;
import tern.autotune.record.Outcome;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.Samples;

/// Numbers as people read them, in every report alike.
public final class Numbers {

    private Numbers() {}

    public static String decimal(double value, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    /// All digits, and none for nothing: `0.5`, `14`.
    public static String plain(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }

    public static String micros(double seconds) {
        return decimal(seconds * 1e6, 1);
    }

    public static String millis(double seconds) {
        return digits(seconds * 1e3);
    }

    /// Three digits that count, or more before the point.
    public static String digits(double value) {
        int digits = value > 0 ? 2 - (int) Math.floor(Math.log10(value)) : 0;
        return decimal(value, Math.clamp(digits, 0, 6));
    }

    public static String percent(double share) {
        return decimal(100 * share, 0) + " %";
    }

    /// Half of how wide the middle half of the samples is.
    public static String noise(Samples samples) {
        return "±" + percent(samples.spread() / 2);
    }

    /// `attn_qkv 3840 x 2560`
    public static String shape(Use use) {
        return "%s %d x %d".formatted(use.name(), use.kernel().weights().size() * use.m(), use.k());
    }

    /// `not vectorised`
    public static String words(Outcome.Reason reason) {
        return reason.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
