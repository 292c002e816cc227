package tern.runtime.synth;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import tern.ir.Packer;
import tern.ir.Scales;
import tern.ir.Packing;
import tern.ir.text.Tir;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Payload;
import tern.runtime.gguf.TensorType;
import tern.runtime.gguf.Value;
import tern.runtime.model.Block.Norms;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.TensorNames;

/// Writes a model with random weights: keys, tensor names and order of the published 2B4T file, without what the model's block does
/// not have.
///
/// Weights are random trits; their scale is uniform(0.5, 1.5) / sqrt(k), so that a projection of normed activations
/// has values around 1. The final norm keeps the logits' size independent of the weights': it follows from the
/// embedding, N(0, 0.05), and is about `0.05 * sqrt(hidden)`. Norms are 1 + N(0, 0.2).
public final class Synthesizer {

    static final float EMBEDDING_DEVIATION = 0.05f, NORM_DEVIATION = 0.2f;

    /// Norms whose place among the tensors is that of the published file.
    private static final Set<String> OF_2B4T = Set.of("attn_norm", "ffn_norm", "attn_sub_norm", "ffn_sub_norm");

    /// Rows of a packed tensor, and of an embedding, that one thread makes at a time.
    private static final int BAND = 64, EMBEDDING_BAND = 512;

    /// Rows of an embedding that are in memory together.
    private static final int EMBEDDING_PIECE = 8192;

    /// Told how far the writing is, by the calling thread.
    @FunctionalInterface
    public interface Progress {
        /// @param done,total bytes of tensors
        void at(long done, long total);
    }

    private final ModelConfig config;
    private final long seed;
    private final TensorType weights, embedding;
    private final Packer packer;
    private final Crew crew;
    private final Progress progress;
    private final GgufWriter file = new GgufWriter();
    private long done, total;

    private Synthesizer(
            ModelConfig config, long seed, TensorType weights, TensorType embedding, Crew crew, Progress progress) {
        this.config = config;
        this.seed = seed;
        this.weights = weights;
        this.embedding = embedding;
        this.packer = Packer.of(packing(weights));
        this.crew = crew;
        this.progress = progress;
    }

    /// Writes with all processors.
    ///
    /// @param weights   I2_S, TQ1_0, TQ2_0, or Q2_0, PQ2_0 or PTQ1_0, whose blocks then have scales of their own
    /// @param embedding F16, BF16, F32, or one of these
    /// @param out       replaced if it is there, and only when all is written
    /// @throws IOException              if the disk fails; nothing is left
    /// @throws IllegalArgumentException if a type is none of those, or cannot hold the configuration's shapes
    public static void write(
            ModelConfig config, long seed, TensorType weights, TensorType embedding, Path out, Progress progress)
            throws IOException {
        write(config, seed, weights, embedding, Runtime.getRuntime().availableProcessors(), out, progress);
    }

    /// Writes with some threads, whose number does not show in the file.
    static void write(
            ModelConfig config, long seed, TensorType weights, TensorType embedding, int threads, Path out, Progress progress)
            throws IOException {
        try (var crew = new Crew(threads)) {
            var synthesizer = new Synthesizer(config, seed, weights, embedding, crew, progress);
            synthesizer.keys();
            synthesizer.tensors();
            synthesizer.file.write(out);
        }
    }

    private static Packing packing(TensorType weights) {
        return switch (weights) {
            case I2_S, TQ1_0, TQ2_0, Q2_0, PQ2_0, PTQ1_0 -> Tir.library().packing(weights.packing().orElseThrow());
            default -> throw new IllegalArgumentException("ternary weights are written as I2_S, TQ1_0, TQ2_0, Q2_0, PQ2_0 or PTQ1_0, not " + weights);
        };
    }

    /// llama.cpp's `llama_ftype`; 40 is that of microsoft/BitNet's fork. None is known of the others.
    private OptionalInt fileType() {
        return switch (weights) {
            case TQ1_0 -> OptionalInt.of(36);
            case TQ2_0 -> OptionalInt.of(37);
            case I2_S -> OptionalInt.of(40);
            default -> OptionalInt.empty();
        };
    }

    private void keys() {
        String at = config.architecture() + ".";
        file.put("general.architecture", Value.text(config.architecture()))
                .put("general.name", Value.text("tern synth, seed " + seed));
        config.putSizes(file);
        if (config.attentionWidth() != config.hidden())
            file.put(at + "attention.key_length", Value.u32(config.headDim())).put(at + "attention.value_length", Value.u32(config.headDim()));
        config.putPositions("tern synth", file);
        fileType().ifPresent(type -> file.put("general.file_type", Value.u32(type)));
        SyntheticVocabulary.of(config.vocabulary()).putTo(file);
        file.put("general.quantization_version", Value.u32(2));
    }

