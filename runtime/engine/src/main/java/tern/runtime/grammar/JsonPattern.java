package tern.runtime.grammar;

import static tern.runtime.grammar.Expression.sequence;
import static tern.runtime.grammar.JsonRules.CHARACTER;
import static tern.runtime.grammar.JsonRules.text;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import tern.runtime.grammar.Expression.Choice;
import tern.runtime.grammar.Expression.Repeated;
import tern.runtime.grammar.Expression.Sequence;

/// A regular expression as what may are between the quotes of a JSON string. Known: characters, classes, groups, `|`, `* + ? {m,n}`,
/// `.`, and `^` and `$` around the whole or one of its alternatives; without them, other characters may stand there.
///
/// Source: ECMA-262, 22.2.1, which JSON Schema names; it says less of look-around and back references, which no grammar has.
final class JsonPattern {

    private static final int DEEPEST = 50, MOST_REPEATS = 10_000;

    /// @param least,most characters; -1 for no limit
    record Part(Expression meaning, int least, int most) {

        Part then(Part next) {
            return new Part(sequence(meaning, next.meaning), sum(least, next.least), most < 0 || next.most < 0 ? -1 : sum(most, next.most));
        }

        private static int sum(int a, int b) {
            return (int) Math.min(Integer.MAX_VALUE, (long) a + b);
        }
    }

    private static final Part EMPTY = new Part(sequence(), 0, 0), ANYTHING = new Part(new Repeated(CHARACTER, 0, -1), 0, -1);

    private final String pattern;
    private final Function<String, RuntimeException> wrong;
    private int at, depth;

    private JsonPattern(String pattern, Function<String, RuntimeException> wrong) {
        this.pattern = pattern;
        this.wrong = wrong;
    }

    /// @param wrong makes the error from what is wrong
    /// @throws RuntimeException if it is no such expression
    static Part parse(String pattern, Function<String, RuntimeException> wrong) {
        var parser = new JsonPattern(pattern, wrong);
        Part all = parser.alternatives(true);
        if (parser.at < pattern.length()) throw parser.problem("found a closing parenthesis without an opening one");
        return all;
    }

    /// The same, of a length between bounds.
    static Part within(Part part, int least, int most, Function<String, RuntimeException> wrong) {
        boolean isWithin = part.least >= least && (most < 0 || part.most >= 0 && part.most <= most);
        if (isWithin) return part;
        // One class repeated: the bounds are its own.
        Expression inside = part.meaning;
        while (inside instanceof Sequence(var parts) && parts.stream().filter(p -> !isEmpty(p)).count() == 1)
            inside = parts.stream().filter(p -> !isEmpty(p)).findFirst().orElseThrow();
        boolean isOne = inside instanceof Repeated(var one, var low, var high) && low == part.least && high == part.most && !(one instanceof Sequence);
        if (!isOne) throw wrong.apply("pattern together with bounds of the length that it does not keep to by itself is not supported");
        int low = Math.max(least, part.least), high = part.most < 0 ? most : most < 0 ? part.most : Math.min(most, part.most);
        if (high >= 0 && high < low) throw wrong.apply("no text has the length and the pattern");
        return new Part(new Repeated(((Repeated) inside).part(), low, high), low, high);
    }

    private static boolean isEmpty(Expression part) {
        return part instanceof Sequence(var parts) && parts.stream().allMatch(JsonPattern::isEmpty);
    }

    // ---- structure ----

    /// @param whole whether `^` and `$` may stand here
    private Part alternatives(boolean whole) {
        Part all = alternative(whole);
        List<Expression> ways = new ArrayList<>(List.of(all.meaning));
        while (at < pattern.length() && pattern.charAt(at) == '|') {
            at++;
            Part more = alternative(whole);
            ways.add(more.meaning);
            all = new Part(all.meaning, Math.min(all.least, more.least), all.most < 0 || more.most < 0 ? -1 : Math.max(all.most, more.most));
        }
        return ways.size() == 1 ? all : new Part(new Choice(ways), all.least, all.most);
    }

