package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import tern.runtime.ModelException;
import tern.runtime.tokenizer.WrittenVocabulary.Type;

/// BPE as SentencePiece does it: the characters of the whole text merge, and one without a token becomes the tokens of its bytes.
///
/// Source: google/sentencepiece `bpe_model.cc`; the order of merges is [Merges]'s.
final class SentencePieceBpe implements Bpe {

    private final Scheme.SentencePiece scheme;
    private final TokenIndex index;
    private final PairTable table;
    /// Tokens of the 256 bytes.
    private final int[] bytes = new int[256];

    /// @throws ModelException if a byte has no token, or two
    SentencePieceBpe(Scheme.SentencePiece scheme, TokenTable tokens, TokenIndex index, PairTable table) {
        this.scheme = scheme;
        this.index = index;
        this.table = table;
        for (int id = 0; id < tokens.size(); id++) {
            if (tokens.type(id) != Type.BYTE) continue;
            int b = tokens.bytes()[tokens.start(id)] & 0xff;
            if (bytes[b] != 0) continue; // the first is met
            bytes[b] = id + 1;
        }
        for (int b = 0; b < 256; b++)
            if (bytes[b]-- == 0) throw new ModelException(tokens.file(), "vocabulary", "found no token <0x%02X>".formatted(b));
    }

    @Override
    public void encode(String text, Ids into) {
        if (text.isEmpty()) return;
        byte[] utf8 = ((scheme.spaceFirst() ? " " : "") + text.replace(SpaceMark.MARK, ' ')).getBytes(UTF_8);
        var merging = new Merging(table);
        int[] symbols = merging.symbols(utf8.length);
        int count = 0;
        for (int start = 0, end; start < utf8.length; start = end) {
            end = start + 1;
            while (end < utf8.length && (utf8[end] & 0xc0) == 0x80) end++;
            int whole = index.find(utf8, start, end);
            if (whole >= 0) symbols[count++] = whole;
            else for (int i = start; i < end; i++) symbols[count++] = bytes[utf8[i] & 0xff];
        }
        merging.merge(count, into);
    }

    @Override
    public int equal() {
        return index.equal();
    }
}
