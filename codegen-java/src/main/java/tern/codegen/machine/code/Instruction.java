package tern.codegen.machine.code;

import java.util.List;

/// A piece of code.
public sealed interface Instruction {

    /// @param bits     of its vectors, where it does not tell itself
    /// @param operands as the opcode has them, the machine's implied registers last
    /// @param line     of the Loop IR that it is part of
    record Plain(Opcode opcode, int bits, List<Operand> operands, int line) implements Instruction {
        public Plain {
            operands = List.copyOf(operands);
        }
    }

    /// A place that jumps go to.
    ///
    /// @param loop true if a loop without others in it begins here
    record Label(int number, boolean loop) implements Instruction {}

    /// @param condition null to jump in any case
    record Jump(@org.jspecify.annotations.Nullable Condition condition, int label) implements Instruction {}
}
