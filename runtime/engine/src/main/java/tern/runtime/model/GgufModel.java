package tern.runtime.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tern.ir.Element;
import tern.ir.PackedMatrix;
import tern.ir.Packing;
import tern.ir.text.Tir;
import tern.runtime.ModelException;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.Tensor;
import tern.runtime.sample.TokenSet;
import tern.runtime.tokenizer.BpeTokenizer;

/// A model in a GGUF file. Its ternary tensor types are packings of the library; nothing here unpacks a format by hand.
///
/// Embedding and head are F32, F16, BF16 or of a [BlockFormat], norms F32, F16 or BF16, projections I2_S, TQ1_0, TQ2_0, or F32, F16 or BF16 that
/// are made ternary as [Ternary] says.
public final class GgufModel implements ModelSource {

    /// Ends the digest of a model whose I2_S tensors are read as ARM's.
    static final String ARM = "-i2_s_arm";

    /// What tables may be stored as.
    private static final String TABLES = "F32, F16, BF16 or one of " + BlockFormat.ALL.keySet();

    private final Gguf file;
    private final Arena arena;
    private final ModelConfig config;
    private final String i2s;
    /// Tables that were widened.
    private final Map<String, MemorySegment> widened = new HashMap<>();

    private GgufModel(Gguf file, Arena arena, String i2s) {
        this.file = file;
        this.arena = arena;
        this.i2s = i2s;
        config = ModelConfig.of(file);
        TensorNames.requireKnown(file, config);
    }

    /// @param arena of the mapping
    /// @param armI2s true if I2_S tensors have the layout of files quantized on ARM; nothing in a file tells
    /// @throws ModelException if the file is damaged or of a kind that Tern does not run
    public static GgufModel open(Path path, Arena arena, boolean armI2s) throws IOException {
        Gguf file = Gguf.open(path, arena);
        return new GgufModel(file, arena, armI2s ? "i2_s_arm" : "i2_s");
    }

    public Gguf file() {
        return file;
    }

