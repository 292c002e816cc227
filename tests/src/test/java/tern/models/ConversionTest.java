package tern.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tern.ir.Op.RopePairs;
import tern.runtime.ModelException;
import tern.runtime.convert.Conversion;
import tern.runtime.convert.Conversion.Result;
import tern.runtime.convert.Conversion.Weights;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.Block;
import tern.runtime.model.Block.Activation;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;
import tern.runtime.tokenizer.Tokenizer;

/// Models from each format to each other, compared with what is in them, and with the golden files that other programs wrote.
class ConversionTest {

    private static final Path GOLDEN = Path.of(System.getProperty("basedir", "."), "src", "test", "resources", "golden");
    private static final Block LLAMA = new Block(false, Activation.SILU, false);

    @TempDir
    Path folder;

    @TempDir
    static Path cache;

    private static Result convert(Weights weights, boolean round, Path in, Path out) throws IOException {
        var last = new long[2];
        Result result = new Conversion(weights, round, false, true).run(in, out, (done, total) -> {
            assertThat(done).isBetween(last[0], total);
            last[0] = done;
            last[1] = total;
        });
        assertThat(last[0]).as("all weights are written and read back").isEqualTo(last[1]).isEqualTo(2 * result.weights());
        return result;
    }

    private Path out(Weights weights, String name) {
        return folder.resolve(weights == Weights.PACKED ? name : name + ".gguf");
    }

    private static PlainModel model(Block block) {
        RopePairs pairs = RopePairs.HALVES;
        return PlainModel.random(new ModelConfig("any", 256, 1, 4, 2, 64, 256, 128, 64, 1e-5f, 10000, pairs, block), 3);
    }

