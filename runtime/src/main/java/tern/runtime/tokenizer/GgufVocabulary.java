package tern.runtime.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tern.runtime.ModelException;
import tern.runtime.gguf.Metadata;
import tern.runtime.tokenizer.WrittenVocabulary.Type;

/// The vocabulary in the metadata of a GGUF file: `tokenizer.ggml.{model, pre, tokens, token_type, merges, ...}`.
final class GgufVocabulary {

    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String TYPES = "tokenizer.ggml.token_type";
    private static final String MERGES = "tokenizer.ggml.merges";
    private static final String TEMPLATE = "tokenizer.chat_template";

    /// Names that llama.cpp gives to the words of Llama 3. Older converters, the 2B4T file's among them, write none.
    private static final Set<String> LLAMA3 = Set.of("llama-bpe", "llama3", "llama-v3");

    private GgufVocabulary() {}

    static WrittenVocabulary read(Metadata metadata) {
        require(metadata, "tokenizer.ggml.model", metadata.text("tokenizer.ggml.model"), Set.of("gpt2"));
        require(metadata, "tokenizer.ggml.pre", metadata.text("tokenizer.ggml.pre", "llama-bpe"), LLAMA3);
        List<String> texts = metadata.texts(TOKENS);
        return new WrittenVocabulary(
                metadata.file(),
                texts,
                types(metadata, texts.size()),
                metadata.has(MERGES) ? Optional.of(metadata.texts(MERGES)) : Optional.empty(),
                id(metadata, "bos"),
                id(metadata, "eos"),
                Set.of(),
                metadata.has(TEMPLATE) ? Optional.of(metadata.text(TEMPLATE)) : Optional.empty());
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

    private static List<Type> types(Metadata metadata, int count) {
        var types = new ArrayList<Type>();
        int[] numbers = metadata.has(TYPES) ? metadata.i32s(TYPES) : new int[0];
        if (metadata.has(TYPES) && numbers.length != count)
            throw new ModelException(metadata.file(), "key '%s'".formatted(TYPES),
                    "found %d types, expected one for each of %d tokens".formatted(numbers.length, count));
        for (int id = 0; id < count; id++) types.add(metadata.has(TYPES) ? type(metadata, id, numbers[id]) : Type.ORDINARY);
        return types;
    }

    private static Type type(Metadata metadata, int id, int number) {
        if (number < 1 || number >= Type.values().length)
            throw new ModelException(metadata.file(), "token " + id, "found type %d, expected 1 to 5".formatted(number));
        return Type.values()[number];
    }
}
