package tern.runtime.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads texts byte by byte, with a stack for the rules that are open, and follows all readings of a text at once.
///
/// A state is the set of stacks that the text so far allows, each with a byte to come on top. It is made once, and so is its way to the
/// next state by each byte. A rule that ends with another leaves no stack after it, so that repetition costs no depth. For one thread at a time.
final class Automaton {

    /// Rules that may be open at once. A reading that needs more is given up.
    static final int DEEPEST = 256;

    /// States that are remembered.
    private static final int MOST_STATES = 1 << 16;

    /// Readings of a text at once, and places that are followed to find them.
    private static final int MOST_STACKS = 4096, MOST_FOLLOWED = 1 << 17, MOST_FRAMES = 1 << 20;

    /// A place in the program, and the places where rules go on that are open around it.
    private static final class Frame {
        private final int number, position, depth;
        private final @Nullable Frame around;

        Frame(int number, int position, @Nullable Frame around) {
            this.number = number;
            this.position = position;
            this.around = around;
            depth = around == null ? 1 : around.depth + 1;
        }
    }

    private record FrameKey(int position, int around) {}

    /// What may follow a text.
    final class State {
        private final List<Frame> frames;
        private final boolean mayEnd;
        private final @Nullable State[] next = new State[256];

        private State(List<Frame> frames, boolean mayEnd) {
            this.frames = frames;
            this.mayEnd = mayEnd;
        }

        /// Whether the text is complete.
        boolean mayEnd() {
            return mayEnd;
        }

        /// Whether no byte may follow.
        boolean isOver() {
            return frames.isEmpty();
        }

        /// The state after one more byte, over and not complete if it does not fit.
        State step(int b) {
            State known = next[b];
            if (known == null) next[b] = known = Automaton.this.step(this, b);
            return known;
        }
    }

    private record Key(List<Integer> frames, boolean mayEnd) {}

    private final Program program;
    private final Map<FrameKey, Frame> frames = new HashMap<>();
    private final Map<Key, State> states = new HashMap<>();
    private int numbers;
    private final State start;

    Automaton(Program program) {
        this.program = program;
        var reading = new Reading();
        for (int at : program.sequences(-program.root() - 1)) reading.open(at, null);
        start = reading.state();
    }

    /// Before the first byte.
    State start() {
        return start;
    }

    private State step(State from, int b) {
        var reading = new Reading();
        for (Frame frame : from.frames)
            if (program.allows(program.symbol(frame.position), b)) reading.open(frame.position + 1, frame.around);
        return reading.state();
    }

    private RuntimeException tooMany(Frame frame, int most) {
        return program.wrong(frame.position, "the grammar is too ambiguous: more than %d readings of one text".formatted(most));
    }

    private Frame frame(int position, @Nullable Frame around) {
        return frames.computeIfAbsent(new FrameKey(position, around == null ? -1 : around.number),
                _ -> new Frame(numbers++, position, around));
    }

    /// Follows everything that needs no byte.
    private final class Reading {
        private final Deque<Frame> open = new ArrayDeque<>();
        private final Set<Frame> seen = new HashSet<>();
        private final List<Frame> ready = new ArrayList<>();
        private boolean mayEnd;

        void open(int position, @Nullable Frame around) {
            Frame frame = frame(position, around);
            if (frame.depth > DEEPEST || !seen.add(frame)) return;
            open.add(frame);
            if (seen.size() > MOST_FOLLOWED) throw tooMany(frame, MOST_FOLLOWED);
        }

        State state() {
            while (!open.isEmpty()) follow(open.remove());
            ready.sort(Comparator.comparingInt(frame -> frame.number));
            if (states.size() > MOST_STATES || frames.size() > MOST_FRAMES) {
                states.clear();
                frames.clear();
            }
            return states.computeIfAbsent(new Key(ready.stream().map(frame -> frame.number).toList(), mayEnd), _ -> new State(List.copyOf(ready), mayEnd));
        }

        private void follow(Frame frame) {
            int symbol = program.symbol(frame.position);
            if (symbol > Program.END) {
                ready.add(frame);
                if (ready.size() > MOST_STACKS) throw tooMany(frame, MOST_STACKS);
            } else if (symbol == Program.END) {
                if (frame.around == null) mayEnd = true;
                else open(frame.around.position, frame.around.around);
            } else {
                boolean isLast = program.symbol(frame.position + 1) == Program.END;
                Frame around = isLast ? frame.around : frame(frame.position + 1, frame.around);
                for (int at : program.sequences(symbol)) open(at, around);
            }
        }
    }
}
