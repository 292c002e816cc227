package tern.runtime.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Device.Rehearsal;
import tern.ir.device.Kernel;
import tern.ir.device.KernelLibrary.Choice;
import tern.ir.device.KernelLibrary.Plan;
import tern.ir.device.KernelLibrary.Stage;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;

/// A model's forward pass on a device: buffers, and sequences of launches that use them. Nothing is allocated for a token.
///
///     a = norm(x)                    x = x + o_proj(norm(attention(qkv_proj(a))))
///     f = norm(x)                    x = x + down_proj(norm(relu(gate f)^2 * up f))
///     logits = head . norm(x)
///
/// The norms before o_proj and down_proj, the activation and the head differ between architectures: see [Block].
final class Transformer {

    /// Tokens before those of a rehearsal: enough for every loop of attention to have some iterations.
    private static final int TYPICAL_POSITION = 63;

    private final Device device;
    private final ModelConfig config;
    private final int batch, context;
    private final Buffer tokens, logits, topRows, topLogits;
    /// Tokens on their way to the device; the first of them.
    private final MemorySegment staging, oneStaged;
    private final Sequence step, many, headLast, headAll;
    /// What [#many] runs, and the residual stream, which some of its launches write last.
    private final List<Launch> launches;
    private final Buffer x;
    /// Null if no largest logits were asked for.
    private final @Nullable Sequence headTop;
    /// Of the last forward pass.
    private int count, position;

    /// @param batch tokens of a launch, at most
    /// @param cache element of the key-value cache, F32, BF16 or I8
    /// @param all   true if logits of every token will be asked for
    /// @param top   how many of the largest logits will be asked for, 0 = none
    Transformer(
            Device device,
            ModelSource model,
            List<Projection> projections,
            Plan plan,
            PackedWeights weights,
            int context,
            int batch,
            Element cache,
            boolean all,
            int top) {
        this.device = device;
        config = model.config();
        this.batch = batch;
        this.context = context;
        var memory = new Memory(device, config, projections, plan, batch, all);
        tokens = memory.tokens;
        logits = memory.logits;
        staging = MemorySegment.ofArray(new int[batch]);
        oneStaged = staging.asSlice(0, 4);
        Buffer table = device.share(model.embedding());
        Element element = model.embeddingElement();
        var layers = new Layers(device, model, projections, plan, weights, context, cache, memory);
        Launch embed = new Launch(
                device.compile(new Op.Embed(config.vocabulary(), config.hidden(), element)), tokens, table, memory.x);
        step = device.sequence(layers.launches(embed, true));
        launches = layers.launches(embed, false);
        x = memory.x;
        many = device.sequence(launches);
        Buffer norm = device.share(model.norm("output_norm.weight", config.hidden()));
        Buffer rows = config.block().tiedHead() ? table : device.share(model.head());
        Element ofRows = model.headElement();
        headLast = head(device, memory, norm, rows, ofRows, true);
        headAll = head(device, memory, norm, rows, ofRows, false);
        topRows = device.allocate(4L * Math.max(top, 1));
        topLogits = device.allocate(4L * Math.max(top, 1));
        headTop = top == 0 ? null : top(device, memory, norm, rows, ofRows, device.share(weights.screen()), top);
    }

    private Sequence top(
            Device device, Memory memory, Buffer norm, Buffer table, Element element, Buffer screen, int count) {
        Kernel normalise = device.compile(new Op.Norm(config.hidden(), config.epsilon(), true));
        Kernel top = device.compile(new Op.TopLogits(config.vocabulary(), config.hidden(), element, count));
        return device.sequence(List.of(
                new Launch(normalise, memory.x, norm, memory.normed),
                new Launch(top, memory.normed, table, screen, topRows, topLogits)));
    }

    private Sequence head(Device device, Memory memory, Buffer norm, Buffer table, Element element, boolean lastOnly) {
        Kernel normalise = device.compile(new Op.Norm(config.hidden(), config.epsilon(), lastOnly));
        Kernel head = device.compile(new Op.Head(config.vocabulary(), config.hidden(), element, lastOnly));
        return device.sequence(List.of(
                new Launch(normalise, memory.x, norm, memory.normed), new Launch(head, memory.normed, table, logits)));
    }

    /// Runs `count` tokens that follow `position` others.
    ///
    /// @param ids `ids[from .. from + count - 1]`, each below the vocabulary's size
    void forward(int[] ids, int from, int count, int position) {
        MemorySegment.copy(ids, from, staging, ValueLayout.JAVA_INT, 0, count);
        tokens.write(0, count == 1 ? oneStaged : staging.asSlice(0, 4L * count));
        (count == 1 ? step : many).run(count, position);
        this.count = count;
        this.position = position;
    }

