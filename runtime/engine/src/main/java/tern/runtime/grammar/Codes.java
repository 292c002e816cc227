package tern.runtime.grammar;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import tern.runtime.grammar.Expression.Characters;
import tern.runtime.grammar.Expression.Choice;
import tern.runtime.grammar.Expression.Literal;
import tern.runtime.grammar.Expression.Range;

/// Characters that a regular expression allows at one place.
final class Codes {

    private static final int ALL = Character.MAX_CODE_POINT + 1;
    /// Characters of white space. Source: ECMA-262, 12.2 and 12.3.
    private static final int[] BLANK = {'\t', '\n', 0x0b, 0x0c, '\r', ' ', 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff};
    private static final String SHORT = "\b\f\n\r\t\"\\", SHORT_NAMES = "bfnrt\"\\";

    private final BitSet codes = new BitSet(0x80);

    static Codes of(int code) {
        var codes = new Codes();
        codes.codes.set(code);
        return codes;
    }

    static Codes without(int... codes) {
        var all = new Codes();
        all.codes.set(0, ALL);
        for (int code : codes) all.codes.clear(code);
        return all;
    }

    private Codes add(int first, int last) {
        codes.set(first, last + 1);
        return this;
    }

    private Codes inverted() {
        codes.flip(0, ALL);
        return this;
    }

    /// `[a-z\d]`
    static Codes bracket(JsonPattern at) {
        at.take();
        boolean isNegated = at.next() == '^';
        if (isNegated) at.take();
        var all = new Codes();
        while (at.next() != ']') {
            Codes first = at.next() == '\\' ? escape(at) : of(at.take());
            boolean isRange = at.next() == '-' && first.codes.cardinality() == 1;
            if (isRange) {
                at.take();
                if (at.next() == ']') {
                    all.add('-', '-');
                } else {
                    Codes last = at.next() == '\\' ? escape(at) : of(at.take());
                    int low = first.codes.nextSetBit(0), high = last.codes.length() - 1;
                    if (last.codes.cardinality() != 1 || high < low) throw at.problem("found a range that is none");
                    all.add(low, high);
                }
            }
            all.codes.or(first.codes);
        }
        at.take();
        if (isNegated) all.inverted();
        all.codes.clear(Character.MIN_SURROGATE, Character.MAX_SURROGATE + 1);
        if (all.codes.isEmpty()) throw at.problem("found a class without a character");
        return all;
    }

    /// `\d`, `\n`, `é`, `\.`
    static Codes escape(JsonPattern at) {
        at.take();
        int c = at.take();
        return switch (c) {
            case 'd' -> new Codes().add('0', '9');
            case 'D' -> new Codes().add('0', '9').inverted();
            case 'w' -> word();
            case 'W' -> word().inverted();
            case 's' -> blank();
            case 'S' -> blank().inverted();
            case 't' -> of('\t');
            case 'n' -> of('\n');
            case 'v' -> of(0x0b);
            case 'f' -> of(0x0c);
            case 'r' -> of('\r');
            case 'x' -> of(at.hex(2));
            case 'u' -> of(unicode(at));
            default -> {
                if (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') throw at.problem("\\%c is not supported".formatted(c));
                yield of(c);
            }
        };
    }

    private static int unicode(JsonPattern at) {
        int code = at.hex(4);
        if (Character.isHighSurrogate((char) code) && at.next() == '\\') {
            at.take();
            if (at.take() != 'u') throw at.problem("found half a character");
            code = Character.toCodePoint((char) code, (char) at.hex(4));
        }
        if (code >= Character.MIN_SURROGATE && code <= Character.MAX_SURROGATE) throw at.problem("found half a character");
        return code;
    }

    private static Codes word() {
        return new Codes().add('a', 'z').add('A', 'Z').add('0', '9').add('_', '_');
    }

    private static Codes blank() {
        var blank = new Codes().add(0x2000, 0x200a);
        for (int code : BLANK) blank.add(code, code);
        return blank;
    }

    /// As a JSON string writes them: plain, or with a backslash where there is no other way.
    Expression inString() {
        var ways = new ArrayList<Expression>();
        List<Range> plain = new ArrayList<>();
        for (int first = codes.nextSetBit(0x20); first >= 0;) {
            int end = codes.nextClearBit(first);
            for (int code : new int[] {'"', '\\'}) if (code > first && code < end || code == first) end = Math.min(end, code);
            if (end > first) plain.add(new Range(first, end - 1));
            first = codes.nextSetBit(end == first ? first + 1 : end);
        }
        if (!plain.isEmpty()) ways.add(new Characters(plain, false));
        for (int code = 0; code < 0x20; code++) if (codes.get(code)) ways.add(escaped(code));
        for (int code : new int[] {'"', '\\'}) if (codes.get(code)) ways.add(escaped(code));
        return ways.size() == 1 ? ways.getFirst() : new Choice(ways);
    }

    private static Expression escaped(int code) {
        int known = SHORT.indexOf(code);
        return new Literal(known >= 0 ? "\\" + SHORT_NAMES.charAt(known) : "\\u00" + Character.forDigit(code >> 4, 16) + Character.forDigit(code & 15, 16));
    }
}
