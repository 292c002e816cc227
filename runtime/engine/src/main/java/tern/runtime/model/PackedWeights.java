package tern.runtime.model;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import tern.ir.Int8Head;
import tern.ir.Packer;
import tern.ir.Packing;
import tern.ir.Scales;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.store.Store;

/// The ternary weights of a model in the packings of a plan, with their scales, and its int8 head; made once and kept
/// in a file. Of a model that is split over several devices, those of some layers, and the int8 head after the last.
///
/// The file: a header as [PackedFile] has it, then for each layer and projection the packed weights and
/// their scales, last the [Int8Head], each at a multiple of 64 bytes with at least 64 readable bytes after. It is written aside and renamed, so
/// that a file with the right name is whole. Its last change is when it was last used: [PackedFile#used()] tells what nobody uses.
final class PackedWeights {

    private static final int HEADER = PackedFile.HEADER, ALIGNMENT = 64;

    /// Packed weights and scales, as [WeightScales] says, of one weight parameter in one layer.
    record Packed(MemorySegment weights, MemorySegment scales) {}

    /// Told how far packing has come.
    interface Progress {

        void step(long done, long total);
    }

    /// Bytes that are copied as one task.
    private static final long CHUNK = 1 << 24;

    /// Rows of the head that are quantised as one task.
    private static final int INT8_HEAD_ROWS = 4096;

    private final List<Projection> projections;
    private final Plan plan;
    private final Span span;
    /// Null unless the last layer is among these.
    private final @Nullable Int8Head int8Head;
    private final MemorySegment bytes;
    private final String origin;

    private PackedWeights(
            List<Projection> projections, Plan plan, Span span, @Nullable Int8Head int8Head, MemorySegment bytes, String origin) {
        this.projections = projections;
        this.plan = plan;
        this.span = span;
        this.int8Head = int8Head;
        this.bytes = bytes;
        this.origin = origin;
    }

    /// The weights from `folder`, or packed anew and put there.
    ///
    /// If the file cannot be written, the weights stay in memory and [#origin()] says why. A [MadeSource] has no file.
    ///
    /// @param memory    bytes that the weights may take of memory; if they are more, the file is mapped
    /// @param allocator zeroed memory of so many bytes for them
    /// @param arena     of a mapped file
    static PackedWeights open(
            ModelSource model, List<Projection> projections, Plan plan, Span span, Path folder, long memory, LongFunction<MemorySegment> allocator, Arena arena,
            int threads, Progress progress) {
        boolean isMade = model instanceof MadeSource;
        String digest = isMade ? "" : digest(model, folder), key = key(digest, model, projections, plan, span);
        Path file = folder.resolve(hash(key) + ".packed");
        ModelConfig c = model.config();
        Int8Head int8Head = span.end() == c.layers() ? new Int8Head(c.vocabulary(), c.hidden()) : null;
        long size = size(projections, plan, span.count()) + (int8Head == null ? 0 : padded(int8Head.bytes()));
        MemorySegment kept = isMade ? null : read(file, key, size, size <= memory ? allocator : null, arena);
        if (kept != null) return new PackedWeights(projections, plan, span, int8Head, kept, file.toString());
        var packed = new PackedWeights(projections, plan, span, int8Head, allocator.apply(size), "memory");
        packed.fill(model, threads, progress);
        if (isMade) return packed;
        String problem = packed.save(file, key, new PackedFile.Origin(Path.of(model.name()).toAbsolutePath(), digest, 0));
        return problem == null ? packed : new PackedWeights(projections, plan, span, int8Head, packed.bytes, problem);
    }

    /// The layers whose weights these are.
    Span span() {
        return span;
    }

    /// Where the weights come from: a file, `memory`, or why no file could be written.
    String origin() {
        return origin;
    }

    /// Bytes of packed weights that one token reads.
    long weightBytes() {
        long total = 0;
        for (Projection p : projections) total += (long) span.count() * p.weights().size() * weightBytes(p);
        return total;
    }

