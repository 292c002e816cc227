package tern.runtime.tokenizer;

import java.util.Arrays;
import java.util.SplittableRandom;
import tern.runtime.ModelException;

/// From bytes to the ordinary token that stands for them; of several, the first. Open addressing over the [TokenTable]; no object per token.
final class TokenIndex {

    /// Drawn anew in every run, so that nobody can write a vocabulary whose tokens all collide.
    private static final long SECRET = new SplittableRandom().nextLong() | 1;

    private final TokenTable tokens;
    /// Id + 1 of a token, 0 where there is none.
    private final int[] slots;
    private int equal;

    TokenIndex(TokenTable tokens) {
        this.tokens = tokens;
        slots = new int[Math.max(16, Integer.highestOneBit(tokens.size()) * 4)];
        byte[] bytes = tokens.bytes();
        for (int id = 0; id < tokens.size(); id++) {
            if (!tokens.isOrdinary(id)) continue;
            int slot = slot(bytes, tokens.start(id), tokens.end(id));
            if (slots[slot] == 0) slots[slot] = id + 1;
            else equal++;
        }
    }

    /// Ordinary tokens that stand for the same as an earlier one, and so are never met.
    int equal() {
        return equal;
    }

    /// Whether a token is found by what it stands for.
    boolean finds(int id) {
        return find(tokens.bytes(), tokens.start(id), tokens.end(id)) == id;
    }

    /// The token that stands for these bytes, or -1.
    int find(byte[] from, int start, int end) {
        return slots[slot(from, start, end)] - 1;
    }

    /// Tokens of the 256 bytes, -1 where one has none. Only what hardly occurs may have none: Falcon's vocabulary was learnt without some
    /// control characters, and without bytes that begin no character or the rarest ones.
    ///
    /// @throws ModelException if another has none
    int[] bytes() {
        int[] ids = new int[256];
        byte[] one = new byte[1];
        for (int b = 0; b < 256; b++) {
            one[0] = (byte) b;
            ids[b] = find(one, 0, 1);
            boolean rare = b < ' ' && b != '\t' && b != '\n' && b != '\r' || b == 0x7f || b == 0xc0 || b == 0xc1 || b > 0xf0;
            if (ids[b] < 0 && !rare) throw new ModelException(tokens.file(), "vocabulary", "found no token for byte 0x%02x".formatted(b));
        }
        return ids;
    }

    /// Where the token of these bytes is, or would be.
    private int slot(byte[] from, int start, int end) {
        long hash = SECRET;
        for (int i = start; i < end; i++) hash = (hash ^ from[i]) * SECRET + (hash >>> 47);
        int mask = slots.length - 1, slot = (int) (hash ^ hash >>> 32) & mask;
        while (slots[slot] != 0 && !is(slots[slot] - 1, from, start, end)) slot = slot + 1 & mask;
        return slot;
    }

    private boolean is(int id, byte[] from, int start, int end) {
        return Arrays.equals(tokens.bytes(), tokens.start(id), tokens.end(id), from, start, end);
    }
}
