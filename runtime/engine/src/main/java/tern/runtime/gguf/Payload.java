package tern.runtime.gguf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.WritableByteChannel;
import java.util.function.Consumer;

/// Produces the data of one tensor when the file is written, so that a model need never be in memory as a whole.
@FunctionalInterface
public interface Payload {

    /// Writes exactly the bytes of the tensor, in pieces of any size; each is taken whole.
    void write(WritableByteChannel out) throws IOException;

    /// Data that lies in memory already.
    static Payload of(MemorySegment data) {
        return out -> {
            try (Arena arena = Arena.ofConfined()) {
                // By way of native memory: a view of an array of anything but bytes has no ByteBuffer.
                MemorySegment piece = arena.allocate(Math.clamp(data.byteSize(), 1, 1 << 20));
                for (long at = 0; at < data.byteSize(); at += piece.byteSize()) {
                    long bytes = Math.min(piece.byteSize(), data.byteSize() - at);
                    MemorySegment.copy(data, at, piece, 0, bytes);
                    out.write(piece.asSlice(0, bytes).asByteBuffer());
                }
            }
        };
    }

    /// Data that `fill` writes into zeroed memory of its own, 64-byte aligned, freed when it is on disk.
    ///
    /// @param bytes size of the tensor
    static Payload filling(long bytes, Consumer<MemorySegment> fill) {
        return out -> {
            try (Arena arena = Arena.ofShared()) { // shared: a packer may use several threads
                MemorySegment data = arena.allocate(bytes, 64);
                fill.accept(data);
                of(data).write(out);
            }
        };
    }
}
