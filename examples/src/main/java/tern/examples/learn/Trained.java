package tern.examples.learn;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tern.examples.learn.Layout.Tensor;
import tern.ir.Packer;
import tern.ir.Rows;
import tern.ir.text.Tir;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Payload;
import tern.runtime.gguf.TensorType;
import tern.runtime.gguf.Value;
import tern.runtime.model.ModelConfig;
import tern.runtime.tokenizer.ByteAlphabet;

/// A model that has learned, and its file.
///
/// @param masters see [Layout]
record Trained(Task task, ModelConfig config, Layout layout, float[] masters) {

    /// llama.cpp's `llama_token_type`.
    private static final int ORDINARY = 1, CONTROL = 3, UNUSED = 5;

    /// GGUF with I2_S weights and an F32 embedding.
    void write(Path file) throws IOException {
        var gguf = new GgufWriter();
        keys(gguf);
        vocabulary(gguf);
        for (Tensor part : layout.parts())
            if (part.ternary()) ternary(gguf, part);
            else
                gguf.tensor(
                        part.name(),
                        part.m() == 1 ? List.of((long) part.k()) : List.of((long) part.k(), (long) part.m()),
                        TensorType.F32,
                        Payload.of(MemorySegment.ofArray(Arrays.copyOfRange(masters, part.at(), part.at() + part.size()))));
        gguf.write(file);
    }

    private void keys(GgufWriter file) {
        file.put("general.architecture", Value.text(config.architecture()))
                .put("general.name", Value.text(task.name()));
        config.putSizes(file);
        file.put("general.file_type", Value.u32(40)) // I2_S in microsoft/BitNet's fork of llama.cpp
                .put("general.quantization_version", Value.u32(2));
    }

    /// A token for every byte, the two ends of a text, the task's words, and names for what is left.
    private void vocabulary(GgufWriter file) {
        var texts = new ArrayList<String>();
        List<String> words = task.words();
        int[] types = new int[config.vocabulary()];
        for (int id = 0; id < types.length; id++) {
            int word = id - Task.END - 1;
            types[id] = id < Task.BEGIN || word >= 0 && word < words.size() ? ORDINARY : word < 0 ? CONTROL : UNUSED;
            texts.add(switch (id) {
                case Task.BEGIN -> "<|begin_of_text|>";
                case Task.END -> "<|end_of_text|>";
                default -> types[id] == UNUSED ? "<unused %d>".formatted(id)
                        : ByteAlphabet.write(word < 0 ? new byte[] {(byte) id} : words.get(word).getBytes(StandardCharsets.UTF_8));
            });
        }
        file.put("tokenizer.ggml.model", Value.text("gpt2"))
                .put("tokenizer.ggml.pre", Value.text("llama-bpe"))
                .put("tokenizer.ggml.tokens", Value.texts(texts))
                .put("tokenizer.ggml.scores", Value.f32s(new float[types.length]))
                .put("tokenizer.ggml.token_type", Value.i32s(types))
                // One that applies to no text: some versions of llama.cpp refuse an empty list.
                .put("tokenizer.ggml.merges", Value.texts(List.of("a b")))
                .put("tokenizer.ggml.bos_token_id", Value.u32(Task.BEGIN))
                .put("tokenizer.ggml.eos_token_id", Value.u32(Task.END))
                .put("tokenizer.ggml.padding_token_id", Value.u32(Task.END))
                .put("tokenizer.ggml.add_bos_token", Value.bool(true));
    }

    private void ternary(GgufWriter file, Tensor part) {
        float scale = Rounding.scale(masters, part.at(), part.size());
        Rows rows = (row, digits) -> {
            for (int i = 0; i < part.k(); i++)
                digits[i] = (byte) Rounding.trit(masters[part.at() + row * part.k() + i], scale);
        };
        MemorySegment packed = Packer.of(Tir.library().packing("i2_s")).pack(part.m(), part.k(), rows, scale).bytes();
        file.tensor(part.name(), List.of((long) part.k(), (long) part.m()), TensorType.I2_S, Payload.of(packed));
    }
}
