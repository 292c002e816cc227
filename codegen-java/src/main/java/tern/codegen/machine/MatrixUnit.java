package tern.codegen.machine;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import tern.codegen.machine.code.Feature;

/// This processor's unit for products of tiles, if it has one and the system lets us use it.
public final class MatrixUnit {

    private static final long ARCH_PRCTL = 158, ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18;

    private MatrixUnit() {}

    private static final class Probe {
        static final boolean GRANTED = ExecutableMemory.obstacle() == null && ExecutableMemory.features().contains(Feature.AMX) && isGranted();
    }

    /// Whether machine code may use it here. The first who asks makes Linux give tiles to all threads of this process, which grows what it keeps
    /// of each: so those ask who would use them.
    public static boolean isAvailable() {
        return Probe.GRANTED;
    }

    /// Asks for the use of tiles; see `Documentation/arch/x86/xstate.rst` of the kernel.
    private static boolean isGranted() {
        try {
            Linker linker = Linker.nativeLinker();
            MethodHandle call = linker.downcallHandle(linker.defaultLookup().findOrThrow("syscall"),
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG), Linker.Option.firstVariadicArg(1));
            return (long) call.invokeExact(ARCH_PRCTL, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
        } catch (Throwable e) {
            return false;
        }
    }
}
