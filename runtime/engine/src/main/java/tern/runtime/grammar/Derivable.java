package tern.runtime.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/// Rules of which some text follows. Each sequence counts its symbols that are not known to have one, so that steps grow with the length
/// of the program alone.
final class Derivable {

    private final BitSet rules = new BitSet();
    private final Deque<Integer> found = new ArrayDeque<>();

    private Derivable() {}

    /// @param bytes true for any text; false for the empty one
    static BitSet of(Program program, boolean bytes) {
        var search = new Derivable();
        List<List<int[]>> uses = new ArrayList<>();
        for (int rule = 0; rule < program.rules(); rule++) uses.add(new ArrayList<>(0));
        for (int rule = 0; rule < program.rules(); rule++)
            for (int start : program.sequences(-rule - 1)) {
                int[] sequence = {rule, 0}; // its rule, and symbols that are not known to have a text
                for (int at = start; program.symbol(at) != Program.END; at++) {
                    int used = -program.symbol(at) - 1;
                    if (used < 0 && bytes) continue;
                    sequence[1]++;
                    if (used >= 0) uses.get(used).add(sequence);
                }
                if (sequence[1] == 0) search.note(rule);
            }
        while (!search.found.isEmpty())
            for (int[] sequence : uses.get(search.found.remove())) if (--sequence[1] == 0) search.note(sequence[0]);
        return search.rules;
    }

    private void note(int rule) {
        if (rules.get(rule)) return;
        rules.set(rule);
        found.add(rule);
    }
}
