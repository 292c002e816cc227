package tern.runtime.cli.report;

import java.util.Locale;

/// Text and numbers as HTML and SVG spell them.
final class Markup {

    private Markup() {}

    /// So that nothing in it is taken for markup, within elements and within attributes.
    static String escape(String text) {
        var escaped = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                // Other control characters have no place in HTML.
                default -> escaped.append(c < ' ' && c != '\n' && c != '\t' ? '?' : c);
            }
        }
        return escaped.toString();
    }

    /// With a point, whatever the locale, and a tenth of a pixel.
    static String pixels(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
