package tern.codegen.jvm.amx;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// What is asked of Linux on x86-64.
final class Linux {

    private static final Linker LINKER = Linker.nativeLinker();

    private static final long ARCH_PRCTL = 158, ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18;

    private Linux() {}

    /// Asks for the use of tiles, for all threads of this process; see `Documentation/arch/x86/xstate.rst` of the kernel.
    ///
    /// @return false if the system refuses
    static boolean grantsTiles() throws Throwable {
        MethodHandle syscall = function("syscall",
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG), Linker.Option.firstVariadicArg(1));
        return (long) syscall.invokeExact(ARCH_PRCTL, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
    }

    /// @param address of machine code that neither calls back nor takes long
    static MethodHandle function(MemorySegment address, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(address, descriptor, Linker.Option.critical(false));
    }

    private static MethodHandle function(String name, FunctionDescriptor descriptor, Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
    }
}
