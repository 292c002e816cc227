package tern;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.codegen.cuda.device.GpuDevice;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.device.Device;
import tern.ir.target.Targets;
import tern.ir.text.Source;
import tern.runtime.generate.Generator;
import tern.runtime.grammar.Grammar;
import tern.runtime.model.Session;
import tern.runtime.sample.Sampler;
import tern.runtime.sample.Sampling;
import tern.runtime.sample.TokenSet;
import tern.runtime.serve.Batcher;
import tern.runtime.serve.Generation;
import tern.runtime.serve.Request;
import tern.runtime.server.ServerSettings.Limits;
import tern.runtime.server.TernServer;
import tern.runtime.tokenizer.Tokenizer;

/// A text gets the same tokens in a crowd as alone, whoever else joins and leaves, with fewer pages than all would need.
class CrowdTest {

    private static final int TEXTS = 64, PARALLEL = 20, PAGES = 30;

    private static final int VOCABULARY = TinyServer.TINY.vocabulary();

    /// With which a third of the texts begin.
    private static final int[] SYSTEM = new SplittableRandom(6).ints(70, 0, 256).toArray();

    @TempDir
    private static Path folder;

    /// @param grammar  null for none
    /// @param patience tokens after which its reader goes away; 0 = none
    private record Text(int[] prompt, int most, Sampling sampling, @Nullable Grammar grammar, int patience) {}

    /// @param longest tokens of one
    private static List<Text> texts(int count, int longest) {
        var random = new SplittableRandom(5);
        var words = Grammar.ofGbnf(new Source("words.gbnf", "root ::= [a-z]+ (\" \" [a-z]+)* \".\""));
        var all = new ArrayList<Text>();
        for (int i = 0; i < count; i++) {
            int[] own = random.ints(random.nextInt(1, 16), 0, 256).toArray();
            int[] prompt = i % 3 == 0 ? concat(SYSTEM, own) : own;
            var penalty = i % 5 == 0 ? new Sampling.Penalty(1.2f, 16) : Sampling.Penalty.NONE;
            Sampling sampling = i % 4 == 0
                    ? new Sampling(0, 0, 1, 0, penalty, 0)
                    : new Sampling(0.8f, i % 7 == 0 ? 20 : 0, 0.95f, i % 6 == 0 ? 0.02f : 0, penalty, i);
            int most = random.nextInt(longest / 2, longest + 1);
            all.add(new Text(prompt, most, sampling, i % 3 == 1 ? words : null, i % 8 == 5 ? random.nextInt(1, most) : 0));
        }
        return all;
    }

