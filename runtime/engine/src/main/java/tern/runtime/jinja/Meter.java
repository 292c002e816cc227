package tern.runtime.jinja;

/// What a template may use up: steps, of which each stands for an operation or for a character or value that one makes or looks at; and
/// depth, of a text's nesting, of calls and of values.
final class Meter {

    /// Less than a second.
    static final long STEPS = 10_000_000;

    static final int DEEPEST = 200, LONGEST = 1 << 22;

    private long left = STEPS;
    private int depth;

    void spend(long steps) {
        left -= steps;
        if (left < 0) throw new JinjaException("it takes more than " + STEPS + " steps");
    }

    /// Goes one level deeper; [#leave] goes back.
    void enter() {
        spend(1);
        depth++;
        if (depth > DEEPEST) throw new JinjaException("it is nested deeper than " + DEEPEST);
    }

    void leave() {
        depth--;
    }
}
