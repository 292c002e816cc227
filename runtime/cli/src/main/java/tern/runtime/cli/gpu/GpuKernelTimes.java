package tern.runtime.cli.gpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import tern.ir.Interval;
import tern.ir.KernelDef;
import tern.ir.Packer;
import tern.ir.Packing;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Rounds;
import tern.ir.device.Samples;
import tern.ir.device.Sequence;
import tern.ir.text.Tir;
import tern.runtime.cli.gpu.GpuCheckLine.Status;
import tern.scheduler.Candidates;
import tern.scheduler.Candidates.Ranked;
import tern.scheduler.Lowering;
import tern.scheduler.problem.Problem;

/// Times of products on a card: many launches as one sequence, each on other weights than the ones before, so that these come from
/// memory and the time of a single launch's way through the driver does not count.
///
final class GpuKernelTimes {

    /// m and k.
    private record Shape(int m, int k) {}

    private record Packed(Packing packing, Shape shape) {}

    /// Of microsoft/BitNet's own table, in the order of that.
    private static final List<Shape> SHAPES =
            List.of(new Shape(2560, 2560), new Shape(3840, 2560), new Shape(13824, 2560), new Shape(2560, 6912));

    private static final List<Shape> SMALL = List.of(new Shape(32, 64));

    /// Bytes of weights that are visited in turn: several times the caches of any card.
    private static final long COLD = 512L << 20;

    /// Launches of a sequence at least, so that it takes longer than starting it.
    private static final int LAUNCHES = 64;

    private static final int ROUNDS = 9, PACKINGS = 4, SCHEDULES = 3;

    private final Device card;
    private final double bandwidth;
    private final boolean quick;
    private final Consumer<GpuCheckLine> said;
    /// A device frees no memory before it is closed: what one measurement gave back serves the next.
    private final List<Buffer> free = new ArrayList<>();
    private final Map<Packed, MemorySegment> packed = new HashMap<>();

    /// @param bandwidth of copying on this card, bytes per second, to compare with
    /// @param quick     true: small shapes, few candidates
    GpuKernelTimes(Device card, double bandwidth, boolean quick, Consumer<GpuCheckLine> said) {
        this.card = card;
        this.bandwidth = bandwidth;
        this.quick = quick;
        this.said = said;
    }

    /// One token.
    void gemv() {
        for (Shape shape : quick ? SMALL : SHAPES) best(GpuCheckStep.GEMV, shape, 1);
    }

    void gemm() {
        for (int n : quick ? new int[] {16} : new int[] {512, 2048})
            for (Shape shape : quick ? SMALL : SHAPES) best(GpuCheckStep.GEMM, shape, n);
    }

    /// The cost model's best schedules of its best packings; what was fastest comes last.
    private void best(GpuCheckStep part, Shape shape, int n) {
        KernelDef kernel = Tir.library().kernel("bitlinear");
        var lines = new ArrayList<GpuCheckLine>();
        for (Ranked ranked : candidates(kernel, shape, n)) {
            String subject = "%d x %d n %d %s".formatted(shape.m, shape.k, n, ranked.packing().name());
            GpuCheckLine line;
            try {
                line = time(part, subject, kernel, shape, n, ranked);
            } catch (RuntimeException | OutOfMemoryError e) {
                line = GpuCheckLine.failed(part, subject + ", " + ranked.schedule(), e);
            }
            lines.add(line);
            said.accept(line);
        }
        lines.stream()
                .filter(line -> line.status() == Status.MEASURED)
                .min(Comparator.comparingDouble(line -> line.number("us")))
                .ifPresent(line -> said.accept(new GpuCheckLine(part, "BEST of " + line.subject(), line.status(), line.detail(), line.numbers())));
    }

    private List<Ranked> candidates(KernelDef kernel, Shape shape, int n) {
        var byPacking = new LinkedHashMap<Packing, List<Ranked>>();
        List<Packing> ternary = Tir.library().allPackings().stream().filter(p -> p.holdsAll(Interval.of(-1, 1))).toList();
        for (Ranked ranked : Candidates.of(new Problem(kernel, shape.m, shape.k, n), ternary, card.target()).ranked())
            byPacking.computeIfAbsent(ranked.packing(), packing -> new ArrayList<>()).add(ranked);
        int schedules = quick ? 1 : SCHEDULES;
        return byPacking.values().stream()
                .limit(quick ? 2 : PACKINGS)
                .flatMap(ofPacking -> ofPacking.stream().limit(schedules))
                .toList();
    }

