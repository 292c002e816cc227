package tern.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.ir.Op.RopePairs;
import tern.runtime.ModelException;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.Block;
import tern.runtime.model.Block.Activation;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;

/// GGUF files in every type of tensor and every architecture, written by [GgufFiles].
class GgufTypesTest {

    private static final Block LLAMA = new Block(false, Activation.SILU, false);

    @TempDir
    Path folder;

    @TempDir
    static Path cache;

    /// Wide enough for blocks of 256.
    private static PlainModel model(String architecture, RopePairs pairs, Block block) {
        return PlainModel.random(new ModelConfig(architecture, 256, 1, 4, 2, 64, 256, 128, 64, 1e-5f, 10000, pairs, block), 3);
    }

    @ParameterizedTest
    @CsvSource({"I2_S, F32, F32", "TQ1_0, F16, F16", "TQ2_0, BF16, BF16", "F32, Q8_0, F32", "F16, F16, F32", "BF16, BF16, BF16"})
    void everyTypeIsRead(TensorType weights, TensorType embedding, TensorType norms) throws IOException {
        PlainModel model = model("bitnet-b1.58", RopePairs.HALVES, Block.BITNET_2B4T);
        Path file = folder.resolve("model.gguf");
        GgufFiles.write(model, weights, embedding, norms, file);
        try (Arena arena = Arena.ofShared()) {
            ModelSource source = ModelSource.open(file, arena, false);
            assertThat(source.config()).isEqualTo(model.config);
            if (embedding == TensorType.F16) round(model);
            CheckpointModelTest.assertHolds(source, model);
        }
    }

    /// What f16 leaves of bf16 numbers that are small.
    private static void round(PlainModel model) {
        for (float[] row : model.embedding)
            for (int i = 0; i < row.length; i++) row[i] = Float.float16ToFloat(Float.floatToFloat16(row[i]));
        for (float[] norm : model.norms.values())
            for (int i = 0; i < norm.length; i++) norm[i] = Float.float16ToFloat(Float.floatToFloat16(norm[i]));
    }

    @ParameterizedTest
    @CsvSource({"bitnet-b1.58, HALVES, true, SQUARED_RELU, true", "bitnet, HALVES, true, SILU, true", "llama, NEIGHBOURS, false, SILU, false",
        "llama, NEIGHBOURS, false, SILU, true"})
    void everyArchitectureRunsAsPlainJavaDoes(String name, RopePairs pairs, boolean subNorms, Activation activation, boolean tied) throws IOException {
        PlainModel model = model(name, pairs, new Block(subNorms, activation, tied));
        Path file = folder.resolve("model.gguf");
        GgufFiles.write(model, TensorType.I2_S, TensorType.BF16, TensorType.F32, file);
        Runs.assertAgrees(file, model, cache);
    }

    /// The int8 head is made of the head.
    @Test
    void theLargestLogitsAreThoseOfAHeadOfItsOwn() throws IOException {
        PlainModel model = model("llama", RopePairs.NEIGHBOURS, LLAMA);
        Path file = folder.resolve("model.gguf");
        GgufFiles.write(model, TensorType.TQ2_0, TensorType.Q8_0, TensorType.F32, file);
        int[] made = Runs.generated(file, cache, 3);
        int[] ids = Runs.ids(128);
        for (int i = 0; i < made.length; i++) {
            double[] last = model.logits(ids)[ids.length - 1];
            int best = 0;
            for (int v = 1; v < last.length; v++) if (last[v] > last[best]) best = v;
            assertThat(made[i]).as("token %d", i).isEqualTo(best);
            ids = java.util.Arrays.copyOf(ids, ids.length + 1);
            ids[ids.length - 1] = best;
        }
    }

    @Test
    void anOrdinaryLlamaIsRefused() throws IOException {
        PlainModel model = model("llama", RopePairs.NEIGHBOURS, LLAMA);
        Path file = folder.resolve("model.gguf");
        model.digits.get("blk.0.attn_k")[3][4] = 2; // weights of two magnitudes
        GgufFiles.write(model, TensorType.F16, TensorType.F16, TensorType.F32, file);
        try (Arena arena = Arena.ofShared()) {
            ModelSource source = ModelSource.open(file, arena, false);
            assertThatThrownBy(() -> source.linear("blk.0.attn_k.weight", 128, 256)).isInstanceOf(ModelException.class)
                    .hasMessageEndingWith("holds weights that are not ternary, and nothing in the file says that they were trained to be");
        }
    }

    @Test
    void aTensorThatWouldBeLeftOutIsRefused() throws IOException {
        PlainModel model = model("llama", RopePairs.NEIGHBOURS, LLAMA);
        Path file = folder.resolve("model.gguf");
        model.norms.put("rope_freqs", new float[32]);
        GgufFiles.write(model, TensorType.I2_S, TensorType.F16, TensorType.F32, file);
        try (Arena arena = Arena.ofShared()) {
            assertThatThrownBy(() -> ModelSource.open(file, arena, false)).isInstanceOf(ModelException.class)
                    .hasMessageContaining("tensor 'rope_freqs.weight' at byte ")
                    .hasMessageEndingWith("is not part of 'llama' as Tern runs it");
        }
    }
}
