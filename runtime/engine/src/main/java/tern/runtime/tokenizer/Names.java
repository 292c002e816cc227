package tern.runtime.tokenizer;

import static java.util.Comparator.reverseOrder;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/// Tokens that are found in a text by their names, the longest name first.
final class Names {

    private final Map<String, Integer> ids;
    /// First characters of the names, and the lengths of the names, longest first.
    private final Set<Character> initials = new HashSet<>();
    private final List<Integer> lengths;

    /// @param ids by name; no name is empty
    Names(Map<String, Integer> ids) {
        this.ids = ids;
        ids.keySet().forEach(name -> initials.add(name.charAt(0)));
        lengths = ids.keySet().stream().map(String::length).distinct().sorted(reverseOrder()).toList();
    }

    boolean isEmpty() {
        return ids.isEmpty();
    }

    /// Adds the ids of the names that stand in a text, and gives what lies between them away, in order.
    void cut(String text, Ids into, Consumer<String> between) {
        int done = 0;
        for (int at = next(text, 0); at < text.length(); at = next(text, done)) {
            String name = at(text, at);
            between.accept(text.substring(done, at));
            into.add(Objects.requireNonNull(ids.get(name)));
            done = at + name.length();
        }
        between.accept(text.substring(done));
    }

    /// The first place from `from` on where a name stands, or the end of the text.
    private int next(String text, int from) {
        if (ids.isEmpty()) return text.length();
        int at = from;
        while (at < text.length() && at(text, at).isEmpty()) at++;
        return at;
    }

    /// Longest name that stands there, or nothing.
    private String at(String text, int at) {
        if (!initials.contains(text.charAt(at))) return "";
        for (int length : lengths) {
            if (at + length > text.length()) continue;
            String name = text.substring(at, at + length);
            if (ids.containsKey(name)) return name;
        }
        return "";
    }
}
