package tern.runtime.synth;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tern.ir.Element;
import tern.ir.Packer;
import tern.ir.Packing;
import tern.runtime.ModelException;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.MadeSource;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.TensorNames;
import tern.runtime.tokenizer.Tokenizer;

/// A random model in memory. Embedding, norms and scales are those that a [Synthesizer] writes with the same seed. The ternary weights are
/// not: each tile of a packed matrix is one of a stock of tiles that a [Packer] made of random trits, so that filling a
/// matrix is copying, in any packing.
public final class RandomModel implements MadeSource {

    /// Bytes of a stock, about: it stays in a core's cache while matrices are filled from it.
    private static final int STOCK = 1 << 20;

    /// Rows of a table that one thread makes at a time.
    private static final int BAND = 512;

    private final String name;
    private final ModelConfig config;
    private final long seed;
    private final Element element;
    private final Map<String, MemorySegment> tables = new HashMap<>();
    /// Tiles by packing, and after them the tail.
    private final Map<Packing, MemorySegment> stocks = new ConcurrentHashMap<>();

    private RandomModel(String name, ModelConfig config, long seed, Element element) {
        this.name = name;
        this.config = config;
        this.seed = seed;
        this.element = element;
    }

    /// Makes the tables; weights are made when they are asked for.
    ///
    /// @param name    for messages
    /// @param element of embedding and head: F16 or BF16
    /// @param arena   of the tables
    /// @param threads that make them
    public static RandomModel of(String name, ModelConfig config, long seed, Element element, Arena arena, int threads) {
        var model = new RandomModel(name, config, seed, element);
        try (var crew = new Crew(threads)) {
            model.table(TensorNames.EMBEDDING, arena, crew);
            if (!config.block().tiedHead()) model.table(TensorNames.HEAD, arena, crew);
        }
        return model;
    }

    private void table(String tensor, Arena arena, Crew crew) {
        TensorType type = switch (element) {
            case F16 -> TensorType.F16;
            case BF16 -> TensorType.BF16;
            default -> throw new IllegalArgumentException("the embedding of a model in memory is f16 or bf16, not " + element);
        };
        var normals = new RandomNormals(seed, tensor, config.hidden(), type, 0, Synthesizer.EMBEDDING_DEVIATION);
        long row = normals.rowBytes();
        MemorySegment table = arena.allocate(row * config.vocabulary(), 64);
        crew.share(config.vocabulary(), BAND, (from, to) -> {
            for (int r = from; r < to; r++) normals.write(r, table.asSlice(r * row, row));
        });
        tables.put(tensor, table);
    }

    private MemorySegment table(String tensor) {
        MemorySegment table = tables.get(tensor);
        if (table == null) throw new IllegalStateException(name + " has no " + tensor);
        return table;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public String digest(java.nio.file.Path folder) {
        return "made of seed " + seed + ", " + element + ", " + config;
    }

    @Override
    public Element embeddingElement() {
        return element;
    }

    @Override
    public MemorySegment embedding() {
        return table(TensorNames.EMBEDDING);
    }

    @Override
    public Element headElement() {
        return element;
    }

    @Override
    public MemorySegment head() {
        return table(config.block().tiedHead() ? TensorNames.EMBEDDING : TensorNames.HEAD);
    }

    @Override
    public MemorySegment norm(String tensor, int length) {
        var normals = new RandomNormals(seed, tensor, length, TensorType.F32, 1, Synthesizer.NORM_DEVIATION);
        MemorySegment norm = Arena.ofAuto().allocate(normals.rowBytes(), 64);
        normals.write(0, norm);
        return norm;
    }

    @Override
    public float scale(String tensor, int k) {
        return Synthesizer.scale(seed, tensor, k);
    }

    @Override
    public void fill(String tensor, Packing packing, int m, int k, MemorySegment weights) {
        MemorySegment stock = stocks.computeIfAbsent(packing, this::stock);
        long tile = packing.tileBytes(), tiles = (packing.bytes(m, k) - packing.tailBytes()) / tile;
        int mask = tilesOf(packing) - 1;
        RowRandom random = RowRandom.of(seed, tensor, 0);
        for (long t = 0; t < tiles; t++)
            MemorySegment.copy(stock, (random.next() & mask) * tile, weights, t * tile, tile);
        MemorySegment.copy(stock, (mask + 1) * tile, weights, tiles * tile, packing.tailBytes());
    }

    private MemorySegment stock(Packing packing) {
        int k = packing.columns() * tilesOf(packing);
        return Packer.of(packing).pack(packing.rows(), k, new RandomTrits(seed, packing.name(), k), 1).bytes();
    }

    /// A power of two.
    private static int tilesOf(Packing packing) {
        return Integer.highestOneBit(Math.max(64, STOCK / packing.tileBytes()));
    }

    @Override
    public Tokenizer tokenizer() {
        throw new ModelException(name, "tokenizer", "a model made in memory has none");
    }
}
