package tern.runtime.tokenizer;

import static java.util.Comparator.reverseOrder;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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

    /// The first place from `from` on where a name stands, or the end of the text.
    int next(String text, int from) {
        if (ids.isEmpty()) return text.length();
        int at = from;
        while (at < text.length() && at(text, at).isEmpty()) at++;
        return at;
    }

    /// Longest name that stands there, or nothing.
    String at(String text, int at) {
        if (!initials.contains(text.charAt(at))) return "";
        for (int length : lengths) {
            if (at + length > text.length()) continue;
            String name = text.substring(at, at + length);
            if (ids.containsKey(name)) return name;
        }
        return "";
    }

    /// @throws IllegalArgumentException if there is no such name
    int id(String name) {
        Integer id = ids.get(name);
        if (id == null) throw new IllegalArgumentException("no special token is named " + name);
        return id;
    }
}
