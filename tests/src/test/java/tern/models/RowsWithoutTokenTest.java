package tern.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.Breadth;
import tern.ir.Element;
import tern.ir.device.Device;
import tern.runtime.generate.Generator;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Metadata;
import tern.runtime.gguf.Payload;
import tern.runtime.gguf.Tensor;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.sample.Sampler;
import tern.runtime.sample.Sampling;
import tern.runtime.sample.TokenSet;
import tern.runtime.serve.Batcher;
import tern.runtime.serve.Generation;
import tern.runtime.serve.Request;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// A model whose embedding has more rows than there are tokens, as those that are padded to a round number: no way of picking gives one
/// of the rows past the last token.
class RowsWithoutTokenTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/tiny256.i2_s.gguf");
    private static final int TOKENS = 258, MADE = 16;
    private static final int[] PROMPT = {510, 400, 300, 450};

    @TempDir
    static Path folder;

    private static Path file;

    /// Whether a row without a token was ever the likeliest.
    private boolean mattered;

    @BeforeAll
    static void write() throws IOException {
        file = folder.resolve("padded.gguf");
        try (Arena arena = Arena.ofConfined()) {
            Gguf whole = Gguf.open(GOLDEN, arena);
            Metadata keys = whole.metadata();
            var writer = new GgufWriter();
            for (String key : keys.keys())
                if (!key.startsWith("tokenizer.")) writer.put(key, keys.find(key).orElseThrow());
            GgufFiles.vocabulary(TOKENS).putTo(writer);
            for (Tensor tensor : whole.tensors()) writer.tensor(tensor.name(), tensor.ne(), tensor.type(), Payload.of(tensor.data()));
            writer.write(file);
        }
    }

    @Test
    void noneIsPicked() throws Exception {
        try (Arena arena = Arena.ofShared(); Device device = Runs.open("cpu")) {
            GgufModel source = GgufModel.open(file, arena, false);
            var library = new ScheduledLibrary(device, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
            Model model = Model.load(device, library, source, new Model.Settings(64, 8, Element.F32, 1, folder), arena, done -> {});
            assertThat(model.config().vocabulary()).isGreaterThan(TOKENS);
            var sampled = new TokenSet(model.config().vocabulary());
            for (int id = 0; id < TOKENS; id++) sampled.add(id);
            for (int topK : new int[] {-1, 5, 0}) {
                Sampling sampling = topK < 0 ? Sampling.GREEDY : new Sampling(1.5f, topK, 1, 0, Sampling.Penalty.NONE, 3);
                int[] expected = fromAllLogits(model, sampling, sampled, arena);
                var generator = new Generator(model, sampling, arena);
                generator.feed(PROMPT);
                int[] generated = new int[MADE];
                for (int i = 0; i < MADE; i++) generated[i] = generator.next();
                assertThat(generated).as("%s", sampling).isEqualTo(expected);
                assertThat(served(model, sampling)).as("served, %s", sampling).isEqualTo(expected);
            }
            assertThat(mattered).isTrue();
        }
    }

    private int[] fromAllLogits(Model model, Sampling sampling, TokenSet sampled, Arena arena) {
        var session = model.session(false, 0);
        session.feed(PROMPT);
        var sampler = new Sampler(sampling, model.config().vocabulary());
        MemorySegment logits = arena.allocate(4L * model.config().vocabulary(), 64);
        int[] tokens = new int[MADE];
        var likeliest = new Sampler(Sampling.GREEDY, model.config().vocabulary());
        for (int i = 0; i < MADE; i++) {
            session.logits(logits);
            tokens[i] = sampler.pick(logits, sampled);
            mattered |= !sampled.has(likeliest.pick(logits));
            session.next(tokens[i]);
        }
        return tokens;
    }

    private static int[] served(Model model, Sampling sampling) throws InterruptedException {
        try (var batcher = new Batcher(model, new Batcher.Settings(2, 2, 2, 8))) {
            Generation text = batcher.submit(new Request(PROMPT, MADE, sampling, Set.of(), Map.of(), -1));
            var tokens = new ArrayList<Integer>();
            for (var token = text.next(); token.isPresent(); token = text.next()) tokens.add(token.get().id());
            return tokens.stream().mapToInt(Integer::intValue).toArray();
        }
    }
}