    private static void assertHolds(Path file, PlainModel model) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            CheckpointModelTest.assertHolds(ModelSource.open(file, arena, false), model);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Weights.class, mode = EnumSource.Mode.EXCLUDE, names = "Q1_0")
    void aCheckpointBecomesEverythingAndComesBack(Weights weights) throws IOException {
        PlainModel model = model(Block.BITNET_2B4T);
        Path hub = Files.createDirectory(folder.resolve("hub")), there = out(weights, "there"), back = folder.resolve("back");
        model.scales.putAll(HubFiles.write(model, HubFiles.Weights.AUTOBITLINEAR, 2, false, hub));
        assertThat(convert(weights, false, hub, there).note().isPresent()).as("there is no tokenizer").isEqualTo(weights != Weights.PACKED);
        assertHolds(there, model);
        convert(Weights.PACKED, false, there, back);
        assertHolds(back, model);
    }

    /// Scales that were divided by become scales to multiply with; bf16 masters become what absmean made of them.
    @ParameterizedTest
    @CsvSource({"BITLINEAR, I2_S", "BITLINEAR, PACKED", "MASTER, I2_S", "MASTER, PACKED"})
    void otherCheckpoints(HubFiles.Weights from, Weights to) throws IOException {
        PlainModel model = model(Block.BITNET_2B4T);
        Path hub = Files.createDirectory(folder.resolve("hub")), there = out(to, "there");
        model.scales.putAll(HubFiles.write(model, from, 1, true, hub));
        convert(to, false, hub, there);
        assertHolds(there, model);
    }

    /// In GGUF, a Llama's rows of q and k lie in another order, and the file says so by its name.
    @Test
    void aLlamaKeepsWhatItComputes() throws IOException {
        PlainModel model = model(LLAMA);
        Path hub = Files.createDirectory(folder.resolve("hub")), gguf = folder.resolve("llama.gguf"), back = folder.resolve("back");
        model.scales.putAll(HubFiles.write(model, HubFiles.Weights.BITLINEAR, 1, false, hub));
        convert(Weights.I2_S, false, hub, gguf);
        try (Arena arena = Arena.ofShared()) {
            assertThat(ModelSource.open(gguf, arena, false).config().pairs()).isEqualTo(RopePairs.NEIGHBOURS);
        }
        Runs.assertAgrees(gguf, model, cache);
        convert(Weights.PACKED, false, gguf, back);
        assertHolds(back, model);
    }

    @ParameterizedTest
    @CsvSource({"robust128.i2_s.gguf, I2_S", "tiny256.i2_s.gguf, I2_S", "tiny256.tq1_0.gguf, TQ1_0", "tiny256.tq2_0.gguf, TQ2_0"})
    void goldenFilesComeBackByWayOfACheckpoint(String name, Weights weights) throws IOException {
        Path golden = GOLDEN.resolve(name), hub = folder.resolve("hub"), back = folder.resolve("back.gguf");
        assertThat(convert(Weights.PACKED, false, golden, hub).note()).isEmpty();
        convert(weights, false, hub, back);
        assertSame(golden, hub);
        assertSame(golden, back);
        assertThat(Runs.logits(hub, "cpu", cache)).isDeepEqualTo(Runs.logits(golden, "cpu", cache));
    }

    /// Tokenizers are the same, too.
    private static void assertSame(Path golden, Path other) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            ModelSource a = ModelSource.open(golden, arena, false), b = ModelSource.open(other, arena, false);
            assertThat(b.config()).isEqualTo(a.config());
            Tokenizer before = a.tokenizer(), after = b.tokenizer();
            assertThat(after.stops()).isEqualTo(before.stops());
            assertThat(after.specials()).isEqualTo(before.specials());
            assertThat(after.encode("any text, 123 ünd möre")).isEqualTo(before.encode("any text, 123 ünd möre"));
        }
    }

    /// Three golden files hold the same weights; those in TQ formats have the scales rounded.
    @ParameterizedTest
    @CsvSource({"TQ1_0, tiny256.tq1_0.gguf", "TQ2_0, tiny256.tq2_0.gguf"})
    void roundedScalesGiveTheGoldenFile(Weights weights, String expected) throws IOException {
        Path in = GOLDEN.resolve("tiny256.i2_s.gguf"), out = folder.resolve("out.gguf");
        assertThatThrownBy(() -> convert(weights, false, in, out)).isInstanceOf(ModelException.class)
                .hasMessageStartingWith(in + ": tensor 'blk.0.attn_q.weight': has the scale ")
                .hasMessageEndingWith("; --round-scales allows it");
        assertThat(folder).isEmptyDirectory();
        convert(weights, true, in, out);
        assertThat(Runs.logits(out, "cpu", cache)).isDeepEqualTo(Runs.logits(GOLDEN.resolve(expected), "cpu", cache));
    }

    @Test
    void whatAFormatCannotHoldIsRefused() throws IOException {
        Path in = GOLDEN.resolve("robust128.i2_s.gguf");
        assertThatThrownBy(() -> convert(Weights.TQ2_0, true, in, folder.resolve("out.gguf"))).isInstanceOf(ModelException.class)
                .hasMessage(in + ": tensor 'blk.0.attn_q.weight': found shape [128, 128], expected k a multiple of 256 for TQ2_0");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void nothingThatIsThereIsReplacedByAFolder() throws IOException {
        Path in = GOLDEN.resolve("robust128.i2_s.gguf"), there = Files.createDirectory(folder.resolve("there"));
        Files.createFile(there.resolve("file"));
        assertThatThrownBy(() -> convert(Weights.PACKED, false, in, there)).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> convert(Weights.PACKED, false, in, folder.resolve("x.gguf"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> convert(Weights.I2_S, false, in, there)).isInstanceOf(IllegalArgumentException.class);
        Files.delete(there.resolve("file"));
        convert(Weights.PACKED, false, in, there);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(there);
        }
    }

    @Test
    void otherTensorsAndKeysOfAGgufFileAreKept() throws IOException {
        PlainModel model = PlainModel.random(new ModelConfig("bitnet", 256, 1, 4, 2, 64, 256, 128, 64, 1e-5f, 10000, RopePairs.HALVES,
                new Block(true, Activation.SILU, true)), 3);
        Path in = folder.resolve("in.gguf"), out = folder.resolve("out.gguf");
        GgufFiles.write(model, TensorType.F32, TensorType.Q8_0, TensorType.F16, in);
        convert(Weights.TQ1_0, false, in, out);
        try (Arena arena = Arena.ofShared()) {
            var before = tern.runtime.gguf.Gguf.open(in, arena);
            var after = tern.runtime.gguf.Gguf.open(out, arena);
            assertThat(after.metadata().keys()).containsAll(before.metadata().keys());
            assertThat(after.tensor("token_embd.weight").type()).isEqualTo(TensorType.Q8_0);
            assertThat(after.tensor("output_norm.weight").type()).isEqualTo(TensorType.F16);
            assertThat(after.tensor("blk.0.attn_q.weight").type()).isEqualTo(TensorType.TQ1_0);
        }
    }
}
