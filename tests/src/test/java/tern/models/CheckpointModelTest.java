package tern.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tern.ir.Op.RopePairs;
import tern.runtime.ModelException;
import tern.runtime.model.Block;
import tern.runtime.model.Block.Activation;
import tern.runtime.model.Linear;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;

/// Checkpoints of Hugging Face, written by [HubFiles].
class CheckpointModelTest {

    private static final Block LLAMA = new Block(false, Activation.SILU, false);

    @TempDir
    Path folder;

    @TempDir
    static Path cache;

    Path files;

    @BeforeEach
    void makeFolder() throws IOException {
        files = Files.createDirectory(folder.resolve("model"));
    }

    static ModelConfig config(String architecture, Block block) {
        return new ModelConfig(architecture, 128, 2, 2, 1, 64, 256, 256, 64, 1e-5f, 10000, RopePairs.HALVES, block);
    }

    private PlainModel write(Block block, HubFiles.Weights weights, int shards, boolean olderNames) throws IOException {
        PlainModel model = PlainModel.random(config("any", block), 7);
        Map<String, Float> scales = HubFiles.write(model, weights, shards, olderNames, files);
        model.scales.putAll(scales);
        return model;
    }

    /// Every weight, norm and table of `source` is that of `model`, bit for bit.
    static void assertHolds(ModelSource source, PlainModel model) {
        for (var tensor : model.digits.entrySet()) {
            byte[][] rows = tensor.getValue();
            Linear linear = source.linear(tensor.getKey() + ".weight", rows.length, rows[0].length);
            assertThat(linear.scale()).as("scale of %s", tensor.getKey()).isEqualTo(model.scales.get(tensor.getKey()));
            byte[] row = new byte[rows[0].length];
            for (int r = 0; r < rows.length; r++) {
                linear.rows().read(r, row);
                assertThat(row).as("%s, row %d", tensor.getKey(), r).isEqualTo(rows[r]);
            }
        }
        model.norms.forEach((name, norm) -> assertThat(Tables.floats(source.norm(name + ".weight", norm.length))).as(name).isEqualTo(norm));
        assertThat(Tables.rows(source.embeddingElement(), source.embedding(), model.embedding[0].length)).isDeepEqualTo(model.embedding);
        assertThat(Tables.rows(source.headElement(), source.head(), model.head[0].length)).isDeepEqualTo(model.head);
    }

    @ParameterizedTest
    @CsvSource({"AUTOBITLINEAR, 1, false", "BITLINEAR, 1, false", "MASTER, 1, false", "AUTOBITLINEAR, 3, false", "AUTOBITLINEAR, 1, true"})
    void holdsWhatWasWritten(HubFiles.Weights weights, int shards, boolean olderNames) throws IOException {
        PlainModel model = write(Block.BITNET_2B4T, weights, shards, olderNames);
        try (Arena arena = Arena.ofShared()) {
            ModelSource source = ModelSource.open(files, arena, false);
            assertThat(source.config()).isEqualTo(config("bitnet-b1.58", Block.BITNET_2B4T));
            assertHolds(source, model);
        }
    }

    /// As in huggingface/transformers' own example of `unpack_weights`, with two bytes more.
    @Test
    void rowsOfAByteAreAQuarterOfTheMatrixApart() throws IOException {
        PlainModel model = write(Block.BITNET_2B4T, HubFiles.Weights.AUTOBITLINEAR, 1, false);
        byte[][] rows = model.digits.get("blk.0.attn_q");
        byte[][] adjacent = new byte[rows.length][rows[0].length];
        byte[] bytes = HubFiles.packed(rows);
        for (int r = 0; r < rows.length; r++)
            for (int c = 0; c < rows[0].length; c++) adjacent[r][c] = (byte) ((bytes[r / 4 * rows[0].length + c] >> 2 * (r % 4) & 3) - 1);
        assertThat(Arrays.deepEquals(adjacent, rows)).as("the other order gives the same, from the same bytes").isFalse();
        byte[][] example = {{0, -1}, {-1, 1}, {-1, 1}, {-1, 1}, {1, 0}, {0, -1}, {1, -1}, {1, -1}};
        assertThat(HubFiles.packed(example)).containsExactly(0b10100001, 0b00011000, 0b10010000, 0b00001010);
        try (Arena arena = Arena.ofShared()) {
            assertHolds(ModelSource.open(files, arena, false), model);
        }
    }

