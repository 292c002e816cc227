package tern.runtime.gguf;

import java.util.List;

/// The texts of an array as its file encodes them: for vocabularies, which are too long to become strings one by one while a user
/// waits. Holds a copy, so it outlives the file's mapping.
public final class TextArray {

    /// Bytes before each text, its length.
    private static final int HEADER = 8;

    private final byte[] bytes;
    /// Where each text begins, and where one more would.
    private final int[] starts;

    private TextArray(byte[] bytes, int[] starts) {
        this.bytes = bytes;
        this.starts = starts;
    }

    public static TextArray of(List<String> texts) {
        return new TextArray((Value.Array) Value.texts(texts));
    }

    /// @param array of texts, checked, of less than 2^31 bytes
    TextArray(Value.Array array) {
        this(array.encoded().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE), new int[Math.toIntExact(array.count()) + 1]);
        int at = 0;
        for (int i = 0; i < starts.length - 1; i++) {
            starts[i] = at + HEADER;
            at += HEADER + length(bytes, at);
        }
        starts[starts.length - 1] = at + HEADER;
    }

    /// The low half of a length; the whole array is shorter than 2^31.
    private static int length(byte[] bytes, int at) {
        return bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16 | (bytes[at + 3] & 0xff) << 24;
    }

    /// Number of texts.
    public int count() {
        return starts.length - 1;
    }

    /// What [#start(int)] and [#end(int)] are places in; not to be changed.
    public byte[] bytes() {
        return bytes;
    }

    /// First byte of a text.
    public int start(int text) {
        return starts[text];
    }

    /// The byte after a text.
    public int end(int text) {
        return starts[text + 1] - HEADER;
    }
}
