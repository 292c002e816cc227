package tern.runtime.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import tern.ir.Element;
import tern.runtime.sample.TokenSet;
import tern.runtime.tokenizer.Tokenizer;

/// A model as its files have it: configuration, floats, ternary weights, tokenizer. Tensors go by the names of GGUF, whatever the
/// format. [GgufModel] and [CheckpointModel] are such.
public interface ModelSource {

    /// Opens what a user named: a GGUF file, a safetensors file, or a folder with either.
    ///
    /// @param arena  of everything that is mapped or made from it
    /// @param armI2s true if I2_S tensors have the layout of files quantized on ARM; nothing in a file tells
    /// @throws tern.runtime.ModelException if it is damaged or of a kind that Tern does not run
    static ModelSource open(Path path, Arena arena, boolean armI2s) throws IOException {
        return open(path, arena, armI2s, 0);
    }

    /// The same with inputs of products that have a scale for each `inputGroup` neighbours, 0 for one a token: see [Block#inputGroup].
    static ModelSource open(Path path, Arena arena, boolean armI2s, int inputGroup) throws IOException {
        return switch (ModelFile.find(path)) {
            case ModelFile.GgufFile(var file) -> GgufModel.open(file, arena, armI2s, inputGroup);
            case ModelFile.Checkpoint files -> CheckpointModel.open(files, arena, inputGroup);
        };
    }

    /// Name of the file or folder, for messages.
    String name();

    ModelConfig config();

    /// The identity of packed copies: a digest of all that the weights are made of.
    ///
    /// @param folder where digests are kept, so that a file that was not touched is not read for it again
    String digest(Path folder) throws IOException;

    /// Element of [#embedding()]: F32, F16 or BF16.
    Element embeddingElement();

    /// `[vocabulary, hidden]`
    MemorySegment embedding();

    /// Element of [#head()]: F32, F16 or BF16.
    Element headElement();

    /// `[vocabulary, hidden]`; the embedding itself where the head is tied.
    MemorySegment head();

    /// A norm's weights, f32.
    ///
    /// @param name   e.g. `blk.0.attn_norm.weight`
    /// @param length expected
    MemorySegment norm(String name, int length);

    /// A projection's weights. Reading their rows throws a [tern.runtime.ModelException] if some code in the file means nothing.
    ///
    /// @param name e.g. `blk.0.attn_q.weight`
    /// @param m,k  expected
    Linear linear(String name, int m, int k);

    /// Says that a tensor will hardly be read from now on: what of a mapped file is in memory for it may go. Reading it still works.
    ///
    /// @param name e.g. `blk.0.attn_q.weight`
    default void forget(String name) {}

    /// The same of all tensors: what is read with every token comes back by itself, page by page.
    default void forgetAll() {}

    /// The tokenizer, read anew on each call.
    ///
    /// @throws tern.runtime.ModelException if there is none, or none that Tern reads
    Tokenizer tokenizer() throws IOException;

    /// The rows of the head that have a token, which alone are sampled; empty if all have, or the files tell of no tokens.
    default Optional<TokenSet> sampled() throws IOException {
        return Optional.empty();
    }

    /// Which states become a text's vector: `last`, or the name of another way.
    default String pooling() throws IOException {
        return "last";
    }

    /// Whether the model was made for vectors, not for texts.
    default boolean makesVectors() throws IOException {
        return config().block().has(Block.Norms.INPUT);
    }

    /// The Jinja texts that turn a conversation into a prompt, by name; `default` is the usual one.
    default Map<String, String> chatTemplates() throws IOException {
        return Map.of();
    }

    /// The usual one of these, if the files have it.
    default Optional<String> chatTemplate() throws IOException {
        return Optional.ofNullable(chatTemplates().get("default"));
    }

    /// Texts of the special tokens that such a text may name: `bos_token`, `eos_token` and so on.
    default Map<String, String> templateTokens() throws IOException {
        return Map.of();
    }
}
