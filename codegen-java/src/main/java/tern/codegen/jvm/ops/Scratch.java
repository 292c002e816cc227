package tern.codegen.jvm.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory of each worker's own, allocated once; freed when nobody holds this object.
final class Scratch {

    /// A cache line and the one that is fetched with it.
    private static final int LINES = 128;

    private final MemorySegment memory;
    private final long stride;

    Scratch(int workers, long bytes) {
        stride = (bytes + LINES - 1) / LINES * LINES;
        memory = Arena.ofAuto().allocate(stride * workers, LINES);
    }

    /// Address of `worker`'s bytes, aligned to 128.
    long of(int worker) {
        return memory.address() + stride * worker;
    }
}
