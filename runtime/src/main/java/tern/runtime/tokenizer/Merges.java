package tern.runtime.tokenizer;

import static java.util.Comparator.comparingInt;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tern.runtime.ModelException;

/// Which neighbours may merge, and which of them first.
///
/// @param ranked from a pair of tokens to the merge
record Merges(Map<Pair, Merge> ranked) {

    record Pair(int left, int right) implements Comparable<Pair> {
        @Override
        public int compareTo(Pair other) {
            int byLeft = Integer.compare(left, other.left);
            return byLeft != 0 ? byLeft : Integer.compare(right, other.right);
        }

        /// Ids are small and dense: multiplied by 31, as records do, they would all lie close together.
        @Override
        public int hashCode() {
            return left * 0x9e3779b9 + right;
        }
    }

    /// @param rank    lowest goes first
    /// @param product the token that the two become
    record Merge(int rank, int product) {}

    /// Reads the merges of a GGUF file. One that speaks of a token the vocabulary lacks can never apply, and is left out.
    ///
    /// @param merges each two tokens in GPT-2's byte alphabet with a space between, the first goes first
    /// @throws ModelException if one is not that
    static Merges parse(String file, List<String> merges, Map<Bytes, Integer> ordinary) {
        Map<String, Integer> ids = new HashMap<>();
        ordinary.forEach((bytes, id) -> ids.put(bytes.toString(), id));
        var ranked = new HashMap<Pair, Merge>();
        for (int rank = 0; rank < merges.size(); rank++) {
            String merge = merges.get(rank);
            int space = merge.indexOf(' ');
            if (space < 1 || space == merge.length() - 1 || space != merge.lastIndexOf(' '))
                throw new ModelException(file, "merge " + rank, "found no two tokens with one space between them");
            String left = merge.substring(0, space), right = merge.substring(space + 1);
            Integer a = ids.get(left), b = ids.get(right), product = ids.get(left + right);
            if (a != null && b != null && product != null) ranked.putIfAbsent(new Pair(a, b), new Merge(rank, product));
        }
        return new Merges(Collections.unmodifiableMap(ranked));
    }

    /// Whether [RankBpe] does the same: every two tokens that make a third may merge, and products come in the order
    /// of their ids.
    ///
    /// The converted Llama-3 vocabulary is so. Merges that make the same token by different halves may still be tried
    /// in another order; there tiktoken, the original of which such a list is a copy, is taken to be right.
    boolean followIds(Map<Bytes, Integer> ordinary) {
        List<Merge> inOrder = ranked.values().stream().sorted(comparingInt(Merge::rank)).toList();
        for (int i = 1; i < inOrder.size(); i++)
            if (inOrder.get(i).product() < inOrder.get(i - 1).product()) return false;
        return ordinary.keySet().stream().mapToLong(token -> splits(token, ordinary)).sum() == ranked.size();
    }

    private static long splits(Bytes token, Map<Bytes, Integer> ordinary) {
        long splits = 0;
        for (int i = 1; i < token.length(); i++)
            if (ordinary.containsKey(token.slice(0, i)) && ordinary.containsKey(token.slice(i, token.length()))) splits++;
        return splits;
    }
}
