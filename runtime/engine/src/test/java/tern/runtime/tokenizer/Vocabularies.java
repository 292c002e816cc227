package tern.runtime.tokenizer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Metadata;
import tern.runtime.gguf.Value;

/// A small vocabulary in a GGUF file: the 256 bytes, some tokens more, special ones at the end.
final class Vocabularies {

    static final int FIRST = 256;

    private Vocabularies() {}

    static List<String> bytes() {
        var tokens = new ArrayList<String>();
        for (int b = 0; b < 256; b++) tokens.add(ByteAlphabet.write(new byte[] {(byte) b}));
        return tokens;
    }

    /// The 256 bytes, then `ordinary` from 256 on, then `special`; the first special begins a text, the second ends it.
    static BpeTokenizer tokenizer(List<String> ordinary, List<String> merges, List<String> special) {
        return BpeTokenizer.of(metadata(file(ordinary, merges, special)));
    }

    static GgufWriter file(List<String> ordinary, List<String> merges, List<String> special) {
        List<String> tokens = bytes();
        tokens.addAll(ordinary);
        tokens.addAll(special);
        var types = new int[tokens.size()];
        int first = FIRST + ordinary.size();
        for (int i = 0; i < types.length; i++) types[i] = i < first ? 1 : 3;
        return new GgufWriter()
                .put("tokenizer.ggml.model", Value.text("gpt2"))
                .put("tokenizer.ggml.pre", Value.text("llama-bpe"))
                .put("tokenizer.ggml.tokens", Value.texts(tokens))
                .put("tokenizer.ggml.token_type", Value.i32s(types))
                .put("tokenizer.ggml.merges", Value.texts(merges))
                .put("tokenizer.ggml.bos_token_id", Value.u32(first))
                .put("tokenizer.ggml.eos_token_id", Value.u32(first + 1));
    }

    static Metadata metadata(GgufWriter writer) {
        try {
            Path file = Files.createTempFile("vocabulary", ".gguf");
            try {
                writer.write(file);
                return Gguf.open(file, Arena.ofAuto()).metadata();
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The Llama-3 ranks, which are not part of the repository.
    static Path llama3() {
        String shared = System.getProperty("tern.shared");
        assumeTrue(shared != null, "-Dtern.shared=<folder> is not given; it holds data/llama3-tokenizer.model");
        Path file = Path.of(shared, "data", "llama3-tokenizer.model");
        assumeTrue(Files.exists(file), "there is no " + file);
        return file;
    }
}
