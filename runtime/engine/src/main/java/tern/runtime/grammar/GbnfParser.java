package tern.runtime.grammar;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tern.ir.text.IrException;
import tern.ir.text.Source;
import tern.ir.text.Source.Span;
import tern.runtime.grammar.Expression.Characters;
import tern.runtime.grammar.Expression.Range;

/// Reads GBNF, the grammar notation of llama.cpp.
///
/// ```
/// root   ::= "yes" | "no" reason?         # a comment
/// reason ::= " because " [^\n.]{1,80} "."
/// ```
///
/// A rule ends where a line begins with the next one; within parentheses, and around `|`, lines go on. Source: llama.cpp,
/// `grammars/README.md`.
final class GbnfParser {

    static final int MOST_REPEATS = 100_000;

    private static final int DEEPEST = 100, LONGEST = 1 << 20;
    private static final String BYTE_ORDER_MARK = "\ufeff";

    private final Source source;
    private final String text;
    private int at;
    private int depth;
    private final Map<String, Expression> rules = new LinkedHashMap<>();
    private final Map<String, Span> defined = new LinkedHashMap<>();
    /// First place that names a rule.
    private final Map<String, Span> named = new LinkedHashMap<>();

    private GbnfParser(Source source) {
        this.source = source;
        text = source.text();
    }

    /// @throws IrException if it is no grammar, at the place where it is none
    static Rules parse(Source source) {
        var parser = new GbnfParser(source);
        if (source.text().length() > LONGEST) throw parser.wrong(0, 1, "a grammar of more than %d characters".formatted(LONGEST));
        parser.rules();
        return new Rules(parser.rules, (rule, problem) -> new IrException(source, parser.defined.getOrDefault(rule, new Span(0, 1)), problem));
    }

    private void rules() {
        if (text.startsWith(BYTE_ORDER_MARK)) at = BYTE_ORDER_MARK.length();
        blank(true);
        while (at < text.length()) rule();
        named.forEach((name, span) -> {
            if (!rules.containsKey(name)) throw new IrException(source, span, "no rule is named '%s'".formatted(name));
        });
        if (!rules.containsKey(Rules.ROOT)) throw wrong(0, Math.min(1, text.length()), "no rule is named 'root'");
    }

    private void rule() {
        int start = at;
        String name = name();
        defined.putIfAbsent(name, new Span(start, at));
        blank(false);
        if (!text.startsWith("::=", at)) throw wrong(at, at + 1, "expected ::= after the name of a rule");
        at += 3;
        blank(true);
        Expression meaning = choice(false);
        if (rules.putIfAbsent(name, meaning) != null) throw wrong(start, start + name.length(), "a second rule named '%s'".formatted(name));
        if (at < text.length() && text.charAt(at) != '\n') throw wrong(at, at + 1, "expected the end of the rule");
        blank(true);
    }

    private Expression choice(boolean nested) {
        var ways = new ArrayList<Expression>();
        ways.add(sequence(nested));
        while (bar()) {
            blank(true);
            ways.add(sequence(nested));
        }
        return ways.size() == 1 ? ways.getFirst() : new Expression.Choice(ways);
    }

    /// Passes over `|`, perhaps after the ends of lines; where there is none, nothing is passed over.
    private boolean bar() {
        int behind = at;
        blank(true);
        if (at < text.length() && text.charAt(at) == '|') {
            at++;
            return true;
        }
        at = behind;
        return false;
    }

    private Expression sequence(boolean nested) {
        var parts = new ArrayList<Expression>();
        while (at < text.length() && isPart(text.charAt(at))) {
            Expression part = repeated(part());
            parts.add(part);
            blank(nested);
        }
        return parts.size() == 1 ? parts.getFirst() : new Expression.Sequence(parts);
    }

    private static boolean isPart(char c) {
        return c == '"' || c == '[' || c == '(' || c == '.' || isName(c);
    }

    private Expression part() {
        char c = text.charAt(at);
        if (c == '"') return literal();
        if (c == '[') return characters();
        if (c == '.') {
            at++;
            return new Characters(List.of(), true);
        }
        if (c != '(') {
            int start = at;
            String name = name();
            named.putIfAbsent(name, new Span(start, at));
            return new Expression.Rule(name);
        }
        int open = at++;
        if (++depth > DEEPEST) throw wrong(open, open + 1, "parentheses nested deeper than " + DEEPEST);
        blank(true);
        Expression inner = choice(true);
        if (at == text.length() || text.charAt(at) != ')') throw wrong(open, open + 1, "this parenthesis is not closed");
        at++;
        depth--;
        return inner;
    }

    private Expression repeated(Expression part) {
        Expression all = part;
        int repeats = 0;
        while (at < text.length() && "*+?{".indexOf(text.charAt(at)) >= 0) {
            int start = at;
            char c = text.charAt(at++);
            all = switch (c) {
                case '*' -> repeated(all, 0, -1, start);
                case '+' -> repeated(all, 1, -1, start);
                case '?' -> repeated(all, 0, 1, start);
                default -> counted(all, start);
            };
            if (++repeats > DEEPEST) throw wrong(start, start + 1, "more than %d repetitions of one thing".formatted(DEEPEST));
        }
        return all;
    }

