package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.ir.Element;
import tern.ir.Op.RopePairs;
import tern.ir.device.Device;
import tern.runtime.doctor.Doctor;
import tern.runtime.doctor.Finding;
import tern.runtime.doctor.Finding.Verdict;
import tern.runtime.doctor.SublayerCheck;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Linear;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;
import tern.runtime.tokenizer.BpeTokenizer;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// The doctor finds nothing wrong with a model that is right, and what is wrong with one that is not.
class DoctorTest {

    @TempDir
    static Path folder;

    private static Path file;

    @BeforeAll
    static void copy() throws IOException {
        file = SumsModel.copy(folder);
    }

    private static int[] tokens(GgufModel source) {
        int[] text = BpeTokenizer.of(source.file().metadata()).encode("1234+5678=2196:6912");
        int[] all = new int[text.length + 1];
        all[0] = 256;
        System.arraycopy(text, 0, all, 1, text.length);
        return all;
    }

    /// Runs a model that may be wrong; the doctor knows the right file.
    private static List<Finding> parts(UnaryOperator<ModelSource> wrong) throws IOException {
        try (Arena arena = Arena.ofShared();
                Device device = Devices.open("cpu", 1)) {
            GgufModel source = GgufModel.open(file, arena, false);
            var library = new ScheduledLibrary(device, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
            Model model = Model.load(device, library, wrong.apply(source), new Model.Settings(0, 32, Element.F32, 1, folder), arena, done -> {});
            int[] tokens = tokens(source);
            return new Doctor(source).parts(Doctor.run(model, tokens, arena), tokens, null, done -> {});
        }
    }

    private static List<Finding> wrong(List<Finding> findings) {
        return findings.stream().filter(finding -> finding.verdict() == Verdict.WRONG).toList();
    }

    @Test
    void aRightModelAgreesWithF64InEveryPart() throws IOException {
        List<Finding> findings = parts(UnaryOperator.identity());
        assertThat(wrong(findings)).isEmpty();
        assertThat(findings).anySatisfy(finding -> assertThat(finding.detail()).startsWith("5 parts agree with f64"));
    }

    @Test
    void aWrongScaleShowsInItsPartAlone() throws IOException {
        List<Finding> findings = parts(
                SumsModel.withTensor("blk.1.ffn_down.weight", Linear.class, right -> new Linear(right.m(), right.k(), right.rows(), 1.1f * right.scale())));
        assertThat(wrong(findings)).singleElement().satisfies(finding -> assertThat(finding.subject()).isEqualTo("feed-forward part of layer 1"));
    }

    @Test
    void aWrongNormShowsInItsPartAlone() throws IOException {
        List<Finding> findings = parts(
                SumsModel.withTensor("blk.0.attn_sub_norm.weight", MemorySegment.class, right -> {
                    float[] norm = right.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
                    norm[7] += 3;
                    return Arena.ofAuto().allocate(4L * norm.length + 64, 64).copyFrom(MemorySegment.ofArray(norm));
                }));
        assertThat(wrong(findings)).singleElement().satisfies(finding -> assertThat(finding.subject()).isEqualTo("attention of layer 0"));
    }

    @Test
    void theFileIsLookedThrough() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            GgufModel source = GgufModel.open(file, arena, false);
            assertThat(wrong(new Doctor(source).file(done -> {}))).isEmpty();
            ModelSource bad = SumsModel.withTensor("blk.1.ffn_norm.weight", MemorySegment.class, right -> {
                float[] norm = right.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
                norm[3] = Float.NaN;
                return MemorySegment.ofArray(norm);
            }).apply(SumsModel.withTensor("blk.0.attn_k.weight", Linear.class,
                    right -> new Linear(right.m(), right.k(), (row, digits) -> Arrays.fill(digits, (byte) 0), -1)).apply(source));
            assertThat(wrong(new Doctor(bad).file(done -> {})))
                    .extracting(finding -> finding.subject() + ": " + finding.detail())
                    .containsExactlyInAnyOrder(
                            "blk.0.attn_k.weight: its scale is -1.0",
                            "blk.0.attn_k.weight: all weights are 0",
                            "blk.1.ffn_norm.weight: 1 of 128 weights are NaN or infinite");
        }
    }

    @Test
    void activationAndPairsAreToldByWhatTheyPredict() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            GgufModel source = GgufModel.open(file, arena, false);
            int[] tokens = tokens(source);
            assertThat(new Doctor(source).ambiguities(tokens, done -> {})).extracting(Finding::verdict).containsOnly(Verdict.GOOD);
            ModelSource turned = SumsModel.withAnswer(source, ModelConfig.class, DoctorTest::neighbours);
            assertThat(wrong(new Doctor(turned).ambiguities(tokens, done -> {}))).singleElement().satisfies(finding -> {
                assertThat(finding.subject()).isEqualTo("RoPE pairs");
                assertThat(finding.detail()).contains("neighbours (2i, 2i + 1)", "the file is of the other kind");
            });
        }
    }

    private static ModelConfig neighbours(ModelConfig c) {
        return new ModelConfig(
                c.architecture(), c.hidden(), c.layers(), c.heads(), c.kvHeads(), c.headDim(), c.ffn(), c.vocabulary(), c.context(), c.epsilon(),
                c.theta(), RopePairs.NEIGHBOURS);
    }

    @Test
    void plainModelGivesTheLogitsOfTheIndependentProgram() throws IOException {
        try (Arena arena = Arena.ofShared();
                Device device = Devices.open("cpu", 1)) {
            GgufModel source = GgufModel.open(GoldenFiles.path("robust128.i2_s.gguf"), arena, false);
            int[] tokens = GoldenFiles.ids("robust128.tokens.i32");
            var library = new ScheduledLibrary(device, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
            Model model = Model.load(device, library, source, new Model.Settings(64, 32, Element.F32, 1, folder), arena, done -> {});
            SublayerCheck run = Doctor.run(model, tokens, arena);
            float[][] expected = GoldenFiles.floats("robust128.numpy_f64ref.f32", 256);
            FloatBuffer dump = FloatBuffer.allocate(256 * tokens.length);
            for (float[] row : expected) dump.put(row);
            dump.flip();
            List<Finding> findings = new Doctor(source).parts(run, tokens, dump, done -> {});
            assertThat(wrong(findings)).isEmpty();
            // No value of this model comes near a tie, so not even rounding differs.
            assertThat(findings.getFirst().detail()).containsPattern("5 parts agree with f64; .* by \\d(\\.\\d+)?e-\\d+ %");
            assertThat(findings).anySatisfy(finding -> assertThat(finding.subject()).isEqualTo("reference"));
        }
    }
}
