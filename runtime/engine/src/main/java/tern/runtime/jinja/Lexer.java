package tern.runtime.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Cuts a template into text and the tokens of its tags, and removes white space around tags as Jinja does with `trim_blocks` and
/// `lstrip_blocks`. Source: Jinja's documentation, "Whitespace Control".
final class Lexer {

    /// Of a token.
    enum Kind {
        DATA, OUTPUT, OUTPUT_END, BLOCK, BLOCK_END, NAME, TEXT, INT, REAL, SIGN, END
    }

    /// @param text of the source; of a text literal its value
    record Token(Kind kind, String text, int line) {
        boolean is(String sign) {
            return (kind == Kind.SIGN || kind == Kind.NAME) && text.equals(sign);
        }
    }

    private static final Pattern TOKEN = Pattern.compile("(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)"
            + "|(?<real>\\d+(?:_\\d+)*(?:\\.\\d+(?:_\\d+)*(?:[eE][+-]?\\d+)?|[eE][+-]?\\d+))|(?<int>0[xX][\\da-fA-F]+|\\d+(?:_\\d+)*)"
            + "|(?<sign>//|\\*\\*|==|!=|<=|>=|[-+*/%~<>=.,:|()\\[\\]{}])");
    private static final Pattern OCTAL = Pattern.compile("[0-7]{1,3}");
    private static final Pattern ENDRAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%}"), RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*(-?)%}");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at, line = 1, counted;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String source) {
        String lines = source.replace("\r\n", "\n").replace('\r', '\n');
        var lexer = new Lexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (at < source.length()) {
            int tag = nextTag();
            boolean strips = tag < source.length() && source.charAt(tag + 1) != '{' && sign(tag + 2) != '+';
            String text = source.substring(at, tag);
            if (tag < source.length() && sign(tag + 2) == '-') text = text.stripTrailing();
            else if (strips) text = withoutIndent(text);
            if (!text.isEmpty()) add(Kind.DATA, text);
            at = tag;
            if (at < source.length()) tag();
        }
        add(Kind.END, "");
    }

    private int nextTag() {
        for (int i = at; i + 1 < source.length(); i++)
            if (source.charAt(i) == '{' && "{%#".indexOf(source.charAt(i + 1)) >= 0) return i;
        return source.length();
    }

    private char sign(int place) {
        return place < source.length() ? source.charAt(place) : ' ';
    }

    /// Blanks between the beginning of a line and a tag go.
    private String withoutIndent(String text) {
        int line = text.lastIndexOf('\n') + 1;
        boolean begins = line > 0 || at == 0 || source.charAt(at - 1) == '\n';
        return begins && text.substring(line).isBlank() ? text.substring(0, line) : text;
    }

    private void tag() {
        char kind = source.charAt(at + 1);
        if (kind == '#') {
            int end = source.indexOf("#}", at + 2);
            if (end < 0) throw wrong("a comment has no end");
            boolean trims = source.charAt(end - 1) == '-', keeps = source.charAt(end - 1) == '+';
            at = end + 2;
            after(trims, !keeps);
            return;
        }
        if (kind == '%' && raw()) return;
        add(kind == '{' ? Kind.OUTPUT : Kind.BLOCK, "");
        at += 2;
        if (sign(at) == '-' || sign(at) == '+') at++;
        inside(kind == '{' ? '}' : '%');
    }

    private boolean raw() {
        Matcher begin = RAW.matcher(source).region(at, source.length()), end = ENDRAW.matcher(source);
        if (!begin.lookingAt()) return false;
        if (!end.find(begin.end())) throw wrong("raw has no end");
        at = begin.end();
        after(begin.group(1).equals("-"), false);
        String text = at < end.start() ? source.substring(at, end.start()) : "";
        if (end.group(1).equals("-")) text = text.stripTrailing();
        else if (end.group(1).isEmpty()) text = withoutIndent(text);
        if (!text.isEmpty()) add(Kind.DATA, text);
        at = end.end();
        after(end.group(2).equals("-"), !end.group(2).equals("+"));
        return true;
    }

    /// After a tag: all white space goes, or one line break.
    private void after(boolean trims, boolean cuts) {
        if (trims) while (at < source.length() && Text.isSpace(source.charAt(at))) at++;
        else if (cuts && sign(at) == '\n') at++;
    }

    private void inside(char end) {
        int open = 0;
        while (true) {
            while (at < source.length() && Text.isSpace(source.charAt(at))) at++;
            if (at >= source.length()) throw wrong("a tag has no end");
            if (open == 0 && isEnd(end)) return;
            if (sign(at) == '"' || sign(at) == '\'') literal();
            else open += token();
        }
    }

    /// @return 1 if a bracket opens, -1 if one closes
    private int token() {
        Matcher found = TOKEN.matcher(source).region(at, source.length());
        if (!found.lookingAt()) throw wrong("found '%s'".formatted(source.substring(at, source.offsetByCodePoints(at, 1))));
        String text = found.group();
        if (found.group("name") != null) add(Kind.NAME, text);
        else if (found.group("real") != null) add(Kind.REAL, text.replace("_", ""));
        else if (found.group("int") != null) add(Kind.INT, text.replace("_", ""));
        else add(Kind.SIGN, text);
        at = found.end();
        return "([{".contains(text) ? 1 : ")]}".contains(text) ? -1 : 0;
    }

    private void literal() {
        int end = at + 1;
        while (end < source.length() && source.charAt(end) != source.charAt(at)) end += source.charAt(end) == '\\' ? 2 : 1;
        if (end >= source.length()) throw wrong("a text has no end");
        add(Kind.TEXT, unescaped(source.substring(at, end + 1)));
        at = end + 1;
    }

    private boolean isEnd(char end) {
        int sign = "-+".indexOf(sign(at)) >= 0 ? 1 : 0;
        if (sign(at + sign) != end || sign(at + sign + 1) != '}' || sign == 1 && sign(at) == '+' && end == '}') return false;
        add(end == '}' ? Kind.OUTPUT_END : Kind.BLOCK_END, "");
        boolean trims = sign(at) == '-', keeps = sign(at) == '+';
        at += sign + 2;
        after(trims, end == '%' && !keeps);
        return true;
    }

    private String unescaped(String literal) {
        var text = new StringBuilder();
        int end = literal.length() - 1;
        for (int i = 1; i < end; i++) {
            if (literal.charAt(i) == '\\') i += escape(literal.substring(i + 1, end), text);
            else text.append(literal.charAt(i));
        }
        return text.toString();
    }

    /// Python's escapes, but for names of characters.
    ///
    /// @param rest after the backslash
    /// @return chars that it takes
    private int escape(String rest, StringBuilder text) {
        char escape = rest.charAt(0);
        int plain = "ntrabfv\\'\"\n".indexOf(escape), digits = "xuU".indexOf(escape);
        Matcher octal = OCTAL.matcher(rest);
        if (plain >= 0) text.append(List.of("\n", "\t", "\r", "\u0007", "\b", "\f", "\u000b", "\\", "'", "\"", "").get(plain));
        else if (octal.lookingAt()) {
            text.append((char) Integer.parseInt(octal.group(), 8));
            return octal.end();
        } else if (digits >= 0) {
            String hex = rest.substring(1, Math.min(1 + (2 << digits), rest.length()));
            if (!hex.matches("[0-9a-fA-F]{%d}".formatted(2 << digits)) || Long.parseLong(hex, 16) > Character.MAX_CODE_POINT)
                throw wrong("found the escape \\%s%s".formatted(escape, hex));
            text.appendCodePoint(Integer.parseInt(hex, 16));
            return 1 + hex.length();
        } else text.append('\\').append(escape);
        return 1;
    }

    private void add(Kind kind, String text) {
        tokens.add(new Token(kind, text, line()));
    }

    private int line() {
        for (; counted < Math.min(at, source.length()); counted++) if (source.charAt(counted) == '\n') line++;
        return line;
    }

    private JinjaException wrong(String problem) {
        return new JinjaException(String.format(Locale.ROOT, "line %d: %s", line(), problem));
    }
}
