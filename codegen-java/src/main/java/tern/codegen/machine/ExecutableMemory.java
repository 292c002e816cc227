package tern.codegen.machine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tern.codegen.machine.code.Feature;

/// Memory that holds code of our own: written once, then run, and never written again.
public final class ExecutableMemory {

    private static final int PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20;

    private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

    /// `endbr64; mov qword [rdi], 42; ret`, or `movz x1, #42; str x1, [x0]; ret`
    private static final byte[] SAMPLE = HexFormat.of().parseHex(ARM ? "410580d2010000f9c0035fd6" : "f30f1efa48c7072a000000c3");

    private ExecutableMemory() {}

    /// Functions of the C library, looked up where they are needed: other systems may lack them.
    private static final class Library {
        private static final Linker LINKER = Linker.nativeLinker();
        static final MethodHandle MAP = function("mmap",
                FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
        static final MethodHandle PROTECT = function("mprotect", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
        static final MethodHandle UNMAP = function("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
        /// Calls `void f(long *frame)` at the address that comes first.
        static final MethodHandle CALL = LINKER.downcallHandle(FunctionDescriptor.ofVoid(JAVA_LONG));

        private static MethodHandle function(String name, FunctionDescriptor descriptor) {
            return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor);
        }
    }

    /// Memory that holds `code`, at a page's beginning.
    ///
    /// Processors of AArch64 need not see in their instruction caches what was written as data. Linux sees to that: the first mapping of a page for
    /// execution, here by `mprotect`, cleans its data to where instructions are read from and invalidates the instruction caches of all cores
    /// (`__sync_icache_dcache`, arch/arm64/mm/flush.c), and the return from a system call synchronises the core. Pages that nobody executed before and
    /// that are never written again need no more.
    ///
    /// @param name  of the pages
    /// @param arena that frees it: nobody may be inside by then
    /// @throws IllegalStateException if the system refuses
    public static MemorySegment of(byte[] code, String name, Arena arena) {
        try {
            long size = code.length;
            var memory = (MemorySegment) Library.MAP.invokeExact(MemorySegment.NULL, size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
            if (memory.address() == -1) throw new IllegalStateException("the system gives no memory for machine code");
            MemorySegment whole = memory.reinterpret(size, arena, ExecutableMemory::free);
            MemorySegment.copy(MemorySegment.ofArray(code), 0, whole, 0, size);
            if ((int) Library.PROTECT.invokeExact(memory, size, PROT_READ | PROT_EXEC) != 0)
                throw new IllegalStateException("the system does not let this process run machine code of its own");
            boolean _ = Names.mapping(whole, name);
            return whole;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("memory for machine code cannot be had", e);
        }
    }

    private static void free(MemorySegment memory) {
        try {
            int failed = (int) Library.UNMAP.invokeExact(memory, memory.byteSize());
            if (failed != 0) throw new IllegalStateException("machine code cannot be freed");
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("machine code cannot be freed", e);
        }
    }

    /// Runs code with a frame.
    ///
    /// @param entry address of a function `void f(long *frame)`
    public static void call(long entry, long frame) {
        try {
            Library.CALL.invokeExact(MemorySegment.ofAddress(entry), frame);
        } catch (Throwable e) {
            throw new IllegalStateException("machine code cannot be called", e);
        }
    }

    private static final class Probe {
        static final @Nullable String OBSTACLE = obstacle();

        private static @Nullable String obstacle() {
            if (!System.getProperty("os.name").equals("Linux") || !ARM && !System.getProperty("os.arch").equals("amd64"))
                return "machine code is for Linux on x86-64 and AArch64, so far";
            if (ARM && !features().contains(Feature.ASIMD)) return "machine code needs a processor with NEON";
            if (!ARM && !features().containsAll(Feature.NEEDED)) return "machine code needs a processor with AVX2, FMA, F16C and BMI2";
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment frame = arena.allocate(JAVA_LONG);
                call(of(SAMPLE, "probe", arena).address(), frame.address());
                return frame.get(JAVA_LONG, 0) == 42 ? null : "machine code does not run";
            } catch (IllegalStateException e) {
                return e.getMessage();
            } catch (LinkageError e) {
                return "machine code needs functions of the C library that cannot be called: " + (e.getCause() == null ? e : e.getCause());
            }
        }
    }

    /// Why there can be no machine code in this process; null if there can.
    public static @Nullable String obstacle() {
        return Probe.OBSTACLE;
    }

    /// What this processor has and the system lets us use, as Linux says.
    public static Set<Feature> features() {
        Set<Feature> found = EnumSet.of(Feature.BASE);
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            List<String> flags =
                    lines.filter(line -> line.startsWith(ARM ? "Features" : "flags")).findFirst().map(line -> List.of(line.split("\\s+"))).orElse(List.of());
            for (Feature feature : Feature.values()) if (flags.contains(feature.flag())) found.add(feature);
        } catch (IOException | UncheckedIOException e) {
            return found;
        }
        return found;
    }
}
