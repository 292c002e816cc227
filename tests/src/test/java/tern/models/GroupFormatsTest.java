package tern.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tern.Breadth;
import tern.ir.Op.RopePairs;
import tern.runtime.ModelException;
import tern.runtime.convert.Conversion;
import tern.runtime.convert.Conversion.Weights;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.Block;
import tern.runtime.model.Block.Activation;
import tern.runtime.model.Linear;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;

/// Files whose blocks have scales of their own: read, run as plain Java does, converted where the other format holds them.
class GroupFormatsTest {

    private static final Block LLAMA = new Block(false, Activation.SILU, true);

    /// In a build, the run of one of each kind: the weights of the others are read alike, which [#assertHolds] sees.
    private static final Set<TensorType> RUN = EnumSet.of(TensorType.Q2_0, TensorType.PTQ1_0, TensorType.Q1_0, TensorType.IQ2_BN);

    @TempDir
    static Path folder, cache;

    private static PlainModel model(int group, boolean signsAlone) {
        var config = new ModelConfig("llama", 256, 1, 4, 2, 64, 512, 128, 64, 1e-5f, 10000, RopePairs.NEIGHBOURS, LLAMA);
        PlainModel model = PlainModel.random(config, 5);
        if (signsAlone) for (byte[][] rows : model.digits.values()) for (byte[] row : rows) for (int i = 0; i < row.length; i++) if (row[i] == 0) row[i] = 1;
        if (group > 0) model.scaleGroups(group, new SplittableRandom(9));
        return model;
    }

    private static Path write(PlainModel model, TensorType weights) throws IOException {
        Path file = folder.resolve(weights + "_" + model.group + ".gguf");
        if (!Files.exists(file)) GgufFiles.write(model, weights, TensorType.BF16, TensorType.F32, file);
        return file;
    }

    @ParameterizedTest
    @CsvSource({"Q2_0, 64", "Q2_0_128, 128", "PQ2_0, 128", "PTQ1_0, 128", "TQ1_0, 256", "TQ2_0, 256", "Q1_0, 128", "IQ2_BN, 0", "Q2_0, 0"})
    void whatIsWrittenIsReadAndRunsAsPlainJavaDoes(TensorType weights, int group) throws IOException {
        PlainModel model = model(group, weights == TensorType.Q1_0);
        Path file = write(model, weights);
        assertHolds(file, model);
        if (Breadth.ALL || RUN.contains(weights)) Runs.assertAgrees(file, model, cache);
        try (Arena arena = Arena.ofShared()) {
            assertThat(Gguf.open(file, arena).tensor("blk.0.attn_q.weight").type()).isEqualTo(weights);
            ModelSource source = ModelSource.open(file, arena, false);
            assertThat(Model.uses(source, 4)).allMatch(use -> use.kernel().group() == group, "sums by groups of " + group);
        }
    }

    private static void assertHolds(Path file, PlainModel model) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            ModelSource source = ModelSource.open(file, arena, false);
            model.digits.forEach((name, rows) -> {
                Linear linear = source.linear(name + ".weight", rows.length, rows[0].length);
                byte[] digits = new byte[linear.k()];
                for (int row = 0; row < rows.length; row++) {
                    linear.rows().read(row, digits);
                    assertThat(digits).as(name).isEqualTo(rows[row]);
                    for (int i = 0; i < digits.length; i++) assertThat(linear.scales().of(row, i)).isEqualTo(model.scale(name, row, i));
                }
            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Q2_0, 64, Q2_0", "PQ2_0, 128, PTQ1_0", "PQ2_0, 128, Q2_0", "PTQ1_0, 128, PQ2_0", "TQ2_0, 256, TQ1_0", "TQ1_0, 256, Q2_0", "Q1_0, 128, Q2_0",
        "IQ2_BN, 0, I2_S", "TQ2_0, 0, IQ2_BN"
    })
    void formatsThatHoldTheSameAreConverted(TensorType from, int group, Weights to) throws IOException {
        PlainModel model = model(group, from == TensorType.Q1_0);
        Path in = write(model, from), out = folder.resolve("out.gguf");
        new Conversion(to, false, false, true).run(in, out, (_, _) -> {});
        assertHolds(out, model);
    }

    @ParameterizedTest
    @EnumSource(names = {"STQ1_0", "IQ1_BN", "IQ2_BN_R4"})
    void whatIsNotKnownIsRefusedByName(TensorType type) {
        assertThatThrownBy(() -> type.bytes(List.of(256L, 4L)))
                .hasMessageStartingWith("found type " + type)
                .hasMessageEndingWith("Tern does not know the order of its bits: take the model as TQ2_0, Q2_0 or IQ2_BN");
    }

    @Test
    void whatAFormatCannotHoldIsRefusedByName() throws IOException {
        Path in = write(model(64, false), TensorType.Q2_0), out = folder.resolve("refused.gguf");
        for (Weights to : new Weights[] {Weights.PQ2_0, Weights.TQ2_0, Weights.I2_S, Weights.IQ2_BN})
            assertThatThrownBy(() -> new Conversion(to, false, false, true).run(in, out, (_, _) -> {})).as("%s", to)
                    .isInstanceOf(ModelException.class).hasMessageContaining("where the packing has one scale together with");
        assertThatThrownBy(() -> new Conversion(Weights.PACKED, false, false, false).run(in, folder.resolve("refused"), (_, _) -> {}))
                .isInstanceOf(ModelException.class).hasMessageContaining("has several scales");
        assertThatThrownBy(() -> new Conversion(Weights.Q1_0, false, false, true).run(in, out, (_, _) -> {}))
                .isInstanceOf(ModelException.class).hasMessageContaining("codec one has no code for the weights 0");
        assertThat(out).doesNotExist();
    }

    /// A code 3 means 2, and is kept.
    @Test
    void twosAreKept() throws IOException {
        PlainModel model = model(64, false);
        model.digits.get("blk.0.ffn_down")[3][77] = 2;
        Path file = folder.resolve("two.gguf");
        GgufFiles.write(model, TensorType.Q2_0, TensorType.BF16, TensorType.F32, file);
        assertHolds(file, model);
        Runs.assertAgrees(file, model, cache);
        assertThatThrownBy(() -> new Conversion(Weights.PTQ1_0, false, false, true).run(file, folder.resolve("no.gguf"), (_, _) -> {}))
                .isInstanceOf(ModelException.class);
    }

    /// Embedding and head of packed weights.
    @Test
    void aTableOfPackedWeightsIsWidenedExactly() throws IOException {
        PlainModel model = model(64, false);
        for (float[] row : model.embedding) for (int i = 0; i < row.length; i++) row[i] = Math.signum(row[i]) * 0.375f;
        Path file = folder.resolve("table.gguf");
        GgufFiles.write(model, TensorType.Q2_0, TensorType.Q2_0, TensorType.F32, file);
        Runs.assertAgrees(file, model, cache);
    }
}