    /// [#forward], launch by launch, with a look at the residual stream each time it has changed: behind the embedding, and behind attention
    /// and feed-forward part of each layer. What is seen is what the next part gets.
    ///
    /// @param into f32 `[count, hidden]`, filled before each call of `seen`
    /// @param seen told how many changes there were before
    void trace(int[] ids, int from, int count, int position, MemorySegment into, IntConsumer seen) {
        MemorySegment.copy(ids, from, staging, ValueLayout.JAVA_INT, 0, count);
        tokens.write(0, staging.asSlice(0, 4L * count));
        int changes = 0;
        for (Launch launch : launches) {
            launch.kernel().launch(launch.arguments(), count, position);
            if (!launch.arguments().getLast().equals(x)) continue;
            x.read(0, into);
            seen.accept(changes++);
        }
        this.count = count;
        this.position = position;
    }

    /// Has the device make ready what [#forward] runs, passes of one token and, if `count` is larger, of so many. What the cache
    /// holds is lost.
    void warmUp(int count, LongConsumer progress) {
        var rehearsals = new ArrayList<Rehearsal>();
        rehearse(1, rehearsals);
        if (count > 1) rehearse(Math.min(count, batch), rehearsals);
        device.warmUp(rehearsals, progress);
    }

    private void rehearse(int count, List<Rehearsal> to) {
        int position = Math.max(0, Math.min(context - count, TYPICAL_POSITION));
        to.add(new Rehearsal(count == 1 ? step : many, count, position));
        to.add(new Rehearsal(headTop == null ? headLast : headTop, count, position));
    }

    /// Computes the logits behind the last token of the last forward pass.
    ///
    /// @param into f32 `[vocabulary]`
    void lastLogits(MemorySegment into) {
        headLast.run(count, position);
        logits.read(0, into);
    }

    /// Computes the logits behind every token of the last forward pass; [#logits] reads them.
    void allLogits() {
        headAll.run(count, position);
    }

    /// Copies one row of what [#allLogits] computed.
    ///
    /// @param into f32 `[vocabulary]`
    void logits(int row, MemorySegment into) {
        logits.read(4L * row * config.vocabulary(), into);
    }

    /// The largest logits behind the last token of the last forward pass, see [Op.TopLogits].
    ///
    /// @param rows  i32 `[top]` (out)
    /// @param values f32 `[top]` (out)
    void topLogits(MemorySegment rows, MemorySegment values) {
        if (headTop == null) throw new IllegalStateException("this session was made without the largest logits");
        headTop.run(count, position);
        topRows.read(0, rows);
        topLogits.read(0, values);
    }

    /// The same behind a token of the last forward pass.
    ///
    /// @param row 0 for the first token of the pass
    void topLogits(int row, MemorySegment rows, MemorySegment values) {
        int all = count;
        count = row + 1; // the head takes the last one
        try {
            topLogits(rows, values);
        } finally {
            count = all;
        }
    }

    /// Forgets the last tokens of the last forward pass, so that logits are those behind the last one that is left.
    ///
    /// @param count tokens of the pass that stay, at least 1
    void keep(int count) {
        this.count = count;
    }

    int batch() {
        return batch;
    }

    /// Activations, shared by all layers.
    private static final class Memory {
        final Buffer tokens, x, quantised, scale, prepared, qkv, attention, ffn, normed, logits;

        Memory(Device device, ModelConfig c, List<Projection> projections, Plan plan, int batch, boolean all) {
            long widest = Math.max(Math.max(c.hidden(), c.ffn()), c.attentionWidth());
            long preparedBytes = 0;
            for (Projection p : projections) {
                Choice choice = plan.choice(p.use().name());
                preparedBytes = Math.max(
                        preparedBytes,
                        Math.max(choice.step().preparedBytes(), choice.batch().preparedBytes()));
            }
            tokens = device.allocate(4L * batch);
            x = device.allocate(4L * batch * c.hidden());
            quantised = device.allocate(batch * widest);
            scale = device.allocate(4L * batch);
            prepared = device.allocate(preparedBytes);
            qkv = device.allocate(4L * batch * c.qkvRows());
            attention = device.allocate(4L * batch * c.attentionWidth());
            ffn = device.allocate(4L * batch * c.ffn());
            normed = device.allocate(4L * batch * c.hidden());
            logits = device.allocate(4L * c.vocabulary() * (all ? batch : 1));
        }
    }

