package tern.ir.text;

import org.antlr.v4.runtime.Token;
import tern.ir.text.grammar.TernParser.IntegerContext;

/// Integers of a text.
final class Numbers {

    /// No number of the language need be larger.
    static final int MAX = 1 << 24;

    private Numbers() {}

    /// The number, or 1 after reporting that it is too large.
    static int of(Token token, Diagnostics problems) {
        String digits = token.getText().replaceFirst("^0+(?=.)", "");
        if (digits.length() <= 8 && Integer.parseInt(digits) <= MAX) return Integer.parseInt(digits);
        problems.add(token, "%s is too large; numbers go up to %d", token.getText(), MAX);
        return 1;
    }

    static int of(IntegerContext context, Diagnostics problems) {
        int number = of(context.INT().getSymbol(), problems);
        return context.getStart().getText().equals("-") ? -number : number;
    }

    /// The number, or 1 after reporting that it is zero.
    static int positive(Token token, Diagnostics problems) {
        int number = of(token, problems);
        if (number > 0) return number;
        problems.add(token, "0 is not allowed here");
        return 1;
    }
}
