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
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Names of memory and of code, for those who look at the process from outside.
public final class Names {

    /// `PR_SET_VMA` and `PR_SET_VMA_ANON_NAME` of Linux's `prctl(2)`, since 5.17.
    private static final int SET_MAPPING = 0x53564d41;

    private static final long ANONYMOUS_NAME = 0;

    /// Bytes of a name with its end, at most.
    private static final int LONGEST = 80;

    /// Null where there is none.
    private static final @Nullable MethodHandle PRCTL = System.getProperty("os.name", "").equals("Linux")
            ? Linker.nativeLinker().defaultLookup()
                    .find("prctl")
                    .map(prctl -> Linker.nativeLinker().downcallHandle(prctl,
                            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS), Linker.Option.firstVariadicArg(1)))
                    .orElse(null)
            : null;

    /// What `perf` reads of a process that makes its own code; null unless `-Dtern.perf=true` asks for it.
    private static final @Nullable Path MAP = Boolean.getBoolean("tern.perf") ? Path.of("/tmp/perf-" + ProcessHandle.current().pid() + ".map") : null;

    private Names() {}

    /// Gives whole pages a name in `/proc/self/maps`, and so in crash reports. A system that knows no such names has none.
    ///
    /// @param memory begins with a page of its own
    /// @return whether it has
    public static boolean mapping(MemorySegment memory, String name) {
        if (PRCTL == null) return false;
        try (Arena arena = Arena.ofConfined()) {
            String legal = ("tern " + name).replaceAll("[^ -~]|[\\[\\]\\\\$`]", "_");
            MemorySegment text = arena.allocateFrom(legal.length() < LONGEST ? legal : legal.substring(0, LONGEST - 1));
            return (int) PRCTL.invokeExact(SET_MAPPING, ANONYMOUS_NAME, memory, memory.byteSize(), text) == 0;
        } catch (Throwable e) {
            throw new IllegalStateException("prctl cannot be called", e);
        }
    }

    /// Adds a function to the map of this process that `perf report` reads, where one was asked for.
    ///
    /// @throws UncheckedIOException if it cannot be written
    public static synchronized void function(long address, long bytes, String name) {
        if (MAP == null) return;
        try {
            Files.writeString(MAP, line(address, bytes, name), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// As `tools/perf/Documentation/jit-interface.txt` of Linux has it.
    static String line(long address, long bytes, String name) {
        return String.format(Locale.ROOT, "%x %x %s\n", address, bytes, name);
    }
}
