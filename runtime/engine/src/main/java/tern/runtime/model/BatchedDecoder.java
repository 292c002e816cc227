package tern.runtime.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.device.Kernel;
import tern.ir.device.Launch;
import tern.ir.device.Sequence;

/// Several sequences of a model whose tokens go through it together: weights and head are read once for all of them. Each has a cache of its
/// own, the length that it has, and the bits that it would have alone. A pass takes up tokens of some of them: one of a sequence that
/// generates, several of one whose prompt is read. For one thread at a time.
public final class BatchedDecoder {

    /// What runs on one device.
    ///
    /// @param places sequence and position of each token, i32 `[tokens, 2]`
    /// @param table  of pages; null where each sequence has a cache of its own
    /// @param step   for one token
    private record Stage(Buffer tokens, Buffer places, @Nullable Buffer table, Buffer x, List<LayerLaunches.Cache> caches, Sequence step, Sequence many) {}

    /// After the last layer.
    ///
    /// @param tokens   i32 `[sequences]`, the likeliest of each row
    /// @param logits   f32 `[sequences, vocabulary]`
    /// @param stepTop,manyTop the last section with the likeliest tokens, as one
    private record Ending(
            StageWeights.Head head, Kernel norm, Kernel top, Kernel all, Buffer x, Buffer normed, Buffer tokens, Buffer values, Buffer logits,
            Sequence stepTop, Sequence manyTop) {

        List<Launch> launches() {
            return List.of(new Launch(norm, x, head.norm(), normed), new Launch(top, normed, head.rows(), head.int8Head(), tokens, values),
                    new Launch(all, normed, head.rows(), logits));
        }
    }

    private final List<Stage> sections = new ArrayList<>();
    private final CacheLayout layout;
    private final int count, most, context, hidden, vocabulary;
    /// Null where each sequence has a cache of its own.
    private final @Nullable Pages pages;
    private final MemorySegment passing;
    private @Nullable Ending lmHead;
    private final List<PassTime.Part> parts = new ArrayList<>();
    /// Tokens of each sequence.
    private final int[] positions;
    private final int[] everyone;
    /// Rows of the last pass for which there is the likeliest token; after them those that have logits.
    private int best;

    /// @param most  tokens of a pass
    /// @param pages of all sequences; 0 = each has a cache of its own
    BatchedDecoder(
            List<StageWeights> parts, ModelConfig c, Element table, List<Projection> projections, int context, int count, int most, Element cache,
            int pages) {
        this.count = count;
        this.most = most;
        this.context = context;
        layout = new CacheLayout(c.kvHeads(), context, c.headDim(), cache);
        this.pages = pages == 0 ? null : new Pages(count, layout.pages(), pages, Op.Attention.BLOCK);
        hidden = c.hidden();
        vocabulary = c.vocabulary();
        positions = new int[count];
        everyone = new int[count];
        Arrays.setAll(everyone, s -> s);
        passing = Arena.ofAuto().allocate(4L * most * hidden, 64);
        for (StageWeights part : parts) sections.add(section(part, c, table, projections, cache));
    }

    private Stage section(StageWeights part, ModelConfig c, Element table, List<Projection> projections, Element cache) {
        Device device = part.device();
        Activations memory = Activations.of(device, c, projections, part.plan(), most);
        Buffer places = device.allocate(8L * most);
        Buffer pageTable = pages == null ? null : device.allocate(4L * pages.table().length);
        var sequences = new LayerLaunches.Sequences(count, places, pages == null ? 0 : pages.count(), pageTable);
        var layers = new LayerLaunches(part.kernels(), c, projections, part.plan(), memory, context, cache, sequences);
        List<Launch> one = new ArrayList<>(), several = new ArrayList<>();
        if (part.embedding() != null) {
            Kernel embed = part.kernels().of(c.embed(table));
            one.add(new Launch(embed, memory.tokens(), part.embedding(), memory.x()));
            several.addAll(one);
        }
        var caches = new ArrayList<LayerLaunches.Cache>();
        for (StageWeights.Layer layer : part.layers()) {
            caches.add(LayerLaunches.Cache.of(device, layout, sequences));
            layers.add(layer, caches.getLast(), true, one);
            layers.add(layer, caches.getLast(), false, several);
        }
        if (part.head() != null) lmHead = lmHead(device, part.kernels(), c, part.head(), memory, one, several);
        parts.addAll(PassTime.parts(joined(joined(one, several), lmHead == null ? List.of() : lmHead.launches()), part, projections));
        return new Stage(memory.tokens(), places, pageTable, memory.x(), caches, device.sequence(one), device.sequence(several));
    }

