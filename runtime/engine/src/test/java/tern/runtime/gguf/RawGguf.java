package tern.runtime.gguf;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// A file written field by field, so that any field can be wrong.
final class RawGguf {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /// Magic, version 3 and the two counts.
    static RawGguf header(long tensors, long keys) {
        return new RawGguf().u32(GgufParser.MAGIC).u32(3).u64(tensors).u64(keys);
    }

    RawGguf u8(int value) {
        bytes.write(value);
        return this;
    }

    RawGguf u32(int value) {
        bytes.writeBytes(ByteBuffer.allocate(4).order(LITTLE_ENDIAN).putInt(value).array());
        return this;
    }

    RawGguf u64(long value) {
        bytes.writeBytes(ByteBuffer.allocate(8).order(LITTLE_ENDIAN).putLong(value).array());
        return this;
    }

    RawGguf text(String text) {
        byte[] encoded = text.getBytes(UTF_8);
        return u64(encoded.length).raw(encoded);
    }

    RawGguf raw(byte... raw) {
        bytes.writeBytes(raw);
        return this;
    }

    RawGguf zeros(int count) {
        return raw(new byte[count]);
    }

    RawGguf pad() {
        return zeros(-bytes.size() & 31);
    }

    RawGguf key(String name, ValueType type) {
        return text(name).u32(type.ordinal());
    }

    RawGguf tensor(String name, TensorType type, long offset, long... ne) {
        text(name).u32(ne.length);
        for (long n : ne) u64(n);
        return u32(type.id()).u64(offset);
    }

    Gguf parse() {
        return Gguf.parse("raw.gguf", MemorySegment.ofArray(bytes.toByteArray()));
    }
}
