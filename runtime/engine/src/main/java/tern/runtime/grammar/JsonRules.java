package tern.runtime.grammar;

import static tern.runtime.grammar.Expression.choice;
import static tern.runtime.grammar.Expression.optional;
import static tern.runtime.grammar.Expression.sequence;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tern.runtime.grammar.Expression.Characters;
import tern.runtime.grammar.Expression.Literal;
import tern.runtime.grammar.Expression.Range;
import tern.runtime.grammar.Expression.Repeated;
import tern.runtime.grammar.Expression.Rule;

/// What every JSON text is made of. Source: RFC 8259. Numbers have a limited length and white space a limited amount, so that a model
/// cannot go on with them for ever; escapes give whole characters, no halves of a surrogate pair.
final class JsonRules {

    /// Digits before and after the point that doubles hold.
    static final int DIGITS = 15;

    private static final int EXPONENT_DIGITS = 2, MOST_INDENTED = 20;

    static final Expression BLANK = new Rule("json-blank");
    static final Expression VALUE = new Rule("json-value");
    static final Expression OBJECT = new Rule("json-object");
    static final Expression ARRAY = new Rule("json-array");
    static final Expression STRING = new Rule("json-string");
    static final Expression CHARACTER = new Rule("json-character");
    static final Expression NUMBER = new Rule("json-number");
    static final Expression INTEGER = new Rule("json-integer");
    static final Expression BOOLEAN = choice(text("true"), text("false"));
    static final Expression NULL = text("null");
    static final Expression COMMA = sequence(BLANK, text(","), BLANK);

    private JsonRules() {}

    /// All of them by name.
    static Map<String, Expression> all() {
        var rules = new TreeMap<String, Expression>();
        rules.put("json-blank", optional(choice(text(" "), sequence(text("\n"), new Repeated(of(" \t"), 0, MOST_INDENTED)))));
        rules.put("json-value", choice(OBJECT, ARRAY, STRING, NUMBER, BOOLEAN, NULL));
        rules.put("json-object", object(list(member(STRING, VALUE), 0, -1)));
        rules.put("json-array", array(list(VALUE, 0, -1)));
        rules.put("json-string", string(0, -1));
        rules.put("json-character", character());
        rules.put("json-integer", integer());
        Expression digits = new Repeated(digits('0', '9'), 1, DIGITS);
        rules.put("json-number", sequence(INTEGER, optional(sequence(text("."), digits)),
                optional(sequence(of("eE"), optional(of("+-")), new Repeated(digits('0', '9'), 1, EXPONENT_DIGITS)))));
        return rules;
    }

    static Expression text(String text) {
        return new Literal(text);
    }

    private static Expression of(String characters) {
        return new Characters(characters.chars().mapToObj(c -> new Range(c, c)).toList(), false);
    }

    static Expression digits(char first, char last) {
        return new Characters(List.of(new Range(first, last)), false);
    }

    private static Expression integer() {
        Expression natural = sequence(digits('1', '9'), new Repeated(digits('0', '9'), 0, DIGITS - 1));
        return sequence(optional(text("-")), choice(text("0"), natural));
    }

    private static Expression character() {
        Expression plain = new Characters(List.of(new Range(0, 0x1f), new Range('"', '"'), new Range('\\', '\\'), new Range(0x7f, 0x7f)), true);
        Expression hex = new Characters(List.of(new Range('0', '9'), new Range('a', 'f'), new Range('A', 'F')), false);
        Expression notD =
                new Characters(List.of(new Range('0', '9'), new Range('a', 'c'), new Range('A', 'C'), new Range('e', 'f'), new Range('E', 'F')), false);
        Expression belowSurrogates = sequence(of("dD"), new Characters(List.of(new Range('0', '7')), false), hex, hex);
        Expression number = choice(sequence(notD, hex, hex, hex), belowSurrogates);
        return choice(plain, sequence(text("\\"), choice(of("\"\\/bfnrt"), sequence(text("u"), number))));
    }

    /// @param most characters, -1 for no limit
    static Expression string(int least, int most) {
        return sequence(text("\""), new Repeated(CHARACTER, least, most), text("\""));
    }

    static Expression member(Expression name, Expression value) {
        return sequence(name, BLANK, text(":"), BLANK, value);
    }

    /// @param inside what is between the braces
    static Expression object(Expression inside) {
        return sequence(text("{"), BLANK, inside, BLANK, text("}"));
    }

    static Expression array(Expression inside) {
        return sequence(text("["), BLANK, inside, BLANK, text("]"));
    }

    /// Several with commas between.
    ///
    /// @param most -1 for no limit
    static Expression list(Expression one, int least, int most) {
        if (most == 0) return sequence();
        Expression some = sequence(one, new Repeated(sequence(COMMA, one), Math.max(0, least - 1), most < 0 ? -1 : most - 1));
        return least == 0 ? optional(some) : some;
    }
}
