package tern.codegen.machine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tern.codegen.machine.code.Bank;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;
import tern.ir.device.CompileException;

/// Gives each virtual register one of the machine's. Intervals are served by what a place in memory would cost, for each instruction that
/// they live through: those of the innermost loop first. Who gets none lives in the frame, is read from there by the instructions
/// themselves where they can, else by a short-lived register; then all are served anew.
///
/// @param code      of which no copy of a register to itself is left
/// @param assigned  the machine's register, by number of the virtual one
/// @param frame     bytes of the frame, with the places of spilled registers
/// @param spills    accesses to such places of vectors inside of a loop that has none inside, by line of the Loop IR
record Allocation(InstructionSet set, List<Instruction> code, Map<Integer, Integer> assigned, int frame, Map<Integer, Integer> spills) {

    private static final int ROUNDS = 30;

    /// Those of the caller's registers that the code writes.
    List<Integer> kept() {
        Set<Integer> used = new TreeSet<>();
        for (Instruction instruction : code)
            if (instruction instanceof Instruction.Plain one)
                Rename.of(one, r -> {
                    if (r.bank() == Bank.GENERAL && set.kept().contains(number(r))) used.add(number(r));
                    return r;
                });
        return List.copyOf(used);
    }

    int number(Register register) {
        if (register.fixed() >= 0) return register.fixed();
        Integer number = assigned.get(register.number());
        if (number == null) throw new IllegalStateException("nothing was assigned to " + register);
        return number;
    }

    static Allocation of(String program, Code code) {
        var work = new Work(code);
        for (int round = 0; round < ROUNDS; round++) {
            Set<Integer> without = work.assign();
            if (without.isEmpty()) return work.result();
            work.spill(without);
        }
        throw new CompileException(program, "the registers do not suffice");
    }

    /// The code as it changes from round to round.
    private static final class Work {
        private List<Instruction> code;
        private final List<Code.Range> loops;
        private final Code source;
        private final InstructionSet set;
        private int frame;
        private final Set<Integer> brief = new HashSet<>();
        private final Map<Integer, Memory> places = new HashMap<>();
        private final Set<Memory> ofVectors = new HashSet<>();
        private final Map<Integer, Integer> assigned = new HashMap<>();

        Work(Code source) {
            this.source = source;
            this.set = source.set;
            this.code = inPlace(set, withoutDead(source.instructions()));
            this.loops = source.loops();
            this.frame = (source.frame() + Code.CONSTANT - 1) / Code.CONSTANT * Code.CONSTANT;
        }

        /// Values that nobody reads need not be computed.
        private static List<Instruction> withoutDead(List<Instruction> all) {
            List<Instruction> code = all;
            for (int before = -1; before != code.size();) {
                before = code.size();
                Set<Register> read = new HashSet<>();
                for (Instruction instruction : code)
                    if (instruction instanceof Instruction.Plain one) read.addAll(reads(one));
                code = code.stream().filter(i -> !(i instanceof Instruction.Plain one) || !isDead(one, read)).toList();
            }
            return code;
        }

        /// What is computed only to be copied at once is computed where it goes.
        private static List<Instruction> inPlace(InstructionSet set, List<Instruction> code) {
            Map<Register, Integer> mentions = new HashMap<>();
            for (Instruction instruction : code)
                if (instruction instanceof Instruction.Plain one)
                    Rename.of(one, r -> {
                        mentions.merge(r, 1, Integer::sum);
                        return r;
                    });
            List<Instruction> all = new ArrayList<>();
            for (Instruction instruction : code) {
                boolean copies = instruction instanceof Instruction.Plain copy && set.isCopy(copy) && !all.isEmpty()
                        && all.getLast() instanceof Instruction.Plain before && copy.operands().get(1) instanceof Register from
                        && from.fixed() < 0 && mentions.getOrDefault(from, 0) == 2 && writes(before, from);
                if (!copies) all.add(instruction);
                else {
                    var operands = ((Instruction.Plain) instruction).operands();
                    all.add(Rename.of((Instruction.Plain) all.removeLast(), r -> r.equals(operands.get(1)) ? (Register) operands.getFirst() : r));
                }
            }
            return all;
        }

        private static Set<Register> reads(Instruction.Plain one) {
            Set<Register> read = new HashSet<>();
            for (int o = 0; o < one.operands().size(); o++) {
                Operand operand = one.operands().get(o);
                if (operand instanceof Register register && one.opcode().reads(o)) read.add(register);
                if (operand instanceof Memory memory && memory.base() != null) read.add(memory.base());
                if (operand instanceof Memory memory && memory.index() != null) read.add(memory.index());
            }
            return read;
        }

        private static boolean isDead(Instruction.Plain one, Set<Register> read) {
            boolean writes = false;
            for (int o = 0; o < one.operands().size(); o++) {
                if (!one.opcode().writes(o)) continue;
                if (!(one.operands().get(o) instanceof Register register) || register.fixed() >= 0 || read.contains(register)) return false;
                writes = true;
            }
            return writes;
        }

