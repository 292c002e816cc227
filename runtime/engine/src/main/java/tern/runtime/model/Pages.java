package tern.runtime.model;

/// Which pages of keys and values each of some sequences has, and who shares them: a page holds [tern.ir.Op.Attention#BLOCK] positions of every
/// layer. Sequences that begin alike share pages; who writes into a shared one gets a copy of it first.
final class Pages {

    /// Copies what all layers keep in a page.
    interface Copy {
        void page(int from, int to);
    }

    private final int block;
    /// Of each sequence, one after the other.
    private final int[] table;
    private final int most;
    private final int[] held;
    private final int[] users;
    private int free;

    /// @param most pages of a sequence
    Pages(int sequences, int most, int pages, int block) {
        this.block = block;
        this.most = most;
        table = new int[sequences * most];
        held = new int[sequences];
        users = new int[pages];
        free = pages;
    }

    int count() {
        return users.length;
    }

    int free() {
        return free;
    }

    /// The page of each block of positions, i32 `[sequences, most]`.
    int[] table() {
        return table;
    }

    /// Releases the pages past the first `positions`.
    void shrink(int sequence, int positions) {
        while (held[sequence] > Math.ceilDiv(positions, block)) leave(table[sequence * most + --held[sequence]]);
    }

    /// A sequence without pages gets those of the first positions of another one.
    void share(int from, int to, int positions) {
        held[to] = Math.ceilDiv(positions, block);
        System.arraycopy(table, from * most, table, to * most, held[to]);
        for (int i = 0; i < held[to]; i++) users[table[to * most + i]]++;
    }

    /// How many free pages it takes to write from one position to another.
    int missing(int sequence, int from, int to) {
        int fresh = Math.max(0, Math.ceilDiv(to, block) - held[sequence]);
        boolean isShared = from < to && from / block < held[sequence] && users[table[sequence * most + from / block]] > 1;
        return fresh + (isShared ? 1 : 0);
    }

    /// Makes room to write from one position to another.
    ///
    /// @return whether the table has changed
    /// @throws IllegalStateException if too few pages are free
    boolean grow(int sequence, int from, int to, Copy copy) {
        int missing = missing(sequence, from, to);
        if (missing > free) throw new IllegalStateException("%d pages of keys and values are wanted, %d are free".formatted(missing, free));
        int at = sequence * most + from / block;
        if (from < to && from / block < held[sequence] && users[table[at]] > 1) {
            int own = take();
            copy.page(table[at], own);
            leave(table[at]);
            table[at] = own;
        }
        while (held[sequence] < Math.ceilDiv(to, block)) table[sequence * most + held[sequence]++] = take();
        return missing > 0;
    }

    private int take() {
        int page = 0;
        while (users[page] > 0) page++;
        users[page] = 1;
        free--;
        return page;
    }

    private void leave(int page) {
        if (--users[page] == 0) free++;
    }
}
