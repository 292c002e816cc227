package tern.codegen.machine;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tern.ir.loop.Program;

/// A program as machine code, which may lie anywhere.
///
/// @param bytes   code and constants
/// @param entries of the phases between barriers, in order, by their offset
/// @param frame   bytes that a call needs, see [FrameLayout]
/// @param spills  accesses to the frame for want of registers inside of a loop that has none inside, by line of the Loop IR
/// @param print   makes the [#listing()]
public record MachineCode(Program program, byte[] bytes, List<Integer> entries, int frame, Map<Integer, Integer> spills, Supplier<String> print) {

    public MachineCode {
        entries = List.copyOf(entries);
        spills = Map.copyOf(spills);
    }

    /// Instructions, each with the line of the Loop IR that it is part of. Made when asked for: text of thousands of lines takes longer than the code.
    public String listing() {
        return print.get();
    }
}
