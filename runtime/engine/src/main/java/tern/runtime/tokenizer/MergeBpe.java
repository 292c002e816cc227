package tern.runtime.tokenizer;

/// Byte-level BPE by merges: the bytes of each word merge as [Merging] says. A byte without a token is left out, as Hugging Face does.
final class MergeBpe implements Bpe {

    private final Scheme.ByteLevel scheme;
    private final TokenIndex index;
    private final int[] bytes;
    private final PairTable table;

    MergeBpe(Scheme.ByteLevel scheme, TokenIndex index, PairTable table) {
        this.scheme = scheme;
        this.index = index;
        this.table = table;
        bytes = index.bytes();
    }

    @Override
    public void encode(String text, Ids into) {
        var merging = new Merging(table);
        scheme.words().forEach(text, word -> {
            int whole = scheme.wholeWords() ? index.find(word, 0, word.length) : -1;
            if (whole >= 0) {
                into.add(whole);
                return;
            }
            int[] symbols = merging.symbols(word.length);
            int count = 0;
            for (byte b : word) if (bytes[b & 0xff] >= 0) symbols[count++] = bytes[b & 0xff];
            merging.merge(count, into);
        });
    }

    @Override
    public int equal() {
        return index.equal();
    }
}
