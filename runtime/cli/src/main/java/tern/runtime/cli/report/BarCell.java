package tern.runtime.cli.report;

/// A cell of a [Grid] that is drawn as a bar beside its text.
///
/// @param share from 0 to 1, what is more is cut off
public record BarCell(double share, String text) {

    /// A share in percent.
    public static BarCell of(double share) {
        return new BarCell(share, Math.round(100 * share) + " %");
    }

    @Override
    public String toString() {
        return text;
    }

    String html() {
        double width = Double.isFinite(share) ? Math.clamp(share, 0, 1) : 0;
        return "<span class=\"bar\"><span style=\"width:%s%%\"></span></span> %s"
                .formatted(Markup.pixels(100 * width), Markup.escape(text));
    }
}