    /// The launches of all layers.
    private record Layers(
            Device device,
            ModelSource model,
            List<Projection> projections,
            Plan plan,
            Memory memory,
            List<Layer> layers,
            Operations operations) {

        /// Buffers of one layer; sub-norms are null where the architecture has none.
        private record Layer(
                Buffer attnNorm,
                @Nullable Buffer attnSubNorm,
                Buffer ffnNorm,
                @Nullable Buffer ffnSubNorm,
                List<List<Buffer>> weights,
                List<List<Buffer>> scales,
                Buffer keys,
                Buffer values) {}

        /// Kernels that are no products.
        private record Operations(
                Kernel normHidden, Kernel normAttention, Kernel normFfn, Kernel rope, Kernel attention) {}

        Layers(
                Device device,
                ModelSource model,
                List<Projection> projections,
                Plan plan,
                PackedWeights weights,
                int context,
                Element cache,
                Memory memory) {
            this(
                    device,
                    model,
                    projections,
                    plan,
                    memory,
                    layers(device, model, projections, weights, context, cache),
                    operations(device, model.config(), context, cache));
        }

        private static Operations operations(Device device, ModelConfig c, int context, Element cache) {
            return new Operations(
                    device.compile(new Op.NormQuantise(c.hidden(), c.epsilon())),
                    device.compile(subNorm(c, c.attentionWidth())),
                    device.compile(subNorm(c, c.ffn())),
                    device.compile(new Op.RopeAppend(
                            c.heads(), c.kvHeads(), c.headDim(), context, c.theta(), c.pairs(), cache)),
                    device.compile(new Op.Attention(c.heads(), c.kvHeads(), c.headDim(), context, cache)));
        }

        private static Op subNorm(ModelConfig c, int width) {
            return c.block().subNorms() ? new Op.NormQuantise(width, c.epsilon()) : new Op.Quantise(width);
        }

        private static @Nullable Buffer subNorm(Device device, ModelSource model, String name, int width) {
            return model.config().block().subNorms() ? device.share(model.norm(name, width)) : null;
        }

        private static List<Layer> layers(
                Device device,
                ModelSource model,
                List<Projection> projections,
                PackedWeights weights,
                int context,
                Element cache) {
            ModelConfig c = model.config();
            var layers = new ArrayList<Layer>();
            for (int i = 0; i < c.layers(); i++) {
                var packed = new ArrayList<List<Buffer>>();
                var scales = new ArrayList<List<Buffer>>();
                for (int p = 0; p < projections.size(); p++) {
                    var packedOf = new ArrayList<Buffer>();
                    var scalesOf = new ArrayList<Buffer>();
                    for (int w = 0; w < projections.get(p).weights().size(); w++) {
                        PackedWeights.Packed one = weights.packed(i, p, w);
                        packedOf.add(device.share(one.weights()));
                        scalesOf.add(device.share(one.scales()));
                    }
                    packed.add(packedOf);
                    scales.add(scalesOf);
                }
                String at = "blk." + i + ".";
                long cacheBytes = new CacheLayout(c.kvHeads(), context, c.headDim(), cache).bytes();
                layers.add(new Layer(
                        device.share(model.norm(at + "attn_norm.weight", c.hidden())),
                        subNorm(device, model, at + "attn_sub_norm.weight", c.attentionWidth()),
                        device.share(model.norm(at + "ffn_norm.weight", c.hidden())),
                        subNorm(device, model, at + "ffn_sub_norm.weight", c.ffn()),
                        packed,
                        scales,
                        device.allocate(cacheBytes),
                        device.allocate(cacheBytes)));
            }
            return layers;
        }

        List<Launch> launches(Launch embed, boolean one) {
            var launches = new ArrayList<Launch>();
            launches.add(embed);
            for (Layer layer : layers) add(layer, one, launches);
            return launches;
        }

        private void add(Layer layer, boolean one, List<Launch> to) {
            Memory m = memory;
            to.add(quantise(operations.normHidden, m.x, layer.attnNorm));
            multiply(0, layer, one, List.of(), m.qkv, to);
            to.add(new Launch(operations.rope, m.qkv, layer.keys, layer.values));
            to.add(new Launch(operations.attention, m.qkv, layer.keys, layer.values, m.attention));
            to.add(quantise(operations.normAttention, m.attention, layer.attnSubNorm));
            multiply(1, layer, one, List.of(m.x), m.x, to);
            to.add(quantise(operations.normHidden, m.x, layer.ffnNorm));
            multiply(2, layer, one, List.of(), m.ffn, to);
            to.add(quantise(operations.normFfn, m.ffn, layer.ffnSubNorm));
            multiply(3, layer, one, List.of(m.x), m.x, to);
        }

        private Launch quantise(Kernel kernel, Buffer x, @Nullable Buffer norm) {
            return norm == null
                    ? new Launch(kernel, x, memory.quantised, memory.scale)
                    : new Launch(kernel, x, norm, memory.quantised, memory.scale);
        }

        /// Prepares the quantised activations and multiplies: arguments in the order of the kernel's parameters, which is
        /// activations, weights, activation scale, weight scales, residual, result.
        private void multiply(int projection, Layer layer, boolean one, List<Buffer> residual, Buffer result, List<Launch> to) {
            Choice choice = plan.choice(projections.get(projection).use().name());
            Stage stage = one ? choice.step() : choice.batch();
            to.add(new Launch(stage.prepare(), memory.quantised, memory.prepared));
            var arguments = new ArrayList<Buffer>();
            arguments.add(memory.prepared);
            arguments.addAll(layer.weights.get(projection));
            arguments.add(memory.scale);
            arguments.addAll(layer.scales.get(projection));
            arguments.addAll(residual);
            arguments.add(result);
            to.add(new Launch(stage.multiply(), arguments));
        }
    }
}
