package tern.runtime.grammar;

import static tern.runtime.grammar.Expression.sequence;
import static tern.runtime.grammar.JsonRules.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tern.runtime.grammar.Expression.Characters;
import tern.runtime.grammar.Expression.Choice;
import tern.runtime.grammar.Expression.Range;
import tern.runtime.grammar.Expression.Repeated;

/// Names of members that are none of some: a tree of their characters, which a name must leave, or end within. Such names are written
/// without backslashes, so that none is one of them in other letters.
final class OtherNames {

    /// Characters that are compared: a longer name forbids all that begin as it does.
    private static final int DEEPEST = 48;

    private static final List<Range> NOT_PLAIN = List.of(new Range(0, 0x1f), new Range('"', '"'), new Range('\\', '\\'), new Range(0x7f, 0x7f));

    private final Map<Integer, OtherNames> next = new TreeMap<>();
    private boolean isName, isCut;

    /// The name with its quotes.
    static Expression than(Iterable<String> names) {
        var tree = new OtherNames();
        for (String name : names) {
            OtherNames at = tree;
            int[] codes = name.codePoints().toArray();
            for (int i = 0; i < Math.min(DEEPEST, codes.length); i++) at = at.next.computeIfAbsent(codes[i], _ -> new OtherNames());
            if (codes.length > DEEPEST) at.isCut = true;
            else at.isName = true;
        }
        return sequence(text("\""), tree.rest(), text("\""));
    }

    private Expression rest() {
        var ways = new ArrayList<Expression>();
        if (isCut) return new Choice(ways);
        if (!isName) ways.add(sequence());
        var known = new ArrayList<>(NOT_PLAIN);
        next.keySet().forEach(code -> known.add(new Range(code, code)));
        ways.add(sequence(new Characters(known, true), new Repeated(new Characters(NOT_PLAIN, true), 0, -1)));
        next.forEach((code, behind) -> {
            boolean isPlain = code >= 0x20 && code != '"' && code != '\\' && code != 0x7f;
            if (isPlain) ways.add(sequence(text(Character.toString(code)), behind.rest()));
        });
        return new Choice(ways);
    }
}
