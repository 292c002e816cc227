package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.codegen.cuda.device.GpuDevice;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.Element;
import tern.ir.device.Device;
import tern.ir.target.Targets;
import tern.runtime.evaluate.Exam;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.model.Session;
import tern.runtime.tokenizer.BpeTokenizer;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// A whole model on a simulated card: the transformer that the CPU runs, with PTX kernels, gives the same logits to the last bit.
class SimulatedModelTest {

    private static final int TOKENS = 2;

    /// Questions; a simulated card takes seconds for each.
    private static final int ASKED = Breadth.ALL ? 3 : 1;

    @TempDir
    private Path cache;

    @Test
    void givesTheLogitsOfTheCpu() throws IOException {
        List<byte[]> expected, found;
        try (Device cpu = Devices.open("cpu", 1)) {
            expected = logits(cpu, cache.resolve("cpu"));
        }
        try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            found = logits(card, cache.resolve("card"));
        }
        assertThat(found).hasSize(expected.size());
        for (int i = 0; i < expected.size(); i++) assertThat(found.get(i)).as("logits " + i).isEqualTo(expected.get(i));
    }

    /// The model that can add gives the answers that it gives on the CPU, from kernels of every kind: a prompt, then token by token.
    @Test
    void theTrainedModelAddsAsOnTheCpu() throws IOException {
        Path file = SumsModel.copy(cache);
        Exam exam = SumsModel.exam().first(ASKED);
        List<String> expected, found;
        try (Device cpu = Devices.open("cpu", 1)) {
            expected = ask(exam, file, cpu, cache.resolve("cpu"));
        }
        try (Device card = new GpuDevice(new Simulator(Targets.H200), Targets.H200)) {
            found = ask(exam, file, card, cache.resolve("card"));
        }
        assertThat(found).isEqualTo(expected).isEqualTo(exam.questions().stream().map(Exam.Question::answer).toList());
    }

    private static List<String> ask(Exam exam, Path file, Device device, Path folder) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            GgufModel source = GgufModel.open(file, arena, false);
            var library = new ScheduledLibrary(device, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
            Model model = Model.load(device, library, source, new Model.Settings(0, 8, Element.F32, 1, folder), arena, done -> {});
            return exam.ask(model, BpeTokenizer.of(source.file().metadata()), arena, done -> {}).answers();
        }
    }

    /// A batch of tokens, then one more.
    private static List<byte[]> logits(Device device, Path folder) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            GgufModel file = GgufModel.open(GoldenFiles.path("robust128.i2_s.gguf"), arena, false);
            var library = new ScheduledLibrary(device, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
            Model model = Model.load(device, library, file, new Model.Settings(32, 8, Element.F32, 1, folder), arena, done -> {});
            MemorySegment row = arena.allocate(4L * model.config().vocabulary(), 64);
            int[] ids = GoldenFiles.ids("robust128.tokens.i32");
            var all = new ArrayList<byte[]>();
            Session session = model.session(true, 0);
            session.feed(Arrays.copyOf(ids, TOKENS), row, (token, logits) -> all.add(logits.toArray(ValueLayout.JAVA_BYTE)));
            session.next(ids[TOKENS]);
            session.logits(row);
            all.add(row.toArray(ValueLayout.JAVA_BYTE));
            return all;
        }
    }
}
