package tern.runtime.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/// The bytes that a payload may write: it cannot run into what follows, nor close the file.
final class Extent implements WritableByteChannel {

    private final Sink sink;
    private final String owner;
    private final long size;
    private long room;

    /// @param owner whose bytes they are, for messages
    Extent(Sink sink, String owner, long bytes) {
        this.sink = sink;
        this.owner = owner;
        this.size = bytes;
        this.room = bytes;
    }

    /// @throws IllegalStateException unless all of it is written
    void requireFull() {
        if (room != 0) throw wrong(size - room);
    }

    private IllegalStateException wrong(long written) {
        return new IllegalStateException("%s: its payload wrote %d bytes, expected %d".formatted(owner, written, size));
    }

    @Override
    public int write(ByteBuffer data) throws IOException {
        int bytes = data.remaining();
        if (bytes > room) throw wrong(size - room + bytes);
        sink.write(data);
        room -= bytes;
        return bytes;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {} // the file is the writer's to close
}
