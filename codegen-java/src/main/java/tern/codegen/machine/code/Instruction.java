package tern.codegen.machine.code;

import java.util.List;

/// A piece of code.
public sealed interface Instruction {

    /// @param wide     true if its vectors have 256 bits
    /// @param operands as the opcode has them, the machine's implied registers last
    /// @param line     of the Loop IR that it is part of
    record Plain(Opcode opcode, boolean wide, List<Operand> operands, int line) implements Instruction {
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
