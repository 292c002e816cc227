package tern.runtime.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Int8Head;
import tern.ir.Op;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.device.StartTimes;
import tern.ir.target.Target;
import tern.runtime.sample.TokenSet;

/// A model on a device, ready to run: a [ModelSource], the kernels that a library chose, and the packed weights.
public final class Model {

    /// Tokens that one batch launch takes: enough that unpacking the weights for a matrix unit costs little next to the products, few enough
    /// for the prepared activations to stay in the second-level cache.
    public static final int BATCH = 128;

    /// @param context positions of the key-value cache; 0 = the model's
    /// @param batch   tokens of a batch launch
    /// @param cache   element of the key-value cache, F32, BF16 or I8
    /// @param threads that pack weights
    /// @param folder  of packed copies
    /// @param memory  bytes that packed weights may take of a CPU's memory; larger ones are mapped from their file, and read more slowly
    public record Settings(int context, int batch, Element cache, int threads, Path folder, long memory) {

        /// With as much memory as packed weights take.
        public Settings(int context, int batch, Element cache, int threads, Path folder) {
            this(context, batch, cache, threads, folder, Long.MAX_VALUE);
        }

        public Settings {
            if (context < 0) throw new IllegalArgumentException("context must not be negative: " + context);
            if (batch < 1) throw new IllegalArgumentException("batch must be positive: " + batch);
        }
    }

    private final ModelSource source;
    private final Settings settings;
    private final List<Projection> projections;
    private final List<StageWeights> parts;

    private Model(ModelSource source, Settings settings, List<Projection> projections, List<StageWeights> parts) {
        this.source = source;
        this.settings = settings;
        this.projections = projections;
        this.parts = List.copyOf(parts);
    }

    /// A device that shall have some of the layers, and who chooses its kernels.
    public record Placement(Device device, KernelLibrary library) {}

    /// Plans, packs (or maps what was packed before), brings the weights to the device.
    ///
    /// @param arena    of packed weights
    /// @param progress told per mille of packing done
    /// @throws tern.ir.device.DeviceException if the device has not the memory
    public static Model load(
            Device device, KernelLibrary library, ModelSource source, Settings settings, Arena arena, LongConsumer progress) {
        return load(List.of(new Placement(device, library)), source, settings, arena, progress);
    }

    /// The same on several devices, each with consecutive layers: as many as make the largest share of a token's bytes small.
    ///
    /// @param arena    of packed weights
    /// @param progress told per mille of packing done
    /// @throws IllegalArgumentException if there are more devices than layers
    /// @throws tern.ir.device.DeviceException if a device has not the memory
    public static Model load(List<Placement> placements, ModelSource source, Settings settings, Arena arena, LongConsumer progress) {
        ModelConfig config = source.config();
        List<Projection> projections = Projection.of(source, settings.batch());
        List<Plan> plans = placements.stream().map(place -> place.library.plan(projections.stream().map(Projection::use).toList())).toList();
        long layer = PackedWeights.size(projections, plans.getFirst(), 1), head = new Int8Head(config.vocabulary(), config.hidden()).bytes();
        List<Span> spans = Span.of(Partition.of(config.layers(), layer, head, placements.size()));
        var parts = new ArrayList<StageWeights>();
        for (int i = 0; i < placements.size(); i++) {
            int before = i;
            Device device = placements.get(i).device;
            PackedWeights weights;
            try (var _ = StartTimes.part("weights")) {
                weights = PackedWeights.open(
                        source,
                        projections,
                        plans.get(i),
                        spans.get(i),
                        settings.folder(),
                        device.target() instanceof Target.Cpu ? settings.memory() : 0,
                        size -> device.hostMemory(size, arena),
                        arena,
                        settings.threads(),
                        (done, total) -> progress.accept((1000L * before + done * 1000 / total) / placements.size()));
            }
            try (var _ = StartTimes.part("placement")) {
                parts.add(StageWeights.of(device, source, projections, plans.get(i), weights));
            }
        }
        try (var _ = StartTimes.part("placement")) {
            source.forgetAll();
        }
        return new Model(source, settings, projections, parts);
    }

    /// The products of a model, by the scales that its tensors have.
    ///
    /// @param batch tokens of a batch launch
    public static List<Use> uses(ModelSource source, int batch) {
        return Projection.of(source, batch).stream().map(Projection::use).toList();
    }

    /// The products of a model with a scale for each row.
    ///
    /// @param batch tokens of a batch launch
    public static List<Use> uses(ModelConfig config, int batch) {
        return Projection.of(config, batch).stream().map(Projection::use).toList();
    }

