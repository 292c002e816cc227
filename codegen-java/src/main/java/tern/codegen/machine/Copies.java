package tern.codegen.machine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;

/// Takes out copies of values that nobody else reads: who computed such a value writes to where it was copied to.
final class Copies {

    private final InstructionSet set;
    private final List<Instruction> code;
    /// How often a register is an operand, or part of one.
    private final Map<Register, Integer> uses = new HashMap<>();

    private Copies(InstructionSet set, Collection<Instruction> code) {
        this.set = set;
        this.code = new ArrayList<>(code);
        for (Instruction instruction : code)
            if (instruction instanceof Instruction.Plain one) operands(one).forEach(register -> uses.merge(register, 1, Integer::sum));
    }

    static List<Instruction> without(InstructionSet set, Collection<Instruction> code) {
        var copies = new Copies(set, code);
        for (int i = 0; i < copies.code.size(); i++)
            if (copies.code.get(i) instanceof Instruction.Plain one && copies.isTaken(one, i)) copies.code.remove(i--);
        return copies.code;
    }

    /// The copy's source has two uses, this and its only definition, with nothing between that jumps or knows the target.
    private boolean isTaken(Instruction.Plain copy, int at) {
        if (!set.isCopy(copy) || !(copy.operands().getFirst() instanceof Register to) || !(copy.operands().get(1) instanceof Register from)) return false;
        if (to.fixed() >= 0 || from.fixed() >= 0 || to.bank() != from.bank() || uses.getOrDefault(from, 0) != 2) return false;
        for (int i = at - 1; i >= 0 && code.get(i) instanceof Instruction.Plain before; i--) {
            if (operands(before).anyMatch(to::equals)) return false;
            int o = before.operands().indexOf(from);
            if (o < 0) continue;
            if (!before.opcode().writes(o) || before.opcode().reads(o)) return false;
            code.set(i, Rename.of(before, register -> register.equals(from) ? to : register));
            return true;
        }
        return false;
    }

    private static Stream<Register> operands(Instruction.Plain one) {
        return one.operands().stream().flatMap(Copies::registers);
    }

    private static Stream<Register> registers(Operand operand) {
        return switch (operand) {
            case Register register -> Stream.of(register);
            case Memory memory -> Stream.of(memory.base(), memory.index()).filter(Objects::nonNull);
            case Operand.Immediate _ -> Stream.empty();
        };
    }
}
