package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.ir.Element;
import tern.ir.device.Device;
import tern.runtime.generate.Generator;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.model.Session;
import tern.runtime.sample.Sampler;
import tern.runtime.sample.Sampling;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// Tokens picked from the largest logits, found through the head's int8 copy, are those that all logits give. The first tokens after a warm-up
/// are those without one.
class GeneratorTest {

    private static final int TOKENS = 24, OF_INTERPRETER = 6;

    @TempDir
    static Path cache;

    @ParameterizedTest(name = "{0}, temperature {1}, top-k {2}, top-p {3}, penalty {4}")
    @CsvSource({
        "cpu, 0, 0, 1, 1", "cpu, 0.8, 5, 1, 1", "cpu, 1.5, 40, 0.9, 1", "cpu, 0.7, 0, 0.9, 1", "reference, 1.2, 3, 1, 1",
        "cpu, 0, 0, 1, 1.4", "cpu, 0.8, 5, 1, 1.4"
    })
    void theInt8HeadChangesNoToken(String device, float temperature, int topK, float topP, float penalty) throws IOException {
        var sampling = new Sampling(temperature, topK, topP, 0, new Sampling.Penalty(penalty, 20), 11);
        try (Arena arena = Arena.ofShared();
                Device opened = Devices.open(device, 2)) {
            GgufModel source = GgufModel.open(GoldenFiles.path("tiny256.i2_s.gguf"), arena, false);
            var library = new ScheduledLibrary(opened, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
            var settings = new Model.Settings(64, 8, Element.F32, 1, cache);
            Model model = Model.load(opened, library, source, settings, arena, done -> {});
            int[] prompt = GoldenFiles.ids("tiny256.tokens.i32");

            var generator = new Generator(model, sampling, arena);
            assertThat(generator.readsInt8Head()).isEqualTo(temperature == 0 || topK > 0);
            generator.session().warmUp(prompt.length, done -> {});
            generator.feed(prompt);

            Session session = model.session(false, 0);
            var sampler = new Sampler(sampling, model.config().vocabulary());
            MemorySegment logits = arena.allocate(4L * model.config().vocabulary(), 64);
            session.feed(prompt);
            sampler.restart(prompt, prompt.length);
            int tokens = device.equals("reference") ? OF_INTERPRETER : TOKENS;
            assertThat(continued(tokens, generator::next)).isEqualTo(continued(tokens, () -> {
                session.logits(logits);
                int token = sampler.pick(logits);
                session.next(token);
                sampler.take(token);
                return token;
            }));
        }
    }

    private static int[] continued(int count, IntSupplier next) {
        return IntStream.generate(next).limit(count).toArray();
    }
}
