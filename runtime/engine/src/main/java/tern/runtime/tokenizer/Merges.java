package tern.runtime.tokenizer;

import java.util.Arrays;
import java.util.stream.IntStream;
import tern.runtime.ModelException;
import tern.runtime.gguf.TextArray;

/// The merges of a vocabulary, from what its file says of them.
final class Merges {

    private Merges() {}

    /// From a list. A merge that speaks of a token the vocabulary lacks can never apply, and is left out.
    ///
    /// @param merges each two tokens as `scheme` writes them with a space between, the first goes first
    /// @throws ModelException if one is not that
    static PairTable listed(String file, TextArray merges, TokenIndex index, Scheme scheme) {
        var table = new PairTable(merges.count());
        byte[] text = merges.bytes();
        byte[] both = new byte[IntStream.range(0, merges.count()).map(i -> merges.end(i) - merges.start(i)).max().orElse(0)];
        for (int rank = 0; rank < merges.count(); rank++) {
            int start = merges.start(rank), end = merges.end(rank), space = start;
            while (space < end && text[space] != ' ') space++;
            int more = space + 1;
            while (more < end && text[more] != ' ') more++;
            if (space == start || space + 1 >= end || more < end)
                throw new ModelException(file, "merge " + rank, "found no two tokens with one space between them");
            int middle = scheme.read(text, start, space, both, 0);
            int size = middle < 0 ? -1 : scheme.read(text, space + 1, end, both, middle);
            if (size < 0) continue;
            int left = index.find(both, 0, middle), right = index.find(both, middle, size), product = index.find(both, 0, size);
            if (left >= 0 && right >= 0 && product >= 0) table.put(left, right, rank, product);
        }
        return table;
    }

    /// From scores: any two tokens that make a third may merge, and the best third goes first.
    ///
    /// Source: google/sentencepiece `bpe_model.cc`.
    static PairTable scored(TokenTable tokens, TokenIndex index, float[] scores) {
        float[] best = scores.clone();
        Arrays.sort(best);
        int pairs = 0;
        for (int id = 0; id < tokens.size(); id++) pairs += splits(tokens, index, id, 0, null);
        var table = new PairTable(pairs);
        for (int id = 0; id < tokens.size(); id++) {
            int place = Arrays.binarySearch(best, scores[id]);
            while (place > 0 && best[place - 1] == best[place]) place--; // the same score, the same rank
            splits(tokens, index, id, best.length - place, table);
        }
        return table;
    }

    /// Every way to make a token of two.
    private static int splits(TokenTable tokens, TokenIndex index, int id, int rank, @org.jspecify.annotations.Nullable PairTable into) {
        if (!tokens.isOrdinary(id) || !index.finds(id)) return 0;
        int splits = 0, start = tokens.start(id), end = tokens.end(id);
        byte[] bytes = tokens.bytes();
        for (int middle = start + 1; middle < end; middle++) {
            if ((bytes[middle] & 0xc0) == 0x80) continue; // within a character
            int left = index.find(bytes, start, middle), right = left < 0 ? -1 : index.find(bytes, middle, end);
            if (right < 0) continue;
            splits++;
            if (into != null) into.put(left, right, rank, id);
        }
        return splits;
    }
}
