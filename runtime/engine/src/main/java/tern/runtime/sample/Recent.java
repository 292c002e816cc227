package tern.runtime.sample;

/// Which tokens the last part of a text has.
final class Recent {

    private final int[] ring;
    private final int[] count;
    private int size, next;

    /// @param last       tokens that count
    /// @param vocabulary number of tokens
    Recent(int last, int vocabulary) {
        ring = new int[last];
        count = new int[vocabulary];
    }

    void clear() {
        while (size > 0) drop();
    }

    void add(int token) {
        if (size == ring.length) drop();
        ring[next] = token;
        next = (next + 1) % ring.length;
        size++;
        count[token]++;
    }

    /// Forgets the oldest.
    private void drop() {
        int oldest = ring[Math.floorMod(next - size, ring.length)];
        size--;
        count[oldest]--;
    }

    boolean has(int token) {
        return count[token] > 0;
    }
}
