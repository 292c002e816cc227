package tern.ir.device;

import java.lang.foreign.MemorySegment;

/// Memory of one device, zeroed when allocated, aligned to 64 bytes.
public interface Buffer {

    long bytes();

    /// Copies all of `from` to `offset` and the following bytes.
    void write(long offset, MemorySegment from);

    /// Some of its bytes, as a buffer of their own that kernels take: the memory is shared.
    ///
    /// @param offset a multiple of 16
    Buffer slice(long offset, long bytes);

    /// Copies `into.byteSize()` bytes from `offset` on; waits for kernels under way.
    void read(long offset, MemorySegment into);
}
