package tern.runtime.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A safetensors file written byte by byte, so that it may lie.
record RawSafetensors(String header, int data) {

    byte[] bytes() {
        byte[] json = header.getBytes(UTF_8);
        return withLength(json.length);
    }

    /// @param length what the file claims of its header
    byte[] withLength(long length) {
        byte[] json = header.getBytes(UTF_8);
        return ByteBuffer.allocate(8 + json.length + data).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put(json).array();
    }

    static Safetensors parse(byte[] bytes) {
        return Safetensors.parse("raw.safetensors", MemorySegment.ofArray(bytes));
    }

    Safetensors parse() {
        return parse(bytes());
    }
}
