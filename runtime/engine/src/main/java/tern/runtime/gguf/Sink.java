package tern.runtime.gguf;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/// A file being written, little-endian: the counterpart of [Cursor].
final class Sink {

    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16).order(LITTLE_ENDIAN);
    private long position;

    Sink(FileChannel channel) {
        this.channel = channel;
    }

    Sink i32(int value) throws IOException {
        return integer(value, 4);
    }

    Sink i64(long value) throws IOException {
        return integer(value, 8);
    }

    /// The low `bytes` bytes of `value`.
    Sink integer(long value, int bytes) throws IOException {
        if (buffer.remaining() < bytes) flush();
        for (int i = 0; i < bytes; i++) buffer.put((byte) (value >>> 8 * i));
        position += bytes;
        return this;
    }

    Sink text(String text) throws IOException {
        byte[] encoded = text.getBytes(UTF_8);
        i64(encoded.length);
        write(ByteBuffer.wrap(encoded));
        return this;
    }

    /// All that remains in `data`.
    void write(ByteBuffer data) throws IOException {
        position += data.remaining();
        if (data.remaining() > buffer.remaining()) flush();
        if (data.remaining() <= buffer.remaining()) buffer.put(data);
        else while (data.hasRemaining()) channel.write(data);
    }

    /// Zeros up to the next multiple of `alignment`.
    void pad(int alignment) throws IOException {
        while (position % alignment != 0) integer(0, 1);
    }

    void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) channel.write(buffer);
        buffer.clear();
    }
}
