package tern.runtime.tokenizer;

import java.util.Arrays;

/// A list of token ids that grows.
final class Ids {

    private int[] ids = new int[64];
    private int size;

    void add(int id) {
        if (size == ids.length) ids = Arrays.copyOf(ids, 2 * size);
        ids[size++] = id;
    }

    void add(int[] from, int count) {
        if (size + count > ids.length) ids = Arrays.copyOf(ids, Math.max(2 * size, size + count));
        System.arraycopy(from, 0, ids, size, count);
        size += count;
    }

    int[] toArray() {
        return Arrays.copyOf(ids, size);
    }
}
