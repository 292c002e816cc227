package tern.codegen.cuda.simulate;

import tern.codegen.cuda.GpuException;

/// Something that a kernel must not do, found while it ran.
public final class Fault extends GpuException {

    /// What was found, and what a card would have said if it noticed at all.
    public enum Kind {
        /// A register is read that nothing wrote.
        UNKNOWN_REGISTER("CUDA_ERROR_LAUNCH_FAILED"),
        /// A byte of memory is read that nothing wrote.
        UNKNOWN_MEMORY("CUDA_ERROR_LAUNCH_FAILED"),
        /// An address lies in no allocation.
        OUT_OF_BOUNDS("CUDA_ERROR_ILLEGAL_ADDRESS"),
        /// An address is no multiple of what its access needs.
        MISALIGNED("CUDA_ERROR_MISALIGNED_ADDRESS"),
        /// Two threads meet at a byte of shared memory, one of them writes, and nothing orders them.
        RACE("CUDA_ERROR_LAUNCH_FAILED"),
        /// Bytes that an asynchronous copy still fills are touched, or registers that an asynchronous product still fills.
        IN_FLIGHT("CUDA_ERROR_LAUNCH_FAILED"),
        /// An instruction that all threads of a warp must execute together is executed by some.
        DIVERGED("CUDA_ERROR_LAUNCH_FAILED"),
        /// Threads wait for others that never come.
        DEADLOCK("CUDA_ERROR_LAUNCH_TIMEOUT"),
        /// The ISA leaves the result open: division by zero, a shuffle from a thread that takes no part.
        UNDEFINED("CUDA_ERROR_LAUNCH_FAILED"),
        /// More instructions than the simulator's limit.
        ENDLESS("CUDA_ERROR_LAUNCH_TIMEOUT"),
        /// `trap`.
        TRAP("CUDA_ERROR_LAUNCH_FAILED");

        final String result;

        Kind(String result) {
            this.result = result;
        }
    }

    private final Kind kind;
    private final int line;

    Fault(Kind kind, String kernel, int line, String log) {
        super("launch " + kernel, kind.result, log);
        this.kind = kind;
        this.line = line;
    }

    public Kind kind() {
        return kind;
    }

    /// Of the PTX text, from 1.
    public int line() {
        return line;
    }

    /// A fault on its way to the one who knows the place.
    static final class Trouble extends RuntimeException {

        final Kind kind;
        /// The thread's lane, or -1 if it is the whole warp.
        final int lane;

        Trouble(Kind kind, int lane, String message) {
            super(message, null, false, false);
            this.kind = kind;
            this.lane = lane;
        }
    }
}
