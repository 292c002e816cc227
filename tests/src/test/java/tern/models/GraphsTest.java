package tern.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tern.Breadth;
import tern.ir.Element;
import tern.ir.Op.RopePairs;
import tern.ir.RopeAngles.Yarn;
import tern.ir.device.Device;
import tern.runtime.ModelException;
import tern.runtime.convert.Conversion;
import tern.runtime.doctor.Doctor;
import tern.runtime.doctor.Finding;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.TensorType;
import tern.runtime.gguf.Value;
import tern.runtime.model.Block;
import tern.runtime.model.Block.Activation;
import tern.runtime.model.Block.Norms;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;
import tern.runtime.model.Positions;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// Qwen3, Gemma 3 and the embedding models built on them: as GGUF files and as checkpoints, compared with two programs in f64.
class GraphsTest {

    private static final Positions STRETCHED = new Positions(new Yarn(4, 16, 32, 1, Yarn.attention(4)), 0, 1, 0);

    /// Every second layer sees four positions.
    private static final Positions WINDOWS = new Positions(null, 4, 2, 10000);

    enum Graph {
        QWEN3("qwen3", new Block(Set.of(Norms.HEAD), Activation.SILU, true, Positions.PLAIN, 1, 0)),
        QWEN3_YARN("qwen3", new Block(Set.of(Norms.HEAD), Activation.SILU, false, STRETCHED, 1, 0)),
        QWEN3_EMBEDDING("qwen3", new Block(Set.of(Norms.HEAD, Norms.INPUT), Activation.SILU, true, Positions.PLAIN, 1, 0)),
        GEMMA3_EMBEDDING("gemma3", new Block(Set.of(Norms.HEAD, Norms.POST, Norms.INPUT), Activation.GELU, true, WINDOWS, (float) Math.sqrt(128), 0)),
        GEMMA3("gemma3", new Block(Set.of(Norms.HEAD, Norms.POST), Activation.GELU, true, Positions.PLAIN, (float) Math.sqrt(128), 0));

        final ModelConfig config;

        Graph(String architecture, Block block) {
            config = new ModelConfig(architecture, 128, 2, 2, 1, 128, 256, 128, 64, 1e-6f, 1e6f, RopePairs.HALVES, block);
        }
    }

    @TempDir
    Path folder;

    @TempDir
    static Path cache;

    private Path gguf(PlainModel model, TensorType weights) throws IOException {
        Path file = folder.resolve("model.gguf");
        GgufFiles.write(model, weights, TensorType.BF16, TensorType.F32, file);
        return file;
    }

    @ParameterizedTest
    @EnumSource(Graph.class)
    void ggufRunsAsPlainJavaDoes(Graph graph) throws IOException {
        PlainModel model = PlainModel.random(graph.config, 3);
        Path file = gguf(model, TensorType.I2_S);
        try (Arena arena = Arena.ofShared()) {
            ModelSource source = ModelSource.open(file, arena, false);
            assertThat(source.config()).isEqualTo(graph.config);
            CheckpointModelTest.assertHolds(source, model);
        }
        Runs.assertAgrees(file, model, cache);
    }

    @ParameterizedTest
    @EnumSource(names = {"QWEN3_EMBEDDING", "GEMMA3_EMBEDDING"})
    void checkpointsRunAsPlainJavaDoes(Graph graph) throws IOException {
        PlainModel model = PlainModel.random(graph.config, 4);
        model.scales.putAll(HubFiles.write(model, HubFiles.Weights.MASTER, 1, false, folder));
        try (Arena arena = Arena.ofShared()) {
            ModelSource source = ModelSource.open(folder, arena, false);
            assertThat(source.config()).isEqualTo(graph.config);
            CheckpointModelTest.assertHolds(source, model);
        }
        Runs.assertAgrees(folder, model, cache);
    }

    /// Norms with the 1 that is added, windows, and what says that it makes vectors: [tern.runtime.convert.Conversion] reads it back.
    @Test
    void aCheckpointBecomesAGgufFile() throws IOException {
        PlainModel model = PlainModel.random(Graph.GEMMA3_EMBEDDING.config, 4);
        HubFiles.write(model, HubFiles.Weights.MASTER, 1, false, folder);
        Path file = folder.resolve("out.gguf");
        new Conversion(Conversion.Weights.I2_S, false, false, false).run(folder, file, (_, _) -> {});
        try (Arena arena = Arena.ofShared()) {
            ModelSource written = ModelSource.open(file, arena, false);
            assertThat(written.config()).isEqualTo(Graph.GEMMA3_EMBEDDING.config);
            assertThat(written.makesVectors()).isTrue();
        }
    }

    /// A Bonsai: groups of 64 or 128 weights with scales of their own.
    @ParameterizedTest
    @CsvSource({"Q2_0, 64, 10", "PQ2_0, 128, 5"})
    void groupScalesRunAsPlainJavaDoes(TensorType weights, int group, long seed) throws IOException {
        PlainModel model = PlainModel.random(Graph.QWEN3_YARN.config, seed);
        model.scaleGroups(group, new SplittableRandom(9));
        Runs.assertAgrees(gguf(model, weights), model, cache);
    }

