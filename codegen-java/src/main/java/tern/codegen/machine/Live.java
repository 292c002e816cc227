package tern.codegen.machine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;

/// From where to where each virtual register holds a value, and what it would cost to keep it in memory.
///
/// Instruction i reads at 2i and writes at 2i + 1, so that what it reads last and what it writes may share a register. A value that
/// comes into a loop lives to the loop's end.
final class Live {

    /// What one more loop around makes of a cost.
    private static final double TRIPS = 8;

    static final class Interval {
        final Register register;
        int start = Integer.MAX_VALUE, end = -1;
        double cost;
        /// The other side of a copy.
        Register partner;

        Interval(Register register) {
            this.register = register;
            this.partner = register;
        }

        /// For the order: which class it is served with, and what a place in memory would cost for each instruction that it lives through.
        private int turn;
        private double density;

        /// Whose turn it is: registers of the machine first, then the short-lived ones, then those whose place in memory would cost most.
        static final Comparator<Interval> SERVED = (a, b) -> {
            if (a.turn != b.turn) return Integer.compare(a.turn, b.turn);
            int byDensity = Double.compare(b.density, a.density);
            return byDensity != 0 ? byDensity : Integer.compare(a.register.number(), b.register.number());
        };

        /// To be called before intervals are compared, once nothing of them changes.
        ///
        /// @param brief numbers of the short-lived registers
        void rank(Set<Integer> brief) {
            turn = register.fixed() >= 0 ? 0 : brief.contains(register.number()) ? 1 : 2;
            density = cost / (end - start + 1);
        }
    }

    private final Map<Integer, Interval> intervals = new HashMap<>();

    private final InstructionSet set;

    private Live(InstructionSet set) {
        this.set = set;
    }

    /// Loops around each instruction.
    static int[] depths(List<Instruction> code, List<Code.Range> loops) {
        int[] depths = new int[code.size()];
        for (int[] loop : positions(code, loops)) for (int i = loop[0]; i < loop[1]; i++) depths[i]++;
        return depths;
    }

    /// Where loops begin and end among the instructions.
    static List<int[]> positions(List<Instruction> code, List<Code.Range> loops) {
        Map<Integer, Integer> labels = new HashMap<>();
        for (int i = 0; i < code.size(); i++)
            if (code.get(i) instanceof Instruction.Label(int number, _)) labels.put(number, i);
        List<int[]> positions = new ArrayList<>();
        for (Code.Range loop : loops) {
            Integer head = labels.get(loop.head()), end = labels.get(loop.end());
            if (head == null || end == null) throw new IllegalStateException("a loop was not finished");
            positions.add(new int[] {head, end});
        }
        return positions;
    }

    static List<Interval> of(InstructionSet set, List<Instruction> code, List<Code.Range> loops) {
        var live = new Live(set);
        int[] depths = depths(code, loops);
        for (int i = 0; i < code.size(); i++)
            if (code.get(i) instanceof Instruction.Plain one) live.instruction(one, i, Math.pow(TRIPS, depths[i]));
        live.stretch(positions(code, loops));
        return new ArrayList<>(live.intervals.values());
    }

    private void instruction(Instruction.Plain one, int at, double cost) {
        for (int o = 0; o < one.operands().size(); o++)
            switch (one.operands().get(o)) {
            case Register register -> {
                if (one.opcode().reads(o)) touch(register, 2 * at, cost);
                if (one.opcode().writes(o)) touch(register, 2 * at + 1, cost);
            }
            case Memory memory -> {
                if (memory.base() != null) touch(memory.base(), 2 * at, cost);
                if (memory.index() != null) touch(memory.index(), 2 * at, cost);
            }
            case Operand.Immediate _ -> {}
            }
        if (set.isCopy(one) && one.operands().get(1) instanceof Register from && one.operands().getFirst() instanceof Register to) {
            interval(to).partner = from;
            interval(from).partner = to;
        }
    }

    private Interval interval(Register register) {
        return intervals.computeIfAbsent(register.number(), _ -> new Interval(register));
    }

    private void touch(Register register, int at, double cost) {
        if (register.number() == FrameLayout.REGISTER) return;
        Interval interval = interval(register);
        interval.start = Math.min(interval.start, at);
        interval.end = Math.max(interval.end, at);
        interval.cost += cost;
    }

    /// Innermost loops first: whoever lives through one may thereby live through the next.
    private void stretch(List<int[]> loops) {
        List<int[]> inside = new ArrayList<>(loops);
        inside.sort(Comparator.comparingInt(loop -> loop[1] - loop[0]));
        for (int[] loop : inside) {
            int first = 2 * loop[0], last = 2 * loop[1];
            for (Interval interval : intervals.values())
                if (interval.start < first && interval.end >= first && interval.end < last) interval.end = last;
        }
    }

    /// Which loops have none inside, by instruction.
    static boolean[] innermost(List<Instruction> code, List<Code.Range> loops) {
        boolean[] inside = new boolean[code.size()];
        List<int[]> all = positions(code, loops);
        for (int[] loop : all)
            if (all.stream().noneMatch(other -> loop[0] < other[0] && other[1] <= loop[1]))
                Arrays.fill(inside, loop[0], loop[1], true);
        return inside;
    }
}
