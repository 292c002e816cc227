package tern.runtime.tokenizer;

import java.util.stream.IntStream;

/// Cuts ordinary text into words by [Llama3#WORDS] and each word into tokens. A word that is a token is that token, in
/// both ways of merging; llama.cpp calls it `ignore_merges` and does so for Llama 3.
sealed interface Bpe permits RankBpe, MergeBpe {

    /// @param text well-formed UTF-16
    IntStream encode(String text);
}
