package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;

/// How text is cut into words, from the published patterns, by hand: code point for code point, without `java.util.regex`. What the
/// tokenizers are compared with, so it shares nothing with them.
final class PlainWords {

    private final int[] text;
    private final List<String> words = new ArrayList<>();

    private PlainWords(int[] text) {
        this.text = text;
    }

    /// An alternative of a pattern: where it ends when it is tried at `at`, or -1.
    private interface Alternative {
        int end(int at);
    }

    /// As bytes: `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
    static List<String> llama3(String text) {
        var t = new PlainWords(text.codePoints().toArray());
        return bytes(t.cut(at -> t.contraction(at, true), t::letters3, at -> t.numbers(at, 3), t::others3, t::breaks, t::spacesButLast, t::spaces));
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    static List<String> gpt2(String text) {
        var t = new PlainWords(text.codePoints().toArray());
        return t.cut(at -> t.contraction(at, false), at -> t.afterSpace(at, PlainWords::isLetter), at -> t.afterSpace(at, PlainWords::isNumber),
                at -> t.afterSpace(at, PlainWords::isOther), t::spacesButLast, t::spaces);
    }

    /// Punctuation in runs by itself, then GPT-2's words, then ASCII digits one by one. As bytes.
    static List<String> falcon3(String text) {
        var words = new ArrayList<String>();
        for (String piece : runs(text, PlainWords::isPunctuation))
            for (String word : bytes(gpt2(piece))) digits(word, 1, words);
        return words;
    }

    /// The same with runs of numbers by themselves, of which ASCII digits in threes. What a number is, is asked of single bytes, so `ü`,
    /// whose second byte is Latin-1's `¼`, is cut in two.
    static List<String> falcon(String text) {
        var words = new ArrayList<String>();
        for (String piece : runs(text, PlainWords::isPunctuation))
            for (String word : bytes(gpt2(piece)))
                for (String run : runs(word, PlainWords::isNumber)) digits(run, 3, words);
        return words;
    }

    /// UTF-8, each byte a character.
    static List<String> bytes(List<String> words) {
        return words.stream().map(word -> new String(word.getBytes(UTF_8), ISO_8859_1)).toList();
    }

    private static List<String> runs(String text, java.util.function.IntPredicate is) {
        var runs = new ArrayList<String>();
        int[] points = text.codePoints().toArray();
        for (int from = 0, to = 0; to <= points.length; to++)
            if (to == points.length || to > from && is.test(points[to]) != is.test(points[from])) {
                if (to > from) runs.add(new String(points, from, to - from));
                from = to;
            }
        return runs;
    }

    private static void digits(String word, int together, List<String> into) {
        int plain = 0;
        for (int i = 0; i + together <= word.length();) {
            boolean all = true;
            for (int j = i; j < i + together; j++) all &= word.charAt(j) >= '0' && word.charAt(j) <= '9';
            if (!all) {
                i++;
                continue;
            }
            if (i > plain) into.add(word.substring(plain, i));
            into.add(word.substring(i, i + together));
            plain = i += together;
        }
        if (plain < word.length()) into.add(word.substring(plain));
    }

    private List<String> cut(Alternative... alternatives) {
        for (int at = 0; at < text.length;) {
            int end = -1;
            for (int i = 0; i < alternatives.length && end < 0; i++) end = alternatives[i].end(at);
            if (end <= at) throw new AssertionError("no word at " + at);
            words.add(new String(text, at, end - at));
            at = end;
        }
        return words;
    }

    private int contraction(int at, boolean anyCase) {
        if (text[at] != '\'') return -1;
        for (String letters : List.of("s", "t", "re", "ve", "m", "ll", "d")) {
            boolean all = at + letters.length() < text.length;
            for (int i = 0; all && i < letters.length(); i++) all = same(text[at + 1 + i], letters.charAt(i), anyCase);
            if (all) return at + 1 + letters.length();
        }
        return -1;
    }

    /// Simple case folding: of all letters that occur here, only s has a third form, the long s.
    private static boolean same(int c, char letter, boolean anyCase) {
        return c == letter || anyCase && (c == Character.toUpperCase(letter) || letter == 's' && c == 0x17f);
    }

    private int letters3(int at) {
        int from = !isLetter(text[at]) && !isNumber(text[at]) && !isBreak(text[at]) ? at + 1 : at;
        int end = run(from, PlainWords::isLetter);
        return end > from ? end : -1;
    }

    private int numbers(int at, int most) {
        int end = Math.min(run(at, PlainWords::isNumber), at + most);
        return end > at ? end : -1;
    }

    private int others3(int at) {
        int end = afterSpace(at, PlainWords::isOther);
        return end < 0 ? -1 : run(end, PlainWords::isBreak);
    }

    private int afterSpace(int at, java.util.function.IntPredicate is) {
        int from = text[at] == ' ' ? at + 1 : at, end = run(from, is);
        return end > from ? end : -1;
    }

    /// `\s*[\r\n]+`: up to the last line break of the white space.
    private int breaks(int at) {
        for (int end = run(at, PlainWords::isSpace); end > at; end--) if (isBreak(text[end - 1])) return end;
        return -1;
    }

    /// `\s+(?!\S)`: all white space at the end of the text, else all but the last.
    private int spacesButLast(int at) {
        int end = run(at, PlainWords::isSpace);
        if (end < text.length) end--;
        return end > at ? end : -1;
    }

    private int spaces(int at) {
        int end = run(at, PlainWords::isSpace);
        return end > at ? end : -1;
    }

    private int run(int at, java.util.function.IntPredicate is) {
        int end = at;
        while (end < text.length && is.test(text[end])) end++;
        return end;
    }

    private static boolean isBreak(int c) {
        return c == '\r' || c == '\n';
    }

    private static boolean isLetter(int c) {
        return switch (Character.getType(c)) {
            case Character.UPPERCASE_LETTER, Character.LOWERCASE_LETTER, Character.TITLECASE_LETTER, Character.MODIFIER_LETTER, Character.OTHER_LETTER -> true;
            default -> false;
        };
    }

    private static boolean isNumber(int c) {
        return switch (Character.getType(c)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
            default -> false;
        };
    }

    private static boolean isOther(int c) {
        return !isSpace(c) && !isLetter(c) && !isNumber(c);
    }

    /// General category P, and ASCII's symbols.
    private static boolean isPunctuation(int c) {
        return switch (Character.getType(c)) {
            case Character.CONNECTOR_PUNCTUATION, Character.DASH_PUNCTUATION, Character.START_PUNCTUATION, Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION, Character.OTHER_PUNCTUATION ->
                true;
            default -> c < 128 && "$+<=>^`|~".indexOf(c) >= 0;
        };
    }

    /// Unicode's White_Space.
    static boolean isSpace(int c) {
        return c >= 9 && c <= 13 || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 || c >= 0x2000 && c <= 0x200a
                || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
    }
}
