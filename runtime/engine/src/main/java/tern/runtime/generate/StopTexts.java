package tern.runtime.generate;

import java.util.List;

/// Ends a text where one of some strings comes. What may be the beginning of one is held back until it is decided, so that nothing is
/// shown that has to be taken back.
///
/// A string counts as soon as its last character is there; if several end with the same character, the longest.
final class StopTexts {

    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private String found = "";

    /// @param stops not empty, each
    StopTexts(List<String> stops) {
        if (stops.stream().anyMatch(String::isEmpty)) throw new IllegalArgumentException("a stop text must not be empty");
        this.stops = List.copyOf(stops);
    }

    /// What is certain to be shown, of what was held back and this. After a stop text that is nothing.
    String push(String more) {
        var certain = new StringBuilder();
        for (int i = 0; i < more.length() && !isFound(); i++) {
            held.append(more.charAt(i));
            int length = ending();
            if (length > 0) {
                found = held.substring(held.length() - length);
                held.setLength(held.length() - length);
                certain.append(take(held.length()));
            } else {
                certain.append(take(held.length() - begun()));
            }
        }
        return certain.toString();
    }

    /// The end: nothing more can complete what is held back.
    String finish() {
        return take(held.length());
    }

    boolean isFound() {
        return !found.isEmpty();
    }

    /// The one that came; empty if none has.
    String found() {
        return found;
    }

    private String take(int count) {
        String taken = held.substring(0, count);
        held.delete(0, count);
        return taken;
    }

    /// Length of the longest stop text that ends here; 0 if none does.
    private int ending() {
        int longest = 0;
        for (String stop : stops) if (stop.length() > longest && endsWith(stop, stop.length())) longest = stop.length();
        return longest;
    }

    /// Length of the longest beginning of a stop text that ends here.
    private int begun() {
        int longest = 0;
        for (String stop : stops)
            for (int length = stop.length() - 1; length > longest; length--) if (endsWith(stop, length)) longest = length;
        return longest;
    }

    /// Whether what is held ends with the first `length` characters.
    private boolean endsWith(String stop, int length) {
        int start = held.length() - length;
        if (start < 0) return false;
        for (int i = 0; i < length; i++) if (held.charAt(start + i) != stop.charAt(i)) return false;
        return true;
    }
}
