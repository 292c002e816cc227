package tern.scheduler.operation;

import static java.util.Locale.ROOT;

import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Op;

/// Where keys and values of a position lie, and which positions a token sees, as text of Loop IR.
///
/// @param slots  0 = all tokens are of one sequence
/// @param pages  0 = keys and values of a sequence lie together
/// @param layout of what [#place] chooses: a slot's cache or a page
record AttentionPlaces(Op.Attention op, int slots, int pages, CacheLayout layout, ProgramText text) {

    static AttentionPlaces of(Op.Attention op, int slots, int pages, ProgramText text) {
        return new AttentionPlaces(op, slots, pages, pages == 0 ? op.layout() : op.layout().page(), text);
    }

    /// Declares how many positions a token sees.
    void seen(String to, String token) {
        text.add("let $to: i32 = $VALUE\n", "to", to,
                "VALUE", slots == 0 ? "min(position + " + token + " + 1, $CONTEXT)" : "min(max(places[" + token + " * 2 + 1], 0), $CONTEXT - 1) + 1");
    }

    /// The first block that a token sees.
    String begin(String seen) {
        return op.window() == 0 ? "0" : String.format(ROOT, "(max(%s - %d, 0) / $B)", seen, op.window());
    }

    /// Which lanes of `at` are positions from `begin` up to `end`.
    String visible(String at, String end, String begin) {
        String below = "(%s < %s)".formatted(at, end);
        return op.window() == 0 ? below : below + " & (%s >= %s)".formatted(at, begin);
    }

    /// Which cache, or which page, a block of a token lies in.
    String place(String token, String block) {
        String slot = slots == 0 ? "0" : "min(max(places[" + token + " * 2], 0), " + (slots - 1) + ")";
        return pages == 0 ? slot : String.format(ROOT, "min(max(table[%s * $BLOCKS + %s], 0), %d)", slot, block, pages - 1);
    }

    /// The row of a position of a block within its cache or page.
    String row(String head, String block, String at) {
        return pages == 0 ? "%s * $CONTEXT + %s * $B + %s".formatted(head, block, at) : "%s * $B + %s".formatted(head, at);
    }

    /// Elements of a row of the cache as f32.
    String element(String buffer, String row, String place, String j, String scale, int lanes) {
        String stored = String.format(ROOT, "%s[%s * $APART + %s * $D + %s +: %d]", buffer, place, row, j, lanes);
        return switch (op.cache()) {
            case F32 -> stored;
            case I8 -> String.format(ROOT, "(%s as f32x%d) * (%s splat f32x%d)", stored, lanes, scale, lanes);
            default -> String.format(ROOT, "(%s as f32x%d)", stored, lanes);
        };
    }

    /// Declares the scale of a row, if rows have one.
    void scale(String to, String buffer, String row, String place) {
        if (layout.isScaled()) text.add("let $to: f32 = $buffer[$place * $APART + $SCALES + 4 * ($row) +: 4] bits f32\n",
                "to", to, "buffer", buffer, "row", row, "place", place);
    }

    /// Of cached elements that are no numbers to count with.
    String bounds() {
        return op.cache() == Element.I8 ? " values -128..127" : "";
    }

    /// Elements of all caches or pages.
    long elements() {
        return (pages == 0 ? Math.max(1, slots) : pages) * (layout.apart() / op.cache().bytes());
    }
}
