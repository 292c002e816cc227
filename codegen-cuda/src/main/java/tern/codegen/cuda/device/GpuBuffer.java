package tern.codegen.cuda.device;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import tern.codegen.cuda.Gpu;
import tern.ir.device.Buffer;

/// Memory of a card.
record GpuBuffer(Gpu gpu, long address, long bytes) implements Buffer {

    @Override
    public GpuBuffer slice(long offset, long size) {
        Objects.checkFromIndexSize(offset, size, bytes);
        if (offset % 16 != 0) throw new IllegalArgumentException("a slice from byte " + offset + ", expected a multiple of 16");
        return new GpuBuffer(gpu, address + offset, size);
    }

    @Override
    public void write(long offset, MemorySegment from) {
        Objects.checkFromIndexSize(offset, from.byteSize(), bytes);
        if (from.byteSize() > 0) gpu.write(address + offset, from);
    }

    @Override
    public void read(long offset, MemorySegment into) {
        Objects.checkFromIndexSize(offset, into.byteSize(), bytes);
        if (into.byteSize() > 0) gpu.read(address + offset, into);
    }
}
