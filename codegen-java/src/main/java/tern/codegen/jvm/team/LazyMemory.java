package tern.codegen.jvm.team;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import tern.codegen.machine.Names;

/// Large zeroed memory whose pages come into being when they are first touched: a cache for 4,096 tokens of which a hundred are
/// used takes the memory of a hundred. [Arena#allocate] writes its zeros, and so touches all; C's `calloc` leaves it to the system.
///
/// What is read whole again and again, weights above all, is better in huge pages ([#huge]): a kernel that reads from a dozen places at once then
/// needs an entry of the translation buffer for each two megabytes instead of each four kilobytes. A cache of keys and values is not: each head
/// has a place of its own for all positions, so that the first token would touch a huge page of every head.
public final class LazyMemory {

    /// Bytes of a huge page of x86-64.
    private static final long HUGE_PAGE = 2L << 20;

    private static final long PAGE = 4096;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle CALLOC = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("calloc"), FunctionDescriptor.of(ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle FREE =
            LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("free"), FunctionDescriptor.ofVoid(ADDRESS));

    /// `MADV_HUGEPAGE` of Linux's `madvise(2)`, on every architecture.
    private static final int HUGE = 14;

    /// Null where there is none.
    private static final @Nullable MethodHandle MADVISE = System.getProperty("os.name", "").equals("Linux")
            ? LINKER.defaultLookup()
                    .find("madvise")
                    .map(madvise -> LINKER.downcallHandle(madvise, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT)))
                    .orElse(null)
            : null;

    private LazyMemory() {}

    /// @param alignment power of two
    /// @param arena     that frees it
    /// @throws OutOfMemoryError if the system refuses
    public static MemorySegment allocate(long bytes, long alignment, Arena arena) {
        long whole = bytes + alignment;
        MemorySegment memory = calloc(whole);
        if (memory.address() == 0) throw new OutOfMemoryError("the system gives no " + bytes + " bytes");
        MemorySegment owned = memory.reinterpret(whole, arena, LazyMemory::free);
        MemorySegment aligned = owned.asSlice(-owned.address() & (alignment - 1), bytes);
        boolean _ = Names.mapping(aligned.asSlice(0, bytes & -PAGE), "buffer");
        return aligned;
    }

    /// The same in huge pages, which Linux gives to those who ask (`madvise`).
    ///
    /// @param arena that frees it
    /// @throws OutOfMemoryError if the system refuses
    public static MemorySegment huge(long bytes, Arena arena) {
        MemorySegment memory = allocate(bytes, HUGE_PAGE, arena);
        askForHugePages(memory);
        return memory;
    }

    /// A system that refuses gives pages of the usual size: nothing depends on it but speed.
    private static void askForHugePages(MemorySegment memory) {
        if (MADVISE == null) return;
        try {
            int _ = (int) MADVISE.invokeExact(memory, memory.byteSize(), HUGE);
        } catch (Throwable e) {
            throw new IllegalStateException("madvise cannot be called", e);
        }
    }

    private static MemorySegment calloc(long bytes) {
        try {
            return (MemorySegment) CALLOC.invokeExact(1L, bytes);
        } catch (Throwable e) {
            throw new IllegalStateException("calloc cannot be called", e);
        }
    }

    private static void free(MemorySegment memory) {
        try {
            FREE.invokeExact(memory);
        } catch (Throwable e) {
            throw new IllegalStateException("free cannot be called", e);
        }
    }
}