        /// @return who got none
        Set<Integer> assign() {
            assigned.clear();
            Map<Bank, List<NavigableMap<Integer, Integer>>> taken = new HashMap<>();
            for (Bank bank : Bank.values()) {
                List<NavigableMap<Integer, Integer>> files = new ArrayList<>();
                for (int i = 0; i < 32; i++) files.add(new TreeMap<>());
                taken.put(bank, files);
            }
            Set<Integer> without = new HashSet<>();
            List<Live.Interval> order = Live.of(set, code, loops);
            for (Live.Interval one : order) one.rank(brief);
            order.sort(Live.Interval.SERVED);
            for (Live.Interval one : order) {
                int register = choose(one, taken.getOrDefault(one.register.bank(), List.of()));
                if (register < 0) without.add(one.register.number());
                else assigned.put(one.register.number(), register);
            }
            return without;
        }

        private int choose(Live.Interval one, List<NavigableMap<Integer, Integer>> taken) {
            Integer wish = one.partner.fixed() >= 0 ? Integer.valueOf(one.partner.fixed()) : assigned.get(one.partner.number());
            if (one.register.fixed() >= 0) {
                if (!take(taken.get(one.register.fixed()), one)) throw new IllegalStateException("two values want one register");
                return one.register.fixed();
            }
            if (wish != null && wish != set.frame() && take(taken.get(wish), one)) return wish;
            for (int register : set.registers(one.register.bank())) if (take(taken.get(register), one)) return register;
            return -1;
        }

        private static boolean take(NavigableMap<Integer, Integer> taken, Live.Interval one) {
            var before = taken.floorEntry(one.end);
            if (before != null && before.getValue() >= one.start) return false;
            taken.put(one.start, one.end);
            return true;
        }

        void spill(Set<Integer> without) {
            if (brief.containsAll(without)) throw new IllegalStateException("one instruction wants more registers than there are");
            List<Instruction> now = new ArrayList<>();
            for (Instruction instruction : code)
                if (instruction instanceof Instruction.Plain one && mentions(one, without)) rewrite(one, without, now);
                else now.add(instruction);
            code = now;
        }

        private static boolean mentions(Instruction.Plain one, Set<Integer> registers) {
            for (Operand operand : one.operands())
                if (operand instanceof Register register && registers.contains(register.number()) || operand instanceof Memory memory
                        && (memory.base() != null && registers.contains(memory.base().number())
                                || memory.index() != null && registers.contains(memory.index().number())))
                    return true;
            return false;
        }

        private Memory place(Register register) {
            return places.computeIfAbsent(register.number(), _ -> {
                Memory place = Memory.at(source.base, frame);
                frame += set.vectorBits() / 8;
                if (register.bank() == Bank.VECTOR) ofVectors.add(place);
                return place;
            });
        }

        private void rewrite(Instruction.Plain one, Set<Integer> without, List<Instruction> into) {
            List<Operand> operands = new ArrayList<>(one.operands());
            for (int o = 0; o < operands.size(); o++)
                if (operands.get(o) instanceof Register register && without.contains(register.number()) && set.folds(one, register) == o)
                    operands.set(o, place(register));
            List<Instruction> behind = new ArrayList<>();
            Map<Register, Register> names = new HashMap<>();
            var folded = new Instruction.Plain(one.opcode(), one.bits(), operands, one.line());
            Set<Register> read = reads(folded);
            Instruction.Plain renamed = Rename.of(folded, r -> without.contains(r.number()) && r.fixed() < 0 ? names.computeIfAbsent(r, this::brief) : r);
            names.forEach((register, name) -> {
                Memory place = place(register);
                if (read.contains(register)) into.add(set.load(name, place, one.line()));
                if (writes(folded, register)) behind.add(set.store(place, name, one.line()));
            });
            into.add(renamed);
            into.addAll(behind);
        }

        private static boolean writes(Instruction.Plain one, Register register) {
            for (int o = 0; o < one.operands().size(); o++)
                if (one.opcode().writes(o) && one.operands().get(o).equals(register)) return true;
            return false;
        }

        private Register brief(Register like) {
            Register register = like.bank() == Bank.GENERAL ? source.general() : source.vector();
            brief.add(register.number());
            return register;
        }

        Allocation result() {
            List<Instruction> all = new ArrayList<>();
            Map<Integer, Integer> spills = new TreeMap<>();
            boolean[] innermost = Live.innermost(code, loops);
            var draft = new Allocation(set, code, assigned, frame, spills);
            for (int i = 0; i < code.size(); i++) {
                Instruction instruction = code.get(i);
                if (instruction instanceof Instruction.Plain one) {
                    if (set.isCopy(one) && draft.number((Register) one.operands().getFirst()) == draft.number((Register) one.operands().get(1))) continue;
                    if (innermost[i] && one.operands().stream().anyMatch(ofVectors::contains)) spills.merge(one.line(), 1, Integer::sum);
                }
                all.add(instruction);
            }
            return new Allocation(set, all, Map.copyOf(assigned), frame, Map.copyOf(spills));
        }
    }
}