    @ParameterizedTest
    @EnumSource(HubFiles.Weights.class)
    void runsAsPlainJavaDoes(HubFiles.Weights weights) throws IOException {
        PlainModel model = write(Block.BITNET_2B4T, weights, 1, false);
        Runs.assertAgrees(files, model, cache);
    }

    /// bitnet_b1_58-large: sub-norms by other names, SiLU, tied.
    @Test
    void runsTheOlderBitnet() throws IOException {
        PlainModel model = write(new Block(true, Activation.SILU, true), HubFiles.Weights.MASTER, 1, true);
        Runs.assertAgrees(files, model, cache);
    }

    /// Llama3-8B-1.58: no sub-norms, SiLU, a head of its own, scales that divide.
    @Test
    void runsALlama() throws IOException {
        PlainModel model = write(LLAMA, HubFiles.Weights.BITLINEAR, 2, false);
        Runs.assertAgrees(files, model, cache);
        Runs.assertAgrees(files.resolve("model-00002-of-00002.safetensors"), model, cache);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "BitNetForCausalLM | Qwen2ForCausalLM | key 'architectures': [Qwen2ForCausalLM] is not supported; expected one of [BitNetForCausalLM, BitnetForCausalLM, LlamaForCausalLM], or one of the model types [gemma3_text, qwen3]",
        "relu2 | gelu | key 'hidden_act': 'gelu' is not supported; expected one of [relu2, silu, gelu_pytorch_tanh]",
        "\"quant_method\":\"bitnet\" | \"quant_method\":\"gptq\" | key 'quantization_config.quant_method': 'gptq' is not supported; expected bitnet",
        "autobitlinear | nobitlinear | key 'quantization_config.linear_class': 'nobitlinear' is not supported; expected bitlinear or autobitlinear",
        "\"rope_scaling\":null | \"rope_scaling\":{\"rope_type\":\"llama3\"} | key 'rope_scaling': 'llama3' is not supported",
        "\"attention_bias\":false | \"attention_bias\":true | key 'attention_bias': is not supported",
        "\"hidden_size\":128 | \"hidden_size\":-1 | key 'hidden_size': found -1, expected an integer from 0 to 2147483647",
        "\"hidden_size\":128 | \"hidden_size\":0 | key 'hidden_size': found 0, expected 1 to 1048576",
    })
    void whatIsNotSupportedIsRefusedByName(String text, String other, String message) throws IOException {
        write(Block.BITNET_2B4T, HubFiles.Weights.AUTOBITLINEAR, 1, false);
        Path config = files.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace(text, other));
        try (Arena arena = Arena.ofShared()) {
            assertThatThrownBy(() -> ModelSource.open(files, arena, false)).isInstanceOf(ModelException.class).hasMessage(config + ": " + message);
        }
    }

    @Test
    void filesOfOtherKinds() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            assertThatThrownBy(() -> ModelSource.open(files, arena, false)).isInstanceOf(ModelException.class)
                    .hasMessage(files + ": folder: found no model.safetensors, model.safetensors.index.json or *.gguf");
            Path pickle = Files.createFile(files.resolve("model_state_int2.pt"));
            assertThatThrownBy(() -> ModelSource.open(pickle, arena, false)).isInstanceOf(ModelException.class)
                    .hasMessage(pickle + ": file: is a PyTorch pickle, which may run any code and is not read; expected GGUF or safetensors");
        }
    }

    @Test
    void anUnusedCodeIsFound() throws IOException {
        PlainModel model = write(Block.BITNET_2B4T, HubFiles.Weights.AUTOBITLINEAR, 1, false);
        byte[][] rows = model.digits.get("blk.0.attn_q");
        rows[37][5] = 2; // code 3
        Files.delete(files.resolve("model.safetensors"));
        HubFiles.write(model, HubFiles.Weights.AUTOBITLINEAR, 1, false, files);
        try (Arena arena = Arena.ofShared()) {
            Linear linear = ModelSource.open(files, arena, false).linear("blk.0.attn_q.weight", 128, 128);
            assertThatThrownBy(() -> linear.rows().read(37, new byte[128])).isInstanceOf(ModelException.class)
                    .hasMessageStartingWith(files.resolve("model.safetensors") + ": tensor 'model.layers.0.self_attn.q_proj.weight' at byte ")
                    .hasMessageEndingWith("row 37, column 5: code 3 of codec two means nothing");
        }
    }
}
