package tern.runtime.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;

/// Finds a rule that begins with itself, perhaps after something that may be empty: reading it would never come to a byte. Steps and
/// memory grow with the length of the program, and no rule, however deep, needs stack.
final class LeftRecursion {

    private final Program program;
    private final BitSet empty;

    private LeftRecursion(Program program) {
        this.program = program;
        empty = Derivable.of(program, false);
    }

    /// The number of such a rule.
    static OptionalInt find(Program program) {
        return new LeftRecursion(program).circle();
    }

    /// Rules that a rule may begin with. A loop goes on with itself after what it repeats; the automaton meets that place again and stops.
    private List<Integer> begins(int rule) {
        var begins = new ArrayList<Integer>();
        for (int start : program.sequences(-rule - 1))
            for (int at = start; program.symbol(at) < 0; at++) {
                int next = -program.symbol(at) - 1;
                boolean isLoop = next == rule && program.isLoop(rule);
                if (!isLoop) begins.add(next);
                if (!empty.get(next)) break;
            }
        return begins;
    }

    private OptionalInt circle() {
        BitSet done = new BitSet(), onWay = new BitSet();
        var open = new ArrayDeque<Integer>();
        for (int start = 0; start < program.rules(); start++) {
            if (!done.get(start)) open.push(start);
            while (!open.isEmpty()) {
                int rule = open.peek();
                if (done.get(rule)) {
                    open.pop();
                } else if (onWay.get(rule)) {
                    open.pop();
                    onWay.clear(rule);
                    done.set(rule);
                } else {
                    onWay.set(rule);
                    for (int next : begins(rule)) {
                        if (onWay.get(next)) return OptionalInt.of(next);
                        if (!done.get(next)) open.push(next);
                    }
                }
            }
        }
        return OptionalInt.empty();
    }
}
