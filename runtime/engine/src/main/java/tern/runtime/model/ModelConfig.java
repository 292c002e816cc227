package tern.runtime.model;

import java.util.Set;
import java.util.function.UnaryOperator;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.Op.RopePairs;
import tern.ir.RopeAngles;
import tern.ir.RopeAngles.Yarn;
import tern.runtime.ModelException;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Metadata;
import tern.runtime.gguf.Value;

/// The sizes and the architecture of a transformer with ternary weights.
///
/// @param architecture name in a GGUF file
/// @param hidden  width of the residual stream
/// @param ffn     width of the feed-forward layer
/// @param context most positions
/// @param epsilon of the RMS norms
/// @param theta   base of the rotary angles
public record ModelConfig(
        String architecture,
        int hidden,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        int ffn,
        int vocabulary,
        int context,
        float epsilon,
        float theta,
        RopePairs pairs,
        Block block) {

    /// Architectures of GGUF files that Tern runs.
    public static final Set<String> ARCHITECTURES = GgufArchitecture.BY_NAME.keySet();

    /// BitNet b1.58 2B4T. Source: config.json of microsoft/bitnet-b1.58-2B-4T.
    public static final ModelConfig BITNET_2B4T = new ModelConfig(
            "bitnet-b1.58", 2560, 30, 20, 5, 128, 6912, 128256, 4096, 1e-5f, 500000f, RopePairs.HALVES);

    /// A model of the same kind that runs in a moment.
    public static final ModelConfig TINY =
            new ModelConfig("bitnet-b1.58", 256, 3, 4, 2, 64, 768, 512, 512, 1e-5f, 500000f, RopePairs.HALVES);

    /// With the block of 2B4T.
    public ModelConfig(
            String architecture,
            int hidden,
            int layers,
            int heads,
            int kvHeads,
            int headDim,
            int ffn,
            int vocabulary,
            int context,
            float epsilon,
            float theta,
            RopePairs pairs) {
        this(architecture, hidden, layers, heads, kvHeads, headDim, ffn, vocabulary, context, epsilon, theta, pairs, Block.BITNET_2B4T);
    }

    /// The same with a scale for each `size` neighbours of a product's input, 0 for one a token.
    public ModelConfig withInputGroup(int size) {
        return new ModelConfig(
                architecture, hidden, layers, heads, kvHeads, headDim, ffn, vocabulary, context, epsilon, theta, pairs, block.withInputGroup(size));
    }

    /// What a GGUF file says.
    ///
    /// @throws ModelException if the architecture is unknown or the sizes do not fit together
    public static ModelConfig of(Gguf file) {
        Metadata meta = file.metadata();
        GgufArchitecture architecture = GgufArchitecture.of(file);
        String name = meta.text("general.architecture"), at = name + ".";
        int hidden = meta.count(at + "embedding_length");
        int heads = meta.count(at + "attention.head_count");
        int headDim = meta.count(at + "attention.key_length", meta.count(at + "rope.dimension_count", hidden / Math.max(1, heads)));
        int rotated = meta.count(at + "rope.dimension_count", headDim);
        var config = new ModelConfig(
                name,
                hidden,
                meta.count(at + "block_count"),
                heads,
                meta.count(at + "attention.head_count_kv", heads),
                headDim,
                meta.count(at + "feed_forward_length"),
                rows(file), // whatever vocab_size says: it counts the tokens, of which there may be more or fewer
                meta.count(at + "context_length"),
                (float) meta.real(at + "attention.layer_norm_rms_epsilon"),
                (float) meta.real(at + "rope.freq_base", 10000),
                architecture.pairs(),
                architecture.block(file, hidden));
        UnaryOperator<String> keys = key -> at + key;
        config.check(file.file(), keys);
        if (rotated != headDim || meta.count(at + "attention.value_length", headDim) != headDim)
            throw wrong(file.file(), keys, "rope.dimension_count", "RoPE of a part of a head, or values of another width, is not supported");
        return config;
    }

    private static int rows(Gguf file) {
        return (int) Math.min(Integer.MAX_VALUE, file.tensor("token_embd.weight").m());
    }

    /// @param keys what the file calls the keys that are named here as in GGUF
    /// @throws ModelException if the sizes do not fit together
    void check(String file, UnaryOperator<String> keys) {
        require(file, keys, "embedding_length", hidden, 1 << 20);
        require(file, keys, "block_count", layers, 1 << 12);
        require(file, keys, "attention.head_count", heads, 1 << 14);
        require(file, keys, "attention.head_count_kv", kvHeads, heads);
        require(file, keys, "rope.dimension_count", headDim, 1 << 14);
        require(file, keys, "feed_forward_length", ffn, 1 << 22);
        require(file, keys, "vocab_size", vocabulary, 1 << 24);
        require(file, keys, "context_length", context, 1 << 24);
        if (heads % kvHeads != 0)
            throw wrong(file, keys, "attention.head_count_kv", "%d query heads cannot share %d key-value heads".formatted(heads, kvHeads));
        if (headDim % 2 != 0) throw wrong(file, keys, "rope.dimension_count", headDim + " is odd: RoPE rotates pairs");
        if (!(epsilon > 0 && epsilon < 1)) throw wrong(file, keys, "attention.layer_norm_rms_epsilon", "found " + epsilon);
        Positions p = block.positions();
        if (p.window() < 0 || p.period() < 1 || p.window() > 0 && !(p.localTheta() > 1))
            throw wrong(file, keys, "attention.sliding_window",
                    "found a window of %d, every %d layers, base %s".formatted(p.window(), p.period(), p.localTheta()));
        Yarn yarn = p.yarn();
        if (yarn != null && !(yarn.factor() >= 1 && yarn.factor() < 1e6 && yarn.original() > 0 && yarn.fast() > yarn.slow() && yarn.slow() > 0
                && yarn.attention() > 0 && yarn.attention() < 1e3))
            throw wrong(file, keys, "rope.scaling.factor", "found %s".formatted(yarn));
        if (!(theta > 1) || Float.isInfinite(theta)) throw wrong(file, keys, "rope.freq_base", "found " + theta);
    }

    private static void require(String file, UnaryOperator<String> keys, String key, int value, int most) {
        if (value < 1 || value > most) throw wrong(file, keys, key, "found %d, expected 1 to %d".formatted(value, most));
    }

    private static ModelException wrong(String file, UnaryOperator<String> keys, String key, String problem) {
        return new ModelException(file, "key " + keys.apply(key), problem);
    }

    /// The RoPE pairs that a GGUF file of this architecture has.
    public RopePairs ggufPairs() {
        GgufArchitecture known = GgufArchitecture.BY_NAME.get(architecture);
        return known == null ? pairs : known.pairs();
    }

    /// How a layer's positions turn queries and keys.
    public RopeAngles angles(int layer) {
        Positions positions = block.positions();
        return positions.isLocal(layer) ? RopeAngles.of(positions.localTheta()) : new RopeAngles(theta, positions.yarn());
    }

    /// Positions that a layer sees; 0 = all.
    public int window(int layer) {
        return block.positions().isLocal(layer) ? block.positions().window() : 0;
    }

    /// Of the scores of attention.
    public float scoreFactor() {
        return (float) (1 / Math.sqrt(block.queryScalar() == 0 ? headDim : block.queryScalar()));
    }

    /// The embedding as an operation.
    ///
    /// @param table its element
    Op.Embed embed(Element table) {
        return new Op.Embed(vocabulary, hidden, table, block.embeddingFactor());
    }

    /// Writes sizes, epsilon and theta as keys of GGUF.
    public void putSizes(GgufWriter file) {
        String at = architecture + ".";
        file.put(at + "vocab_size", Value.u32(vocabulary))
                .put(at + "context_length", Value.u32(context))
                .put(at + "embedding_length", Value.u32(hidden))
                .put(at + "block_count", Value.u32(layers))
                .put(at + "feed_forward_length", Value.u32(ffn))
                .put(at + "rope.dimension_count", Value.u32(headDim))
                .put(at + "attention.head_count", Value.u32(heads))
                .put(at + "attention.head_count_kv", Value.u32(kvHeads))
                .put(at + "attention.layer_norm_rms_epsilon", Value.f32(epsilon))
                .put(at + "rope.freq_base", Value.f32(theta));
    }

    /// Writes what [Block] says beyond the architecture's name, as keys of a GGUF file.
    ///
    /// @param source for messages
    /// @throws ModelException if GGUF has no key for it
    public void putPositions(String source, GgufWriter file) {
        GgufArchitecture.put(this, source, file);
    }

    /// Rows of the fused query, key and value projection.
    public int qkvRows() {
        return (heads + 2 * kvHeads) * headDim;
    }

    /// Width of the attention's output.
    public int attentionWidth() {
        return heads * headDim;
    }

    /// Ternary weights.
    public long ternaryWeights() {
        long layer = (long) qkvRows() * hidden + (long) hidden * attentionWidth() + 3L * ffn * hidden;
        return layer * layers;
    }
}