    private Ending lmHead(Device device, OpKernels kernels, ModelConfig c, StageWeights.Head head, Activations memory, List<Launch> one, List<Launch> several) {
        Kernel norm = kernels.of(new Op.Norm(c.hidden(), c.epsilon(), false));
        Kernel top = kernels.of(new Op.RaggedBatch(new Op.TopLogits(c.vocabulary(), c.hidden(), head.element(), 1), count));
        Kernel all = kernels.of(new Op.Head(c.vocabulary(), c.hidden(), head.element(), false));
        Buffer tokens = device.allocate(4L * count), values = device.allocate(4L * count);
        List<Launch> likeliest = List.of(
                new Launch(norm, memory.x(), head.norm(), memory.normed()),
                new Launch(top, memory.normed(), head.rows(), head.int8Head(), tokens, values));
        return new Ending(
                head, norm, top, all, memory.x(), memory.normed(), tokens, values, device.allocate(4L * count * c.vocabulary()),
                device.sequence(joined(one, likeliest)), device.sequence(joined(several, likeliest)));
    }

    private static List<Launch> joined(List<Launch> first, List<Launch> second) {
        var all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    /// How many sequences there are.
    public int count() {
        return count;
    }

    /// Tokens of a pass, at most.
    public int most() {
        return most;
    }

    /// Where the time of all passes so far went; all zero where a device does not tell. For any thread.
    public List<PassTime> times() {
        return PassTime.of(parts);
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
        for (int sequence = 0; sequence < count; sequence++) rollback(sequence, 0);
    }

    /// Pages of keys and values that no sequence has; without an end where each has a cache of its own.
    public int freePages() {
        return pages == null ? Integer.MAX_VALUE : pages.free();
    }

    /// Pages that a sequence lacks to become so long.
    public int missingPages(int sequence, int length) {
        return pages == null ? 0 : pages.missing(sequence, positions[sequence], length);
    }

    /// Goes back: a sequence forgets all tokens but the first ones. What follows has the bits that it has where the others never were.
    ///
    /// @throws IllegalArgumentException if there are not so many
    public void rollback(int sequence, int position) {
        if (position < 0 || position > positions[sequence])
            throw new IllegalArgumentException("cannot go back to token %d of %d".formatted(position, positions[sequence]));
        positions[sequence] = position;
        if (pages != null) pages.shrink(sequence, position);
    }

    /// A sequence begins with the first tokens of another one: keys and values are shared or copied, not computed.
    ///
    /// @param tokens that both have then
    /// @throws IllegalArgumentException if the other has not so many, or it is the same
    public void copy(int from, int to, int tokens) {
        if (from == to || tokens < 0 || tokens > positions[from])
            throw new IllegalArgumentException("cannot copy %d of %d tokens from %d to %d".formatted(tokens, positions[from], from, to));
        rollback(to, 0);
        positions[to] = tokens;
        if (pages != null) {
            pages.share(from, to, tokens);
            writeTables();
            return;
        }
        MemorySegment staging = Arena.ofAuto().allocate(Math.max(1, layout.row(0, tokens)), 64);
        for (Stage section : sections)
            for (LayerLaunches.Cache cache : section.caches)
                for (Buffer one : List.of(cache.keys(), cache.values()))
                    for (int head = 0; head < layout.kvHeads(); head++) {
                        copy(one, from, to, layout.row(head, 0), staging.asSlice(0, layout.row(0, tokens)));
                        if (layout.isScaled()) copy(one, from, to, layout.scale(head, 0), staging.asSlice(0, 4L * tokens));
                    }
    }

    private void copyPage(int from, int to) {
        long bytes = layout.page().apart();
        MemorySegment staging = Arena.ofAuto().allocate(bytes, 64);
        for (Stage section : sections)
            for (LayerLaunches.Cache cache : section.caches)
                for (Buffer one : List.of(cache.keys(), cache.values())) {
                    one.read(from * bytes, staging);
                    one.write(to * bytes, staging);
                }
    }

    private void writeTables() {
        if (pages == null) return;
        for (Stage section : sections) if (section.table != null) section.table.write(0, MemorySegment.ofArray(pages.table()));
    }

    /// Room for what a pass appends.
    private void grow(int[] sequences) {
        if (pages == null) return;
        int[] rows = new int[count];
        for (int sequence : sequences) rows[sequence]++;
        boolean changed = false;
        for (int s = 0; s < count; s++) if (rows[s] > 0) changed |= pages.grow(s, positions[s], positions[s] + rows[s], this::copyPage);
        if (changed) writeTables();
    }

    private void copy(Buffer cache, int from, int to, long offset, MemorySegment staging) {
        cache.read(from * layout.apart() + offset, staging);
        cache.write(to * layout.apart() + offset, staging);
    }

    /// Gives each sequence a token, and computes the likeliest that follows.
    ///
    /// @param tokens one for each sequence, within the vocabulary; replaced by those that follow
    /// @throws IllegalArgumentException if there are more or fewer, or the context of one is full
    public void next(int[] tokens) {
        if (tokens.length != count) throw new IllegalArgumentException("%d tokens for %d sequences".formatted(tokens.length, count));
        next(everyone, tokens);
    }

    /// Gives some of the sequences a token; the others stay as they are.
    ///
    /// @param sequences which, no two alike
    /// @param tokens    one for each of these, within the vocabulary; replaced by those that follow
    /// @throws IllegalArgumentException if there are more or fewer, a sequence stands there twice or is none, or its context is full
    public void next(int[] sequences, int[] tokens) {
        boolean[] taken = new boolean[count];
        for (int sequence : sequences) {
            checkSequence(sequence);
            if (taken[sequence]) throw new IllegalArgumentException("sequence %d twice in a step".formatted(sequence));
            taken[sequence] = true;
        }
        int[] rows = new int[sequences.length];
        Arrays.setAll(rows, i -> positions[sequences[i]]);
        pass(sequences, rows, tokens, sequences.length, 0);
        likeliest(tokens);
    }

    /// Takes up tokens of some sequences. Rows come in three groups: first those after which the likeliest token is wanted, then those
    /// after which all logits are, then the others; within the pass, the rows of a sequence may be in any order.
    ///
    /// @param sequences of each row
    /// @param places    of each row: its position in the sequence; those of a sequence continue it without a gap
    /// @param tokens    of each row
    /// @param best,all  rows of the first two groups; together at most [#count]
    /// @throws IllegalArgumentException if the rows are not so, or a context does not suffice
    public void pass(int[] sequences, int[] places, int[] tokens, int best, int all) {
        int n = sequences.length, longest = check(sequences, places, tokens, best + all);
        grow(sequences);
        int[] pairs = new int[2 * n];
        for (int i = 0; i < n; i++) {
            pairs[2 * i] = sequences[i];
            pairs[2 * i + 1] = places[i];
        }
        sections.getFirst().tokens.write(0, MemorySegment.ofArray(tokens).asSlice(0, 4L * n));
        MemorySegment stream = passing.asSlice(0, 4L * n * hidden);
        boolean joined = best == n;
        for (int i = 0; i < sections.size(); i++) {
            Stage section = sections.get(i);
            section.places.write(0, MemorySegment.ofArray(pairs));
            if (i > 0) {
                sections.get(i - 1).x.read(0, stream);
                section.x.write(0, stream);
            }
            boolean withTop = joined && i == sections.size() - 1;
            if (withTop) (n == 1 ? last().stepTop : last().manyTop).run(n, longest);
            else(n == 1 ? section.step : section.many).run(n, longest);
        }
        if (!joined) finish(best, all);
        this.best = best;
        for (int sequence : sequences) positions[sequence]++;
    }

    private void finish(int best, int all) {
        if (best + all == 0) return;
        Ending end = last();
        end.norm.launch(List.of(end.x, end.head.norm(), end.normed), best + all, 0);
        if (best > 0) end.top.launch(List.of(end.normed, end.head.rows(), end.head.int8Head(), end.tokens, end.values), best, 0);
        if (all == 0) return;
        Buffer rows = best == 0 ? end.normed : end.normed.slice(4L * best * hidden, 4L * all * hidden);
        end.all.launch(List.of(rows, end.head.rows(), end.logits), all, 0);
    }

    private Ending last() {
        if (lmHead == null) throw new IllegalStateException("the last part has no head");
        return lmHead;
    }

    /// The likeliest tokens after the first rows of the last pass.
    ///
    /// @param into of as many rows as were asked for, or fewer
    public void likeliest(int[] into) {
        last().tokens.read(0, MemorySegment.ofArray(into));
    }

    /// All logits after a row of the last pass for which they were asked.
    ///
    /// @param row  of the pass
    /// @param into f32 `[vocabulary]`
    public void logits(int row, MemorySegment into) {
        last().logits.read(4L * (row - best) * vocabulary, into);
    }

    private void checkSequence(int sequence) {
        if (sequence < 0 || sequence >= count) throw new IllegalArgumentException("sequence %d of %d".formatted(sequence, count));
        if (positions[sequence] == context) throw new IllegalArgumentException("the context of %d is full".formatted(context));
    }

    /// @return the largest position
    private int check(int[] sequences, int[] places, int[] tokens, int shown) {
        int n = sequences.length;
        if (tokens.length != n || places.length != n || n == 0)
            throw new IllegalArgumentException("%d tokens for %d sequences".formatted(tokens.length, n));
        if (n > most) throw new IllegalArgumentException("%d tokens in a pass of at most %d".formatted(n, most));
        if (shown > Math.min(n, count)) throw new IllegalArgumentException("logits of %d rows, expected at most %d".formatted(shown, Math.min(n, count)));
        int[] rows = new int[count];
        for (int sequence : sequences) {
            checkSequence(sequence);
            rows[sequence]++;
        }
        var seen = new HashSet<Long>();
        int longest = 0;
        for (int i = 0; i < n; i++) {
            int sequence = sequences[i], start = positions[sequence], end = start + rows[sequence];
            if (end > context) throw new IllegalArgumentException("%d tokens exceed the context of %d".formatted(end, context));
            if (places[i] < start || places[i] >= end || !seen.add((long) sequence << 32 | places[i]))
                throw new IllegalArgumentException("token %d of sequence %d does not continue its %d".formatted(places[i], sequence, start));
            if (tokens[i] < 0 || tokens[i] >= vocabulary)
                throw new IllegalArgumentException("token %d is not in the vocabulary of %d".formatted(tokens[i], vocabulary));
            longest = Math.max(longest, places[i]);
        }
        return longest;
    }
}
