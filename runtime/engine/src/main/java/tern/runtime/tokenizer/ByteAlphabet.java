package tern.runtime.tokenizer;

/// How GPT-2 vocabularies write bytes as visible characters: a printable Latin-1 byte is itself, the others follow from
/// U+0100 on, so that a space is `Ġ`.
///
/// Source: openai/gpt-2 `encoder.py`, `bytes_to_unicode`.
public final class ByteAlphabet {

    private static final char[] CHARACTERS = characters();
    /// Bytes by their characters, -1 where a character stands for none.
    private static final short[] BYTES = bytes();

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

    private static short[] bytes() {
        var bytes = new short[0x200];
        java.util.Arrays.fill(bytes, (short) -1);
        for (int b = 0; b < 256; b++) bytes[CHARACTERS[b]] = (short) b;
        return bytes;
    }

    public static String write(byte[] bytes) {
        var written = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) written[i] = CHARACTERS[bytes[i] & 0xff];
        return new String(written);
    }

    /// The bytes that a text of these characters stands for.
    static byte[] read(String written) {
        var bytes = new byte[written.length()];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) BYTES[written.charAt(i)];
        return bytes;
    }

    /// The same from UTF-8; what it writes is never longer.
    ///
    /// @return the place after the last byte written, or -1 if a character stands for no byte
    static int read(byte[] written, int from, int to, byte[] into, int at) {
        int place = at;
        for (int i = from; i < to; i++) {
            int c = written[i];
            if (c < 0) { // two bytes, the first of them 110xxxxx
                if ((c & 0xe0) != 0xc0 || i + 1 == to || (written[i + 1] & 0xc0) != 0x80) return -1;
                c = (c & 0x1f) << 6 | written[++i] & 0x3f;
            }
            if (c >= BYTES.length || BYTES[c] < 0) return -1;
            into[place++] = (byte) BYTES[c];
        }
        return place;
    }
}
