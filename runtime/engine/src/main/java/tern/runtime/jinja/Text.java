package tern.runtime.jinja;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/// A text as code points, each with its origin: 0 for what the template wrote, 1 for what a user did, more for texts that have to be found
/// again in the result. Equal texts may have different origins.
public final class Text implements Value {

    /// Bits of a code point; the origin stands above.
    private static final int BITS = 21, POINT = (1 << BITS) - 1;

    /// Largest origin.
    public static final int ORIGINS = (1 << 31 - BITS) - 1;

    static final Text EMPTY = new Text(new int[0]);

    private final int[] points;

    Text(int[] points) {
        this.points = points;
    }

    /// As if the template had written it.
    public static Text of(String text) {
        return new Text(text.codePoints().toArray());
    }

    /// What a user wrote.
    public static Text input(String text) {
        return input(text, 1);
    }

    /// @param origin from 1 to [#ORIGINS]
    public static Text input(String text, int origin) {
        return new Text(text.codePoints().map(point -> point | origin << BITS).toArray());
    }

    /// Code points.
    public int length() {
        return points.length;
    }

    int point(int at) {
        return points[at] & POINT;
    }

    /// 0 if the template wrote this character.
    public int origin(int at) {
        return points[at] >>> BITS;
    }

    /// Characters from `begin` to before `end`.
    public Text part(int begin, int end) {
        return new Text(Arrays.copyOfRange(points, begin, end));
    }

    Text part(int begin) {
        return part(begin, points.length);
    }

    /// Each character on its own.
    Text only(int[] places) {
        return new Text(Arrays.stream(places).map(at -> points[at]).toArray());
    }

    /// The first place of `what` in `begin` to `end`; -1 if there is none.
    int find(Text what, int begin, int end, Meter meter) {
        for (int at = begin; at + what.length() <= end; at++) if (matches(what, at, meter)) return at;
        return -1;
    }

    int findLast(Text what, Meter meter) {
        for (int at = length() - what.length(); at >= 0; at--) if (matches(what, at, meter)) return at;
        return -1;
    }

    boolean matches(Text what, int at, Meter meter) {
        if (at < 0 || at + what.length() > length()) return false;
        int same = 0;
        while (same < what.length() && point(at + same) == what.point(same)) same++;
        meter.spend(same + 1);
        return same == what.length();
    }

    /// Without such characters at its ends.
    Text strip(IntPredicate which, boolean left, boolean right) {
        int begin = 0, end = length();
        while (left && begin < end && which.test(point(begin))) begin++;
        while (right && end > begin && which.test(point(end - 1))) end--;
        return part(begin, end);
    }

    /// With each character changed; it keeps its origin. Characters whose case has several letters keep theirs.
    Text mapped(IntUnaryOperator change) {
        return new Text(Arrays.stream(points).map(one -> change.applyAsInt(one & POINT) | one & ~POINT).toArray());
    }

    /// Python's white space.
    static boolean isSpace(int point) {
        return Character.isWhitespace(point) || Character.isSpaceChar(point) || point == 0x85;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Text text && text.toString().equals(toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    /// Without origins.
    @Override
    public String toString() {
        var text = new StringBuilder(length());
        for (int point : points) text.appendCodePoint(point & POINT);
        return text.toString();
    }

    /// Puts texts together, up to [Meter#LONGEST].
    static final class Builder {

        private final Meter meter;
        private int[] points = new int[64];
        private int length;

        Builder(Meter meter) {
            this.meter = meter;
        }

        Builder add(Text more) {
            int all = length + more.length();
            if (all > Meter.LONGEST) throw new JinjaException("a text is longer than " + Meter.LONGEST);
            meter.spend(more.length());
            if (all > points.length) points = Arrays.copyOf(points, Math.max(all, 2 * points.length));
            System.arraycopy(more.points, 0, points, length, more.length());
            length = all;
            return this;
        }

        Builder add(String more) {
            return add(Text.of(more));
        }

        Text text() {
            return new Text(Arrays.copyOf(points, length));
        }
    }
}
