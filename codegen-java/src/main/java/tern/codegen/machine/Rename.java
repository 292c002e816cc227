package tern.codegen.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;

/// Puts other registers into an instruction.
final class Rename {

    private Rename() {}

    static Instruction.Plain of(Instruction.Plain one, UnaryOperator<Register> names) {
        List<Operand> operands = new ArrayList<>();
        for (Operand operand : one.operands()) operands.add(of(operand, names));
        return new Instruction.Plain(one.opcode(), one.bits(), operands, one.line());
    }

    private static Operand of(Operand operand, UnaryOperator<Register> names) {
        return switch (operand) {
            case Register register -> names.apply(register);
            case Memory m -> new Memory(m.base() == null ? null : names.apply(m.base()),
                    m.index() == null ? null : names.apply(m.index()), m.scale(), m.displacement(), m.constant());
            case Operand.Immediate immediate -> immediate;
        };
    }
}