    private GpuCheckLine time(GpuCheckStep part, String subject, KernelDef kernel, Shape shape, int n, Ranked ranked) {
        Lowering lowering = Lowering.of(new Problem(kernel, shape.m, shape.k, n), ranked.packing(), ranked.schedule());
        Kernel prepare = card.compile(lowering.prepare()), multiply = card.compile(lowering.multiply());
        try (Memory memory = new Memory()) {
            var random = new SplittableRandom(1);
            Buffer activations = memory.bytes(random, (long) n * shape.k), prepared = memory.take(lowering.preparedBytes());
            Buffer tokenScales = memory.floats(random, n), scales = memory.floats(random, shape.m), result = memory.take(4L * n * shape.m);
            prepare.launch(List.of(activations, prepared), n, 0);
            long bytes = ranked.packing().bytes(shape.m, shape.k);
            List<Buffer> weights = memory.copies(packed.computeIfAbsent(new Packed(ranked.packing(), shape), GpuKernelTimes::pack),
                    Math.clamp((quick ? 4096 : COLD) / bytes, 2, 4096));
            var launches = new ArrayList<Launch>();
            int count = quick ? 2 : Math.max(n == 1 ? LAUNCHES : 8, n == 1 ? weights.size() : 0);
            for (int i = 0; i < count; i++)
                launches.add(new Launch(multiply, prepared, weights.get(i % weights.size()), tokenScales, scales, result));
            Sequence all = card.sequence(launches);
            new Rounds(card).time(2, List.of(round -> all.run(n, 0))); // warms up
            Samples samples = new Rounds(card).time(quick ? 1 : ROUNDS, List.of(round -> all.run(n, 0))).getFirst();
            double seconds = samples.median() / count, operations = 2.0 * n * shape.m * shape.k;
            double moved = bytes + (double) n * shape.k + 4.0 * n * shape.m;
            GpuCheckLine line = GpuCheckLine.of(part, subject, Status.MEASURED, String.valueOf(ranked.schedule()))
                    .with("us", seconds * 1e6)
                    .with("GB/s", moved / seconds * 1e-9)
                    .with("% of copying", 100 * moved / seconds / bandwidth);
            return (n == 1 ? line : line.with("TOP/s", operations / seconds * 1e-12))
                    .with("% spread", 100 * samples.spread())
                    .with("us by the cost model", ranked.seconds() * 1e6);
        }
    }

    private static MemorySegment pack(Packed of) {
        var random = new SplittableRandom(7);
        byte[] row = new byte[of.shape.k];
        return Packer.of(of.packing).pack(of.shape.m, of.shape.k, (number, digits) -> {
            if (number % 64 == 0) for (int i = 0; i < row.length; i++) row[i] = (byte) random.nextInt(-1, 2);
            System.arraycopy(row, 0, digits, 0, row.length);
        }, 1).bytes();
    }

    /// Buffers of one measurement.
    private final class Memory implements AutoCloseable {

        private final List<Buffer> taken = new ArrayList<>();

        Buffer take(long bytes) {
            Buffer best = null;
            for (Buffer buffer : free)
                if (buffer.bytes() >= bytes && buffer.bytes() <= 2 * bytes + 4096 && (best == null || buffer.bytes() < best.bytes())) best = buffer;
            if (best == null) best = card.allocate(bytes);
            free.remove(best);
            taken.add(best);
            return best;
        }

        Buffer bytes(SplittableRandom random, long count) {
            byte[] bytes = new byte[Math.toIntExact(count)];
            random.nextBytes(bytes);
            Buffer buffer = take(count);
            buffer.write(0, MemorySegment.ofArray(bytes));
            return buffer;
        }

        Buffer floats(SplittableRandom random, int count) {
            MemorySegment floats = MemorySegment.ofArray(new float[count]);
            for (int i = 0; i < count; i++) floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble(0.5, 2));
            Buffer buffer = take(4L * count);
            buffer.write(0, floats);
            return buffer;
        }

        List<Buffer> copies(MemorySegment content, long count) {
            var copies = new ArrayList<Buffer>();
            for (long i = 0; i < count; i++) {
                Buffer buffer = take(content.byteSize() + 8);
                buffer.write(0, content);
                copies.add(buffer);
            }
            return copies;
        }

        @Override
        public void close() {
            free.addAll(taken);
        }
    }
}
