package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.ir.Element;
import tern.ir.Op.RopePairs;
import tern.ir.device.Device;
import tern.ir.text.Source;
import tern.runtime.generate.Generator;
import tern.runtime.gguf.TensorType;
import tern.runtime.grammar.Grammar;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.Session;
import tern.runtime.sample.Sampler;
import tern.runtime.sample.Sampling;
import tern.runtime.sample.TokenSet;
import tern.runtime.serve.Batcher;
import tern.runtime.serve.Counts;
import tern.runtime.serve.Generation;
import tern.runtime.serve.Request;
import tern.runtime.synth.Synthesizer;
import tern.runtime.tokenizer.Tokenizer;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// A text gets the same tokens in a crowd as alone, whoever joins and leaves beside it, with fewer pages than all would need.
class CrowdTest {

    private static final int TEXTS = 64, PARALLEL = 20, CONTEXT = 128, PAGES = 30;

    private static final ModelConfig TINY =
            new ModelConfig("bitnet-b1.58", 128, 2, 2, 1, 64, 256, 320, 128, 1e-5f, 500000f, RopePairs.HALVES);

    @TempDir
    private static Path folder;

    private static Path file;

    @BeforeAll
    static void write() throws IOException {
        file = folder.resolve("tiny.gguf");
        Synthesizer.write(TINY, 7, TensorType.I2_S, TensorType.F16, file, (done, total) -> {});
    }

    /// @param grammar  null for none
    /// @param patience tokens after which its reader goes away; 0 = none
    private record Text(int[] prompt, int most, Sampling sampling, @Nullable Grammar grammar, int patience) {}

    private static List<Text> texts(int count) {
        var random = new SplittableRandom(5);
        var words = Grammar.ofGbnf(new Source("words.gbnf", "root ::= [a-z]+ (\" \" [a-z]+)* \".\""));
        int[] system = random.ints(70, 0, 256).toArray();
        var all = new ArrayList<Text>();
        for (int i = 0; i < count; i++) {
            int[] own = random.ints(random.nextInt(1, 16), 0, 256).toArray();
            int[] prompt = i % 3 == 0 ? concat(system, own) : own;
            var penalty = i % 5 == 0 ? new Sampling.Penalty(1.2f, 16) : Sampling.Penalty.NONE;
            Sampling sampling = i % 4 == 0
                    ? new Sampling(0, 0, 1, 0, penalty, 0)
                    : new Sampling(0.8f, i % 7 == 0 ? 20 : 0, 0.95f, i % 6 == 0 ? 0.02f : 0, penalty, i);
            int most = random.nextInt(18, 36);
            all.add(new Text(prompt, most, sampling, i % 3 == 1 ? words : null, i % 8 == 5 ? most / 2 : 0));
        }
        return all;
    }

