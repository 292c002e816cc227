package tern.runtime.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;

/// Whole texts through a model, several in a pass, for the state after the last token of each. Nothing is kept from pass to pass, so all layers
/// of a device share one cache. A text has the bits that it has alone. For one thread at a time.
public final class Encoder {

    /// What runs on one device.
    ///
    /// @param places text and position of each token, i32 `[tokens, 2]`
    private record Section(Buffer tokens, Buffer places, Buffer x, Sequence step, Sequence many) {}

    private final List<Section> sections = new ArrayList<>();
    private final int most, texts, hidden, vocabulary;
    private final Buffer lastX, normed;
    private final Kernel norm;
    private final Buffer normWeight;
    /// The residual stream between devices, and before the final norm.
    private final MemorySegment passing, lasts;

    /// @param most  tokens of a pass
    /// @param texts of a pass
    Encoder(List<StageWeights> parts, ModelConfig c, Element table, List<Projection> projections, int most, int texts) {
        this.most = most;
        this.texts = texts;
        hidden = c.hidden();
        vocabulary = c.vocabulary();
        Arena arena = Arena.ofAuto();
        passing = arena.allocate(4L * most * hidden, 64);
        lasts = arena.allocate(4L * texts * hidden, 64);
        for (StageWeights part : parts) sections.add(section(part, c, table, projections));
        Device last = parts.getLast().device();
        StageWeights.Head head = parts.getLast().head();
        if (head == null) throw new IllegalArgumentException("the last part has no head");
        norm = last.compile(new Op.Norm(hidden, c.epsilon(), false));
        normWeight = head.norm();
        lastX = last.allocate(4L * texts * hidden);
        normed = last.allocate(4L * texts * hidden);
    }

    private Section section(StageWeights part, ModelConfig c, Element table, List<Projection> projections) {
        Device device = part.device();
        Activations memory = Activations.of(device, c, projections, part.plan(), most);
        Buffer places = device.allocate(8L * most);
        var sequences = new LayerLaunches.Sequences(texts, places, 0, null);
        var layers = new LayerLaunches(part.kernels(), c, projections, part.plan(), memory, most, Element.F32, sequences);
        var cache = LayerLaunches.Cache.of(device, new CacheLayout(c.kvHeads(), most, c.headDim(), Element.F32), sequences);
        List<Launch> one = new ArrayList<>(), several = new ArrayList<>();
        if (part.embedding() != null) {
            one.add(new Launch(part.kernels().of(c.embed(table)), memory.tokens(), part.embedding(), memory.x()));
            several.addAll(one);
        }
        for (StageWeights.Layer layer : part.layers()) {
            layers.add(layer, cache, true, one);
            layers.add(layer, cache, false, several);
        }
        return new Section(memory.tokens(), places, memory.x(), device.sequence(one), device.sequence(several));
    }

    /// Tokens of a pass, at most; so many has the longest text.
    public int most() {
        return most;
    }

    /// One pass.
    ///
    /// @param tokens of each text, none of them empty
    /// @return after the last token of each, after the final norm: `[texts][hidden]`
    /// @throws IllegalArgumentException if there are too many, or a token is not in the vocabulary
    public float[][] encode(List<int[]> tokens) {
        int n = tokens.stream().mapToInt(text -> text.length).sum(), longest = 0, row = 0;
        if (tokens.isEmpty() || tokens.size() > texts || n > most)
            throw new IllegalArgumentException("%d texts of %d tokens in a pass of at most %d and %d".formatted(tokens.size(), n, texts, most));
        int[] ids = new int[n], places = new int[2 * n], ends = new int[tokens.size()];
        for (int text = 0; text < tokens.size(); text++) {
            int[] one = tokens.get(text);
            if (one.length == 0) throw new IllegalArgumentException("text %d has no tokens".formatted(text));
            longest = Math.max(longest, one.length - 1);
            for (int i = 0; i < one.length; i++, row++) {
                if (one[i] < 0 || one[i] >= vocabulary)
                    throw new IllegalArgumentException("token %d is not in the vocabulary of %d".formatted(one[i], vocabulary));
                ids[row] = one[i];
                places[2 * row] = text;
                places[2 * row + 1] = i;
            }
            ends[text] = row - 1;
        }
        run(ids, places, longest);
        return states(ends);
    }

    private void run(int[] ids, int[] places, int longest) {
        int n = ids.length;
        sections.getFirst().tokens.write(0, MemorySegment.ofArray(ids));
        MemorySegment stream = passing.asSlice(0, 4L * n * hidden);
        for (int s = 0; s < sections.size(); s++) {
            Section section = sections.get(s);
            section.places.write(0, MemorySegment.ofArray(places));
            if (s > 0) {
                sections.get(s - 1).x.read(0, stream);
                section.x.write(0, stream);
            }
            (n == 1 ? section.step : section.many).run(n, longest);
        }
    }

    /// @param rows of the pass
    private float[][] states(int[] rows) {
        Buffer x = sections.getLast().x;
        long row = 4L * hidden;
        for (int i = 0; i < rows.length; i++) x.read(row * rows[i], lasts.asSlice(row * i, row));
        MemorySegment all = lasts.asSlice(0, row * rows.length);
        lastX.write(0, all);
        norm.launch(List.of(lastX, normWeight, normed), rows.length, 0);
        normed.read(0, all);
        float[][] states = new float[rows.length][hidden];
        for (int i = 0; i < rows.length; i++) MemorySegment.copy(all, ValueLayout.JAVA_FLOAT, row * i, states[i], 0, hidden);
        return states;
    }
}
