package tern.ir.reference;

import java.lang.foreign.MemorySegment;
import java.util.List;
import tern.ir.device.Buffer;

/// Host memory, little endian.
///
/// @param memory exactly the buffer's bytes; what may be read after them reads as 0 and is no part of it
public record ReferenceBuffer(MemorySegment memory) implements Buffer {

    @Override
    public long bytes() {
        return memory.byteSize();
    }

    @Override
    public ReferenceBuffer slice(long offset, long bytes) {
        return new ReferenceBuffer(memory.asSlice(offset, bytes));
    }

    @Override
    public void write(long offset, MemorySegment from) {
        memory.asSlice(offset, from.byteSize()).copyFrom(from);
    }

    @Override
    public void read(long offset, MemorySegment into) {
        into.copyFrom(memory.asSlice(offset, into.byteSize()));
    }

    /// The memory of argument `index` of a launch, as the launched kernel sees it.
    ///
    /// @throws IllegalArgumentException if there is none or it belongs to another device
    static MemorySegment of(List<? extends Buffer> arguments, int index) {
        if (index >= arguments.size()) throw new IllegalArgumentException("no argument " + index + ", only " + arguments.size());
        Buffer buffer = arguments.get(index);
        if (buffer instanceof ReferenceBuffer(MemorySegment memory)) return memory;
        throw new IllegalArgumentException("argument " + index + " is memory of another device: " + buffer.getClass().getName());
    }
}