    /// Inputs of products with a scale for each group, along with scales of rows and of groups of weights.
    @ParameterizedTest
    @CsvSource({"I2_S, 0, 32, 3", "Q2_0, 64, 32, 10", "PQ2_0, 128, 256, 5", "I2_S, 0, 64, 8", "PQ2_0, 128, 128, 5"})
    void inputsMayHaveScalesOfGroups(TensorType weights, int group, int inputs, long seed) throws IOException {
        PlainModel model = PlainModel.random(Graph.QWEN3_YARN.config.withInputGroup(inputs), seed);
        if (group > 0) model.scaleGroups(group, new SplittableRandom(9));
        Path file = gguf(model, weights);
        Runs.assertAgrees(file, model, cache);
        assertDoctorAgrees(file, model.config);
    }

    /// Embedding and head are one table of ternary weights, in groups of 64.
    @Test
    void theLargestLogitsOfATernaryHeadAreFound() throws IOException {
        PlainModel model = PlainModel.random(Graph.QWEN3.config, 10);
        for (float[] row : model.embedding) for (int i = 0; i < row.length; i++) row[i] = Math.signum(row[i]) * 0.375f;
        Path file = folder.resolve("ternary.gguf");
        GgufFiles.write(model, TensorType.Q2_0, TensorType.Q2_0, TensorType.F32, file);
        int[] ids = Runs.ids(128), made = Runs.generated(file, cache, 3);
        for (int i = 0; i < made.length; i++) {
            double[] last = model.logits(ids)[ids.length - 1];
            for (double logit : last) assertThat(logit).as("token %d", i).isLessThanOrEqualTo(last[made[i]]);
            ids = Arrays.copyOf(ids, ids.length + 1);
            ids[ids.length - 1] = made[i];
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"QWEN3_YARN", "GEMMA3_EMBEDDING"})
    void everyPartAgreesWithTheDoctor(Graph graph) throws IOException {
        assertDoctorAgrees(gguf(PlainModel.random(graph.config, 6), TensorType.I2_S), graph.config);
    }

    private static void assertDoctorAgrees(Path file, ModelConfig config) throws IOException {
        try (Arena arena = Arena.ofShared();
                Device device = Runs.open("cpu")) {
            ModelSource source = ModelSource.open(file, arena, false, config.block().inputGroup());
            var library = new ScheduledLibrary(device, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
            Model model = Model.load(device, library, source, new Model.Settings(64, 16, Element.F32, 2, cache), arena, done -> {});
            int[] tokens = Runs.ids(config.vocabulary());
            List<Finding> findings = new ArrayList<>(new Doctor(source).file(done -> {}));
            findings.addAll(new Doctor(source).parts(Doctor.run(model, tokens, arena), tokens, null, done -> {}));
            assertThat(findings).noneMatch(finding -> finding.verdict() == Finding.Verdict.WRONG);
            assertThat(findings).anySatisfy(finding -> assertThat(finding.detail()).contains("5 parts agree with f64"));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "qwen35 | gated delta nets in place of attention in most layers, and attention with a gate of its own",
        "maple | experts and their router; RoPE of a part of a head, in some layers only",
        "qwen3moe | experts and their router",
    })
    void whatIsMissingIsSaid(String architecture, String missing) throws IOException {
        Path file = folder.resolve("model.gguf");
        new GgufWriter().put("general.architecture", Value.text(architecture)).write(file);
        try (Arena arena = Arena.ofShared()) {
            assertThatThrownBy(() -> ModelSource.open(file, arena, false)).isInstanceOf(ModelException.class)
                    .hasMessage("%s: key general.architecture: '%s' is not supported: Tern lacks %s", file, architecture, missing);
        }
    }

    @Test
    void aCheckpointOfAnotherKindIsRefusedByName() throws IOException {
        HubFiles.write(PlainModel.random(Graph.QWEN3_EMBEDDING.config, 4), HubFiles.Weights.MASTER, 1, false, folder);
        Path config = folder.resolve("config.json");
        String text = Files.readString(config);
        for (String[] change : new String[][] {
            {"\"qwen3\"", "\"qwen3_5\"", "'qwen3_5' is not supported: Tern lacks gated delta nets"},
            {"\"rope_scaling\":null", "\"rope_scaling\":{\"rope_type\":\"llama3\"}", "'llama3' is not supported"},
            {"full_attention\"]", "chunked_attention\"]", "'chunked_attention' is not supported"},
        }) {
            Files.writeString(config, text.replace(change[0], change[1]));
            try (Arena arena = Arena.ofShared()) {
                assertThatThrownBy(() -> ModelSource.open(folder, arena, false)).isInstanceOf(ModelException.class).hasMessageContaining(change[2]);
            }
        }
    }
}
