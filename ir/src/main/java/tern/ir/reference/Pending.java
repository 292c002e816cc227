package tern.ir.reference;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// What one thread has started that goes on by itself: the open group, and the closed ones, oldest first.
final class Pending {

    private List<Runnable> open = new ArrayList<>();
    private final Deque<List<Runnable>> closed = new ArrayDeque<>();

    void start(Runnable work) {
        open.add(work);
    }

    /// Closes the open group. Everything ends as late as the program allows.
    ///
    /// @param left groups that may still be under way
    void await(int left) {
        closed.add(open);
        open = new ArrayList<>();
        while (closed.size() > left) closed.remove().forEach(Runnable::run);
    }
}
