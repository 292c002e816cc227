package tern.runtime.synth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.Op.RopePairs;
import tern.ir.PackedMatrix;
import tern.ir.Packing;
import tern.ir.text.Tir;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.Block;
import tern.runtime.model.GgufModel;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.Preset;

class RandomModelTest {

    /// LLaMA's block, small.
    private static final ModelConfig SMALL = new ModelConfig(
            "llama", 256, 2, 4, 2, 64, 512, 300, 128, 1e-5f, 10000f, RopePairs.NEIGHBOURS, new Block(false, Block.Activation.SILU, false));

    @TempDir
    Path folder;

    @Test
    void everyPackingIsFilledWithCodesThatMeanTrits() {
        try (Arena arena = Arena.ofShared()) {
            var model = RandomModel.of("small", SMALL, 3, Element.F16, arena, 2);
            int m = 200, k = 512;
            for (Packing packing : Tir.library().allPackings()) {
                if (!packing.holdsAll(Interval.of(-1, 1))) continue;
                MemorySegment one = arena.allocate(packing.bytes(m, k), 64), again = arena.allocate(packing.bytes(m, k), 64),
                        other = arena.allocate(packing.bytes(m, k), 64);
                model.fill("a", packing, m, k, one);
                model.fill("a", packing, m, k, again);
                model.fill("b", packing, m, k, other);
                assertThat(one.mismatch(again)).as(packing.name()).isEqualTo(-1);
                assertThat(one.mismatch(other)).as(packing.name()).isNotEqualTo(-1);
                int[] counts = new int[3];
                byte[] digits = new byte[k];
                var matrix = new PackedMatrix(packing, m, k, one);
                for (int row = 0; row < m; row++) {
                    matrix.read(row, digits);
                    for (byte digit : digits) counts[digit + 1]++;
                }
                for (int count : counts) assertThat((double) count / m / k).as(packing.name()).isBetween(0.3, 0.37);
            }
        }
    }

    @Test
    void tablesNormsAndScalesAreThoseOfTheFile() throws IOException {
        Path file = folder.resolve("small.gguf");
        Synthesizer.write(SMALL, 3, TensorType.I2_S, TensorType.BF16, 2, file, (done, total) -> {});
        try (Arena arena = Arena.ofShared()) {
            GgufModel written = GgufModel.open(file, arena, false);
            var made = RandomModel.of("small", SMALL, 3, Element.BF16, arena, 2);
            assertThat(written.config()).isEqualTo(SMALL);
            assertThat(made.embedding().mismatch(written.embedding())).isEqualTo(-1);
            assertThat(made.head().mismatch(written.head())).isEqualTo(-1);
            assertThat(made.head().mismatch(made.embedding())).isNotEqualTo(-1);
            assertThat(made.norm("blk.1.ffn_norm.weight", 256).toArray(ValueLayout.JAVA_FLOAT))
                    .isEqualTo(written.norm("blk.1.ffn_norm.weight", 256).toArray(ValueLayout.JAVA_FLOAT));
            assertThat(made.scale("blk.1.ffn_down.weight", 512)).isEqualTo(written.linear("blk.1.ffn_down.weight", 256, 512).scale());
            written.forget("blk.1.ffn_down.weight"); // and still there
            byte[] digits = new byte[512];
            written.linear("blk.1.ffn_down.weight", 256, 512).rows().read(255, digits);
            assertThat(digits).containsOnly(-1, 0, 1).contains(1);
        }
    }

    @Test
    void sizesAreThoseThatTheNamesSay() {
        for (Preset preset : Preset.ALL) {
            ModelConfig c = preset.config();
            double billions = (c.ternaryWeights() + (c.block().tiedHead() ? 1.0 : 2.0) * c.vocabulary() * c.hidden()) * 1e-9;
            if (preset.name().matches(".*\\db")) assertThat(billions).as(preset.name()).isCloseTo(Double.parseDouble(preset.name().replaceAll("[^0-9.]", "")),
                    org.assertj.core.data.Percentage.withPercentage(15));
            if (!c.block().has(Block.Norms.HEAD)) assertThat(c.hidden()).isEqualTo(c.heads() * c.headDim());
            assertThat(preset.provenance()).startsWith(preset.name().equals("3.9b") ? "GUESSED SIZES (" : "sizes of ");
        }
        assertThat(Preset.ALL.stream().filter(Preset::isGuess).map(Preset::name)).containsExactly("3.9b");
    }

    @Test
    void aTypeThatCannotHoldAShapeIsRefusedBeforeAnythingIsWritten() {
        Path file = folder.resolve("3b.gguf");
        ModelConfig three = Preset.find("3b").orElseThrow().config();
        assertThatThrownBy(() -> Synthesizer.write(three, 1, TensorType.I2_S, TensorType.F16, 2, file, (done, total) -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("blk.0.ffn_down.weight: found shape [8640, 3200], expected k a multiple of 128 for I2_S");
        assertThat(folder).isEmptyDirectory();
    }
}
