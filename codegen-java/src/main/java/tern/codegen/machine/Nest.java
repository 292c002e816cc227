package tern.codegen.machine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Register;

/// A loop under way.
///
/// @param counter that is compared with the end
/// @param from    the counter's first value
/// @param before  runs once, before it
/// @param latch   runs at the end of each iteration
/// @param known   sums that are in a register throughout, or grow with the counter
record Nest(Register counter, Register from, int step, List<Instruction> before, List<Instruction> latch, Map<Terms, Register> known) {

    Nest(Register counter, Register from, int step) {
        this(counter, from, step, new ArrayList<>(), new ArrayList<>(), new HashMap<>());
    }
}
