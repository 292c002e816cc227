package tern.runtime.tokenizer;

/// Turns a text in which nothing is special into tokens.
sealed interface Bpe permits RankBpe, MergeBpe, SentencePieceBpe {

    /// @param text well-formed UTF-16
    void encode(String text, Ids into);

    /// Ordinary tokens that are the same as an earlier one.
    int equal();
}
