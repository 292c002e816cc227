package tern.runtime.sample;

/// The best few of many logits: a heap with the worst on top while they are offered, a list with the best first once
/// sorted. Higher logits are better, then lower indices.
final class Candidates {

    private final float[] logits;
    private final int[] indices;
    private int size;

    /// @param capacity how many are kept
    Candidates(int capacity) {
        logits = new float[capacity];
        indices = new int[capacity];
    }

    void clear() {
        size = 0;
    }

    int size() {
        return size;
    }

    float logit(int i) {
        return logits[i];
    }

    int index(int i) {
        return indices[i];
    }

    /// Keeps it if there is room or a worse one to drop.
    void offer(float logit, int index) {
        if (size < logits.length) {
            set(size++, logit, index);
            rise(size - 1);
        } else if (logit > logits[0] || logit == logits[0] && index < indices[0]) {
            set(0, logit, index);
            sink(0, size);
        }
    }

    /// Heap sort: moves the worst after the rest, again and again. Ends the time of offers.
    void sort() {
        for (int end = size - 1; end > 0; end--) {
            swap(0, end);
            sink(0, end);
        }
    }

    private void rise(int child) {
        int parent = (child - 1) / 2;
        while (child > 0 && worse(child, parent)) {
            swap(child, parent);
            child = parent;
            parent = (child - 1) / 2;
        }
    }

    /// @param end one past the last of the heap
    private void sink(int parent, int end) {
        int child = 2 * parent + 1;
        while (child < end) {
            if (child + 1 < end && worse(child + 1, child)) child++;
            if (!worse(child, parent)) return;
            swap(child, parent);
            parent = child;
            child = 2 * parent + 1;
        }
    }

    private boolean worse(int a, int b) {
        return logits[a] < logits[b] || logits[a] == logits[b] && indices[a] > indices[b];
    }

    private void swap(int a, int b) {
        float logit = logits[a];
        int index = indices[a];
        set(a, logits[b], indices[b]);
        set(b, logit, index);
    }

    private void set(int i, float logit, int index) {
        logits[i] = logit;
        indices[i] = index;
    }
}
