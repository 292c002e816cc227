package tern.runtime.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import tern.runtime.ModelException;
import tern.runtime.gguf.Metadata;
import tern.runtime.tokenizer.Vocabulary.Token;

/// The vocabulary in the metadata of a GGUF file: `tokenizer.ggml.{model, pre, tokens, token_type, merges, ...}`.
final class GgufVocabulary {

    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String TYPES = "tokenizer.ggml.token_type";
    private static final String MERGES = "tokenizer.ggml.merges";

    /// Names that llama.cpp gives to the words of Llama 3. Older converters, the 2B4T file's among them, write none.
    private static final Set<String> LLAMA3 = Set.of("llama-bpe", "llama3", "llama-v3");

    private GgufVocabulary() {}

    static BpeTokenizer read(Metadata metadata) {
        require(metadata, "tokenizer.ggml.model", metadata.text("tokenizer.ggml.model"), Set.of("gpt2"));
        require(metadata, "tokenizer.ggml.pre", metadata.text("tokenizer.ggml.pre", "llama-bpe"), LLAMA3);
        OptionalInt bos = id(metadata, "bos"), eos = id(metadata, "eos");
        Vocabulary vocabulary = Vocabulary.of(metadata.file(), tokens(metadata), bos, eos);
        return new BpeTokenizer(vocabulary, bpe(metadata, vocabulary));
    }

    private static void require(Metadata metadata, String key, String found, Set<String> expected) {
        if (!expected.contains(found))
            throw new ModelException(metadata.file(), "key '%s'".formatted(key),
                    "found '%s', expected %s".formatted(found, String.join(" or ", expected.stream().sorted().toList())));
    }

    private static OptionalInt id(Metadata metadata, String role) {
        String key = "tokenizer.ggml.%s_token_id".formatted(role);
        return metadata.has(key) ? OptionalInt.of(metadata.count(key)) : OptionalInt.empty();
    }

    private static List<Token> tokens(Metadata metadata) {
        List<String> texts = metadata.texts(TOKENS);
        int[] types = metadata.has(TYPES) ? metadata.i32s(TYPES) : new int[0];
        if (metadata.has(TYPES) && types.length != texts.size())
            throw new ModelException(metadata.file(), "key '%s'".formatted(TYPES),
                    "found %d types, expected one for each of %d tokens".formatted(types.length, texts.size()));
        var tokens = new ArrayList<Token>();
        for (int id = 0; id < texts.size(); id++) {
            tokens.add(token(metadata.file(), id, texts.get(id), metadata.has(TYPES) ? types[id] : 1));
        }
        return tokens;
    }

    /// @param type as in llama.cpp's `llama_token_type`
    private static Token token(String file, int id, String text, int type) {
        return switch (type) {
            case 1 -> new Token.Ordinary(new Bytes(ByteAlphabet.read(text).orElseThrow(() ->
                    new ModelException(file, "token " + id, "found a character outside of GPT-2's byte alphabet"))));
            case 3, 4 -> new Token.Special(text); // control, user-defined
            case 2, 5 -> new Token.Unused(); // unknown, unused
            default -> throw new ModelException(file, "token " + id, "found type %d, expected 1 to 5".formatted(type));
        };
    }

    private static Bpe bpe(Metadata metadata, Vocabulary vocabulary) {
        if (!metadata.has(MERGES)) return new RankBpe(vocabulary);
        Merges merges = Merges.parse(metadata.file(), metadata.texts(MERGES), vocabulary.ordinary());
        return merges.followIds(vocabulary.ordinary()) ? new RankBpe(vocabulary) : new MergeBpe(vocabulary, merges);
    }
}