    /// The int8 head, `[vocabulary, hidden]`.
    ///
    /// @throws IllegalStateException if the last layer is not among these
    MemorySegment int8Head() {
        if (int8Head == null) throw new IllegalStateException("the int8 head comes after the last layer");
        return bytes.asSlice(size(projections, plan, span.count()), int8Head.bytes());
    }

    /// @param layer from 0, the first of these
    Packed packed(int layer, int projection, int weight) {
        long at = HEADER;
        for (int l = 0; l <= layer; l++)
            for (int p = 0; p < projections.size(); p++)
                for (int w = 0; w < projections.get(p).weights().size(); w++) {
                    Projection of = projections.get(p);
                    if (l == layer && p == projection && w == weight)
                        return new Packed(
                                bytes.asSlice(at, weightBytes(of)),
                                bytes.asSlice(at + padded(weightBytes(of)), scaleBytes(of)));
                    at += entryBytes(of);
                }
        throw new IndexOutOfBoundsException("layer " + layer + ", projection " + projection + ", weight " + weight);
    }

    private long weightBytes(Projection projection) {
        return weightBytes(projection, plan);
    }

    private static long weightBytes(Projection projection, Plan plan) {
        Packing packing = plan.choice(projection.use().name()).packing();
        return packing.bytes(projection.use().m(), projection.use().k());
    }

    private static long scaleBytes(Projection projection) {
        return projection.scales().bytes(projection.use().m(), projection.use().k());
    }

    private long entryBytes(Projection projection) {
        return padded(weightBytes(projection)) + padded(scaleBytes(projection));
    }

