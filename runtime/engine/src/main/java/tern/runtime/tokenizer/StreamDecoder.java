package tern.runtime.tokenizer;

import static java.nio.charset.CodingErrorAction.REPLACE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;

/// Text of tokens as they come, without ever splitting a character: bytes of one that is not complete wait for the
/// next token. Bytes that are no UTF-8 become U+FFFD. One stream, one thread.
public final class StreamDecoder {

    private final Tokenizer tokenizer;
    private final CharsetDecoder decoder = UTF_8.newDecoder().onMalformedInput(REPLACE).onUnmappableCharacter(REPLACE);
    private byte[] pending = {};

    public StreamDecoder(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// What can be read now, with this token; empty if that is nothing.
    ///
    /// @throws IndexOutOfBoundsException if there is no such id
    public String push(int id) {
        return decode(tokenizer.decode(id), false);
    }

    /// The end: a character still incomplete becomes U+FFFD. The decoder may be used again.
    public String finish() {
        String rest = decode(new byte[0], true);
        decoder.reset();
        return rest;
    }

    private String decode(byte[] bytes, boolean end) {
        ByteBuffer in = ByteBuffer.allocate(pending.length + bytes.length).put(pending).put(bytes).flip();
        CharBuffer out = CharBuffer.allocate(in.remaining()); // never more chars than bytes
        decoder.decode(in, out, end);
        if (end) decoder.flush(out);
        pending = new byte[in.remaining()];
        in.get(pending);
        return out.flip().toString();
    }
}