    /// `{m}`, `{m,}`, `{m,n}`
    private Expression counted(Expression part, int start) {
        int least = number(start), most = least;
        if (at < text.length() && text.charAt(at) == ',') {
            at++;
            most = at < text.length() && text.charAt(at) == '}' ? -1 : number(start);
        }
        if (at == text.length() || text.charAt(at) != '}') throw wrong(start, start + 1, "expected {m}, {m,} or {m,n}");
        at++;
        if (most >= 0 && most < least) throw wrong(start, at, "at most %d and at least %d".formatted(most, least));
        return repeated(part, least, most, start);
    }

    /// `(x{0,m}){0,n}` is `x{0,mn}`, of which each text has one reading alone.
    private Expression repeated(Expression part, int least, int most, int start) {
        if (least > 0 || most == 0 || !(part instanceof Expression.Repeated inner) || inner.least() > 1)
            return new Expression.Repeated(part, least, most);
        long product = most < 0 || inner.most() < 0 ? -1 : (long) most * inner.most();
        if (product > MOST_REPEATS) throw wrong(start, at, "more than %d repetitions of one thing".formatted(MOST_REPEATS));
        return new Expression.Repeated(inner.part(), 0, (int) product);
    }

    private int number(int start) {
        int value = 0, digits = at;
        for (; at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9'; at++) {
            value = 10 * value + text.charAt(at) - '0';
            if (value > MOST_REPEATS) throw wrong(digits, at + 1, "more than %d repetitions".formatted(MOST_REPEATS));
        }
        if (at == digits) throw wrong(start, start + 1, "expected {m}, {m,} or {m,n}");
        return value;
    }

    private Expression literal() {
        int open = at++;
        var characters = new StringBuilder();
        while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\n') characters.appendCodePoint(character());
        if (at == text.length() || text.charAt(at) != '"') throw wrong(open, open + 1, "this text is not closed");
        at++;
        return new Expression.Literal(characters.toString());
    }

    private Expression characters() {
        int open = at++;
        boolean negated = at < text.length() && text.charAt(at) == '^';
        if (negated) at++;
        var ranges = new ArrayList<Range>();
        while (at < text.length() && text.charAt(at) != ']' && text.charAt(at) != '\n') {
            int start = at, first = character(), last = first;
            boolean isRange = at + 1 < text.length() && text.charAt(at) == '-' && text.charAt(at + 1) != ']';
            if (isRange) {
                at++;
                last = character();
            }
            if (last < first) throw wrong(start, at, "a range that ends before it begins");
            ranges.add(new Range(first, last));
        }
        if (at == text.length() || text.charAt(at) != ']') throw wrong(open, open + 1, "this bracket is not closed");
        at++;
        if (ranges.isEmpty() && !negated) throw wrong(open, at, "no character is in this");
        return new Characters(ranges, negated);
    }

    /// A code point, perhaps written with a backslash.
    private int character() {
        int start = at, c = text.codePointAt(at);
        at += Character.charCount(c);
        if (Character.isSurrogate((char) c) && c < Character.MIN_SUPPLEMENTARY_CODE_POINT) throw wrong(start, at, "half a character");
        if (c != '\\') return c;
        if (at == text.length()) throw wrong(start, at, "nothing after the backslash");
        char kind = text.charAt(at++);
        return switch (kind) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case '\\', '"', '[', ']', '-', '^' -> kind;
            case 'x' -> hex(start, 2);
            case 'u' -> hex(start, 4);
            case 'U' -> hex(start, 8);
            default -> throw wrong(start, at, "expected one of n r t \\ \" [ ] x u U after the backslash");
        };
    }

    private int hex(int start, int digits) {
        long value = 0;
        for (int end = at + digits; at < end; at++) {
            int digit = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0) throw wrong(start, Math.min(at + 1, text.length()), "expected %d hexadecimal digits".formatted(digits));
            value = 16 * value + digit;
        }
        boolean isScalar = value <= Character.MAX_CODE_POINT && (value < Character.MIN_SURROGATE || value > Character.MAX_SURROGATE);
        if (!isScalar) throw wrong(start, at, "no character has this number");
        return (int) value;
    }

    private String name() {
        int start = at;
        while (at < text.length() && isName(text.charAt(at))) at++;
        if (at == start) throw wrong(start, Math.min(start + 1, text.length()), "expected the name of a rule");
        return text.substring(start, at);
    }

    private static boolean isName(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_';
    }

    /// White space and comments.
    ///
    /// @param lines whether the ends of lines are such
    private void blank(boolean lines) {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') while (at < text.length() && text.charAt(at) != '\n') at++;
            else if (c == ' ' || c == '\t' || c == '\r' || lines && c == '\n') at++;
            else return;
        }
    }

    private IrException wrong(int start, int end, String problem) {
        return new IrException(source, new Span(start, Math.max(start, end)), problem);
    }
}