    /// Rounded up, with at least one alignment to spare.
    private static long padded(long size) {
        return (size + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /// Bytes of all weights and their scales.
    static long size(List<Projection> projections, Plan plan, int layers) {
        long layer = 0;
        for (Projection p : projections)
            layer += p.weights().size() * (padded(weightBytes(p, plan)) + padded(scaleBytes(p)));
        return HEADER + layers * layer;
    }

    private static String digest(ModelSource model, Path folder) {
        try {
            return model.digest(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String key(String digest, ModelSource model, List<Projection> projections, Plan plan, Span span) {
        var key = new StringBuilder("version ").append(PackedFile.VERSION).append("\nmodel ").append(digest);
        for (Projection p : projections)
            key.append('\n').append(p.use().name()).append(' ').append(plan.choice(p.use().name()).packing()).append(' ').append(p.scales());
        if (span.count() < model.config().layers()) key.append("\nlayers ").append(span.first()).append(" to ").append(span.end());
        return key.toString();
    }

    private static String hash(String key) {
        return HexFormat.of().formatHex(Store.sha().digest(key.getBytes(StandardCharsets.UTF_8)), 0, 16);
    }

    /// Null if there is no such file.
    ///
    /// @param allocator of memory to which it is copied; null = it is mapped. 18 tokens/s mapped were 26 copied (2B4T), perhaps since kernels read from a dozen
    ///               places at once, and pages of a file come in large pieces of neighbouring memory
    private static @Nullable MemorySegment read(Path file, String key, long size, @Nullable LongFunction<MemorySegment> allocator, Arena arena) {
        if (!Files.isRegularFile(file)) return null;
        try (FileChannel channel = FileChannel.open(file)) {
            byte[] identity = PackedFile.identity(hash(key)), found = new byte[identity.length];
            if (channel.size() != size || channel.read(ByteBuffer.wrap(found), 0) < found.length || !Arrays.equals(found, identity)) return null;
            MemorySegment bytes = allocator == null
                    ? channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena)
                    : copy(channel, allocator.apply(size));
            markUsed(file);
            return bytes;
        } catch (IOException | UncheckedIOException e) {
            return null; // packed anew
        }
    }

    private static MemorySegment copy(FileChannel channel, MemorySegment bytes) {
        long size = bytes.byteSize();
        LongStream.range(0, Math.ceilDiv(size, CHUNK)).parallel().forEach(i -> {
            long at = i * CHUNK;
            ByteBuffer chunk = bytes.asSlice(at, Math.min(CHUNK, size - at)).asByteBuffer();
            try {
                while (chunk.hasRemaining())
                    if (channel.read(chunk, at + chunk.position()) < 0) throw new EOFException("the file ends before byte " + size);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return bytes;
    }

    private static void markUsed(Path file) {
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        } catch (IOException e) {
            // Another's cache, or one that cannot be written: nobody tidies it up from here.
        }
    }

    /// Packs all weights; each task is one weight parameter of one layer.
    private void fill(ModelSource model, int threads, Progress progress) {
        int chunks = int8Head == null ? 0 : Math.ceilDiv(int8Head.rows(), INT8_HEAD_ROWS), layers = span.count();
        long total = (long) layers * projections.stream().mapToInt(p -> p.weights().size()).sum() + chunks;
        var tasks = new ArrayList<Future<?>>();
        try (var pool = Executors.newFixedThreadPool(threads)) {
            for (int layer = 0; layer < layers; layer++)
                for (int p = 0; p < projections.size(); p++)
                    for (int w = 0; w < projections.get(p).weights().size(); w++) {
                        int atLayer = layer, atProjection = p, atWeight = w;
                        tasks.add(pool.submit(() -> pack(model, atLayer, atProjection, atWeight)));
                    }
            for (int s = 0; s < chunks; s++) {
                int from = s * INT8_HEAD_ROWS;
                tasks.add(pool.submit(() -> int8Head(model, from)));
            }
            long done = 0;
            for (Future<?> task : tasks) {
                try {
                    task.get();
                } catch (ExecutionException e) {
                    pool.shutdownNow();
                    throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
                } catch (InterruptedException e) {
                    pool.shutdownNow();
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted while packing", e);
                }
                progress.step(++done, total);
            }
        }
        if (int8Head != null) model.forget(model.config().block().tiedHead() ? TensorNames.EMBEDDING : TensorNames.HEAD);
    }

    private void pack(ModelSource model, int layer, int projection, int weight) {
        Projection of = projections.get(projection);
        Packed into = packed(layer, projection, weight);
        Packing packing = plan.choice(of.use().name()).packing();
        int m = of.use().m(), k = of.use().k();
        if (model instanceof MadeSource made) {
            made.fill(of.names(span.first() + layer, weight).getFirst(), packing, m, k, into.weights);
            float[] scales = of.scales(made, span.first() + layer, weight);
            MemorySegment.copy(scales, 0, into.scales, ValueLayout.JAVA_FLOAT, 0, scales.length);
        } else {
            Linear[] parts = of.parts(model, span.first() + layer, weight);
            Packer.of(packing).pack(m, k, Linear.stack(parts), into.weights, Scales.one(1), 0, packing.rowTiles(m));
            of.scales().write(parts, into.scales);
            of.names(span.first() + layer, weight).forEach(model::forget);
        }
    }

    /// Some rows.
    private void int8Head(ModelSource model, int from) {
        Int8Head of = Objects.requireNonNull(int8Head);
        MemorySegment into = int8Head();
        var table = new Floats(model.headElement(), model.head());
        float[] row = new float[of.width()];
        for (int r = from; r < Math.min(from + INT8_HEAD_ROWS, of.rows()); r++) {
            table.read((long) r * row.length, row);
            of.write(r, row, into);
        }
    }

    /// Writes the file; returns why it could not be written, or null.
    private @Nullable String save(Path file, String key, PackedFile.Origin origin) {
        try {
            Store.write(file, channel -> {
                var sum = new CRC32C();
                channel.position(HEADER);
                for (long at = HEADER; at < bytes.byteSize();) {
                    ByteBuffer chunk = bytes.asSlice(at, Math.min(1 << 20, bytes.byteSize() - at)).asByteBuffer();
                    sum.update(chunk.duplicate());
                    while (chunk.hasRemaining()) at += channel.write(chunk);
                }
                ByteBuffer header = PackedFile.header(hash(key), new PackedFile.Origin(origin.model(), origin.digest(), (int) sum.getValue()));
                while (header.hasRemaining()) channel.write(header, header.position());
            });
            return null;
        } catch (IOException e) {
            return Model.NOT_KEPT + e.getMessage() + " (" + e.getClass().getSimpleName() + ")";
        }
    }
}
