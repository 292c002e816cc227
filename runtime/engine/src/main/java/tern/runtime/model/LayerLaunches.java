package tern.runtime.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.KernelLibrary.Stage;
import tern.ir.device.Launch;

/// The launches of a layer: what stands before the cache, what touches it, what stands behind.
final class LayerLaunches {

    /// Keys and values of one layer, of one sequence or of several one behind the other.
    record Cache(Buffer keys, Buffer values) {

        static Cache of(Device device, ModelConfig c, int context, Element element) {
            long bytes = new CacheLayout(c.kvHeads(), context, c.headDim(), element).apart();
            return new Cache(device.allocate(bytes), device.allocate(bytes));
        }

        static Cache of(Device device, CacheLayout layout, Sequences sequences) {
            long bytes = sequences.pages == 0 ? sequences.slots * layout.apart() : sequences.pages * layout.page().apart();
            return new Cache(device.allocate(bytes), device.allocate(bytes));
        }
    }

    /// Several sequences whose tokens go through the layers together, see [Op.RaggedBatch].
    ///
    /// @param slots  sequences that there may be
    /// @param places of a token each, i32 `[n, 2]`
    /// @param pages  of all; 0 = each sequence has a cache of its own
    /// @param table  of pages, null if there are none
    record Sequences(int slots, Buffer places, int pages, @Nullable Buffer table) {

        Op of(Op op) {
            return new Op.RaggedBatch(op, slots, pages);
        }

        Launch launch(Kernel kernel, Buffer... arguments) {
            var all = new ArrayList<>(List.of(arguments));
            all.add(places);
            if (table != null) all.add(table);
            return new Launch(kernel, all);
        }
    }

    private final List<Projection> projections;
    private final Plan plan;
    private final Activations memory;
    private final Kernel normHidden, normAttention, normFfn, rope, attention;
    /// Null if all tokens belong to one sequence.
    private final @Nullable Sequences sequences;

    /// @param context positions of a cache
    /// @param cache   element of a cache
    LayerLaunches(Device device, ModelConfig c, List<Projection> projections, Plan plan, Activations memory, int context, Element cache) {
        this(device, c, projections, plan, memory, context, cache, null);
    }

    /// @param sequences null if all tokens belong to one
    LayerLaunches(
            Device device, ModelConfig c, List<Projection> projections, Plan plan, Activations memory, int context, Element cache,
            @Nullable Sequences sequences) {
        this.projections = projections;
        this.plan = plan;
        this.memory = memory;
        this.sequences = sequences;
        normHidden = device.compile(new Op.NormQuantise(c.hidden(), c.epsilon()));
        normAttention = device.compile(subNorm(c, c.attentionWidth()));
        normFfn = device.compile(subNorm(c, c.ffn()));
        Op rotate = new Op.RopeAppend(c.heads(), c.kvHeads(), c.headDim(), context, c.theta(), c.pairs(), cache);
        Op attend = new Op.Attention(c.heads(), c.kvHeads(), c.headDim(), context, cache);
        rope = device.compile(sequences == null ? rotate : sequences.of(rotate));
        attention = device.compile(sequences == null ? attend : sequences.of(attend));
    }

    private static Op subNorm(ModelConfig c, int width) {
        return c.block().subNorms() ? new Op.NormQuantise(width, c.epsilon()) : new Op.Quantise(width);
    }

    /// All of a layer.
    ///
    /// @param one whether to take the kernels for one token
    void add(StageWeights.Layer layer, Cache cache, boolean one, List<Launch> to) {
        addBefore(layer, one, to);
        addAttention(cache, to);
        addBehind(layer, one, to);
    }

    /// Norm, quantise, qkv.
    private void addBefore(StageWeights.Layer layer, boolean one, List<Launch> to) {
        to.add(quantise(normHidden, memory.x(), layer.attnNorm()));
        multiply(0, layer, one, List.of(), memory.qkv(), to);
    }

    /// Rotation, cache, attention.
    private void addAttention(Cache cache, List<Launch> to) {
        Buffer qkv = memory.qkv(), result = memory.attention();
        if (sequences == null) {
            to.add(new Launch(rope, qkv, cache.keys, cache.values));
            to.add(new Launch(attention, qkv, cache.keys, cache.values, result));
        } else {
            to.add(sequences.launch(rope, qkv, cache.keys, cache.values));
            to.add(sequences.launch(attention, qkv, cache.keys, cache.values, result));
        }
    }

    /// The output of attention, and the feed-forward part.
    private void addBehind(StageWeights.Layer layer, boolean one, List<Launch> to) {
        Activations m = memory;
        to.add(quantise(normAttention, m.attention(), layer.attnSubNorm()));
        multiply(1, layer, one, List.of(m.x()), m.x(), to);
        to.add(quantise(normHidden, m.x(), layer.ffnNorm()));
        multiply(2, layer, one, List.of(), m.ffn(), to);
        to.add(quantise(normFfn, m.ffn(), layer.ffnSubNorm()));
        multiply(3, layer, one, List.of(m.x()), m.x(), to);
    }

    private Launch quantise(Kernel kernel, Buffer x, @Nullable Buffer norm) {
        return norm == null
                ? new Launch(kernel, x, memory.quantised(), memory.scale())
                : new Launch(kernel, x, norm, memory.quantised(), memory.scale());
    }

    /// Prepares the quantised activations and multiplies: arguments in the order of the kernel's parameters, which is
    /// activations, weights, activation scale, weight scales, residual, result.
    private void multiply(int projection, StageWeights.Layer layer, boolean one, List<Buffer> residual, Buffer result, List<Launch> to) {
        Choice choice = plan.choice(projections.get(projection).use().name());
        Stage stage = one ? choice.step() : choice.batch();
        to.add(new Launch(stage.prepare(), memory.quantised(), memory.prepared()));
        var arguments = new ArrayList<Buffer>();
        arguments.add(memory.prepared());
        arguments.addAll(layer.weights().get(projection));
        arguments.add(memory.scale());
        arguments.addAll(layer.scales().get(projection));
        arguments.addAll(residual);
        arguments.add(result);
        to.add(new Launch(stage.multiply(), arguments));
    }
}
