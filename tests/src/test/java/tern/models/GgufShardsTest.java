package tern.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.runtime.ModelException;
import tern.runtime.convert.Conversion;
import tern.runtime.convert.Conversion.Weights;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Metadata;
import tern.runtime.gguf.Payload;
import tern.runtime.gguf.Tensor;
import tern.runtime.gguf.Value;
import tern.runtime.gguf.ValueType;
import tern.runtime.model.ModelSource;

/// Models in several files, as llama.cpp's gguf-split writes them.
class GgufShardsTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/tiny256.i2_s.gguf");

    @TempDir
    Path folder;

    @TempDir
    static Path cache;

    private static Path name(Path folder, int no, int count) {
        return folder.resolve("model-%05d-of-%05d.gguf".formatted(no + 1, count));
    }

    /// The golden file in `count` files; the first has no tensors, as `--no-tensor-first-split` leaves it.
    private void split(int count) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Gguf whole = Gguf.open(GOLDEN, arena);
            for (int no = 0; no < count; no++) {
                var writer = new GgufWriter();
                Metadata keys = whole.metadata();
                if (no == 0) for (String key : keys.keys()) writer.put(key, keys.find(key).orElseThrow());
                writer.put("split.no", new Value.Int(ValueType.U16, no)).put("split.count", new Value.Int(ValueType.U16, count));
                writer.put("split.tensors.count", new Value.Int(ValueType.I32, whole.tensors().size()));
                for (int i = 0; i < whole.tensors().size(); i++) {
                    Tensor tensor = whole.tensors().get(i);
                    if (1 + i % (count - 1) == no) writer.tensor(tensor.name(), tensor.ne(), tensor.type(), Payload.of(tensor.data()));
                }
                writer.write(name(folder, no, count));
            }
        }
    }

    @Test
    void anyShardAndTheirFolderStandForAll() throws IOException {
        split(3);
        float[][] expected = Runs.logits(GOLDEN, "cpu", cache);
        assertThat(Runs.logits(name(folder, 0, 3), "cpu", cache)).isDeepEqualTo(expected);
        assertThat(Runs.logits(name(folder, 2, 3), "cpu", cache)).isDeepEqualTo(expected);
        assertThat(Runs.logits(folder, "cpu", cache)).isDeepEqualTo(expected);
    }

    @Test
    void oneAloneNamesThoseThatAreMissing() throws IOException {
        split(3);
        Path second = name(folder, 1, 3);
        Files.delete(name(folder, 0, 3));
        Files.delete(name(folder, 2, 3));
        assertRefused(second, second + ": key 'split.count': is shard 2 of 3; missing in its folder: model-00001-of-00003.gguf, model-00003-of-00003.gguf");
        Path other = Files.move(second, folder.resolve("second.gguf"));
        assertRefused(other,
                other + ": key 'split.count': is shard 2 of 3; the others are found by its name, so expected it to be called *-00002-of-00003.gguf");
    }

    @Test
    void aShardThatIsAnotherIsRefused() throws IOException {
        split(3);
        Files.copy(name(folder, 1, 3), name(folder, 2, 3), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertRefused(name(folder, 0, 3), name(folder, 2, 3) + ": key 'split.count': found shard 2 of 3, expected 3 of 3, as its name says");
    }

    @Test
    void whatIsConvertedIsOneFile() throws IOException {
        split(2);
        Path out = folder.resolve("whole.gguf");
        new Conversion(Weights.I2_S, false, false, false).run(name(folder, 1, 2), out, (_, _) -> {});
        try (Arena arena = Arena.ofConfined()) {
            assertThat(Gguf.open(out, arena).metadata().keys()).noneMatch(key -> key.startsWith("split."));
        }
        assertThat(Runs.logits(out, "cpu", cache)).isDeepEqualTo(Runs.logits(GOLDEN, "cpu", cache));
    }

    private static void assertRefused(Path file, String message) {
        try (Arena arena = Arena.ofShared()) {
            assertThatThrownBy(() -> ModelSource.open(file, arena, false)).isInstanceOf(ModelException.class).hasMessage(message);
        }
    }
}
