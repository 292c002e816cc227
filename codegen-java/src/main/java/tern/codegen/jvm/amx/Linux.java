package tern.codegen.jvm.amx;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// What is asked of Linux on x86-64.
final class Linux {

    private static final Linker LINKER = Linker.nativeLinker();

    private static final long ARCH_PRCTL = 158, ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18;

    private static final int PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20;

    private Linux() {}

    /// Asks for the use of tiles, for all threads of this process; see `Documentation/arch/x86/xstate.rst` of the kernel.
    ///
    /// @return false if the system refuses
    static boolean grantsTiles() throws Throwable {
        MethodHandle syscall = function("syscall",
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG), Linker.Option.firstVariadicArg(1));
        return (long) syscall.invokeExact(ARCH_PRCTL, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
    }

    /// Memory that holds `code`, may be run, and may not be written any more; it stays as long as the process.
    ///
    /// @throws IllegalStateException if the system refuses
    static MemorySegment executable(byte[] code) throws Throwable {
        MethodHandle map = function("mmap",
                FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
        MethodHandle protect = function("mprotect", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
        var memory = (MemorySegment) map.invokeExact(MemorySegment.NULL, (long) code.length, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
        if (memory.address() == -1) throw new IllegalStateException("no memory for code");
        MemorySegment whole = memory.reinterpret(code.length);
        MemorySegment.copy(MemorySegment.ofArray(code), 0, whole, 0, code.length);
        if ((int) protect.invokeExact(memory, (long) code.length, PROT_READ | PROT_EXEC) != 0)
            throw new IllegalStateException("memory of our own may not be run");
        return whole;
    }

    /// @param address of machine code that neither calls back nor takes long
    static MethodHandle function(MemorySegment address, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(address, descriptor, Linker.Option.critical(false));
    }

    private static MethodHandle function(String name, FunctionDescriptor descriptor, Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
    }
}
