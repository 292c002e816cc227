package tern.runtime.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static tern.runtime.tokenizer.Scheme.ByteLevel.LLAMA3;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import tern.runtime.ModelException;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Metadata;
import tern.runtime.gguf.TextArray;
import tern.runtime.gguf.Value;
import tern.runtime.sample.TokenSet;
import tern.runtime.tokenizer.WrittenVocabulary.Type;

/// The vocabulary in the metadata of a GGUF file: `tokenizer.ggml.{model, pre, tokens, token_type, merges, scores, ...}`.
final class GgufVocabulary {

    private static final String MODEL = "tokenizer.ggml.model", PRE = "tokenizer.ggml.pre";
    private static final String TOKENS = "tokenizer.ggml.tokens", TYPES = "tokenizer.ggml.token_type";
    private static final String MERGES = "tokenizer.ggml.merges", SCORES = "tokenizer.ggml.scores";
    private static final String ADD_BOS = "tokenizer.ggml.add_bos_token", SPACE_FIRST = "tokenizer.ggml.add_space_prefix";
    private static final String TEMPLATE = "tokenizer.chat_template";

    /// Names that llama.cpp gives to the words of Llama 3. Older converters, the 2B4T file's among them, write none.
    private static final Set<String> OF_LLAMA3 = Set.of("llama-bpe", "llama3", "llama-v3");

    /// Falcon3 and Falcon-E. llama.cpp reads these with Llama 3's words, bitnet.cpp with Falcon's.
    private static final Set<String> OF_FALCON3 = Set.of("falcon3", "falcon-h1", "falcon_e");

    private GgufVocabulary() {}

    /// @param rows of the embedding
    static VocabularyData parts(Metadata metadata, int rows) {
        String model = text(metadata, MODEL, metadata.text(MODEL), Set.of("gpt2", "llama"));
        boolean bytes = model.equals("gpt2");
        TextArray tokens = metadata.encodedTexts(TOKENS);
        return new VocabularyData(
                metadata.file(),
                tokens,
                types(metadata, tokens.count()),
                bytes ? byteLevel(metadata, tokens) : new Scheme.SentencePiece(metadata.bool(SPACE_FIRST, true)),
                bytes && metadata.has(MERGES) ? Optional.of(metadata.encodedTexts(MERGES)) : Optional.empty(),
                bytes ? new float[0] : scores(metadata, tokens.count()),
                rows,
                metadata.bool(ADD_BOS, true) ? id(metadata, "bos") : OptionalInt.empty(),
                id(metadata, "eos"),
                Set.of());
    }

    /// The rows of a table that have a token; empty if all have, or the file tells of none.
    static Optional<TokenSet> sampled(Metadata metadata, int rows) {
        if (!metadata.has(TOKENS)) return Optional.empty();
        byte[] types = types(metadata, Math.toIntExact(metadata.length(TOKENS)));
        Type[] all = Type.values();
        return WrittenVocabulary.sampled(id -> id < types.length ? all[types[id]] : Type.UNUSED, rows);
    }

    static WrittenVocabulary read(Metadata metadata) {
        VocabularyData parts = parts(metadata, Integer.MAX_VALUE);
        var types = new ArrayList<Type>();
        for (byte type : parts.types()) types.add(Type.values()[type]);
        var scores = new ArrayList<Float>();
        for (float score : parts.scores()) scores.add(score);
        return new WrittenVocabulary(
                parts.file(),
                parts.scheme(),
                metadata.texts(TOKENS),
                types,
                parts.merges().isPresent() ? Optional.of(metadata.texts(MERGES)) : Optional.empty(),
                scores.isEmpty() ? Optional.empty() : Optional.of(scores),
                parts.bos(),
                parts.eos(),
                parts.stops(),
                metadata.has(TEMPLATE) ? Optional.of(metadata.text(TEMPLATE)) : Optional.empty());
    }