    private static int[] concat(int[] first, int[] second) {
        int[] all = new int[first.length + second.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    /// From all logits, where the crowd takes the likeliest token alone if that is enough.
    private static List<Integer> alone(Session session, MemorySegment logits, Tokenizer tokenizer, Text text) {
        var sampler = new Sampler(text.sampling, VOCABULARY);
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
            if (tokens.size() == text.most || constraint != null && constraint.isOver()) return tokens;
            session.next(token);
            sampler.take(token);
        }
    }

    private static Generation submit(Batcher batcher, Tokenizer tokenizer, Text text) {
        var constraint = text.grammar == null ? null : text.grammar.constraint(tokenizer, tokenizer.stops());
        var free = new Request(text.prompt, text.most, text.sampling, tokenizer.stops(), Map.of(), -1);
        return batcher.submit(constraint == null ? free : free.within(constraint));
    }

    private static void await(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// A text of ones. The deed is done when one of them is there, within the pass.
    private static Request watched(int[] prompt, int most, int at, Runnable deed) {
        var free = new Request(prompt, most, Sampling.GREEDY, Set.of(), Map.of(), -1);
        return free.within(new Generator.Constraint() {
            private int made;

            @Override
            public TokenSet allowed() {
                var one = new TokenSet(VOCABULARY);
                one.add(1);
                return one;
            }

            @Override
            public boolean allows(int token) {
                return token == 1;
            }

            @Override
            public void take(int token) {
                if (++made == at) deed.run();
            }

            @Override
            public boolean isOver() {
                return false;
            }
        });
    }

    /// @param at   of its tokens something is done
    private static List<Integer> read(Generation generation, Text text, int at, Runnable deed) throws InterruptedException {
        var tokens = new ArrayList<Integer>();
        for (var token = generation.next(); token.isPresent(); token = generation.next()) {
            if (tokens.size() == at) deed.run();
            tokens.add(token.get().id());
            if (tokens.size() == text.patience) generation.cancel();
        }
        if (tokens.size() <= at) deed.run();
        return tokens;
    }

    private record Crowd(
            List<Text> texts, List<CompletableFuture<List<Integer>>> found, Batcher batcher, Tokenizer tokenizer, Executor readers) {

        /// @param next text that comes at a token of this one; -1 = none does
        void come(int number, int next, int at) {
            Text text = texts.get(number);
            Generation generation = submit(batcher, tokenizer, text);
            readers.execute(() -> {
                try {
                    found.get(number).complete(read(generation, text, at, () -> {
                        if (next >= 0) come(next, -1, 0);
                    }));
                } catch (InterruptedException | RuntimeException e) {
                    found.get(number).completeExceptionally(e);
                }
            });
        }
    }

    /// A quarter of the texts come when others have got a random number of tokens, the others before any goes on: so the batch does not depend on
    /// how fast they come.
    ///
    /// @param longest tokens of a text
    /// @param batch   as many texts in a pass, on average, at least
    private static void crowd(Device device, int count, int longest, double batch) throws Exception {
        List<Text> texts = texts(count, longest);
        var random = new SplittableRandom(8);
        try (TinyServer tiny = TinyServer.of(TinyServer.TINY, device, folder, new Batcher.Settings(PARALLEL, PARALLEL + 4, PAGES, TEXTS + 1, 48));
                TernServer server = tiny.listen(Optional.empty(), Limits.USUAL);
                var readers = Executors.newVirtualThreadPerTaskExecutor()) {
            Batcher batcher = tiny.batcher();
            Tokenizer tokenizer = tiny.served().tokenizer();
            MemorySegment logits = tiny.arena().allocate(4L * VOCABULARY, 64);
            Session session = tiny.model().session(false, 0);
            List<List<Integer>> alone = texts.stream().map(text -> alone(session, logits, tokenizer, text)).toList();
            var gate = new CountDownLatch(1);
            Generation first = batcher.submit(watched(SYSTEM, 1, 1, () -> await(gate)));
            List<CompletableFuture<List<Integer>>> found = Stream.generate(CompletableFuture<List<Integer>>::new).limit(count).toList();
            var all = new Crowd(texts, found, batcher, tokenizer, readers);
            int late = count / 4;
            for (int i = 0; i < count - late; i++) all.come(i, i < late ? count - late + i : -1, random.nextInt(longest / 2));
            var shown = new AtomicReference<String>();
            Generation last = batcher.submit(watched(new int[] {1}, longest, longest, () -> shown.set(metrics(server))));
            gate.countDown();
            assertThat(first.next()).isPresent();
            for (int i = 0; i < count; i++) {
                int patience = texts.get(i).patience;
                List<Integer> expected = patience == 0 ? alone.get(i) : alone.get(i).subList(0, Math.min(patience, alone.get(i).size()));
                assertThat(found.get(i).get()).as("text %d", i).isEqualTo(expected);
            }
            assertThat(last.next()).isPresent();
            assertThat(batcher.drain(Duration.ofMinutes(10))).isTrue();
            assertThat(gauge(shown.get(), "tern_mean_batch")).as("mean batch").isGreaterThanOrEqualTo(batch);
            int together = (Math.min(PARALLEL, count - late) + 2) / 3;
            // A card's caches have no pages: there a prompt is shared only by whoever comes into the same slot, which is chance.
            if (!(device instanceof GpuDevice))
                assertThat(batcher.counts().shared()).as("tokens of prompts that were shared").isGreaterThanOrEqualTo((long) together * SYSTEM.length);
            assertThat(batcher.counts().requests()).isEqualTo(count + 2);
        }
    }

    private static String metrics(TernServer server) {
        try (InputStream in = URI.create(server.address("127.0.0.1") + "/metrics").toURL().openStream()) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double gauge(String metrics, String name) {
        return metrics.lines().filter(line -> line.startsWith(name + " ")).mapToDouble(line -> Double.parseDouble(line.substring(name.length()))).sum();
    }

    @Test
    void machineCodeIsExactInACrowd() throws Exception {
        crowd(Devices.machineCode(1), TEXTS, 36, 12);
    }

    /// In a build, of fewer texts: how they are batched does not depend on the code.
    @Test
    void bytecodeIsExactInACrowd() throws Exception {
        crowd(Devices.open("cpu:bytecode", 1), Breadth.ALL ? TEXTS : 20, 36, Breadth.ALL ? 12 : 6);
    }

    /// In the campaign: its kernels for batches alone take half a minute to be read by the simulator.
    @Test
    void aSimulatedCardIsExactInACrowd() throws Exception {
        Assumptions.assumeTrue(Breadth.ALL, "in the campaign only");
        crowd(new GpuDevice(new Simulator(Targets.H200), Targets.H200), 6, 12, 1.2);
    }

    /// What bounds the gaps of a stream: a pass takes no more tokens of prompts than it may, and one of the stream each time.
    @Test
    void aLongPromptHoldsNoStreamUp() throws Exception {
        int chunk = 16, length = 100;
        try (TinyServer tiny = TinyServer.of(folder, new Batcher.Settings(2, 2, 2, chunk))) {
            Batcher batcher = tiny.batcher();
            var gate = new CountDownLatch(1);
            var made = new CompletableFuture<Long>();
            Generation stream = batcher.submit(watched(new int[] {1}, 60, 1, () -> await(gate)));
            assertThat(stream.next()).isPresent();
            Generation other = batcher.submit(watched(new int[length], 1, 1, () -> made.complete(batcher.counts().generating())));
            gate.countDown();
            assertThat(other.next()).isPresent();
            // The token comes before whoever watches it has seen it.
            assertThat(made.get()).as("tokens of the stream when the prompt has been read").isEqualTo(Math.ceilDiv(length, chunk));
        }
    }
}
