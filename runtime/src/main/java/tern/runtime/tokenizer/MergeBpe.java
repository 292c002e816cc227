package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Comparator.comparingInt;

import java.util.Map;
import java.util.PriorityQueue;
import java.util.regex.Matcher;
import java.util.stream.IntStream;
import tern.runtime.tokenizer.Merges.Merge;
import tern.runtime.tokenizer.Merges.Pair;

/// Merges the two neighbours whose merge ranks first, the leftmost such first: for vocabularies whose merges are not in
/// the order of their ids. O(n log n) in the length of a word.
final class MergeBpe implements Bpe {

    /// Two neighbours that may merge, as they were when this was queued.
    private record Candidate(Merge merge, int left, int right, Pair ids) {}

    private final Map<Bytes, Integer> ordinary;
    private final Map<Pair, Merge> merges;

    MergeBpe(Vocabulary vocabulary, Merges merges) {
        this.ordinary = vocabulary.ordinary();
        this.merges = merges.ranked();
    }

    @Override
    public IntStream encode(String text) {
        var ids = IntStream.builder();
        Matcher words = Llama3.WORDS.matcher(text);
        while (words.find()) {
            var word = new Bytes(words.group().getBytes(UTF_8));
            Integer whole = ordinary.get(word);
            if (whole != null) ids.add(whole);
            else new Word(word).merge().forEach(ids);
        }
        return ids.build();
    }

    /// Symbols of a word in a doubly linked list. A symbol keeps the place of its first byte; what was merged into its
    /// left neighbour has the id -1.
    private final class Word {

        private final int[] id, previous, next;
        private final PriorityQueue<Candidate> queue =
                new PriorityQueue<>(comparingInt((Candidate c) -> c.merge().rank()).thenComparingInt(Candidate::left));

        Word(Bytes word) {
            int n = word.length();
            id = IntStream.range(0, n).map(i -> ordinary.get(word.slice(i, i + 1))).toArray();
            previous = IntStream.range(0, n).map(i -> i - 1).toArray();
            next = IntStream.range(0, n).map(i -> i + 1).toArray();
            for (int i = 0; i + 1 < n; i++) offer(i, i + 1);
        }

        IntStream merge() {
            for (Candidate c; (c = queue.poll()) != null; ) {
                int left = c.left(), right = c.right();
                if (id[left] != c.ids().left() || id[right] != c.ids().right()) continue; // one of them has merged since
                id[left] = c.merge().product();
                id[right] = -1;
                next[left] = next[right];
                if (next[left] < id.length) previous[next[left]] = left;
                if (previous[left] >= 0) offer(previous[left], left);
                if (next[left] < id.length) offer(left, next[left]);
            }
            return IntStream.of(id).filter(symbol -> symbol >= 0);
        }

        private void offer(int left, int right) {
            var ids = new Pair(id[left], id[right]);
            Merge merge = merges.get(ids);
            if (merge != null) queue.add(new Candidate(merge, left, right, ids));
        }
    }
}