    static void write(WrittenVocabulary vocabulary, GgufWriter writer) {
        switch (vocabulary.scheme()) {
            case Scheme.ByteLevel level -> {
                String pre = name(vocabulary.file(), level);
                writer.put(MODEL, Value.text("gpt2")).put(PRE, Value.text(pre));
                vocabulary.merges().ifPresent(list -> writer.put(MERGES, Value.texts(list)));
            }
            case Scheme.SentencePiece(var spaceFirst) -> {
                List<Float> scores = vocabulary.scores().orElseGet(() -> MergeScores.of(vocabulary));
                var numbers = new float[scores.size()];
                for (int id = 0; id < numbers.length; id++) numbers[id] = scores.get(id);
                writer.put(MODEL, Value.text("llama")).put(PRE, Value.text("default"))
                        .put(SCORES, Value.f32s(numbers)).put(SPACE_FIRST, Value.bool(spaceFirst));
            }
        }
        writer.put(TOKENS, Value.texts(vocabulary.tokens()))
                .put(TYPES, Value.i32s(vocabulary.types().stream().mapToInt(Enum::ordinal).toArray()));
        vocabulary.bos().ifPresent(id -> writer.put("tokenizer.ggml.bos_token_id", Value.u32(id)));
        vocabulary.eos().ifPresent(id -> writer.put("tokenizer.ggml.eos_token_id", Value.u32(id)));
        writer.put(ADD_BOS, Value.bool(vocabulary.bos().isPresent()));
        vocabulary.template().ifPresent(text -> writer.put(TEMPLATE, Value.text(text)));
    }

    private static Scheme byteLevel(Metadata metadata, TextArray tokens) {
        var known = new TreeSet<>(OF_LLAMA3);
        known.addAll(OF_FALCON3);
        known.addAll(List.of("gpt-2", "falcon", "qwen2"));
        String pre = text(metadata, PRE, metadata.text(PRE, "llama-bpe"), known);
        if (OF_LLAMA3.contains(pre) || OF_FALCON3.contains(pre) && joinsSpaceAndPunctuation(tokens)) return LLAMA3;
        if (pre.equals("qwen2")) return new Scheme.ByteLevel(Words.QWEN2, false);
        return new Scheme.ByteLevel(OF_FALCON3.contains(pre) ? Words.FALCON3 : pre.equals("falcon") ? Words.FALCON : Words.GPT2, false);
    }

    /// Whether ` (` is a token. Words of Llama 3 may be that, and then it is one of the first that a vocabulary learns; Falcon's words
    /// may not. So the vocabulary tells what it was learnt from, where the name does not.
    private static boolean joinsSpaceAndPunctuation(TextArray tokens) {
        byte[] token = "Ġ(".getBytes(UTF_8);
        for (int id = 0; id < tokens.count(); id++)
            if (Arrays.equals(tokens.bytes(), tokens.start(id), tokens.end(id), token, 0, token.length)) return true;
        return false;
    }

    private static String name(String file, Scheme.ByteLevel level) {
        if (level.equals(LLAMA3)) return "llama-bpe";
        if (!level.wholeWords()) {
            if (level.words().equals(Words.GPT2)) return "gpt-2";
            if (level.words().equals(Words.QWEN2) || level.words().equals(Words.QWEN2.composed())) return "qwen2";
            if (level.words().equals(Words.FALCON)) return "falcon";
            if (level.words().equals(Words.FALCON3)) return "falcon_e";
        }
        throw new ModelException(file, "words", "GGUF has no name for them");
    }

    private static String text(Metadata metadata, String key, String found, Set<String> expected) {
        if (!expected.contains(found))
            throw new ModelException(metadata.file(), "key '%s'".formatted(key),
                    "found '%s', expected %s".formatted(found, String.join(" or ", expected.stream().sorted().toList())));
        return found;
    }

    private static OptionalInt id(Metadata metadata, String role) {
        String key = "tokenizer.ggml.%s_token_id".formatted(role);
        return metadata.has(key) ? OptionalInt.of(metadata.count(key)) : OptionalInt.empty();
    }

    private static float[] scores(Metadata metadata, int count) {
        float[] scores = metadata.f32s(SCORES);
        requireOneEach(metadata, SCORES, "scores", scores.length, count);
        return scores;
    }

    private static byte[] types(Metadata metadata, int count) {
        byte[] types = new byte[count];
        Arrays.fill(types, (byte) Type.ORDINARY.ordinal());
        if (!metadata.has(TYPES)) return types;
        int[] numbers = metadata.i32s(TYPES);
        requireOneEach(metadata, TYPES, "types", numbers.length, count);
        int most = Type.values().length - 1;
        for (int id = 0; id < count; id++) {
            if (numbers[id] < 0 || numbers[id] > most)
                throw new ModelException(metadata.file(), "token " + id, "found type %d, expected 0 to %d".formatted(numbers[id], most));
            types[id] = (byte) numbers[id];
        }
        return types;
    }

    private static void requireOneEach(Metadata metadata, String key, String things, int found, int count) {
        if (found != count)
            throw new ModelException(metadata.file(), "key '%s'".formatted(key),
                    "found %d %s, expected one for each of %d tokens".formatted(found, things, count));
    }
}
