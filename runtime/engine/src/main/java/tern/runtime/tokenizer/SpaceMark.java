package tern.runtime.tokenizer;

import java.util.HashMap;
import java.util.Map;

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

    /// Names as a text holds them before its spaces are marked: Hugging Face looks for those of its added tokens there, so two spaces are not
    /// the token `▁▁`, though they may become it. Whether a file writes a name with spaces, as llama.cpp's converter does, or with marks
    /// is the same.
    ///
    /// @param names   by what they stand for
    /// @param defined those of them that are to be changed
    static Map<String, Integer> written(Map<String, Integer> names, Map<String, Integer> defined) {
        var written = new HashMap<String, Integer>();
        names.forEach((name, id) -> written.putIfAbsent(defined.containsKey(name) ? name.replace(' ', MARK) : name, id));
        return written;
    }

    /// The names with spaces: what stands for the same once a text's marks are spaces.
    static Map<String, Integer> spaced(Map<String, Integer> defined) {
        var spaced = new HashMap<String, Integer>(defined);
        spaced.keySet().removeIf(name -> name.indexOf(' ') < 0);
        return spaced;
    }
}
