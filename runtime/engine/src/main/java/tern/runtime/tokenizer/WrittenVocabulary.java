package tern.runtime.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntFunction;
import tern.runtime.ModelException;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Metadata;
import tern.runtime.gguf.TextArray;
import tern.runtime.sample.TokenSet;

/// A vocabulary as files write it: what GGUF, `tokenizer.json`, tiktoken's and SentencePiece's files have in common, so that one can
/// become the other.
///
/// @param file     where it comes from, for messages
/// @param scheme   how it is to be read
/// @param tokens   texts by id; those of specials are their names
/// @param types    of the tokens
/// @param merges   each two tokens with a space between, the first goes first; empty if the file has none
/// @param scores   of the tokens, from which merges follow; empty if the file has none
/// @param bos,eos  begin and end of a text
/// @param stops    ids that end a generation, besides those that are known by name
/// @param template for chats, if the file has one
public record WrittenVocabulary(
        String file,
        Scheme scheme,
        List<String> tokens,
        List<Type> types,
        Optional<List<String>> merges,
        Optional<List<Float>> scores,
        OptionalInt bos,
        OptionalInt eos,
        Set<Integer> stops,
        Optional<String> template) {

    /// What a token is; a type's number in GGUF and SentencePiece files is its ordinal.
    public enum Type {
        UNDEFINED,
        /// Stands for bytes of text.
        ORDINARY,
        UNKNOWN,
        /// Stands for its role; found by name only, and only in text of our own.
        CONTROL,
        /// Stands for its name, which is this token in any text.
        USER_DEFINED,
        /// Fills a place in the embedding and is never met.
        UNUSED,
        /// Stands for one byte of a character that has no token.
        BYTE
    }

    public WrittenVocabulary {
        tokens = List.copyOf(tokens);
        types = List.copyOf(types);
        if (tokens.size() != types.size()) throw new IllegalArgumentException(tokens.size() + " tokens of " + types.size() + " types");
    }

    /// One that is read as Llama 3's is.
    public WrittenVocabulary(
            String file,
            List<String> tokens,
            List<Type> types,
            Optional<List<String>> merges,
            OptionalInt bos,
            OptionalInt eos,
            Set<Integer> stops,
            Optional<String> template) {
        this(file, Scheme.ByteLevel.LLAMA3, tokens, types, merges, Optional.empty(), bos, eos, stops, template);
    }

    /// That of a GGUF file.
    ///
    /// @throws ModelException if it has none, another, or a damaged one
    public static WrittenVocabulary of(Metadata metadata) {
        return GgufVocabulary.read(metadata);
    }

    /// That of a Hugging Face checkpoint: `tokenizer.json`, or else `tokenizer.model`, tiktoken's or SentencePiece's; and the ids in
    /// `config.json` and `generation_config.json`.
    ///
    /// @param size rows of the embedding
    /// @throws ModelException if it has none, another, or a damaged one
    public static WrittenVocabulary of(Path folder, int size) throws IOException {
        if (Files.isRegularFile(folder.resolve(JsonVocabulary.FILE))) return JsonVocabulary.read(folder, size);
        Path model = folder.resolve(SentencePieceFile.NAME);
        if (!Files.isRegularFile(model)) throw new ModelException(folder.toString(), JsonVocabulary.FILE, "found no such file");
        WrittenVocabulary vocabulary = RankFile.isOne(model) ? RankFile.read(model) : SentencePieceFile.read(model);
        return HubFiles.of(folder).completing(vocabulary, size);
    }

    /// The rows of a table that have a token; empty if all have.
    ///
    /// @param rows of the head
    public Optional<TokenSet> sampled(int rows) {
        return sampled(id -> id < types.size() ? types.get(id) : Type.UNUSED, rows);
    }

    static Optional<TokenSet> sampled(IntFunction<Type> types, int rows) {
        var sampled = new TokenSet(rows);
        for (int id = 0; id < rows; id++) if (types.apply(id) != Type.UNUSED && types.apply(id) != Type.UNDEFINED) sampled.add(id);
        return sampled.size() == rows || sampled.size() == 0 ? Optional.empty() : Optional.of(sampled);
    }

    /// @throws ModelException if its parts do not fit together; some of that is found by [BpeTokenizer#prepare()] only
    public BpeTokenizer tokenizer() {
        return tokenizer(tokens.size());
    }

    /// @param rows of the embedding: tokens past the last are passed over
    public BpeTokenizer tokenizer(int rows) {
        byte[] kinds = new byte[types.size()];
        for (int id = 0; id < kinds.length; id++) kinds[id] = (byte) types.get(id).ordinal();
        List<Float> given = scores.orElse(List.of());
        float[] numbers = new float[given.size()];
        for (int id = 0; id < numbers.length; id++) numbers[id] = given.get(id);
        return new BpeTokenizer(new VocabularyData(file, TextArray.of(tokens), kinds, scheme, merges.map(TextArray::of), numbers, rows, bos, eos, stops));
    }

    /// The keys of a GGUF file that hold it.
    ///
    /// @throws ModelException if GGUF has no name for how it is read
    public void putTo(GgufWriter writer) {
        GgufVocabulary.write(this, writer);
    }

    /// The same as `tokenizer.json`.
    public String json() {
        return JsonVocabulary.write(this);
    }
}
