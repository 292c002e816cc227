package tern.runtime.tokenizer;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// How GPT-2 vocabularies write bytes as visible characters: a printable Latin-1 byte is itself, the others follow from
/// U+0100 on, so that a space is `Ġ`.
///
/// Source: openai/gpt-2 `encoder.py`, `bytes_to_unicode`.
public final class ByteAlphabet {

    private static final char[] CHARACTERS = characters();
    private static final Map<Character, Byte> BYTES = bytes();

    private ByteAlphabet() {}

    private static char[] characters() {
        var characters = new char[256];
        char next = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = b >= '!' && b <= '~' || b >= '¡' && b <= '¬' || b >= '®';
            characters[b] = printable ? (char) b : next++;
        }
        return characters;
    }

    private static Map<Character, Byte> bytes() {
        var bytes = new HashMap<Character, Byte>();
        for (int b = 0; b < 256; b++) bytes.put(CHARACTERS[b], (byte) b);
        return bytes;
    }

    public static String write(byte[] bytes) {
        var written = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) written[i] = CHARACTERS[bytes[i] & 0xff];
        return new String(written);
    }

    /// Empty if a character stands for no byte.
    static Optional<byte[]> read(String written) {
        var bytes = new byte[written.length()];
        for (int i = 0; i < bytes.length; i++) {
            Byte b = BYTES.get(written.charAt(i));
            if (b == null) return Optional.empty();
            bytes[i] = b;
        }
        return Optional.of(bytes);
    }
}
