package tern.codegen.jvm.device;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tern.codegen.machine.ExecutableMemory;

/// What programs become on a CPU.
public enum CodeChoice {
    /// Machine code where the system allows it and vectors have up to 256 bits, else bytecode; a program that machine code cannot express
    /// becomes bytecode.
    AUTO,
    /// Machine code of our own; where there can be none, a device is refused.
    MACHINE,
    /// Vector API bytecode.
    BYTECODE;

    /// What [#AUTO] is on this processor.
    static CodeChoice here(int vectorBits) {
        return isWanted(vectorBits) && ExecutableMemory.obstacle() == null ? MACHINE : BYTECODE;
    }

    /// Why [#AUTO] is bytecode here though it should be machine code; null if it is what it should be.
    static @Nullable String obstacle(int vectorBits) {
        return isWanted(vectorBits) ? ExecutableMemory.obstacle() : null;
    }

    private static boolean isWanted(int vectorBits) {
        return vectorBits <= 256;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
