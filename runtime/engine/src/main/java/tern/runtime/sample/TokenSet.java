package tern.runtime.sample;

/// Some tokens of a vocabulary.
public final class TokenSet {

    private final long[] words;
    private int size;

    /// None yet.
    ///
    /// @param vocabulary number of tokens
    public TokenSet(int vocabulary) {
        words = new long[(vocabulary + 63) / 64];
    }

    /// @throws IndexOutOfBoundsException if there is no such token
    public void add(int token) {
        if (!has(token)) size++;
        words[token >> 6] |= 1L << token;
    }

    /// No token that is beyond the vocabulary is among them.
    public boolean has(int token) {
        return token >> 6 < words.length && (words[token >> 6] >>> token & 1) != 0;
    }

    /// How many there are.
    public int size() {
        return size;
    }
}
