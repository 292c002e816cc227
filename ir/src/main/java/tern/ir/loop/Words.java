package tern.ir.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The words of the text of Loop IR that no variable or buffer may be named.
final class Words {

    private static final Set<String> RESERVED = reserved();

    private Words() {}

    /// True if the text of a program can use `name` as a name.
    static boolean isName(String name) {
        return !name.isEmpty()
                && LoopLexer.isLetter(name.charAt(0))
                && name.chars().allMatch(c -> LoopLexer.isLetterOrDigit((char) c))
                && !RESERVED.contains(name);
    }

    private static Set<String> reserved() {
        var words = new ArrayList<>(List.of(
                "program", "source", "values", "for", "in", "step", "on", "let", "var", "if", "outline", "barrier", "copy",
                "tileproduct", "wait", "griddependency", "launches", "prefetch", "fetch", "bulkcopy", "await", "groupproduct", "groupwait",
                "below", "as", "bits", "splat", "nan", "inf"));
        Stream.of(Buf.Scope.values()).forEach(scope -> words.add(scope.name().toLowerCase(Locale.ROOT)));
        return new TreeSet<>(words);
    }
}