    private Part alternative(boolean whole) {
        boolean begins = whole && at < pattern.length() && pattern.charAt(at) == '^', ends = false;
        if (begins) at++;
        Part all = begins || !whole ? EMPTY : ANYTHING;
        while (at < pattern.length() && "|)".indexOf(pattern.charAt(at)) < 0) {
            boolean isLast = at + 1 == pattern.length() || pattern.charAt(at + 1) == '|';
            if (whole && pattern.charAt(at) == '$' && isLast) {
                at++;
                ends = true;
            } else {
                all = all.then(quantified(atom()));
            }
        }
        return ends || !whole ? all : all.then(ANYTHING);
    }

    private Part atom() {
        int c = pattern.codePointAt(at);
        return switch (c) {
            case '(' -> group();
            case '[' -> one(Codes.bracket(this));
            case '\\' -> one(Codes.escape(this));
            case '^', '$' -> throw problem("found %c within the pattern, which is not supported".formatted(c));
            case '*', '+', '?', '{' -> throw problem("found %c with nothing before it".formatted(c));
            case '.' -> {
                at++;
                yield one(Codes.without('\n', '\r', 0x2028, 0x2029));
            }
            default -> {
                at += Character.charCount(c);
                yield one(Codes.of(c));
            }
        };
    }

    private static Part one(Codes codes) {
        return new Part(codes.inString(), 1, 1);
    }

    private Part group() {
        at++;
        if (++depth > DEEPEST) throw problem("parentheses nested deeper than " + DEEPEST);
        if (pattern.startsWith("?:", at)) at += 2;
        else if (pattern.startsWith("?<", at) && !pattern.startsWith("?<=", at) && !pattern.startsWith("?<!", at)) at = pattern.indexOf('>', at) + 1;
        else if (pattern.startsWith("?", at)) throw problem("look-around is not supported");
        Part inside = alternatives(false);
        if (at == pattern.length()) throw problem("found a parenthesis that is not closed");
        at++;
        depth--;
        return inside;
    }

    private Part quantified(Part part) {
        if (at == pattern.length()) return part;
        int least, most;
        switch (pattern.charAt(at)) {
            case '*' -> {
                least = 0;
                most = -1;
            }
            case '+' -> {
                least = 1;
                most = -1;
            }
            case '?' -> {
                least = 0;
                most = 1;
            }
            case '{' -> {
                at++;
                least = number();
                most = least;
                if (next() == ',') {
                    at++;
                    most = next() == '}' ? -1 : number();
                }
                if (next() != '}' || most >= 0 && most < least) throw problem("expected {m}, {m,} or {m,n}");
            }
            default -> {
                return part;
            }
        }
        at++;
        if (at < pattern.length() && pattern.charAt(at) == '?') at++; // lazy: the same texts
        long longest = most < 0 || part.most < 0 ? -1 : (long) most * part.most;
        if (part.most == 0) return part;
        return new Part(new Repeated(part.meaning, least, most), (int) Math.min(Integer.MAX_VALUE, (long) least * part.least),
                (int) Math.min(Integer.MAX_VALUE, longest));
    }

    private int number() {
        int value = 0, start = at;
        for (; next() >= '0' && next() <= '9'; at++) {
            value = 10 * value + next() - '0';
            if (value > MOST_REPEATS) throw problem("more than %d repetitions".formatted(MOST_REPEATS));
        }
        if (at == start) throw problem("expected {m}, {m,} or {m,n}");
        return value;
    }

    // ---- characters, for [Codes] ----

    /// The character here, or 0 at the end.
    char next() {
        return at < pattern.length() ? pattern.charAt(at) : 0;
    }

    int take() {
        if (at == pattern.length()) throw problem("found its end too early");
        int c = pattern.codePointAt(at);
        at += Character.charCount(c);
        return c;
    }

    int hex(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = Character.digit(take(), 16);
            if (digit < 0) throw problem("expected %d hexadecimal digits".formatted(digits));
            value = 16 * value + digit;
        }
        return value;
    }

    RuntimeException problem(String what) {
        return wrong.apply("pattern: %s, at character %d".formatted(what, at + 1));
    }
}