    /// The rows of the head that have a token, which alone are sampled; empty if all have.
    public Optional<TokenSet> sampled() {
        try {
            return source.sampled();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public ModelConfig config() {
        return source.config();
    }

    /// Of the first device.
    public Plan plan() {
        return parts.getFirst().plan();
    }

    /// How [#packedIn()] begins where no file could be written; why follows.
    public static final String NOT_KEPT = "not kept: ";

    /// File of the packed weights, or why they are kept in memory.
    public String packedIn() {
        return parts.stream().map(part -> part.packed().origin()).distinct().collect(Collectors.joining(", "));
    }

    /// Positions of a session.
    public int context() {
        return settings.context() == 0 ? config().context() : Math.min(settings.context(), config().context());
    }

    /// What the model and one session take.
    public Footprint footprint() {
        long tables = source.embedding().byteSize() + (config().block().tiedHead() ? 0 : source.head().byteSize());
        long weights = 0;
        for (StageWeights part : parts) weights += PackedWeights.size(projections, part.plan(), part.layers().size());
        return Footprint.of(config(), weights, context(), settings.cache(), tables);
    }

    /// Bytes of packed ternary weights.
    public long weightBytes() {
        return parts.stream().mapToLong(part -> part.packed().weightBytes()).sum();
    }

    /// Bytes of the head that a token reads: the int8 head if the largest logits suffice, else the whole of it.
    ///
    /// @param top true if a token is picked from the largest logits
    private long headBytes(boolean top) {
        return top ? new Int8Head(config().vocabulary(), config().hidden()).bytes() : source.head().byteSize();
    }

    /// Bytes that decoding one token must read: weights, head, and the cache of `position` tokens.
    ///
    /// @param top true if a token is picked from the largest logits
    public long bytesPerToken(int position, boolean top) {
        return weightBytes() + headBytes(top) + cacheBytes(position);
    }

    /// Bytes of the keys and values of so many positions.
    public long cacheBytes(int positions) {
        var layout = new CacheLayout(config().kvHeads(), context(), config().headDim(), settings.cache());
        return 2L * config().layers() * layout.bytesPerPosition() * positions;
    }

    /// Times the multiply kernels of the first device with one token, weights cold.
    ///
    /// @param passes over all its layers
    public List<KernelTimes.Time> kernelTimes(int passes) {
        StageWeights first = parts.getFirst();
        return KernelTimes.measure(first, projections, passes);
    }

    /// Several new, empty sequences whose tokens go through the model together.
    ///
    /// @param count at most the batch of the settings
    public BatchedDecoder batchedDecoder(int count) {
        return batchedDecoder(count, count * pages(context()));
    }

    /// Pages of keys and values that so many positions need.
    public static int pages(int positions) {
        return Math.ceilDiv(positions, Op.Attention.BLOCK);
    }

    /// Whether sequences share memory by pages; else each has a whole context of its own.
    public boolean hasPages() {
        return parts.stream().allMatch(part -> part.device().target() instanceof Target.Cpu);
    }

    /// Pages that a device can count.
    public int mostPages() {
        return (int) (Integer.MAX_VALUE / new CacheLayout(config().kvHeads(), context(), config().headDim(), settings.cache()).page().apart());
    }

    /// The same, with memory for so many pages in all; devices that know no pages have a whole context for each sequence.
    public BatchedDecoder batchedDecoder(int count, int pages) {
        if (count < 1 || count > settings.batch())
            throw new IllegalArgumentException("%d sequences, expected 1 to %d, the tokens of a batch".formatted(count, settings.batch()));
        boolean onCpus = hasPages();
        int most = onCpus ? settings.batch() : count; // elsewhere a pass has a token of each at most
        return new BatchedDecoder(parts, config(), source.embeddingElement(), projections, context(), count, most, settings.cache(),
                onCpus ? pages : 0);
    }

    /// Tokens of a batch launch.
    public int batch() {
        return settings.batch();
    }

    /// Takes whole texts, see [Encoder].
    ///
    /// @param tokens of a pass, at most those of a batch
    /// @param texts  of a pass
    public Encoder encoder(int tokens, int texts) {
        if (tokens > settings.batch()) throw new IllegalArgumentException("%d tokens of a batch of %d".formatted(tokens, settings.batch()));
        return new Encoder(parts, config(), source.embeddingElement(), projections, tokens, texts);
    }

    /// A new, empty conversation. One session of a model runs at a time.
    ///
    /// @param all true if logits of every token will be asked for
    /// @param top how many of the largest logits will be asked for, 0 = none
    public Session session(boolean all, int top) {
        return session(context(), all, top);
    }

    /// The same with fewer positions than [#context], for what [Session#state] tells.
    ///
    /// @param context at most those of the model
    public Session session(int context) {
        return session(Math.min(context, context()), false, 0);
    }

    private Session session(int context, boolean all, int top) {
        try (var _ = StartTimes.part("session")) {
            var transformer = new Transformer(
                    parts, config(), source.embeddingElement(), projections, context, settings.batch(), settings.cache(), all, top);
            return new Session(config(), transformer, context);
        }
    }
}
