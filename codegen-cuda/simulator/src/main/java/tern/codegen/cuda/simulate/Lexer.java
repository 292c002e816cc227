package tern.codegen.cuda.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// PTX text to words.
final class Lexer {

    enum Kind { WORD, MODIFIER, NUMBER, STRING, SIGN, END }

    /// @param line from 1
    record Token(Kind kind, String text, int line) {}

    private static final Pattern TOKEN = Pattern.compile("""
            (?<space>\\s+|//[^\\n]*|/\\*(?s:.*?)\\*/)\
            |(?<number>0[fF][0-9a-fA-F]{8}\\b|0[dD][0-9a-fA-F]{16}\\b|0[xX][0-9a-fA-F]+U?|0[bB][01]+U?|\\d+\\.\\d*(?:[eE][+-]?\\d+)?|\\d+[eE][+-]?\\d+|\\d+U?)\
            |(?<modifier>\\.[A-Za-z0-9_]+(?:::[A-Za-z0-9_]+)*)\
            |(?<word>[A-Za-z_$%][A-Za-z0-9_$]*)\
            |(?<string>"[^"\\n]*")\
            |(?<sign>[{}\\[\\]()<>,;:@!|+\\-*=])""");

    private Lexer() {}

    static List<Token> tokens(String text) {
        var tokens = new ArrayList<Token>();
        Matcher matcher = TOKEN.matcher(text);
        int line = 1;
        int at = 0;
        while (at < text.length()) {
            if (!matcher.find(at) || matcher.start() != at)
                throw new PtxError(line, "'" + text.charAt(at) + "' has no meaning here");
            Kind kind = kind(matcher);
            if (kind != Kind.END) tokens.add(new Token(kind, matcher.group(), line));
            for (int i = at; i < matcher.end(); i++) if (text.charAt(i) == '\n') line++;
            at = matcher.end();
        }
        tokens.add(new Token(Kind.END, "the end of the text", line));
        return tokens;
    }

    /// END stands for what is no token.
    private static Kind kind(Matcher matcher) {
        if (matcher.group("space") != null) return Kind.END;
        if (matcher.group("number") != null) return Kind.NUMBER;
        if (matcher.group("modifier") != null) return Kind.MODIFIER;
        if (matcher.group("word") != null) return Kind.WORD;
        return matcher.group("string") != null ? Kind.STRING : Kind.SIGN;
    }
}
