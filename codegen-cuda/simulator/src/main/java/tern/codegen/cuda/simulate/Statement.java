package tern.codegen.cuda.simulate;

import java.util.List;
import java.util.Optional;

/// One instruction as it stands in the text.
///
/// @param line      of the text, from 1
/// @param text      as written
/// @param guard     the predicate before it
/// @param negated   whether that is `@!p`
/// @param opcode    its first word: `fma`
/// @param modifiers the other words, without dots: `rn`, `f32`, `L1::no_allocate`
record Statement(int line, String text, Optional<Operand.Register> guard, boolean negated, String opcode,
        List<String> modifiers, List<Operand> operands) {

    Statement {
        modifiers = List.copyOf(modifiers);
        operands = List.copyOf(operands);
    }

    boolean has(String modifier) {
        return modifiers.contains(modifier);
    }

    /// `fma.rn.f32`.
    String name() {
        return modifiers.isEmpty() ? opcode : opcode + "." + String.join(".", modifiers);
    }

    PtxError unsupported() {
        return new PtxError(line, name() + " is not supported by the simulator");
    }

    PtxError error(String message) {
        return new PtxError(line, name() + ": " + message);
    }
}
