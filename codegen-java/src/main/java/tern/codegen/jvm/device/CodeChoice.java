package tern.codegen.jvm.device;

import java.util.Locale;

/// What programs become on a CPU.
public enum CodeChoice {
    /// Machine code where the system allows it and vectors have 256 bits, or have more but the JVM has no Vector API; else bytecode. A program
    /// that machine code cannot express becomes bytecode.
    AUTO,
    /// Machine code of our own; where there can be none, a device is refused.
    MACHINE,
    /// Vector API bytecode.
    BYTECODE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
