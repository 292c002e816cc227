package tern.runtime.serve;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tern.runtime.model.BatchedDecoder;

/// Who sits where, and what is still known of the texts that left: a text that begins like one of them does not compute that part again. The
/// texts that were used least recently make room first.
final class Slots {

    /// A shorter beginning is not worth copying.
    private static final int WORTHWHILE = 16;

    private final BatchedDecoder sequences;
    private final boolean[] taken;
    /// Tokens whose keys and values a slot holds, as many as its sequence is long.
    private final int[][] texts;
    private final long[] used;
    /// Positions that the text in a slot may come to.
    private final int[] longest;
    private long clock;

    Slots(BatchedDecoder sequences) {
        this.sequences = sequences;
        taken = new boolean[sequences.count()];
        texts = new int[sequences.count()][0];
        used = new long[sequences.count()];
        longest = new int[sequences.count()];
    }

    /// What a text gets.
    ///
    /// @param shared tokens of it that are there
    record Place(int slot, int shared) {}

    /// A slot for a text, whose sequence holds as much of it as any does. One token is always left, since logits follow it.
    ///
    /// @param most positions that it may come to
    /// @return null if there is too little memory for that in addition to what the others may come to
    @Nullable
    Place take(int[] prompt, int most) {
        int from = -1, shared = 0;
        for (int slot = 0; slot < taken.length; slot++) {
            int common = common(slot, prompt);
            if (common <= shared || common == shared && taken[slot]) continue;
            from = slot;
            shared = common;
        }
        int slot = from >= 0 && !taken[from] && 2 * shared >= sequences.position(from) ? from : oldest(from);
        if (slot == from) {
            sequences.rollback(slot, shared);
        } else {
            sequences.rollback(slot, 0);
            if (shared >= WORTHWHILE) sequences.copy(from, slot, shared);
            else shared = 0;
        }
        if (from >= 0) used[from] = ++clock;
        taken[slot] = true;
        longest[slot] = most;
        if (!makeRoom()) {
            sequences.rollback(slot, 0);
            taken[slot] = false;
            texts[slot] = new int[0];
            return null;
        }
        used[slot] = ++clock;
        texts[slot] = prompt;
        return new Place(slot, shared);
    }

    /// Forgets texts that have left, those that were used least recently first, until all that are here may become as long as they may.
    private boolean makeRoom() {
        while (true) {
            long missing = 0;
            int oldest = -1;
            for (int slot = 0; slot < taken.length; slot++) {
                if (taken[slot]) missing += sequences.missingPages(slot, longest[slot]);
                else if (sequences.position(slot) > 0 && (oldest < 0 || used[slot] < used[oldest])) oldest = slot;
            }
            if (missing <= sequences.freePages()) return true;
            if (oldest < 0) return false;
            sequences.rollback(oldest, 0);
            texts[oldest] = new int[0];
        }
    }

    private int common(int slot, int[] prompt) {
        int there = Math.min(sequences.position(slot), Math.min(texts[slot].length, prompt.length - 1));
        int differs = Arrays.mismatch(texts[slot], 0, there, prompt, 0, there);
        return differs < 0 ? there : differs;
    }

    /// The free slot that was used least recently; another than the given one if there is one.
    private int oldest(int but) {
        int oldest = -1;
        for (int slot = 0; slot < taken.length; slot++) {
            if (taken[slot]) continue;
            if (oldest < 0 || oldest == but || slot != but && used[slot] < used[oldest]) oldest = slot;
        }
        if (oldest < 0) throw new IllegalStateException("no slot is free");
        return oldest;
    }

    /// A text leaves; what the model has taken up of it stays until its room is needed.
    void leave(int slot, int[] text) {
        taken[slot] = false;
        texts[slot] = text;
        used[slot] = ++clock;
    }
}
