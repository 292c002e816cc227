package tern.runtime.tokenizer;

import java.util.Arrays;
import java.util.SplittableRandom;

/// Which two neighbours may merge, which such two go first, and what they become. Open addressing; no object per merge.
final class PairTable {

    /// Drawn anew in every run, so that nobody can write merges that all collide.
    private static final long SECRET = new SplittableRandom().nextLong() | 1;

    private static final long FREE = -1;

    private final long[] pairs;
    private final int[] ranks;
    private final int[] products;

    /// @param most pairs that will be put
    PairTable(int most) {
        int slots = Math.max(16, Integer.highestOneBit(most + most / 2 + 1) * 2);
        pairs = new long[slots];
        ranks = new int[slots];
        products = new int[slots];
        Arrays.fill(pairs, FREE);
    }

    /// Unless the two are there already.
    void put(int left, int right, int rank, int product) {
        long pair = pair(left, right);
        int slot = slot(pair);
        if (pairs[slot] == pair) return;
        pairs[slot] = pair;
        ranks[slot] = rank;
        products[slot] = product;
    }

    /// What [#rank(int)] and [#product(int)] ask by, or -1 if the two do not merge.
    int find(int left, int right) {
        long pair = pair(left, right);
        int slot = slot(pair);
        return pairs[slot] == pair ? slot : -1;
    }

    /// Lowest goes first.
    int rank(int found) {
        return ranks[found];
    }

    /// The token that the two become.
    int product(int found) {
        return products[found];
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
    }

    private int slot(long pair) {
        long hash = (pair ^ SECRET) * 0x9e3779b97f4a7c15L;
        hash = (hash ^ hash >>> 29) * SECRET;
        int mask = pairs.length - 1, slot = (int) (hash >>> 32) & mask;
        while (pairs[slot] != FREE && pairs[slot] != pair) slot = slot + 1 & mask;
        return slot;
    }
}
