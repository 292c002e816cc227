package tern.runtime.embed;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tern.runtime.ModelException;
import tern.runtime.model.Encoder;
import tern.runtime.model.Model;
import tern.runtime.model.ModelSource;
import tern.runtime.model.Session;
import tern.runtime.tokenizer.Tokenizer;

/// Texts as vectors of length 1: the state after the end-of-text token, after the final norm, divided by its length. Several texts go through
/// the model together, one after the other without padding; a text has the vector that it has alone. For any number of threads.
///
/// Source: microsoft/BitNet `docs/bitnet-embeddings-i2s-guide.md`, section 2.
public final class Embedder {

    /// Texts of a pass.
    private static final int TEXTS = 32;

    private final Tokenizer tokenizer;
    private final int hidden, context, batch;
    private final Model model;
    private final Executor turns;
    private @Nullable Encoder encoder;
    /// Of texts that no pass takes.
    private @Nullable Session session;
    private int sessionContext;

    /// @param turns runs what uses the device, at once: when nobody else does
    /// @throws ModelException if the model's vectors are not the states after the last token, or it has no token that ends a text
    public Embedder(Model model, ModelSource source, Tokenizer tokenizer, Executor turns) throws IOException {
        this.tokenizer = tokenizer;
        hidden = model.config().hidden();
        context = model.context();
        batch = Math.min(context, model.batch());
        this.model = model;
        this.turns = turns;
        if (!source.pooling().equals("last"))
            throw new ModelException(source.name(), "pooling", "'%s' is not supported; expected last".formatted(source.pooling()));
        if (tokenizer.eos().isEmpty()) throw new ModelException(source.name(), "tokenizer", "has no token that ends a text");
    }

    /// Numbers of a vector.
    public int dimensions() {
        return hidden;
    }

    /// The tokens that are read of a text, the end-of-text token among them.
    ///
    /// @throws IllegalArgumentException if they exceed the context
    public int[] tokens(String text) {
        int[] plain = tokenizer.encode(text);
        int before = tokenizer.bos().isPresent() ? 1 : 0, eos = tokenizer.eos().getAsInt();
        int[] all = new int[before + plain.length + 1];
        if (before > 0) all[0] = tokenizer.bos().getAsInt();
        System.arraycopy(plain, 0, all, before, plain.length);
        all[all.length - 1] = eos;
        if (all.length > context) throw new IllegalArgumentException("a text of %d tokens exceeds the context of %d".formatted(all.length, context));
        return all;
    }

    /// A vector for each text, in the order of the texts: f32 `[dimensions]`.
    ///
    /// @throws IllegalArgumentException if one exceeds the context
    public List<float[]> embed(List<String> texts) {
        return embedTokens(texts.stream().map(this::tokens).toList(), _ -> {});
    }

    /// The same for texts that are tokens already.
    ///
    /// @param texts    as [#tokens] makes them
    /// @param progress told per mille of the tokens
    public List<float[]> embedTokens(List<int[]> texts, LongConsumer progress) {
        float[][] vectors = new float[texts.size()][];
        long all = texts.stream().mapToLong(text -> text.length).sum(), done = 0;
        for (int[] pass : passes(texts)) {
            List<int[]> together = Arrays.stream(pass).mapToObj(texts::get).toList();
            float[][] states = encode(together);
            for (int i = 0; i < pass.length; i++) vectors[pass[i]] = Vectors.normalised(states[i]);
            done += together.stream().mapToLong(text -> text.length).sum();
            progress.accept(done * 1000 / all);
        }
        return List.of(vectors);
    }

    private synchronized float[][] encode(List<int[]> texts) {
        float[][][] states = new float[1][][];
        turns.execute(() -> states[0] = texts.getFirst().length <= batch ? encoder().encode(texts) : alone(texts.getFirst()));
        return states[0];
    }

    private Encoder encoder() {
        Encoder known = encoder;
        Encoder one = known == null ? model.encoder(batch, TEXTS) : known;
        encoder = one;
        return one;
    }

    private float[][] alone(int[] text) {
        Session known = session;
        int needed = Math.min(context, Integer.highestOneBit(text.length - 1) * 2);
        Session one = known == null || sessionContext < text.length ? model.session(needed) : known;
        if (one != known) sessionContext = needed;
        session = one;
        one.reset();
        one.feed(text);
        float[] state = new float[hidden];
        one.state(MemorySegment.ofArray(state));
        return new float[][] {state};
    }

    /// Which texts go together: sorted by length, so that those of a pass look back about as far, and as many as a pass takes.
    private List<int[]> passes(List<int[]> texts) {
        List<Integer> order = IntStream.range(0, texts.size()).boxed().sorted(Comparator.comparingInt((Integer i) -> texts.get(i).length).reversed()).toList();
        var passes = new ArrayList<int[]>();
        var open = new ArrayList<Integer>();
        int tokens = 0;
        for (int text : order) {
            int length = texts.get(text).length;
            if (!open.isEmpty() && (tokens + length > batch || open.size() == TEXTS)) {
                passes.add(open.stream().mapToInt(i -> i).toArray());
                open.clear();
                tokens = 0;
            }
            open.add(text);
            tokens += length;
        }
        if (!open.isEmpty()) passes.add(open.stream().mapToInt(i -> i).toArray());
        return passes;
    }
}
