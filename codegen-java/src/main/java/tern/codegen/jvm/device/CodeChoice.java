package tern.codegen.jvm.device;

import java.util.Locale;

/// What programs become on a CPU.
public enum CodeChoice {
    /// What is faster, as far as is known: bytecode.
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
