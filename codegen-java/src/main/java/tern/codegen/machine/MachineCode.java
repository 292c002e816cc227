package tern.codegen.machine;

import java.util.List;
import java.util.Map;
import tern.ir.loop.Loop;
import tern.ir.loop.Program;

/// A program as machine code, which may lie anywhere.
///
/// @param bytes   code and constants
/// @param phases  between barriers, in order
/// @param frame   bytes that a call needs, see [FrameLayout]
/// @param spills  of vectors to the frame, or from it, for want of registers, inside of a loop that has none inside, by line of the Loop IR
/// @param listing instructions, each with the line of the Loop IR that it is part of
public record MachineCode(Program program, byte[] bytes, List<Phase> phases, int frame, Map<Integer, Integer> spills, String listing) {

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
}
