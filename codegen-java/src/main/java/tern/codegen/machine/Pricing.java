package tern.codegen.machine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;
import tern.ir.target.Core.Cost;
import tern.ir.target.Core.Work;
import tern.ir.target.Core;

/// Predicts the cycles of instructions on a core: of each loop how often it goes round, times what an iteration takes. That is the most of three
/// bounds: operations that are taken up each cycle; the busiest set of ports; the chain of results from one iteration to the next, for loops with
/// none inside. Memory beyond the nearest cache is not in it.
final class Pricing {

    /// Iterations of which the last half tells how long a chain is.
    private static final int ITERATIONS = 8;

    private final Core core;
    private final Allocation registers;

    private Pricing(Core core, Allocation registers) {
        this.core = core;
        this.registers = registers;
    }

    /// @param trips of a loop
    static double cycles(Allocation registers, List<Code.Range> loops, ToLongFunction<Code.Range> trips, Core core) {
        var pricing = new Pricing(core, registers);
        List<Instruction> code = registers.code();
        List<int[]> positions = Live.positions(code, loops);
        int[] inside = new int[code.size()];
        Arrays.fill(inside, -1);
        double cycles = 0;
        for (int loop = 0; loop < positions.size(); loop++)
            for (int i = positions.get(loop)[0]; i < positions.get(loop)[1]; i++)
                if (inside[i] < 0 || length(positions.get(loop)) < length(positions.get(inside[i]))) inside[i] = loop;
        boolean[] innermost = Live.innermost(code, loops);
        for (int loop = -1; loop < positions.size(); loop++) {
            int own = loop;
            List<Instruction> body = IntStream.range(0, code.size()).filter(i -> inside[i] == own).mapToObj(code::get).toList();
            if (body.isEmpty()) continue;
            boolean chained = loop >= 0 && innermost[positions.get(loop)[0]];
            cycles += pricing.iteration(body, chained) * times(loop, positions, loops, trips);
        }
        return cycles;
    }

    private static int length(int[] range) {
        return range[1] - range[0];
    }

    private static double times(int loop, List<int[]> positions, List<Code.Range> loops, ToLongFunction<Code.Range> trips) {
        if (loop < 0) return 1;
        double times = 1;
        int[] own = positions.get(loop);
        for (int other = 0; other < positions.size(); other++)
            if (positions.get(other)[0] <= own[0] && own[1] <= positions.get(other)[1]) times *= trips.applyAsLong(loops.get(other));
        return times;
    }

    private double iteration(List<Instruction> body, boolean chained) {
        Map<Integer, Integer> byPorts = new HashMap<>();
        int taken = 0;
        for (Instruction instruction : body) {
            List<Work> works = works(instruction);
            int most = instruction instanceof Instruction.Label ? 0 : 1;
            for (Work work : works) {
                Cost cost = core.cost(work);
                byPorts.merge(cost.ports(), cost.operations(), Integer::sum);
                most = Math.max(most, cost.operations());
            }
            taken += most;
        }
        double bound = Math.max((double) taken / core.width(), busiest(byPorts));
        return chained ? Math.max(bound, chain(body)) : bound;
    }

    private List<Work> works(Instruction instruction) {
        return switch (instruction) {
            case Instruction.Plain one -> registers.set().works(one);
            case Instruction.Jump _ -> List.of(Work.BRANCH);
            case Instruction.Label _ -> List.of();
        };
    }

    /// Of all sets of ports that are unions: the operations that can go nowhere else, for each port.
    private static double busiest(Map<Integer, Integer> byPorts) {
        Set<Integer> unions = new HashSet<>(byPorts.keySet());
        for (int ports : byPorts.keySet()) for (int union : List.copyOf(unions)) unions.add(union | ports);
        double most = 0;
        for (int union : unions) {
            int operations = 0;
            for (var entry : byPorts.entrySet()) if ((entry.getKey() & ~union) == 0) operations += entry.getValue();
            most = Math.max(most, (double) operations / Integer.bitCount(union));
        }
        return most;
    }

    /// Cycles from one iteration's results to the next one's, were there any number of ports.
    private double chain(List<Instruction> body) {
        Map<Register, Double> ready = new HashMap<>();
        double middle = 0, last = 0;
        for (int round = 0; round < ITERATIONS; round++) {
            for (Instruction instruction : body)
                if (instruction instanceof Instruction.Plain one) last = Math.max(last, result(one, ready));
            if (round == ITERATIONS / 2 - 1) middle = last;
        }
        return (last - middle) / (ITERATIONS - ITERATIONS / 2);
    }

    /// When the results of an instruction are there, by the machine's registers.
    private double result(Instruction.Plain one, Map<Register, Double> ready) {
        double start = 0;
        for (int o = 0; o < one.operands().size(); o++)
            switch (one.operands().get(o)) {
            case Register register -> {
                if (one.opcode().reads(o)) start = Math.max(start, ready.getOrDefault(machine(register), 0.0));
            }
            case Memory memory -> {
                if (memory.base() != null) start = Math.max(start, ready.getOrDefault(machine(memory.base()), 0.0));
                if (memory.index() != null) start = Math.max(start, ready.getOrDefault(machine(memory.index()), 0.0));
            }
            case Operand.Immediate _ -> {}
            }
        // A load is not waited for: its address is known long before.
        int latency = works(one).stream().filter(work -> work != Work.LOAD && work != Work.STORE).mapToInt(work -> core.cost(work).latency()).sum();
        double end = start + latency;
        for (int o = 0; o < one.operands().size(); o++)
            if (one.operands().get(o) instanceof Register register && one.opcode().writes(o)) ready.put(machine(register), end);
        return end;
    }

    private Register machine(Register register) {
        return new Register(register.bank(), 0, registers.number(register));
    }
}
