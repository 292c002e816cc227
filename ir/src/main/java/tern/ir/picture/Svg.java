package tern.ir.picture;

import static java.util.Locale.ROOT;

import java.util.List;

/// The text of a drawing, in whole pixels: the same for the same calls, on every machine.
final class Svg {

    /// Pixels from one letter to the next, and from one line to the next, of the small monospaced type that all labels have.
    static final int LETTER = 6, LINE = 11;

    /// Colours of weights, which come again after the last.
    static final int COLOURS = 12;

    private final StringBuilder text = new StringBuilder();

    /// Light colours under dark letters, or dark ones under light letters, as the reader's browser prefers.
    static String style() {
        var light = new StringBuilder();
        var dark = new StringBuilder();
        for (int c = 0; c < COLOURS; c++) {
            // Neighbours differ: 7 steps of 30 degrees lead through all twelve hues.
            int hue = c * 7 % COLOURS * 30;
            light.append(String.format(ROOT, ".c%d{fill:hsl(%d,62%%,80%%)}", c, hue));
            dark.append(String.format(ROOT, ".c%d{fill:hsl(%d,42%%,30%%)}", c, hue));
        }
        return """
                <style>
                text{font:10px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1a1a1a;white-space:pre}
                .paper{fill:#fff}.title{font-size:16px;font-weight:bold}.head{font-size:12px;font-weight:bold}.dim{fill:#666}.mid{text-anchor:middle}
                .box{fill:none;stroke:#555}.word{fill:none;stroke:#111;stroke-width:2}.unused{fill:#eee;stroke:#999;stroke-dasharray:2 2}
                .scale{fill:#ffe08a;stroke:#8a6500}
                %s
                @media (prefers-color-scheme:dark){text{fill:#eee}.paper{fill:#161616}.dim{fill:#aaa}.box{stroke:#aaa}.word{stroke:#eee}
                .unused{fill:#262626;stroke:#777}.scale{fill:#6b5200;stroke:#ffd75e}
                %s}
                </style>
                """.formatted(light, dark);
    }

    /// @param style names of classes
    void box(String style, int x, int y, int width, int height) {
        text.append(String.format(ROOT, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", style, x, y, width, height));
    }

    /// @param y of the letters' foot
    void write(String style, int x, int y, String words) {
        text.append(String.format(ROOT, "<text%s x=\"%d\" y=\"%d\">%s</text>\n", style.isEmpty() ? "" : " class=\"" + style + "\"", x, y, escape(words)));
    }

    /// Lines in the middle of a box.
    void label(int x, int y, int width, int height, List<String> lines) {
        int foot = y + (height - LINE * lines.size()) / 2 + LINE - 2;
        for (int i = 0; i < lines.size(); i++) write("mid", x + width / 2, foot + i * LINE, lines.get(i));
    }

    /// What a pointer over the parts that `end` closes is told.
    void begin(String title) {
        text.append("<g><title>").append(escape(title)).append("</title>\n");
    }

    void end() {
        text.append("</g>\n");
    }

    /// Puts a drawing at a height.
    void place(int y, String drawing) {
        text.append(String.format(ROOT, "<g transform=\"translate(0,%d)\">\n", y)).append(drawing).append("</g>\n");
    }

    static String escape(String words) {
        return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
