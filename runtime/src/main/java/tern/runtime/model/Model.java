package tern.runtime.model;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Screen;
import tern.ir.device.Device;
import tern.ir.device.KernelLibrary;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.KernelLibrary.Use;

/// A model on a device, ready to run: a [ModelSource], the kernels that a library chose, and the packed weights.
public final class Model {

    /// Tokens that one batch launch takes: enough to share the weights' traffic, few enough for the prepared activations to
    /// stay in cache.
    public static final int BATCH = 32;

    /// @param context positions of the key-value cache; 0 = the model's
    /// @param batch   tokens of a batch launch
    /// @param cache   element of the key-value cache, F32, BF16 or I8
    /// @param threads that pack weights
    /// @param folder  of packed copies
    public record Settings(int context, int batch, Element cache, int threads, Path folder) {
        public Settings {
            if (context < 0) throw new IllegalArgumentException("context must not be negative: " + context);
            if (batch < 1) throw new IllegalArgumentException("batch must be positive: " + batch);
        }
    }

    private final Device device;
    private final ModelSource source;
    private final Settings settings;
    private final List<Projection> projections;
    private final Plan plan;
    private final PackedWeights weights;

    private Model(
            Device device,
            ModelSource source,
            Settings settings,
            List<Projection> projections,
            Plan plan,
            PackedWeights weights) {
        this.device = device;
        this.source = source;
        this.settings = settings;
        this.projections = projections;
        this.plan = plan;
        this.weights = weights;
    }

    /// Plans, packs (or maps what was packed before).
    ///
    /// @param arena    of packed weights
    /// @param progress told per mille of packing done
    public static Model load(
            Device device, KernelLibrary library, ModelSource source, Settings settings, Arena arena, LongConsumer progress) {
        List<Projection> projections = Projection.of(source.config(), settings.batch());
        Plan plan = library.plan(uses(source.config(), settings.batch()));
        var weights = PackedWeights.open(
                source,
                projections,
                plan,
                settings.folder(),
                arena,
                settings.threads(),
                (done, total) -> progress.accept(done * 1000 / total));
        return new Model(device, source, settings, projections, plan, weights);
    }

    /// The products of a model.
    ///
    /// @param batch tokens of a batch launch
    public static List<Use> uses(ModelConfig config, int batch) {
        return Projection.of(config, batch).stream().map(Projection::use).toList();
    }

    public ModelConfig config() {
        return source.config();
    }

    public Plan plan() {
        return plan;
    }

    /// File of the packed weights, or why they are kept in memory.
    public String packedIn() {
        return weights.origin();
    }

    /// Positions of a session.
    public int context() {
        return settings.context() == 0 ? config().context() : Math.min(settings.context(), config().context());
    }

    /// What the model and one session take.
    public Footprint footprint() {
        long tables = source.embedding().byteSize() + (config().block().tiedHead() ? 0 : source.head().byteSize());
        return Footprint.of(config(), plan, settings.batch(), context(), settings.cache(), tables);
    }

    /// Bytes of packed ternary weights.
    public long weightBytes() {
        return weights.weightBytes();
    }

    /// Bytes of the head that a token reads: the screen if the largest logits suffice, else the whole of it.
    ///
    /// @param top true if a token is picked from the largest logits
    public long headBytes(boolean top) {
        return top ? new Screen(config().vocabulary(), config().hidden()).bytes() : source.head().byteSize();
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

    /// Times the multiply kernels with one token, weights cold.
    ///
    /// @param passes over all layers
    public List<KernelTimes.Time> kernelTimes(int passes) {
        return KernelTimes.measure(device, config().layers(), projections, plan, weights, passes);
    }

    /// A new, empty conversation. One session of a model runs at a time.
    ///
    /// @param all true if logits of every token will be asked for
    /// @param top how many of the largest logits will be asked for, 0 = none
    public Session session(boolean all, int top) {
        var transformer = new Transformer(
                device, source, projections, plan, weights, context(), settings.batch(), settings.cache(), all, top);
        return new Session(config(), transformer, context());
    }
}