    private void tensors() {
        int hidden = config.hidden(), ffn = config.ffn(), kv = config.kvHeads() * config.headDim();
        embedding("token_embd.weight", config.vocabulary(), hidden);
        for (int layer = 0; layer < config.layers(); layer++) {
            String at = "blk." + layer + ".";
            norm(at + "attn_norm.weight", hidden);
            ternary(at + "ffn_down.weight", hidden, ffn);
            if (config.block().has(Norms.SUB)) norm(at + "ffn_sub_norm.weight", ffn);
            ternary(at + "ffn_gate.weight", ffn, hidden);
            ternary(at + "ffn_up.weight", ffn, hidden);
            norm(at + "ffn_norm.weight", hidden);
            if (config.block().has(Norms.SUB)) norm(at + "attn_sub_norm.weight", config.attentionWidth());
            ternary(at + "attn_k.weight", kv, hidden);
            ternary(at + "attn_output.weight", hidden, config.attentionWidth());
            ternary(at + "attn_q.weight", config.attentionWidth(), hidden);
            ternary(at + "attn_v.weight", kv, hidden);
            for (TensorNames.Shape norm : TensorNames.normsOfLayer(config)) if (!OF_2B4T.contains(norm.name())) norm(at + norm.name() + ".weight", norm.k());
        }
        norm("output_norm.weight", hidden);
        if (!config.block().tiedHead()) embedding("output.weight", config.vocabulary(), hidden);
    }

    private void add(String name, List<Long> ne, TensorType type, Payload payload) {
        file.tensor(name, ne, type, payload);
        total += type.bytes(ne);
    }

    private void wrote(long bytes) {
        done += bytes;
        progress.at(done, total);
    }

    private void ternary(String name, int m, int k) {
        packed(name, m, k, weights, packer, scale(seed, name, k));
    }

    private void packed(String name, int m, int k, TensorType weights, Packer packer, float scale) {
        var ne = List.of((long) k, (long) m);
        // Checked here: a shape that the type cannot hold is refused before anything is written.
        long bytes = bytes(weights, name, ne);
        Scales scales = weights == TensorType.TQ1_0 || weights == TensorType.TQ2_0 || packer.packing().group() == 0
                ? Scales.one(scale) : groups(scale, packer.packing().group());
        var trits = new RandomTrits(seed, name, k);
        int tiles = packer.packing().rowTiles(m);
        Payload packed = Payload.filling(bytes, into -> crew.share(tiles, BAND, (from, to) -> packer.pack(m, k, trits, into, scales, from, to)));
        add(name, ne, weights, channel -> {
            packed.write(channel);
            wrote(bytes);
        });
    }

    /// Around `scale`, and f16 numbers.
    private static Scales groups(float scale, int group) {
        return new Scales() {
            @Override
            public int group() {
                return group;
            }

            @Override
            public float at(int row, int group) {
                return Float.float16ToFloat(Float.floatToFloat16(scale * (0.75f + (row * 31 + group * 17) % 16 / 32f)));
            }
        };
    }

    private static long bytes(TensorType weights, String name, List<Long> ne) {
        try {
            return weights.bytes(ne);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    static float scale(long seed, String name, int k) {
        return (float) ((0.5 + RowRandom.of(seed, name, -1).uniform()) / Math.sqrt(k));
    }

    private void norm(String name, int length) {
        add(name, List.of((long) length), TensorType.F32, channel -> {
            var normals = new RandomNormals(seed, name, length, TensorType.F32, 1, NORM_DEVIATION);
            Payload.filling(normals.rowBytes(), into -> normals.write(0, into)).write(channel);
            wrote(normals.rowBytes());
        });
    }

    /// A band of rows after the other, since the whole is two thirds of a gigabyte.
    private void embedding(String name, int m, int k) {
        if (embedding.packing().isPresent()) {
            packed(name, m, k, embedding, Packer.of(packing(embedding)), EMBEDDING_DEVIATION);
            return;
        }
        var normals = new RandomNormals(seed, name, k, embedding, 0, EMBEDDING_DEVIATION);
        long row = normals.rowBytes();
        add(name, List.of((long) k, (long) m), embedding, channel -> {
            try (Arena arena = Arena.ofShared()) {
                MemorySegment piece = arena.allocate(row * Math.min(m, EMBEDDING_PIECE), 64);
                for (int first = 0; first < m; first += EMBEDDING_PIECE) {
                    int start = first, rows = Math.min(EMBEDDING_PIECE, m - first);
                    crew.share(rows, EMBEDDING_BAND, (from, to) -> {
                        for (int r = from; r < to; r++) normals.write(start + r, piece.asSlice(r * row, row));
                    });
                    Payload.of(piece.asSlice(0, rows * row)).write(channel);
                    wrote(rows * row);
                }
            }
        });
    }
}
