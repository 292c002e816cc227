package tern.codegen.machine;

import java.util.List;
import java.util.Set;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Instruction;
import tern.codegen.machine.code.Operand.Register;

/// Code with which a worker goes through a list of [steps][MachineCode.Phase] without leaving: it fills in their frames, claims parts, waits at the
/// barriers between them, and notes the time. It is a function `void loop(long *block)`, one block for each worker; what the workers share lies in
/// another. Numbers of both are counted in longs.
///
/// A loop over cores is not dealt out beforehand: workers claim runs of iterations, half of an equal share of what is left and in the end the
/// smallest run, so that a core that is slow does less and holds nobody up for long.
///
/// Nobody resets a counter within a run, so that a late reader misses nothing: [#PHASE] is the number of the step that all may begin. Who has waited
/// in vain for it leaves with [#WAITING], and who finds sleepers when it raises the counter with [#WAKING]: threads are the caller's business. Both
/// come back, and go on where they left.
public final class StepLoop {

    private StepLoop() {}

    // A worker's block. The first longs hold registers of the caller's.

    /// Address of what the workers share, and of the next step.
    public static final int SHARED = 6, STEP = 7;
    /// Number of the next step, and of all.
    public static final int NUMBER = 8, COUNT = 9;
    /// This worker's number, how often it looks before it leaves, and where it notes the time at which each step begins and the last one ends, or 0.
    public static final int WORKER = 10, LOOKS = 11, TIMES = 12;
    /// Why it left.
    public static final int STATUS = 13;
    public static final int BLOCK = 16;

    /// What is in [#STATUS]: all steps are done; see above; a step failed, and everyone leaves.
    public static final long DONE = 0, WAITING = 1, WAKING = 2, FAILED = 3;

    // What workers share. Counters lie 128 bytes apart: a cache line and the one that is fetched with it.

    /// Numbers of the launch, and how many workers there are.
    public static final int N = 0, POSITION = 1, WORKERS = 2;
    /// What part of the iterations left a worker claims at once, of 2^32.
    public static final int SHARE = 3;
    /// How many have reached the next barrier; the step that all may begin.
    public static final int ARRIVED = 16, PHASE = 32;
    /// Above: number of a step. Below: how many of its iterations are taken.
    public static final int CLAIMED = 48;
    /// How many sleep.
    public static final int SLEEPING = 64;
    /// Other than 0 if a step failed.
    public static final int FAILURE = 80;
    /// For each step how many iterations it has, or -1 if each worker calls it once; and the smallest run of them.
    public static final int TRIPS = 96;

    // A step, a worker's own.

    /// Addresses of its code, its frame, and the list of addresses of its buffers; how many these are.
    public static final int ENTRY = 0, FRAME = 1, BUFFERS = 2, BUFFER_COUNT = 3;
    public static final int STEP_LONGS = 4;

    /// Code for a processor with these features, which may lie anywhere.
    public static byte[] code(Set<Feature> features) {
        InstructionSet set = InstructionSet.of("the loop over steps", features);
        List<Instruction> code = set.stepLoop();
        return new Assembly(code, List.of(), set, Register::fixed, List.of()).bytes();
    }
}
