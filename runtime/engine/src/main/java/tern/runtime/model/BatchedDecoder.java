package tern.runtime.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;

/// Several sequences that get a token each at the same time: weights and head are read once for all of them. Each has a cache of its own, the
/// length that it has, and the bits that it would have alone, except where a device says otherwise. On each device a step is one
/// [Sequence].
public final class BatchedDecoder {

    /// What runs on one device.
    ///
    /// @param places slot and length of each token's sequence, i32 `[count, 2]`
    private record Stage(Buffer tokens, Buffer places, Buffer x, Sequence launches) {}

    private final List<Stage> stages = new ArrayList<>();
    private final int count, context, hidden;
    private final MemorySegment passing;
    /// Of each token, i32 and f32: the likeliest that follows and its logit.
    private @Nullable Buffer best;
    /// Tokens of each sequence.
    private final int[] positions;
    private final int[] all;

    BatchedDecoder(
            List<StageWeights> parts, ModelConfig c, Element table, List<Projection> projections, int context, int count, Element cache) {
        this.count = count;
        this.context = context;
        hidden = c.hidden();
        positions = new int[count];
        all = new int[count];
        Arrays.setAll(all, s -> s);
        passing = Arena.ofAuto().allocate(4L * count * hidden, 64);
        for (StageWeights part : parts) stages.add(stage(part, c, table, projections, cache));
    }

    private Stage stage(StageWeights part, ModelConfig c, Element table, List<Projection> projections, Element cache) {
        Device device = part.device();
        Activations memory = Activations.of(device, c, projections, part.plan(), count);
        Buffer places = device.allocate(8L * count);
        var layers = new LayerLaunches(device, c, projections, part.plan(), memory, context, cache, count, places);
        var launches = new ArrayList<Launch>();
        if (part.embedding() != null)
            launches.add(new Launch(
                    device.compile(new Op.Embed(c.vocabulary(), c.hidden(), table)), memory.tokens(), part.embedding(), memory.x()));
        for (StageWeights.Layer layer : part.layers())
            layers.add(layer, LayerLaunches.Cache.of(device, c, context, cache, count), false, launches);
        if (part.head() != null) addHead(device, c, part.head(), memory, launches);
        return new Stage(memory.tokens(), places, memory.x(), device.sequence(launches));
    }

    private void addHead(Device device, ModelConfig c, StageWeights.Head head, Activations memory, List<Launch> to) {
        to.add(new Launch(device.compile(new Op.Norm(c.hidden(), c.epsilon(), false)), memory.x(), head.norm(), memory.normed()));
        best = device.allocate(4L * count);
        Op top = new Op.RaggedBatch(new Op.TopLogits(c.vocabulary(), c.hidden(), head.element(), 1), count);
        to.add(new Launch(device.compile(top), memory.normed(), head.rows(), head.int8Head(), best, device.allocate(4L * count)));
    }

    /// How many sequences there are.
    public int count() {
        return count;
    }

    /// Tokens that the longest has.
    public int position() {
        return Arrays.stream(positions).max().orElse(0);
    }

    /// Tokens of one sequence.
    public int position(int sequence) {
        return positions[sequence];
    }

    /// Forgets all tokens.
    public void reset() {
        Arrays.fill(positions, 0);
    }

    /// Forgets the tokens of one sequence.
    public void reset(int sequence) {
        positions[sequence] = 0;
    }

    /// Gives each sequence a token, and computes the likeliest that follows.
    ///
    /// @param tokens one for each sequence, within the vocabulary; replaced by those that follow
    /// @throws IllegalArgumentException if there are more or fewer, or the context of one is full
    public void next(int[] tokens) {
        if (tokens.length != count) throw new IllegalArgumentException("%d tokens for %d sequences".formatted(tokens.length, count));
        next(all, tokens);
    }

    /// Gives some of the sequences a token; the others stay as they are.
    ///
    /// @param sequences which, no two alike
    /// @param tokens    one for each of these, within the vocabulary; replaced by those that follow
    /// @throws IllegalArgumentException if there are more or fewer, a sequence stands there twice or is none, or its context is full
    public void next(int[] sequences, int[] tokens) {
        int n = sequences.length, longest = check(sequences, tokens);
        int[] places = new int[2 * n];
        for (int i = 0; i < n; i++) {
            places[2 * i] = sequences[i];
            places[2 * i + 1] = positions[sequences[i]];
        }
        stages.getFirst().tokens.write(0, MemorySegment.ofArray(tokens));
        MemorySegment stream = passing.asSlice(0, 4L * n * hidden);
        for (int i = 0; i < stages.size(); i++) {
            stages.get(i).places.write(0, MemorySegment.ofArray(places));
            if (i > 0) {
                stages.get(i - 1).x.read(0, stream);
                stages.get(i).x.write(0, stream);
            }
            stages.get(i).launches.run(n, longest);
        }
        if (best == null) throw new IllegalStateException("the last part has no head");
        best.read(0, MemorySegment.ofArray(tokens));
        for (int sequence : sequences) positions[sequence]++;
    }

    /// @return the largest number of tokens of one of them
    private int check(int[] sequences, int[] tokens) {
        if (tokens.length != sequences.length || tokens.length == 0)
            throw new IllegalArgumentException("%d tokens for %d sequences".formatted(tokens.length, sequences.length));
        boolean[] taken = new boolean[count];
        int longest = 0;
        for (int sequence : sequences) {
            if (sequence < 0 || sequence >= count) throw new IllegalArgumentException("sequence %d of %d".formatted(sequence, count));
            if (taken[sequence]) throw new IllegalArgumentException("sequence %d twice in a step".formatted(sequence));
            if (positions[sequence] == context) throw new IllegalArgumentException("the context of %d is full".formatted(context));
            taken[sequence] = true;
            longest = Math.max(longest, positions[sequence]);
        }
        return longest;
    }
}
