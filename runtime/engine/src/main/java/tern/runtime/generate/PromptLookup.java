package tern.runtime.generate;

import java.util.Arrays;

/// Guesses how a text goes on: as it did when its last tokens were last there.
///
/// Source of the idea: A. Saxena, "Prompt Lookup Decoding", 2023.
public final class PromptLookup {

    /// Last tokens that are looked for, the longest first: two are often there by chance, and one nearly always.
    private static final int LONGEST = 3, SHORTEST = 2;

    private PromptLookup() {}

    /// @param text   whose first `length` tokens are there
    /// @param drafts where guesses are put, one after the other
    /// @param from   first place in `drafts`
    /// @param most   guesses, at most
    /// @return how many there are
    public static int find(int[] text, int length, int[] drafts, int from, int most) {
        if (most < 1) return 0;
        for (int gram = LONGEST; gram >= SHORTEST; gram--)
            for (int start = length - gram - 1; start >= 0; start--) {
                if (!Arrays.equals(text, start, start + gram, text, length - gram, length)) continue;
                int count = Math.min(most, length - start - gram);
                System.arraycopy(text, start + gram, drafts, from, count);
                return count;
            }
        return 0;
    }
}
