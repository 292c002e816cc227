package tern.runtime.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tern.runtime.ModelException;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Metadata;
import tern.runtime.gguf.Value;
import tern.runtime.tokenizer.Vocabulary.Token;

/// A byte-level BPE vocabulary as files write it, in GPT-2's byte alphabet: what GGUF and `tokenizer.json` have in common, so that
/// either can become the other.
///
/// @param file     where it comes from, for messages
/// @param tokens   texts by id; those of specials are their names
/// @param types    of the tokens
/// @param merges   each two tokens with a space between, the first goes first; empty if the file has none
/// @param bos,eos  begin and end of a text
/// @param stops    ids that end a generation, besides those that are known by name
/// @param template for chats, if the file has one
public record WrittenVocabulary(
        String file,
        List<String> tokens,
        List<Type> types,
        Optional<List<String>> merges,
        OptionalInt bos,
        OptionalInt eos,
        Set<Integer> stops,
        Optional<String> template) {

    /// What a token is; a type's number in a GGUF file, llama.cpp's `llama_token_type`, is its ordinal.
    public enum Type {
        UNDEFINED,
        ORDINARY,
        UNKNOWN,
        CONTROL,
        USER_DEFINED,
        UNUSED
    }

    public WrittenVocabulary {
        tokens = List.copyOf(tokens);
        types = List.copyOf(types);
        if (tokens.size() != types.size()) throw new IllegalArgumentException(tokens.size() + " tokens of " + types.size() + " types");
    }

    /// That of a GGUF file.
    ///
    /// @throws ModelException if it has none, another, or a damaged one
    public static WrittenVocabulary of(Metadata metadata) {
        return GgufVocabulary.read(metadata);
    }

    /// That of a Hugging Face checkpoint: `tokenizer.json`, and the ids in `config.json` and `generation_config.json`.
    ///
    /// @param size rows of the embedding
    /// @throws ModelException if it has none, another, or a damaged one
    public static WrittenVocabulary of(Path folder, int size) throws IOException {
        Path file = folder.resolve(JsonVocabulary.FILE);
        if (!Files.isRegularFile(file)) throw new ModelException(folder.toString(), JsonVocabulary.FILE, "found no such file");
        return JsonVocabulary.read(folder, size);
    }

    /// @throws ModelException if its parts do not fit together
    public BpeTokenizer tokenizer() {
        var read = new ArrayList<Token>();
        for (int id = 0; id < tokens.size(); id++) read.add(token(id));
        Vocabulary vocabulary = Vocabulary.of(file, read, bos, eos, stops);
        return new BpeTokenizer(vocabulary, bpe(vocabulary));
    }

    private Token token(int id) {
        String text = tokens.get(id);
        return switch (types.get(id)) {
            case ORDINARY -> new Token.Ordinary(new Bytes(ByteAlphabet.read(text).orElseThrow(() ->
                    new ModelException(file, "token " + id, "found a character outside of GPT-2's byte alphabet"))));
            case CONTROL, USER_DEFINED -> new Token.Special(text);
            case UNKNOWN, UNUSED -> new Token.Unused();
            case UNDEFINED -> throw new ModelException(file, "token " + id, "found type 0, expected 1 to 5");
        };
    }

    private Bpe bpe(Vocabulary vocabulary) {
        if (merges.isEmpty()) return new RankBpe(vocabulary);
        Merges parsed = Merges.parse(file, merges.get(), vocabulary.ordinary());
        return parsed.followIds(vocabulary.ordinary()) ? new RankBpe(vocabulary) : new MergeBpe(vocabulary, parsed);
    }

    /// The keys of a GGUF file that hold it.
    public void putTo(GgufWriter writer) {
        writer.put("tokenizer.ggml.model", Value.text("gpt2"))
                .put("tokenizer.ggml.pre", Value.text("llama-bpe"))
                .put("tokenizer.ggml.tokens", Value.texts(tokens))
                .put("tokenizer.ggml.token_type", Value.i32s(types.stream().mapToInt(Enum::ordinal).toArray()));
        merges.ifPresent(list -> writer.put("tokenizer.ggml.merges", Value.texts(list)));
        bos.ifPresent(id -> writer.put("tokenizer.ggml.bos_token_id", Value.u32(id)));
        eos.ifPresent(id -> writer.put("tokenizer.ggml.eos_token_id", Value.u32(id)));
        if (bos.isPresent()) writer.put("tokenizer.ggml.add_bos_token", Value.bool(true));
        template.ifPresent(text -> writer.put("tokenizer.chat_template", Value.text(text)));
    }

    /// The same as `tokenizer.json`.
    public String json() {
        return JsonVocabulary.write(this);
    }
}
