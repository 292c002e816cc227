package tern.codegen.jvm.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import tern.codegen.jvm.emit.Storage;
import tern.codegen.jvm.team.LazyMemory;
import tern.ir.device.Buffer;

/// Native memory. Kernels reach it by `address`; the segment keeps it alive and checks the copies.
public final class CpuBuffer implements Buffer {

    /// From here on memory begins and ends with a huge page.
    private static final long LARGE = 4L << 20;

    private static final long ALIGNMENT = 64;

    private final MemorySegment segment;
    private final long address;

    private CpuBuffer(MemorySegment segment) {
        this.segment = segment;
        this.address = segment.address();
    }

    /// Zeroed, with readable bytes after; freed when nobody refers to it.
    static CpuBuffer allocate(long bytes) {
        long all = Storage.aligned(bytes);
        MemorySegment memory = bytes >= LARGE
                ? LazyMemory.allocate(all, ALIGNMENT, Arena.ofAuto())
                : Arena.ofAuto().allocate(all, ALIGNMENT);
        return new CpuBuffer(memory.asSlice(0, bytes));
    }

    /// Where `host` lies if that is native memory, else a copy.
    static CpuBuffer share(MemorySegment host) {
        if (host.isNative()) return new CpuBuffer(host.asReadOnly());
        CpuBuffer copy = allocate(host.byteSize());
        copy.write(0, host);
        return copy;
    }

    long address() {
        return address;
    }

    MemorySegment segment() {
        return segment;
    }

    @Override
    public long bytes() {
        return segment.byteSize();
    }

    @Override
    public Buffer slice(long offset, long bytes) {
        return new CpuBuffer(segment.asSlice(offset, bytes));
    }

    @Override
    public void write(long offset, MemorySegment from) {
        MemorySegment.copy(from, 0, segment, offset, from.byteSize());
    }

    @Override
    public void read(long offset, MemorySegment into) {
        MemorySegment.copy(segment, offset, into, 0, into.byteSize());
    }
}
