package tern.runtime.tokenizer;

import java.util.Arrays;

/// Merges symbols: of all neighbours the two that rank first, the leftmost such two first, until no two may. O(n log n); what it needs
/// is kept from word to word. One thread.
///
/// Symbols are a doubly linked list. A symbol keeps the place of its first part; what was merged into its left neighbour is [#GONE].
final class Merging {

    private static final int GONE = -1, NONE = -1;

    private final PairTable table;
    private int[] ids = {}, previous = {}, next = {};
    /// What the table found for a symbol and its right neighbour.
    private int[] found = {};
    /// A heap of neighbours that may merge, as they were when they were queued: rank and place of the left one.
    private long[] queue = new long[16];
    private int queued;

    Merging(PairTable table) {
        this.table = table;
    }

    /// Room for symbols, which [#merge(int, Ids)] reads.
    int[] symbols(int count) {
        if (ids.length < count) {
            int room = Math.max(64, Integer.highestOneBit(count) * 2);
            ids = new int[room];
            previous = new int[room];
            next = new int[room];
            found = new int[room];
        }
        return ids;
    }

    /// Merges the first `count` symbols and adds what they became.
    void merge(int count, Ids into) {
        queued = 0;
        for (int i = 0; i < count; i++) {
            previous[i] = i - 1;
            next[i] = i + 1;
        }
        for (int i = 0; i < count; i++) offer(i, count);
        while (queued > 0) {
            long first = poll();
            int left = (int) first, pair = found[left];
            if (ids[left] == GONE || pair == NONE || table.rank(pair) != first >>> 32) continue; // one of them has merged since
            int right = next[left];
            ids[left] = table.product(pair);
            ids[right] = GONE;
            next[left] = next[right];
            if (next[left] < count) previous[next[left]] = left;
            offer(left, count);
            if (previous[left] >= 0) offer(previous[left], count);
        }
        for (int i = 0; i < count; i = next[i]) into.add(ids[i]);
    }

    private void offer(int left, int count) {
        found[left] = next[left] < count ? table.find(ids[left], ids[next[left]]) : NONE;
        if (found[left] == NONE) return;
        if (queued == queue.length) queue = Arrays.copyOf(queue, 2 * queued);
        int at = queued++;
        long entry = (long) table.rank(found[left]) << 32 | left;
        for (; at > 0 && queue[(at - 1) / 2] > entry; at = (at - 1) / 2) queue[at] = queue[(at - 1) / 2];
        queue[at] = entry;
    }

    private long poll() {
        long first = queue[0], last = queue[--queued];
        int at = 0;
        while (2 * at + 1 < queued) {
            int child = 2 * at + 1;
            if (child + 1 < queued && queue[child + 1] < queue[child]) child++;
            if (queue[child] >= last) break;
            queue[at] = queue[child];
            at = child;
        }
        queue[at] = last;
        return first;
    }
}
