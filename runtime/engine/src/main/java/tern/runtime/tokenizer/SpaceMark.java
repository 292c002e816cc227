package tern.runtime.tokenizer;

/// How SentencePiece vocabularies write a space: as `▁`, U+2581. Here tokens hold the space itself, and a `▁` in a text becomes one,
/// since SentencePiece cannot tell them apart either.
final class SpaceMark {

    static final char MARK = '\u2581';

    private SpaceMark() {}

    /// UTF-8 to UTF-8; what it writes is never longer.
    ///
    /// @return the place after the last byte written
    static int read(byte[] written, int from, int to, byte[] into, int at) {
        int place = at;
        for (int i = from; i < to; i++) {
            boolean mark = written[i] == (byte) 0xe2 && i + 2 < to && written[i + 1] == (byte) 0x96 && written[i + 2] == (byte) 0x81;
            into[place++] = mark ? (byte) ' ' : written[i];
            if (mark) i += 2;
        }
        return place;
    }
}
