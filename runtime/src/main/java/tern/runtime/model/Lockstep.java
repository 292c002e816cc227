package tern.runtime.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;

/// Several sequences of equal length that get a token each at the same time: the weights are read once for all of them. Each has a cache
/// of its own, and the bits that it would have alone.
///
/// ```
/// all tokens:    norm, quantise, qkv                    output, feed-forward part
/// each sequence:                    rotate, attention
/// ```
public final class Lockstep {

    /// What runs on one device.
    ///
    /// @param runs in their order, alternately for all sequences at once and for each on its own
    private record Section(Buffer tokens, Buffer x, List<Run> runs) {}

    /// @param together whether a launch takes all sequences, else one
    private record Run(Sequence launches, boolean together) {}

    private final List<Section> sections = new ArrayList<>();
    private final int count, context;
    private final MemorySegment passing;
    /// Of each sequence, i32 and f32: the likeliest token and its logit.
    private final List<Buffer> best = new ArrayList<>();
    private @Nullable Run head;
    private int position;

    Lockstep(
            List<Part> parts, ModelConfig c, Element table, List<Projection> projections, int context, int count, Element cache) {
        this.count = count;
        this.context = context;
        passing = Arena.ofAuto().allocate(4L * count * c.hidden(), 64);
        for (Part part : parts) sections.add(section(part, c, table, projections, cache));
    }

    private Section section(Part part, ModelConfig c, Element table, List<Projection> projections, Element cache) {
        Device device = part.device();
        Activations memory = Activations.of(device, c, projections, part.plan(), count);
        var layers = new LayerLaunches(device, c, projections, part.plan(), memory, context, cache);
        var runs = new ArrayList<Run>();
        var together = new ArrayList<Launch>();
        if (part.embedding() != null)
            together.add(new Launch(
                    device.compile(new Op.Embed(c.vocabulary(), c.hidden(), table)), memory.tokens(), part.embedding(), memory.x()));
        for (Part.Layer layer : part.layers()) {
            layers.addBefore(layer, false, together);
            runs.add(new Run(device.sequence(together), true));
            together = new ArrayList<>();
            var each = new ArrayList<Launch>();
            for (int s = 0; s < count; s++)
                layers.addAttention(
                        row(memory.qkv(), s, c.qkvRows()),
                        LayerLaunches.Cache.of(device, c, context, cache),
                        row(memory.attention(), s, c.attentionWidth()),
                        each);
            runs.add(new Run(device.sequence(each), false));
            layers.addBehind(layer, false, together);
        }
        Part.Head ending = part.head();
        if (ending != null) together.add(new Launch(
                device.compile(new Op.Norm(c.hidden(), c.epsilon(), false)), memory.x(), ending.norm(), memory.normed()));
        runs.add(new Run(device.sequence(together), true));
        if (ending != null) head = new Run(device.sequence(heads(device, c, ending, memory.normed())), false);
        return new Section(memory.tokens(), memory.x(), List.copyOf(runs));
    }

    private List<Launch> heads(Device device, ModelConfig c, Part.Head ending, Buffer normed) {
        Kernel top = device.compile(new Op.TopLogits(c.vocabulary(), c.hidden(), ending.element(), 1));
        var launches = new ArrayList<Launch>();
        for (int s = 0; s < count; s++) {
            Buffer token = device.allocate(4), logit = device.allocate(4);
            best.add(token);
            launches.add(new Launch(top, row(normed, s, c.hidden()), ending.rows(), ending.screen(), token, logit));
        }
        return launches;
    }

    private static Buffer row(Buffer rows, int row, int width) {
        return rows.slice(4L * row * width, 4L * width);
    }

    /// How many sequences there are.
    public int count() {
        return count;
    }

    /// Tokens that each has.
    public int position() {
        return position;
    }

    /// Forgets all tokens.
    public void reset() {
        position = 0;
    }

    /// Gives each sequence a token, and computes the likeliest that follows.
    ///
    /// @param tokens one for each sequence, within the vocabulary; replaced by those that follow
    /// @throws IllegalArgumentException if there are more or fewer, or the context is full
    public void next(int[] tokens) {
        if (tokens.length != count) throw new IllegalArgumentException("%d tokens for %d sequences".formatted(tokens.length, count));
        if (position == context) throw new IllegalArgumentException("the context of %d is full".formatted(context));
        sections.getFirst().tokens.write(0, MemorySegment.ofArray(tokens));
        for (int i = 0; i < sections.size(); i++) {
            if (i > 0) {
                sections.get(i - 1).x.read(0, passing);
                sections.get(i).x.write(0, passing);
            }
            sections.get(i).runs.forEach(this::run);
        }
        if (head == null) throw new IllegalStateException("the last part has no head");
        run(head);
        var token = MemorySegment.ofArray(new int[1]);
        for (int s = 0; s < count; s++) {
            best.get(s).read(0, token);
            tokens[s] = token.get(ValueLayout.JAVA_INT, 0);
        }
        position++;
    }

    private void run(Run run) {
        run.launches.run(run.together ? count : 1, position);
    }
}
