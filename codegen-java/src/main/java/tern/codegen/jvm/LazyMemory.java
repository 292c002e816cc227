package tern.codegen.jvm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Large zeroed memory whose pages come into being when they are first touched: a cache for 4,096 tokens of which a hundred are
/// used takes the memory of a hundred. [Arena#allocate] writes its zeros, and so touches all; C's `calloc` leaves it to the system.
final class LazyMemory {

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle CALLOC = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("calloc"), FunctionDescriptor.of(ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle FREE =
            LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow("free"), FunctionDescriptor.ofVoid(ADDRESS));

    private LazyMemory() {}

    /// @param alignment power of two
    /// @param arena     that frees it
    /// @throws OutOfMemoryError if the system refuses
    static MemorySegment allocate(long bytes, long alignment, Arena arena) {
        long whole = bytes + alignment;
        MemorySegment memory = calloc(whole);
        if (memory.address() == 0) throw new OutOfMemoryError("the system gives no " + bytes + " bytes");
        MemorySegment owned = memory.reinterpret(whole, arena, LazyMemory::free);
        return owned.asSlice(-owned.address() & (alignment - 1), bytes);
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
