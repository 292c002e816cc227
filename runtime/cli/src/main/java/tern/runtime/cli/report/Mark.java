package tern.runtime.cli.report;

/// How a series is drawn: colours that those who see few colours can tell apart, and forms for those who see none.
///
/// Source of the colours: Okabe and Ito, "Color Universal Design", 2008.
enum Mark {
    CIRCLE("#0072b2", "none"),
    SQUARE("#d55e00", "7 4"),
    TRIANGLE("#009e73", "2 3"),
    DIAMOND("#cc79a7", "9 3 2 3"),
    CROSS("#8a6d00", "4 2"),
    LOWERED("#3f4a55", "12 4");

    private final String colour, dashes;

    Mark(String colour, String dashes) {
        this.colour = colour;
        this.dashes = dashes;
    }

    /// Of the series of that number; they begin anew after the last.
    static Mark of(int series) {
        return values()[series % values().length];
    }

    String colour() {
        return colour;
    }

    /// Of its line.
    String dashes() {
        return dashes;
    }

    String draw(double x, double y) {
        String path = switch (this) {
            case CIRCLE -> "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0";
            case SQUARE -> "m-3.5 -3.5h7v7h-7z";
            case TRIANGLE -> "m0 -4.5l4.3 8h-8.6z";
            case DIAMOND -> "m0 -4.8l4.8 4.8l-4.8 4.8l-4.8 -4.8z";
            case CROSS -> "m-4 -4l8 8m0 -8l-8 8";
            case LOWERED -> "m0 4.5l4.3 -8h-8.6z";
        };
        String fill = this == CROSS ? "none" : colour;
        return "<path d=\"M%s %s%s\" fill=\"%s\" fill-opacity=\"0.7\" stroke=\"%s\"%s/>".formatted(
                Markup.pixels(x), Markup.pixels(y), path, fill, colour, this == CROSS ? " stroke-width=\"2\"" : "");
    }

    /// For the key below a picture.
    String key(boolean isLine, boolean isMarked) {
        String line = isLine
                ? "<path d=\"M0 7h18\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>".formatted(colour, dashes)
                : "";
        return "<svg viewBox=\"0 0 18 14\" aria-hidden=\"true\">%s%s</svg>".formatted(line, isMarked ? draw(9, 7) : "");
    }
}
