package tern.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tern.Breadth;
import tern.ir.Element;
import tern.ir.device.Device;
import tern.models.GraphsTest.Graph;
import tern.runtime.embed.Embedder;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.Model;
import tern.runtime.model.ModelSource;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// Vectors of texts: those of a program in f64, whatever other texts are there.
class EmbedderTest {

    private static final int BATCH = 24;

    /// Of vectors of length 1: some of so many activations lie at a tie between two 8-bit steps.
    private static final double ROUNDING = 0.02;

    @TempDir
    static Path folder;

    @ParameterizedTest
    @EnumSource(names = {"QWEN3_EMBEDDING", "GEMMA3_EMBEDDING"})
    void vectorsAreThoseOfPlainJavaAloneAndTogether(Graph graph) throws IOException {
        PlainModel plain = PlainModel.random(graph.config, 3);
        Path file = folder.resolve(graph + ".gguf");
        GgufFiles.write(plain, TensorType.I2_S, TensorType.BF16, TensorType.F32, file);
        // The last is longer than a pass; one is a token alone.
        List<int[]> texts = Stream.of(5, 1, 9, 12, 7, 40).map(length -> new SplittableRandom(length).ints(length, 0, 128).toArray()).toList();
        try (Arena arena = Arena.ofShared();
                Device device = Runs.open("cpu")) {
            ModelSource source = ModelSource.open(file, arena, false);
            var library = new ScheduledLibrary(device, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
            Model model = Model.load(device, library, source, new Model.Settings(64, BATCH, Element.F32, 2, folder), arena, done -> {});
            var embedder = new Embedder(model, source, GgufFiles.vocabulary(300).tokenizer(), Runnable::run);
            List<float[]> vectors = embedder.embedTokens(texts, done -> {});
            List<int[]> backwards = texts.reversed();
            assertThat(embedder.embedTokens(backwards, done -> {}).reversed()).usingElementComparator(Arrays::compare).isEqualTo(vectors);
            for (int i = 0; i < texts.size(); i++) {
                assertThat(embedder.embedTokens(Collections.singletonList(texts.get(i)), done -> {}).getFirst()).containsExactly(vectors.get(i));
                double[] state = plain.states(texts.get(i))[texts.get(i).length - 1];
                double length = Math.sqrt(Arrays.stream(state).map(value -> value * value).sum());
                double apart = 0;
                for (int k = 0; k < state.length; k++) apart += Math.pow(vectors.get(i)[k] - state[k] / length, 2);
                assertThat(Math.sqrt(apart)).as("text %d", i).isLessThan(ROUNDING);
            }
        }
    }
}
