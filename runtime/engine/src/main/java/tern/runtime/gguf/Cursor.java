package tern.runtime.gguf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.Supplier;
import tern.runtime.ModelException;
import tern.runtime.Quote;

/// A place in an untrusted little-endian file. Nothing is read, and nothing allocated, before the bytes are known to
/// be there; what is wrong is reported with the file, the part being read and the byte.
final class Cursor {

    private static final ValueLayout.OfShort SHORT = JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE = JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE_ENDIAN);

    private static final int WINDOW = 1 << 16;

    private final String file;
    private final MemorySegment bytes;
    private final long base;
    private Supplier<String> part;
    private long position;

    /// @param bytes the file, or a piece of it
    /// @param base  byte of the file at which `bytes` begins
    Cursor(String file, String part, MemorySegment bytes, long base) {
        this.file = file;
        this.part = () -> part;
        this.bytes = bytes;
        this.base = base;
    }

    /// Names what is read from here on; asked only for an error, since a file has hundreds of names.
    void enter(Supplier<String> newPart) {
        part = newPart;
    }

    /// Byte of the file that is read next.
    long offset() {
        return base + position;
    }

    long remaining() {
        return bytes.byteSize() - position;
    }

    byte i8() {
        return bytes.get(JAVA_BYTE, take(1, "u8"));
    }

    short i16() {
        return bytes.get(SHORT, take(2, "u16"));
    }

    int i32() {
        return bytes.get(INT, take(4, "u32"));
    }

    long i64() {
        return bytes.get(LONG, take(8, "u64"));
    }

    float f32() {
        return bytes.get(FLOAT, take(4, "f32"));
    }

    double f64() {
        return bytes.get(DOUBLE, take(8, "f64"));
    }

    /// A u64 that counts things of at least `each` bytes, so that the rest of the file bounds it.
    long count(String things, long each) {
        long at = offset();
        long count = i64();
        long most = remaining() / each;
        if (Long.compareUnsigned(count, most) > 0)
            throw wrong(at, "found %s %s, expected at most %d in the %d bytes that follow"
                    .formatted(Long.toUnsignedString(count), things, most, remaining()));
        return count;
    }

    /// A text of at most `longest` bytes.
    String text(int longest) {
        long at = offset();
        long length = count("bytes of text", 1);
        if (length > longest)
            throw wrong(at, "found a text of %d bytes, expected at most %d".formatted(length, longest));
        byte[] raw = slice(length).toArray(JAVA_BYTE);
        String text = new String(raw, UTF_8);
        // Decoding puts U+FFFD where the bytes are malformed; only a text that holds it is worth encoding again.
        if (text.indexOf('\uFFFD') >= 0 && !Arrays.equals(text.getBytes(UTF_8), raw))
            throw wrong(at + 8, "found malformed UTF-8 %s, expected text".formatted(Quote.of(text)));
        return text;
    }

    /// Passes over texts. Their lengths are read from copies of the bytes: a vocabulary has some 400,000, and a read from a mapped file
    /// takes a hundred times as long while it is interpreted.
    void skipTexts(long texts) {
        byte[] window = new byte[WINDOW];
        long from = position, to = position; // bytes of the file in the window
        for (long i = 0; i < texts; i++) {
            if (position + 8 > to) {
                from = position;
                to = from + Math.min(WINDOW, remaining());
                MemorySegment.copy(bytes, JAVA_BYTE, from, window, 0, (int) (to - from));
            }
            long length = position + 8 <= to ? little(window, (int) (position - from)) : -1;
            if (length < 0 || length > remaining() - 8) slice(count("bytes of text", 1)); // says what is wrong
            else position += 8 + length;
        }
    }

    private static long little(byte[] from, int at) {
        long value = 0;
        for (int i = 7; i >= 0; i--) value = value << 8 | from[at + i] & 0xff;
        return value;
    }

    /// The next `length` bytes.
    MemorySegment slice(long length) {
        return bytes.asSlice(take(length, "data"), length);
    }

    private long take(long length, String what) {
        if (length > remaining())
            throw wrong(offset(), "found %d bytes to the end, expected %d of %s".formatted(remaining(), length, what));
        long at = position;
        position += length;
        return at;
    }

    /// @param at byte of the file
    ModelException wrong(long at, String problem) {
        return new ModelException(file, part.get(), at, problem);
    }
}
