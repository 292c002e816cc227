package tern.codegen.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;

/// A program as machine code, which may lie anywhere.
///
/// @param bytes   code and constants
/// @param phases  between barriers, in order
/// @param frame   bytes that a call needs, see [FrameLayout]
/// @param spills  of vectors to the frame, or from it, for want of registers, inside of a loop that has none inside, by line of the Loop IR
/// @param print   makes the [#listing()]
public record MachineCode(Program program, byte[] bytes, List<Phase> phases, int frame, Map<Integer, Integer> spills, Supplier<String> print) {

    /// One function.
    ///
    /// @param entry offset of its first byte
    /// @param loops ranges of its loops on cores, of which it does some parts in a call; empty where it does anything besides, and so has to be
    ///              called by each worker once
    public record Phase(int entry, List<Loop.Range> loops) {

        public Phase {
            loops = List.copyOf(loops);
        }
    }

    public MachineCode {
        phases = List.copyOf(phases);
        spills = Map.copyOf(spills);
    }

    /// Code that was made of this very program before.
    ///
    /// @param entries of its phases
    /// @throws IllegalArgumentException if the program has another number of them
    public static MachineCode of(Program program, byte[] bytes, List<Integer> entries, int frame, Supplier<String> print) {
        List<Loop> bodies = Phases.of(program);
        if (bodies.size() != entries.size()) throw new IllegalArgumentException(program.name() + ": code of another program");
        var phases = new ArrayList<Phase>();
        for (int i = 0; i < entries.size(); i++) phases.add(new Phase(entries.get(i), Phases.loops(bodies.get(i))));
        return new MachineCode(program, bytes, phases, frame, Map.of(), print);
    }

    /// Instructions, each with the line of the Loop IR that it is part of. Made when asked for: text of thousands of lines takes longer than the code.
    public String listing() {
        return print.get();
    }
}
