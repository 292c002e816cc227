package tern.codegen.jvm.source;

import java.util.stream.Collectors;

/// Breaks lines of Java that are too long, where their nesting is least: before a call of a chain or an operator, behind a comma.
final class Lines {

    /// Characters of a line.
    static final int WIDTH = 118;

    private static final String FURTHER = "        ";

    private Lines() {}

    static String fold(String text) {
        var folded = new StringBuilder();
        boolean asItStands = false;
        for (String line : text.split("\n")) {
            if (line.contains("<pre>")) asItStands = true;
            folded.append(line.length() <= WIDTH || asItStands ? line : foldLine(line)).append('\n');
            if (line.contains("</pre>")) asItStands = false;
        }
        return folded.toString();
    }

    private static String foldLine(String line) {
        String code = line.strip();
        String margin = line.substring(0, line.indexOf(code.charAt(0)));
        if (code.startsWith("* ")) return foldComment(margin, code.substring(2));
        if (code.startsWith("//")) return line;
        boolean continued = false;
        var folded = new StringBuilder();
        while (true) {
            String indent = continued ? margin + FURTHER : margin;
            int end = indent.length() + code.length() <= WIDTH ? -1 : place(code, WIDTH - indent.length());
            if (end < 0) return folded.append(indent).append(code).toString();
            folded.append(indent).append(code.substring(0, end).stripTrailing()).append('\n');
            code = code.substring(end).stripLeading();
            continued = true;
        }
    }

    private static String foldComment(String margin, String text) {
        return Layouts.wrap(text, WIDTH - margin.length() - 2, " ").stream()
                .map(part -> margin + "* " + part.stripTrailing())
                .collect(Collectors.joining("\n"));
    }

    /// Where to break: the last of the outermost places; -1 if there is none.
    private static int place(String code, int most) {
        int depth = 0, best = -1, bestNesting = Integer.MAX_VALUE;
        boolean quoted = false;
        for (int at = 1; at < Math.min(code.length(), most); at++) {
            char before = code.charAt(at - 1);
            if (before == '"' && (at < 2 || code.charAt(at - 2) != '\\')) quoted = !quoted;
            if (quoted) continue;
            if (before == '(') depth++;
            if (before == ')') depth--;
            int nesting = 2 * depth + (isProduct(code.charAt(at)) ? 1 : 0);
            if (nesting > bestNesting || at <= FURTHER.length() || !mayBreak(code, at)) continue;
            best = at;
            bestNesting = nesting;
        }
        return best;
    }

    /// One character or the same one twice, with a blank behind; a sign has none.
    private static boolean isOperator(String code, int at) {
        return "+-*/%&|^?:".indexOf(code.charAt(at)) >= 0
                && (code.startsWith(" ", at + 1) || code.startsWith(code.charAt(at) + " ", at + 1));
    }

    private static boolean isProduct(char operator) {
        return "*/%".indexOf(operator) >= 0;
    }

    private static boolean mayBreak(String code, int at) {
        char before = code.charAt(at - 1), here = code.charAt(at);
        return before == ')' && here == '.' || before == ',' && here == ' ' || before == ' ' && isOperator(code, at);
    }
}
