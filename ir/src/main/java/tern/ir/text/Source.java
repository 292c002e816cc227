package tern.ir.text;

/// A named text, and the half-open ranges into it that declarations carry.
///
/// @param name a file name, or what else tells a reader where the text is
public record Source(String name, String text) {

    /// Half-open character range `[start, end)`.
    public record Span(int start, int end) {}

    /// 1-based.
    public int line(int offset) {
        return 1 + (int) text.substring(0, offset).chars().filter(c -> c == '\n').count();
    }

    /// 1-based, in characters.
    public int column(int offset) {
        return offset - text.lastIndexOf('\n', offset - 1);
    }

    /// The line without its line break.
    public String lineText(int offset) {
        int end = text.indexOf('\n', offset);
        return text.substring(offset - column(offset) + 1, end < 0 ? text.length() : end).stripTrailing();
    }
}
