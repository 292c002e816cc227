package tern.runtime.model;

import java.util.ArrayList;
import java.util.List;

/// Consecutive layers, from `first` up to `end` - 1.
record Span(int first, int end) {

    int count() {
        return end - first;
    }

    /// One after the other.
    static List<Span> of(int... counts) {
        var spans = new ArrayList<Span>();
        int first = 0;
        for (int count : counts) {
            spans.add(new Span(first, first + count));
            first += count;
        }
        return spans;
    }
}
