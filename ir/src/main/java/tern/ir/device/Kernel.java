package tern.ir.device;

import java.util.List;

/// Compiled code.
public interface Kernel {

    /// Of the kernel definition or operation, with sizes: `gemv_i8t_f32_m6912_k2560_tri5r32_tab_avx512`.
    String name();

    /// Runs once; may return before the work is done, see [Device#await()].
    ///
    /// @param arguments in the order of the definition
    /// @param n         tokens
    /// @param position  tokens before them
    /// @throws IllegalArgumentException if the number of buffers or a buffer's size does not fit
    void launch(List<? extends Buffer> arguments, int n, int position);

    /// Launches so far, alone and in sequences, and the time that they took. May be asked by any thread.
    record Spent(long launches, double seconds) {
        public static final Spent NONE = new Spent(0, 0);
    }

    /// Of this kernel; [Spent#NONE] where the device does not tell.
    default Spent spent() {
        return Spent.NONE;
    }

    /// What it became, where a device has several kinds: `machine code`, `bytecode`; else empty.
    default String code() {
        return "";
    }

    /// Name of an operation's schedule, where the device knows one; else empty. That of a product is what it was lowered from.
    default String schedule() {
        return "";
    }

    /// What was emitted, for people and golden tests: bytecode, PTX or the printed program.
    String listing();
}
