package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.codegen.cuda.CardNumbers;
import tern.codegen.cuda.Gpu;
import tern.codegen.cuda.GpuException;
import tern.codegen.cuda.device.GpuDevice;
import tern.codegen.cuda.simulate.Simulator;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.Schedule;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Launch;
import tern.ir.device.OpSignature;
import tern.ir.device.Sequence;
import tern.ir.target.Targets;
import tern.ir.text.Tir;
import tern.runtime.generate.Generator;
import tern.runtime.model.BatchedDecoder;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.model.Session;
import tern.runtime.sample.Sampling;
import tern.scheduler.Lowering;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;
import tern.scheduler.problem.Problem;

/// How a model uses a card: one graph for a token, weights brought there once, memory that does not suffice.
class GpuGraphTest {

    @TempDir
    private Path cache;

    /// A simulated card that counts what it is asked.
    private static final class Counting implements Gpu {
        private final Simulator card = new Simulator(Targets.H200);
        List<Step> steps = List.of();
        final List<String> texts = new ArrayList<>();
        int graphs, renewals, launchedGraphs, single;
        long written;

        @Override
        public CardNumbers numbers() {
            return card.numbers();
        }

        @Override
        public long allocate(long bytes) {
            return card.allocate(bytes);
        }

        @Override
        public void free(long address) {
            card.free(address);
        }

        @Override
        public void write(long address, MemorySegment from) {
            written += from.byteSize();
            card.write(address, from);
        }

        @Override
        public void read(long address, MemorySegment into) {
            card.read(address, into);
        }

        @Override
        public void copy(long to, long from, long bytes) {
            card.copy(to, from, bytes);
        }

        @Override
        public void fill(long address, byte value, long bytes) {
            card.fill(address, value, bytes);
        }

        @Override
        public Module load(String ptx) {
            texts.add(ptx);
            return card.load(ptx);
        }

        @Override
        public Event event() {
            return card.event();
        }

        @Override
        public void await() {
            card.await();
        }

        @Override
        public void close() {
            card.close();
        }

        @Override
        public Graph graph(List<Step> steps) {
            graphs++;
            this.steps = steps;
            return new CountedGraph(card.graph(steps));
        }

        @Override
        public Stream stream() {
            Stream own = card.stream();
            return new Stream() {
                @Override
                public void give(Step step) {
                    single++;
                    own.give(step);
                }

                @Override
                public void give(Graph graph) {
                    launchedGraphs++;
                    own.give(((CountedGraph) graph).graph);
                }

                @Override
                public void write(long address, MemorySegment from) {
                    written += from.byteSize();
                    own.write(address, from);
                }

                @Override
                public void read(long address, MemorySegment into) {
                    own.read(address, into);
                }

                @Override
                public void mark(Event event) {
                    own.mark(event);
                }

                @Override
                public void waitFor(Event event) {
                    own.waitFor(event);
                }

                @Override
                public void await() {
                    own.await();
                }

                @Override
                public void close() {
                    own.close();
                }
            };
        }

        private final class CountedGraph implements Graph {
            private final Graph graph;

            CountedGraph(Graph graph) {
                this.graph = graph;
            }

            @Override
            public void renew(List<Step> steps) {
                renewals++;
                graph.renew(steps);
            }

            @Override
            public void close() {
                graph.close();
            }
        }
    }

