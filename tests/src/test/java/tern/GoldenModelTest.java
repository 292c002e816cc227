package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tern.ir.Element;
import tern.ir.Packing;
import tern.ir.device.Device;
import tern.ir.text.Tir;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Linear;
import tern.runtime.model.Model;
import tern.runtime.model.Session;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// Whole models against logits of an independent float64 program and of bitnet.cpp.
class GoldenModelTest {

    private static final int ROBUST_VOCABULARY = 256, TINY_VOCABULARY = 512;

    @TempDir
    static Path cache;

    /// How a model is run.
    private record How(String device, int threads, List<Packing> packings, int batch) {
        static How cpu(int threads) {
            return new How("cpu", threads, Breadth.packings(), 8);
        }
    }

    private static float[][] logits(String file, String tokens, How how, boolean step) throws IOException {
        return logits(file, tokens, how).get(step ? 1 : 0);
    }

    /// In batches, and step by step.
    private static List<float[][]> logits(String file, String tokens, How how) throws IOException {
        try (Arena arena = Arena.ofShared();
                Device device = Devices.open(how.device, how.threads)) {
            GgufModel source = GgufModel.open(GoldenFiles.path(file), arena, false);
            var library = new ScheduledLibrary(device, how.packings, ScheduleSource.NONE, kernel -> {});
            var settings = new Model.Settings(64, how.batch, Element.F32, 2, cache);
            Model model = Model.load(device, library, source, settings, arena, done -> {});
            int[] ids = GoldenFiles.ids(tokens);
            MemorySegment row = arena.allocate(4L * model.config().vocabulary(), 64);
            List<float[]> batches = new ArrayList<>(), steps = new ArrayList<>();
            model.session(true, 0).feed(ids, row, (token, logits) -> batches.add(logits.toArray(ValueLayout.JAVA_FLOAT)));
            Session session = model.session(false, 0);
            for (int id : ids) {
                session.next(id);
                session.logits(row);
                steps.add(row.toArray(ValueLayout.JAVA_FLOAT));
            }
            return List.of(batches.toArray(float[][]::new), steps.toArray(float[][]::new));
        }
    }

    @ParameterizedTest(name = "{0}, step {1}")
    @CsvSource({"cpu, false", "cpu, true", "reference, false"})
    void robustModelAgreesWithBothReferences(String device, boolean step) throws IOException {
        How how = new How(device, 2, Breadth.packings(), 8);
        float[][] logits = logits("robust128.i2_s.gguf", "robust128.tokens.i32", how, step);
        for (String reference : List.of("robust128.numpy_f64ref.f32", "robust128.bitnetcpp.batch.kvf32.f32")) {
            float[][] expected = GoldenFiles.floats(reference, ROBUST_VOCABULARY);
            assertThat(logits).as(reference).hasSameDimensionsAs(expected);
            for (int i = 0; i < logits.length; i++)
                assertThat(largestDifference(logits[i], expected[i])).as("%s, position %d", reference, i).isLessThan(1e-4);
        }
    }

    @ParameterizedTest(name = "step {0}")
    @ValueSource(booleans = {false, true})
    void tinyModelAgreesUpToRoundingTies(boolean step) throws IOException {
        float[][] logits = logits("tiny256.i2_s.gguf", "tiny256.tokens.i32", How.cpu(2), step);
        float[][] expected = GoldenFiles.floats("tiny256.numpy_f64ref.f32", TINY_VOCABULARY);
        int close = 0, sameArgmax = 0;
        for (int i = 0; i < logits.length; i++) {
            if (largestDifference(logits[i], expected[i]) <= 2e-4) close++;
            if (argmax(logits[i]) == argmax(expected[i])) sameArgmax++;
            assertThat(cosine(logits[i], expected[i])).as("position %d", i).isGreaterThanOrEqualTo(0.9995);
        }
        assertThat(close).isGreaterThanOrEqualTo(16);
        assertThat(sameArgmax).isGreaterThanOrEqualTo(31);
    }

    @Test
    void batchStepThreadsAndPackingsGiveIdenticalBits() throws IOException {
        String file = "robust128.i2_s.gguf", tokens = "robust128.tokens.i32";
        float[][] expected = logits(file, tokens, How.cpu(1), true);
        var hows = new ArrayList<>(List.of(How.cpu(1), How.cpu(2), How.cpu(3)));
        // With the numbers of threads and the lengths of batches in turn.
        int[] batches = {1, 3, 7, 32};
        int turn = 0;
        List<String> all = List.of("tq1_0", "tri5r16", "base3x5", "planes", "i2_s", "tq2_0", "tri5r32", "tl2");
        for (String packing : Breadth.ALL ? all : all.subList(0, 4))
            hows.add(new How("cpu", 1 + turn % 3, List.of(Tir.library().packing(packing)), batches[turn++ % batches.length]));
        for (How how : hows)
            assertThat(logits(file, tokens, how)).as("%s", how).allSatisfy(logits -> assertThat(logits).isDeepEqualTo(expected));
    }

    @Test
    void threeFormatsHoldTheSameWeights() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            GgufModel i2s = GgufModel.open(GoldenFiles.path("tiny256.i2_s.gguf"), arena, false);
            GgufModel tq1 = GgufModel.open(GoldenFiles.path("tiny256.tq1_0.gguf"), arena, false);
            GgufModel tq2 = GgufModel.open(GoldenFiles.path("tiny256.tq2_0.gguf"), arena, false);
            int compared = 0;
            for (var tensor : i2s.file().tensors()) {
                if (tensor.type() != TensorType.I2_S) continue;
                int m = Math.toIntExact(tensor.m()), k = Math.toIntExact(tensor.k());
                Linear a = i2s.linear(tensor.name(), m, k);
                for (GgufModel other : List.of(tq1, tq2)) {
                    Linear b = other.linear(tensor.name(), m, k);
                    assertThat((double) b.scale()).isCloseTo(a.scale(), Percentage.withPercentage(0.05));
                    byte[] expected = new byte[k], actual = new byte[k];
                    for (int row = 0; row < m; row++) {
                        a.rows().read(row, expected);
                        b.rows().read(row, actual);
                        assertThat(actual).as("%s row %d", tensor.name(), row).isEqualTo(expected);
                    }
                }
                compared++;
            }
            assertThat(compared).isEqualTo(3 * 7);
        }
    }

    private static double largestDifference(float[] a, float[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((double) a[i] - b[i]));
        return largest;
    }

    private static double cosine(float[] a, float[] b) {
        double ab = 0, aa = 0, bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return ab / Math.sqrt(aa * bb);
    }

    private static int argmax(float[] a) {
        int best = 0;
        for (int i = 1; i < a.length; i++) if (a[i] > a[best]) best = i;
        return best;
    }
}
