package tern.runtime.tokenizer;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tern.runtime.ModelException;
import tern.runtime.gguf.TextArray;

/// What a tokenizer is made of, whatever file it was in.
///
/// @param file    where it comes from, for messages
/// @param tokens  by id, as `scheme` writes them; those of specials are their names
/// @param types   of the tokens, ordinals of [WrittenVocabulary.Type]
/// @param merges  each two tokens with a space between, the first goes first
/// @param scores  of the tokens, from which merges follow; empty if there are none
/// @param rows    of the embedding: a token past the last is never met
/// @param bos,eos begin and end of a text
/// @param stops   ids that end a generation, besides those that are known by name
record VocabularyData(
        String file,
        TextArray tokens,
        byte[] types,
        Scheme scheme,
        Optional<TextArray> merges,
        float[] scores,
        int rows,
        OptionalInt bos,
        OptionalInt eos,
        Set<Integer> stops) {

    /// @throws ModelException if a byte has no token, two tokens are the same, or it says nothing of merges
    Bpe bpe(TokenTable table) {
        return switch (scheme) {
            case Scheme.ByteLevel level when merges.isEmpty() -> {
                if (!level.equals(Scheme.ByteLevel.LLAMA3)) throw new ModelException(file, "vocabulary", "found no merges");
                yield new RankBpe(level.words(), table);
            }
            case Scheme.ByteLevel level -> {
                var index = new TokenIndex(table);
                yield new MergeBpe(level, index, Merges.listed(file, merges.get(), index, scheme));
            }
            case Scheme.SentencePiece piece -> {
                if (merges.isEmpty() && scores.length != table.size()) throw new ModelException(file, "vocabulary", "found neither merges nor scores");
                var index = new TokenIndex(table);
                PairTable pairs = merges.isEmpty() ? Merges.scored(table, index, scores) : Merges.listed(file, merges.get(), index, scheme);
                yield new SentencePieceBpe(piece, table, index, pairs);
            }
        };
    }
}
