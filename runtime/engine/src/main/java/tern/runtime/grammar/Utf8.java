package tern.runtime.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import tern.runtime.grammar.Expression.Characters;
import tern.runtime.grammar.Expression.Range;

/// Characters as sequences of ranges of bytes.
///
/// Source of the idea: R. Cox, "Regular Expression Matching in the Wild", 2010, where UTF-8 is compiled into byte ranges.
final class Utf8 {

    private static final int LAST = Character.MAX_CODE_POINT, SURROGATES = 0xd800, BEHIND_SURROGATES = 0xe000;

    /// Last code points of one, two, three and four bytes.
    private static final int[] LASTS = {0x7f, 0x7ff, 0xffff, LAST};

    private Utf8() {}

    /// Sequences of ranges of bytes; a character is what one of them allows, byte for byte.
    static List<List<Range>> sequences(Characters characters) {
        var sequences = new ArrayList<List<Range>>();
        for (Range range : valid(characters)) {
            int first = range.first();
            for (int last : LASTS)
                if (first <= range.last() && first <= last) {
                    split(first, Math.min(last, range.last()), sequences);
                    first = last + 1;
                }
        }
        return sequences;
    }

    /// Sorted, disjoint, without surrogates.
    private static List<Range> valid(Characters characters) {
        List<Range> sorted = characters.ranges().stream().sorted(Comparator.comparingInt(Range::first)).toList();
        var ranges = new ArrayList<Range>();
        int next = 0; // first code point that is in no range so far
        for (Range range : sorted) {
            if (characters.isNegated()) addValid(next, range.first() - 1, ranges);
            else addValid(Math.max(next, range.first()), range.last(), ranges);
            next = Math.max(next, range.last() + 1);
        }
        if (characters.isNegated()) addValid(next, LAST, ranges);
        return ranges;
    }

    private static void addValid(int first, int last, List<Range> ranges) {
        int low = Math.min(last, SURROGATES - 1), high = Math.max(first, BEHIND_SURROGATES);
        if (first <= low) ranges.add(new Range(first, low));
        if (high <= last) ranges.add(new Range(high, last));
    }

    /// Of code points with equally many bytes: cuts until all bytes but the first may be anything, or the first are the same.
    private static void split(int first, int last, List<List<Range>> into) {
        byte[] from = bytes(first), to = bytes(last);
        for (int tail = 1; tail < from.length; tail++) {
            int mask = (1 << 6 * tail) - 1;
            if ((first & ~mask) == (last & ~mask)) break;
            if ((first & mask) != 0) {
                split(first, first | mask, into);
                split((first | mask) + 1, last, into);
                return;
            }
            if ((last & mask) != mask) {
                split(first, (last & ~mask) - 1, into);
                split(last & ~mask, last, into);
                return;
            }
        }
        var sequence = new ArrayList<Range>();
        for (int i = 0; i < from.length; i++) sequence.add(new Range(from[i] & 0xff, to[i] & 0xff));
        into.add(sequence);
    }

    private static byte[] bytes(int codePoint) {
        return Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
    }
}