    private static int[] concat(int[] first, int[] second) {
        int[] all = new int[first.length + second.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private static Model load(Device device, Arena arena) throws IOException {
        var library = new ScheduledLibrary(device, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
        var settings = new Model.Settings(CONTEXT, 64, Element.F32, 2, folder);
        return Model.load(device, library, GgufModel.open(file, arena, false), settings, arena, done -> {});
    }

    /// From all logits, where the crowd takes the likeliest token alone if that is enough.
    private static List<Integer> alone(Session session, MemorySegment logits, Tokenizer tokenizer, Text text) {
        var sampler = new Sampler(text.sampling, TINY.vocabulary());
        var constraint = text.grammar == null ? null : text.grammar.constraint(tokenizer, tokenizer.stops());
        session.reset();
        session.feed(text.prompt);
        for (int token : text.prompt) sampler.take(token);
        var tokens = new ArrayList<Integer>();
        while (true) {
            session.logits(logits);
            int token = constraint == null ? sampler.pick(logits) : sampler.pick(logits, constraint.allowed());
            if (tokenizer.stops().contains(token)) return tokens;
            tokens.add(token);
            if (constraint != null) constraint.take(token);
            if (tokens.size() == text.most || session.position() == CONTEXT || constraint != null && constraint.isOver()) return tokens;
            session.next(token);
            sampler.take(token);
        }
    }

    private static Generation submit(Batcher batcher, Tokenizer tokenizer, Text text) {
        var constraint = text.grammar == null ? null : text.grammar.constraint(tokenizer, tokenizer.stops());
        var free = new Request(text.prompt, text.most, text.sampling, tokenizer.stops(), Map.of(), -1);
        return batcher.submit(constraint == null ? free : free.within(constraint));
    }

    /// A text of one token that holds the pass it is in until the gate opens.
    private static Request held(CountDownLatch gate) {
        return watched(new int[] {1}, 1, () -> await(gate));
    }

    private static void await(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// A text of ones. The deed is done when its first one is there, within the pass.
    private static Request watched(int[] prompt, int most, Runnable deed) {
        var free = new Request(prompt, most, Sampling.GREEDY, Set.of(), Map.of(), -1);
        return free.within(new Generator.Constraint() {
            private boolean begun;

            @Override
            public TokenSet allowed() {
                var one = new TokenSet(TINY.vocabulary());
                one.add(1);
                return one;
            }

            @Override
            public boolean allows(int token) {
                return token == 1;
            }

            @Override
            public void take(int token) {
                if (!begun) deed.run();
                begun = true;
            }

            @Override
            public boolean isOver() {
                return false;
            }
        });
    }

    private static List<Integer> read(Generation generation, Text text) throws InterruptedException {
        var tokens = new ArrayList<Integer>();
        for (var token = generation.next(); token.isPresent(); token = generation.next()) {
            tokens.add(token.get().id());
            if (tokens.size() == text.patience) generation.cancel();
        }
        return tokens;
    }

    /// @param count of texts
    /// @param batch as many texts in a pass, on average, at least
    private static void crowd(Device device, int count, int batch) throws IOException, InterruptedException, ExecutionException {
        try (Arena arena = Arena.ofShared()) {
            Model model = load(device, arena);
            Tokenizer tokenizer = GgufModel.open(file, arena, false).tokenizer();
            List<Text> texts = texts(count);
            MemorySegment logits = arena.allocate(4L * TINY.vocabulary(), 64);
            Session session = model.session(false, 0);
            List<List<Integer>> alone = texts.stream().map(text -> alone(session, logits, tokenizer, text)).toList();
            var found = new ArrayList<List<Integer>>();
            Counts counts;
            try (var batcher = new Batcher(model, new Batcher.Settings(PARALLEL, PARALLEL + 4, PAGES, TEXTS, 48));
                    var readers = Executors.newVirtualThreadPerTaskExecutor()) {
                // All are there before the first goes on, so that the batch does not depend on how fast they come.
                var gate = new CountDownLatch(1);
                Generation first = batcher.submit(held(gate));
                var all = new ArrayList<Future<List<Integer>>>();
                for (Text text : texts) {
                    Generation generation = submit(batcher, tokenizer, text);
                    all.add(readers.submit(() -> read(generation, text)));
                }
                gate.countDown();
                assertThat(first.next()).isPresent();
                for (Future<List<Integer>> one : all) found.add(one.get());
                counts = batcher.counts();
                assertThat(batcher.drain(Duration.ofMinutes(10))).isTrue();
            }
            for (int i = 0; i < count; i++) {
                int patience = texts.get(i).patience;
                List<Integer> expected = patience == 0 ? alone.get(i) : alone.get(i).subList(0, Math.min(patience, alone.get(i).size()));
                assertThat(found.get(i)).as("text %d", i).isEqualTo(expected);
            }
            assertThat(counts.meanBatch()).as("mean batch").isGreaterThanOrEqualTo(batch);
            if (count > PARALLEL) assertThat(counts.shared()).as("tokens of prompts that were shared").isPositive();
            assertThat(counts.requests()).isEqualTo(count + 1);
        }
    }

    @Test
    void machineCodeIsExactInACrowd() throws Exception {
        try (Device cpu = Devices.machineCode(1)) {
            crowd(cpu, TEXTS, 12);
        }
    }

    /// In a build, of fewer texts: how they are batched does not depend on the code.
    @Test
    void bytecodeIsExactInACrowd() throws Exception {
        try (Device cpu = Devices.open("cpu:bytecode", 1)) {
            crowd(cpu, Breadth.ALL ? TEXTS : 20, Breadth.ALL ? 12 : 6);
        }
    }

    /// What bounds the gaps of a stream: a pass takes no more tokens of prompts than it may, and one of the stream each time.
    @Test
    void aLongPromptHoldsNoStreamUp() throws Exception {
        int chunk = 16, length = 100;
        try (Device cpu = Devices.open("cpu", 1); Arena arena = Arena.ofShared();
                var batcher = new Batcher(load(cpu, arena), new Batcher.Settings(2, 2, 2, chunk))) {
            var gate = new CountDownLatch(1);
            var passes = new AtomicLong();
            Generation stream = batcher.submit(watched(new int[] {1}, 60, () -> await(gate)));
            assertThat(stream.next()).isPresent();
            Generation other = batcher.submit(watched(new int[length], 1, () -> passes.set(batcher.counts().generating())));
            gate.countDown();
            assertThat(other.next()).isPresent();
            assertThat(passes.get()).as("tokens of the stream when the prompt has been read").isEqualTo(Math.ceilDiv(length, chunk));
        }
    }
}
