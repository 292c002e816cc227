package tern.runtime.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import tern.runtime.model.Block.Norms;

/// The launches of a layer, as its [Block] has them.
///
/// ```
///     a = norm(x)                                     x = x + post(o(sub(attention(rope(heads(q(a) k(a) v(a)))))))
///     f = norm(x)                                     x = x + post(down(sub(activation(gate(f)) * up(f))))
/// ```
///
/// Every projection quantises its input first; `post`, `heads` and `sub` are norms that an architecture has or has not. Where each projection
/// norms its own input ([Norms#INPUT]), those of one input are computed separately.
final class LayerLaunches {

    /// Keys and values of one layer, of one sequence or of several one after the other.
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

    private final OpKernels kernels;
    private final ModelConfig c;
    private final Map<String, Integer> projections = new HashMap<>();
    private final Plan plan;
    private final Activations memory;
    private final int context;
    private final Element cache;
    /// Null if all tokens belong to one sequence.
    private final @Nullable Sequences sequences;

    /// @param context positions of a cache
    /// @param cache   element of a cache
    LayerLaunches(OpKernels kernels, ModelConfig c, List<Projection> projections, Plan plan, Activations memory, int context, Element cache) {
        this(kernels, c, projections, plan, memory, context, cache, null);
    }

    /// @param sequences null if all tokens belong to one
    LayerLaunches(
            OpKernels kernels, ModelConfig c, List<Projection> projections, Plan plan, Activations memory, int context, Element cache,
            @Nullable Sequences sequences) {
        this.kernels = kernels;
        this.c = c;
        for (Projection projection : projections) this.projections.put(projection.use().name(), this.projections.size());
        this.plan = plan;
        this.memory = memory;
        this.context = context;
        this.cache = cache;
        this.sequences = sequences;
    }

    /// All of a layer.
    ///
    /// @param one whether to take the kernels for one token
    void add(StageWeights.Layer layer, Cache cache, boolean one, List<Launch> to) {
        new OfLayer(layer, one, to).add(cache);
    }

    private Kernel kernel(Op op) {
        return kernels.of(op);
    }

    /// Adds the launches of one layer, with the kernels for one token or for several.
    private final class OfLayer {

        private final StageWeights.Layer layer;
        /// Whether to take the kernels for one token.
        private final boolean one;
        private final List<Launch> to;
        private final Activations m = memory;

        OfLayer(StageWeights.Layer layer, boolean one, List<Launch> to) {
            this.layer = layer;
            this.one = one;
            this.to = to;
        }

        void add(Cache cache) {
            queriesKeysValues();
            if (c.block().has(Norms.HEAD)) {
                var op = new Op.HeadNorm(c.heads(), c.kvHeads(), c.headDim(), c.epsilon());
                to.add(new Launch(kernel(op), m.qkv(), norm("attn_q_norm"), norm("attn_k_norm")));
            }
            attend(cache);
            output("attn_output", m.attention(), c.attentionWidth(), "attn_sub_norm", "post_attention_norm");
            gate();
            output("ffn_down", m.ffn(), c.ffn(), "ffn_sub_norm", "post_ffw_norm");
        }

        private Buffer norm(String name) {
            return Objects.requireNonNull(layer.norms().get(name));
        }

        private void queriesKeysValues() {
            if (!c.block().splitsAttention()) {
                quantise(m.x(), c.hidden(), "attn_norm");
                multiply("attn_qkv", null, m.qkv());
                return;
            }
            normalise("attn_norm");
            apart("attn_q", m.queries());
            apart("attn_k", m.keys());
            apart("attn_v", m.values());
            to.add(new Launch(kernel(new Op.Join(c.attentionWidth(), c.kvHeads() * c.headDim())), m.queries(), m.keys(), m.values(), m.qkv()));
        }

        /// Rotation, cache, attention.
        private void attend(Cache of) {
            Op rotate = new Op.RopeAppend(c.heads(), c.kvHeads(), c.headDim(), context, c.angles(layer.index()), c.pairs(), cache);
            Op attend = new Op.Attention(c.heads(), c.kvHeads(), c.headDim(), context, cache, c.window(layer.index()), c.scoreFactor());
            if (sequences == null) {
                to.add(new Launch(kernel(rotate), m.qkv(), of.keys, of.values));
                to.add(new Launch(kernel(attend), m.qkv(), of.keys, of.values, m.attention()));
            } else {
                to.add(sequences.launch(kernel(sequences.of(rotate)), m.qkv(), of.keys, of.values));
                to.add(sequences.launch(kernel(sequences.of(attend)), m.qkv(), of.keys, of.values, m.attention()));
            }
        }

        private void gate() {
            if (!c.block().splitsGate()) {
                quantise(m.x(), c.hidden(), "ffn_norm");
                multiply("ffn_gate_up", null, m.ffn());
                return;
            }
            normalise("ffn_norm");
            apart("ffn_gate", m.gate());
            apart("ffn_up", m.up());
            to.add(new Launch(kernel(new Op.Gate(c.ffn(), c.block().activation().op())), m.gate(), m.up(), m.ffn()));
        }

        /// A projection whose output goes to the residual stream.
        ///
        /// @param width of its input
        private void output(String projection, Buffer input, int width, String subNorm, String postNorm) {
            if (c.block().has(Norms.SUB)) quantise(input, width, subNorm);
            else quantise(input, width, c.block().has(Norms.INPUT) ? projection + TensorNames.INPUT_NORM : null);
            if (!c.block().has(Norms.POST)) {
                multiply(projection, m.x(), m.x());
                return;
            }
            multiply(projection, null, m.normed());
            to.add(new Launch(kernel(new Op.NormAdd(c.hidden(), c.epsilon())), m.normed(), norm(postNorm), m.x()));
        }

        /// One of several projections of what [#normalise] made.
        private void apart(String projection, Buffer result) {
            quantise(m.normed(), c.hidden(), c.block().has(Norms.INPUT) ? projection + TensorNames.INPUT_NORM : null);
            multiply(projection, null, result);
        }

        private void normalise(String name) {
            to.add(new Launch(kernel(new Op.Norm(c.hidden(), c.epsilon(), false)), m.x(), norm(name), m.normed()));
        }

        /// @param name of the norm before it, or null
        private void quantise(Buffer x, int width, @Nullable String name) {
            int group = c.block().inputGroup();
            to.add(name == null
                    ? new Launch(kernel(new Op.Quantise(width, group)), x, m.quantised(), m.scale())
                    : new Launch(kernel(new Op.NormQuantise(width, c.epsilon(), group)), x, norm(name), m.quantised(), m.scale()));
        }

        /// Prepares the quantised activations and multiplies: arguments in the order of the kernel's parameters, which is
        /// activations, weights, activation scale, weight scales, residual, result.
        private void multiply(String projection, @Nullable Buffer residual, Buffer result) {
            Choice choice = plan.choice(projection);
            int index = Objects.requireNonNull(projections.get(projection));
            Stage stage = one ? choice.step() : choice.batch();
            to.add(new Launch(stage.prepare(), m.quantised(), m.prepared()));
            var arguments = new ArrayList<Buffer>();
            arguments.add(m.prepared());
            arguments.addAll(layer.weights().get(index));
            arguments.add(m.scale());
            arguments.addAll(layer.scales().get(index));
            if (residual != null) arguments.add(residual);
            arguments.add(result);
            to.add(new Launch(stage.multiply(), arguments));
        }
    }
}
