package tern.codegen.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory of this machine as the driver can take it: arrays of the heap are copied.
final class Host {

    private Host() {}

    static MemorySegment readable(MemorySegment segment, Arena arena) {
        return segment.isNative() ? segment : arena.allocate(segment.byteSize()).copyFrom(segment);
    }

    static MemorySegment writable(MemorySegment segment, Arena arena) {
        return segment.isNative() ? segment : arena.allocate(segment.byteSize());
    }

    /// What was written to a [#writable] stand-in, to where it belongs.
    static void deliver(MemorySegment written, MemorySegment segment) {
        if (!segment.isNative()) segment.copyFrom(written);
    }
}
