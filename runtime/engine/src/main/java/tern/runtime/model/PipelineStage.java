package tern.runtime.model;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Device.WarmUpRun;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;

/// A [StageWeights] of a model in one session: buffers, and sequences of launches that use them. Nothing is allocated for a token.
final class PipelineStage {

    final Device device;
    final Buffer tokens, x;
    /// Null unless this is the last stage.
    final @Nullable LmHead lmHead;
    private final Sequence step, many;
    /// Null unless the session picks from the largest logits and this is the last stage.
    private final @Nullable Sequence stepAndTop;
    /// For each kernel of a pass, what it is for.
    final Collection<PassTime.Part> parts;
    /// What [#many] runs.
    private final List<Launch> launches;

    /// @param context positions of the cache
    /// @param batch   tokens of a launch, at most
    /// @param cache   element of the cache, F32, BF16 or I8
    /// @param all     true if logits of every token will be asked for
    /// @param top     how many of the largest logits will be asked for, 0 = none
    PipelineStage(
            StageWeights part, ModelConfig config, Element table, List<Projection> projections, int context, int batch, Element cache, boolean all,
            int top) {
        device = part.device();
        Activations memory = Activations.of(device, config, projections, part.plan(), batch);
        tokens = memory.tokens();
        x = memory.x();
        var layers = new LayerLaunches(part.kernels(), config, projections, part.plan(), memory, context, cache);
        List<Launch> before = part.embedding() == null
                ? List.of()
                : List.of(new Launch(
                        part.kernels().of(config.embed(table)), tokens, part.embedding(), x));
        var one = new ArrayList<>(before);
        var several = new ArrayList<>(before);
        for (StageWeights.Layer layer : part.layers()) {
            var ofLayer = LayerLaunches.Cache.of(device, config, context, cache);
            layers.add(layer, ofLayer, true, one);
            layers.add(layer, ofLayer, false, several);
        }
        step = device.sequence(one);
        many = device.sequence(several);
        launches = List.copyOf(several);
        StageWeights.Head head = part.head();
        lmHead = head == null ? null : new LmHead(device, part.kernels(), config, head, x, memory.normed(), batch, all ? batch : 1, top);
        stepAndTop = lmHead == null ? null : lmHead.behind(device, one);
        var kernels = new ArrayList<>(one);
        kernels.addAll(several);
        if (lmHead != null) kernels.addAll(lmHead.launches());
        parts = PassTime.parts(kernels, part, projections);
    }

    void run(int count, int position) {
        (count == 1 ? step : many).run(count, position);
    }

    /// A token through the layers, and the largest logits after it, as one sequence: on a card one graph.
    void runToTop(int position) {
        if (stepAndTop == null) throw new IllegalStateException("this session was made without the largest logits");
        stepAndTop.run(1, position);
    }

    /// [#run], launch by launch, with a look at the residual stream each time it has changed.
    ///
    /// @param into f32 `[count, hidden]`, filled before each call of `seen`
    void trace(int count, int position, MemorySegment into, Runnable seen) {
        for (Launch launch : launches) {
            launch.kernel().launch(launch.arguments(), count, position);
            if (!launch.arguments().getLast().equals(x)) continue;
            x.read(0, into);
            seen.run();
        }
    }

    void warmUpRuns(int count, int position, Consumer<WarmUpRun> to) {
        to.accept(new WarmUpRun(count == 1 ? step : many, count, position));
        if (lmHead != null) to.accept(new WarmUpRun(lmHead.usual(), count, position));
    }
}