    @Override
    public String name() {
        return file.file();
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public String digest(Path folder) throws IOException {
        return FileDigest.of(file.paths(), folder) + (i2s.equals("i2_s") ? "" : ARM);
    }

    @Override
    public Element embeddingElement() {
        return elementOf(table(TensorNames.EMBEDDING));
    }

    @Override
    public MemorySegment embedding() {
        return data(table(TensorNames.EMBEDDING));
    }

    @Override
    public Element headElement() {
        return elementOf(table(headName()));
    }

    @Override
    public MemorySegment head() {
        return data(table(headName()));
    }

    private String headName() {
        return config.block().tiedHead() ? TensorNames.EMBEDDING : TensorNames.HEAD;
    }

    private Tensor table(String name) {
        return tensor(name, config.vocabulary(), config.hidden());
    }

    private Element elementOf(Tensor tensor) {
        return BlockFormat.ALL.containsKey(tensor.type()) ? Element.F32 : floats(tensor, TABLES).element();
    }

    private synchronized MemorySegment data(Tensor tensor) {
        BlockFormat blocks = BlockFormat.ALL.get(tensor.type());
        if (blocks == null) return floats(tensor, TABLES).data();
        return widened.computeIfAbsent(tensor.name(), _ -> blocks.widened(tensor.data(), arena));
    }

    @Override
    public MemorySegment norm(String name, int length) {
        Tensor tensor = file.tensor(name);
        if (tensor.k() != length || tensor.m() != 1)
            throw new ModelException(tensor.file(), "tensor '" + name + "'", "has shape %s, expected [%d]".formatted(tensor.ne(), length));
        return floats(tensor, "F32, F16 or BF16").widened(arena);
    }

    private static Floats floats(Tensor tensor, String expected) {
        return switch (tensor.type()) {
            case F32 -> new Floats(Element.F32, tensor.data());
            case F16 -> new Floats(Element.F16, tensor.data());
            case BF16 -> new Floats(Element.BF16, tensor.data());
            default -> throw unreadable(tensor, expected);
        };
    }

    @Override
    public Linear linear(String name, int m, int k) {
        Tensor tensor = tensor(name, m, k);
        return switch (tensor.type()) {
            case I2_S -> packed(tensor, i2s, m, k);
            case TQ1_0 -> packed(tensor, "tq1_0", m, k);
            case TQ2_0 -> packed(tensor, "tq2_0", m, k);
            default -> ternary(tensor, m, k);
        };
    }

    @Override
    public void forget(String name) {
        MemorySegment data = file.tensor(name).data();
        if (data.isMapped()) data.unload();
    }

    @Override
    public void forgetAll() {
        file.unload();
    }

    private Linear ternary(Tensor tensor, int m, int k) {
        Ternary ternary = Ternary.of(floats(tensor, "I2_S, TQ1_0, TQ2_0, F32, F16 or BF16"), m, k, problem -> wrong(tensor, problem));
        if (!ternary.isExact() && !GgufArchitecture.of(file).isTernary())
            throw wrong(tensor, "holds weights that are not ternary, and nothing in the file says that they were trained to be");
        return ternary.linear();
    }

    private Linear packed(Tensor tensor, String packing, int m, int k) {
        Packing layout = Tir.library().packing(packing);
        if (k % layout.columns() != 0)
            throw new ModelException(tensor.file(), "tensor '" + tensor.name() + "'",
                    "rows of %d weights are no whole number of %s blocks of %d".formatted(k, tensor.type(), layout.columns()));
        var matrix = new PackedMatrix(layout, m, k, tensor.data());
        return new Linear(m, k, Linear.checked(matrix, problem -> wrong(tensor, problem)), scale(tensor, matrix));
    }

    /// The one scale of a tensor. Blocks repeat it; only a block whose weights are all zero may hold 0 instead.
    private float scale(Tensor tensor, PackedMatrix matrix) {
        Packing packing = matrix.packing();
        if (!packing.tail().isEmpty()) return positive(tensor, matrix.tailScale(), "scale");
        float scale = 0;
        byte[] digits = new byte[matrix.k()];
        for (int row = 0; row < matrix.m(); row++)
            for (int block = 0; block < packing.columnTiles(matrix.k()); block++) {
                float found = matrix.scaleAt(row, block);
                if (found == scale && found != 0) continue;
                String at = "scale of row %d, block %d".formatted(row, block);
                if (found == 0) {
                    Linear.checked(matrix, problem -> wrong(tensor, problem)).read(row, digits);
                    for (int i = block * packing.columns(); i < (block + 1) * packing.columns(); i++)
                        if (digits[i] != 0) throw wrong(tensor, at + " is 0, but its weights are not");
                } else if (scale != 0) {
                    throw wrong(tensor, "%s is %s, but others are %s: not one scale a tensor".formatted(at, found, scale));
                } else {
                    scale = positive(tensor, found, at);
                }
            }
        return scale;
    }

    private static float positive(Tensor tensor, float scale, String what) {
        if (!(Math.abs(scale) <= Float.MAX_VALUE)) throw wrong(tensor, what + " is " + scale);
        return scale;
    }

    @Override
    public BpeTokenizer tokenizer() {
        return BpeTokenizer.of(file.metadata(), config.vocabulary());
    }

    @Override
    public Optional<TokenSet> sampled() {
        return BpeTokenizer.sampled(file.metadata(), config.vocabulary());
    }

    @Override
    public Optional<String> chatTemplate() {
        String template = file.metadata().text("tokenizer.chat_template", "");
        return template.isEmpty() ? Optional.empty() : Optional.of(template);
    }

    private Tensor tensor(String name, int m, int k) {
        Tensor tensor = file.tensor(name);
        if (tensor.k() != k || tensor.m() != m || tensor.ne().size() > 2)
            throw wrong(tensor, "has shape %s, expected %s".formatted(tensor.ne(), List.of(k, m)));
        return tensor;
    }

    private static ModelException unreadable(Tensor tensor, String expected) {
        return wrong(tensor, "is stored as %s, expected %s".formatted(tensor.type(), expected));
    }

    private static ModelException wrong(Tensor tensor, String problem) {
        return new ModelException(tensor.file(), "tensor '" + tensor.name() + "'", tensor.offset(), problem);
    }
}