    private static Model load(Device device, Path folder, Arena arena) throws IOException {
        GgufModel file = GgufModel.open(GoldenFiles.path("robust128.i2_s.gguf"), arena, false);
        var library = new ScheduledLibrary(device, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
        return Model.load(device, library, file, new Model.Settings(32, 8, Element.F32, 1, folder), arena, done -> {});
    }

    /// Tokens that are generated after one.
    private static List<Integer> generate(Device device, Path folder, int first, int count, Supplier<Runnable> afterSecond) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            var generator = new Generator(load(device, folder, arena), Sampling.GREEDY, arena);
            var tokens = new ArrayList<Integer>();
            int token = first;
            for (int i = 0; i < count; i++) {
                token = generator.follow(token);
                tokens.add(token);
                if (i == 0) afterSecond.get().run();
            }
            return tokens;
        }
    }

    /// Tokens that follow the last one of each sequence, in two steps; the head goes by the int8 head.
    @Test
    void aStepOfSeveralSequencesIsOneGraph() throws IOException {
        int[] starts = {3, 141, 59};
        var expected = new ArrayList<List<Integer>>();
        try (Device cpu = Devices.open("cpu", 1)) {
            for (int start : starts) expected.add(generate(cpu, cache, start, 2, () -> () -> {}));
        }
        var card = new Counting();
        try (Device device = new GpuDevice(card, Targets.H200); Arena arena = Arena.ofShared()) {
            BatchedDecoder sequences = load(device, cache, arena).batchedDecoder(starts.length);
            int[] tokens = starts.clone();
            for (int step = 0; step < 2; step++) {
                sequences.next(tokens);
                for (int s = 0; s < starts.length; s++) assertThat(tokens[s]).isEqualTo(expected.get(s).get(step));
            }
            assertThat(card.graphs).as("graphs that were made").isEqualTo(1);
            assertThat(card.launchedGraphs).isEqualTo(2);
            assertThat(card.single).isZero();
        }
    }

    @Test
    void generatesWithOneGraphAndOneLaunchForEachToken() throws IOException {
        List<Integer> expected;
        try (Device cpu = Devices.open("cpu", 1)) {
            expected = generate(cpu, cache, 3, 4, () -> () -> {});
        }
        var card = new Counting();
        try (Device device = new GpuDevice(card, Targets.H200)) {
            long[] before = new long[1];
            List<Integer> found = generate(device, cache, 3, 4, () -> () -> before[0] = card.written);
            assertThat(found).isEqualTo(expected);
            assertThat(card.graphs).as("graphs that were made").isEqualTo(1);
            assertThat(card.renewals).as("graphs that were changed").isZero();
            assertThat(card.launchedGraphs).as("graphs that were launched").isEqualTo(4);
            assertThat(card.single).as("launches beside them").isZero();
            assertThat(card.written - before[0]).as("bytes that three further tokens took to the card").isEqualTo(3 * (4 + 4));
        }
    }

    /// One block does what would be two launches: with the same bits, and without more registers than so many warps have.
    @Test
    void normAndOrderOfActivationsAreOneLaunch() throws Exception {
        int k = 2560;
        var schedule = new Schedule.Dp4a("bitlinear", "i2_s", 8, 2, 1, 4, 2, 4);
        var lowering = Lowering.of(new Problem(Tir.library().kernel("bitlinear"), 64, k, 1), Tir.library().packing("i2_s"), schedule);
        var random = new SplittableRandom(8);
        float[] numbers = new float[2 * k];
        for (int i = 0; i < numbers.length; i++) numbers[i] = (float) random.nextDouble(-3, 3);
        var card = new Counting();
        try (Device device = new GpuDevice(card, Targets.H200)) {
            Buffer x = device.allocate(4 * k), weight = device.allocate(4 * k), scale = device.allocate(4);
            x.write(0, MemorySegment.ofArray(numbers).asSlice(0, 4 * k));
            weight.write(0, MemorySegment.ofArray(numbers).asSlice(4 * k, 4 * k));
            var norm = device.compile(new Op.NormQuantise(k, 1e-5f));
            var prepare = device.compile(lowering.prepare());
            var prepared = new ArrayList<byte[]>();
            for (boolean together : new boolean[] {false, true}) {
                Buffer q = device.allocate(k), to = device.allocate(lowering.preparedBytes());
                List<Launch> launches = List.of(new Launch(norm, x, weight, q, scale), new Launch(prepare, q, to));
                if (together) device.sequence(launches).run(1, 0);
                else for (Launch launch : launches) device.sequence(List.of(launch)).run(1, 0);
                assertThat(card.steps).hasSize(1);
                byte[] bytes = new byte[(int) to.bytes()];
                to.read(0, MemorySegment.ofArray(bytes));
                prepared.add(bytes);
            }
            assertThat(card.graphs).isEqualTo(3);
            assertThat(prepared.get(1)).isEqualTo(prepared.get(0)).isNotEqualTo(new byte[prepared.get(0).length]);
        }
        var ptxas = Ptxas.find();
        assumeThat(ptxas).as("ptxas is on this machine").isPresent();
        assertThat(ptxas.get().assemble(card.texts.getLast(), 90).local()).isZero();
    }

    /// Attention has a block for each part of the context: the graph changes with the number of parts, and not with every token.
    @Test
    void attentionOverALongContextChangesItsGraphWithEachPartOfIt() {
        var op = new Op.Attention(2, 1, 64, 200, Element.F32);
        var card = new Counting();
        try (Device device = new GpuDevice(card, Targets.H200); Device cpu = Devices.open("cpu", 1)) {
            var found = attended(device, op);
            assertThat(card.graphs).isEqualTo(1);
            assertThat(card.renewals).as("changes at tokens 64 and 128").isEqualTo(2);
            assertThat(card.launchedGraphs).isEqualTo(POSITIONS.length);
            var expected = attended(cpu, op);
            for (int i = 0; i < expected.length; i++) assertThat(found[i]).isCloseTo(expected[i], within(1e-4f));
        }
    }

    private static final int[] POSITIONS = {5, 6, 63, 64, 65, 127, 128, 130};

    /// The last token of each run, at those positions.
    private static float[] attended(Device device, Op.Attention op) {
        var random = new SplittableRandom(5);
        var buffers = new ArrayList<Buffer>();
        for (long bytes : OpSignature.bytes(op, 1)) {
            float[] values = new float[(int) bytes / 4];
            for (int i = 0; i < values.length; i++) values[i] = (float) random.nextDouble(-1, 1);
            Buffer buffer = device.allocate(bytes);
            buffer.write(0, MemorySegment.ofArray(values));
            buffers.add(buffer);
        }
        Sequence sequence = device.sequence(List.of(new Launch(device.compile(op), buffers)));
        float[] all = new float[POSITIONS.length * op.heads() * op.headDim()];
        for (int i = 0; i < POSITIONS.length; i++) {
            sequence.run(1, POSITIONS[i]);
            int width = op.heads() * op.headDim();
            buffers.getLast().read(0, MemorySegment.ofArray(all).asSlice(4L * i * width, 4L * width));
        }
        return all;
    }

    @Test
    void weightsAreThereOnceForAllSessions() throws IOException {
        var card = new Counting();
        try (Device device = new GpuDevice(card, Targets.H200); Arena arena = Arena.ofShared()) {
            Model model = load(device, cache, arena);
            long loaded = card.written;
            assertThat(loaded).isGreaterThan(model.weightBytes());
            Session one = model.session(false, 1), two = model.session(false, 1);
            one.next(3);
            two.next(3);
            assertThat(card.written - loaded).as("bytes that two sessions took to the card, angles and all").isLessThan(model.weightBytes() / 4);
        }
    }

    @Test
    void memoryThatDoesNotSufficeIsSaidWithBothNumbers() throws IOException {
        CardNumbers h200 = new Simulator(Targets.H200).numbers();
        var small = new CardNumbers(h200.name(), h200.capability(), h200.multiprocessors(), h200.sharedBytes(), h200.sharedBytesPerMultiprocessor(),
                h200.registersPerMultiprocessor(), h200.threadsPerMultiprocessor(), h200.threadsPerBlock(), h200.l2Bytes(), 100_000, h200.clockHertz(),
                h200.memoryClockHertz(), h200.memoryBusBits(), h200.driverVersion());
        try (Device device = new GpuDevice(new Simulator(small), Targets.H200); Arena arena = Arena.ofShared()) {
            assertThatThrownBy(() -> load(device, cache, arena)).isInstanceOf(GpuException.class)
                    .hasMessageMatching("out of memory: cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY: \\d+ bytes asked for, \\d+ of 100000 in use.*");
        }
    }
}
