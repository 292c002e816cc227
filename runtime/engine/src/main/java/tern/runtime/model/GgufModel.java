package tern.runtime.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import tern.ir.Element;
import tern.ir.PackedMatrix;
import tern.ir.Packing;
import tern.ir.Rows;
import tern.ir.Scales;
import tern.ir.text.Tir;
import tern.runtime.ModelException;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.Tensor;
import tern.runtime.gguf.TensorType;
import tern.runtime.gguf.TextArray;
import tern.runtime.sample.TokenSet;
import tern.runtime.tokenizer.BpeTokenizer;

/// A model in a GGUF file. Its ternary tensor types are packings of the library; nothing here unpacks a format by hand.
///
/// Embedding and head are F32, F16, BF16, of a [BlockFormat] or packed weights, norms F32, F16 or BF16, projections packed weights, or F32, F16 or
/// BF16 that are made ternary as [Ternary] says.
public final class GgufModel implements ModelSource {

    /// Ends the digest of a model whose I2_S tensors are read as ARM's.
    static final String ARM = "-i2_s_arm";

    private static final List<String> POOLINGS = List.of("none", "mean", "cls", "last", "rank");

    /// The state after the last token becomes a text's vector.
    public static final int LAST = POOLINGS.indexOf("last");

    /// What tables may be stored as.
    private static final String TABLES = "packed weights, F32, F16, BF16 or one of " + BlockFormat.ALL.keySet();

    private final Gguf file;
    private final Arena arena;
    private final ModelConfig config;
    private final String i2s;
    /// Tables that were widened.
    private final Map<String, MemorySegment> widened = new HashMap<>();
    /// What is known of the scales of packed tensors: finding it reads them all.
    private final Map<String, Scales> scales = new ConcurrentHashMap<>();
    /// One for each packing: what reads its tiles serves all tensors.
    private final Map<String, PackedMatrix> matrices = new ConcurrentHashMap<>();

    private GgufModel(Gguf file, Arena arena, String i2s, int inputGroup) {
        this.file = file;
        this.arena = arena;
        this.i2s = i2s;
        config = ModelConfig.of(file).withInputGroup(inputGroup);
        TensorNames.requireKnown(file, config);
    }

    /// @param arena of the mapping
    /// @param armI2s true if I2_S tensors have the layout of files quantized on ARM; nothing in a file tells
    /// @throws ModelException if the file is damaged or of a kind that Tern does not run
    public static GgufModel open(Path path, Arena arena, boolean armI2s) throws IOException {
        return open(path, arena, armI2s, 0);
    }

    static GgufModel open(Path path, Arena arena, boolean armI2s, int inputGroup) throws IOException {
        Gguf file = Gguf.open(path, arena);
        return new GgufModel(file, arena, armI2s ? "i2_s_arm" : "i2_s", inputGroup);
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
        if (packing(tensor).isPresent()) return packedTable(tensor).elementOf();
        return BlockFormat.ALL.containsKey(tensor.type()) ? Element.F32 : floats(tensor, TABLES).element();
    }

    private PackedTable packedTable(Tensor tensor) {
        String packing = packing(tensor).orElseThrow(() -> unreadable(tensor, TABLES));
        return new PackedTable(packed(tensor, packing, (int) tensor.m(), (int) tensor.k()), problem -> wrong(tensor, problem));
    }

    private synchronized MemorySegment data(Tensor tensor) {
        if (packing(tensor).isPresent()) {
            PackedTable table = packedTable(tensor);
            return widened.computeIfAbsent(tensor.name(), _ -> table.widened(arena));
        }
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
        Optional<String> packing = packing(tensor);
        return packing.isPresent() ? packed(tensor, packing.get(), m, k) : ternary(tensor, m, k);
    }

    /// The packing of the library in which a tensor's weights are stored.
    private Optional<String> packing(Tensor tensor) {
        return tensor.type() == TensorType.I2_S ? Optional.of(i2s) : tensor.type().packing();
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
        Ternary ternary = Ternary.of(floats(tensor, "packed weights, F32, F16 or BF16"), m, k, problem -> wrong(tensor, problem));
        if (!ternary.isExact() && !GgufArchitecture.of(file).isTernary() && !config.block().has(Block.Norms.INPUT))
            throw wrong(tensor, "holds weights that are not ternary, and nothing in the file says that they were trained to be");
        return ternary.linear();
    }

    private Linear packed(Tensor tensor, String packing, int m, int k) {
        Packing layout = Tir.library().packing(packing);
        if (k % layout.columns() != 0)
            throw new ModelException(tensor.file(), "tensor '" + tensor.name() + "'",
                    "rows of %d weights are no whole number of %s blocks of %d".formatted(k, tensor.type(), layout.columns()));
        PackedMatrix matrix = matrices.computeIfAbsent(packing, _ -> new PackedMatrix(layout, m, k, tensor.data())).another(m, k, tensor.data());
        Rows rows = Linear.checked(matrix, problem -> wrong(tensor, problem));
        Scales scales = this.scales.computeIfAbsent(tensor.name(), _ -> scales(tensor, matrix.scales(), new Linear(m, k, rows, 1)));
        return new Linear(m, k, rows, scales, layout.weights());
    }

    /// The scales of a tensor; one if all are equal, except for groups of zeros, whose scale may be 0.
    private Scales scales(Tensor tensor, Scales stored, Linear of) {
        if (stored instanceof Scales.One one && one.scale() != 0 && Math.abs(one.scale()) <= Float.MAX_VALUE) return one;
        int groups = stored.group() == 0 ? 1 : Math.ceilDiv(of.k(), stored.group());
        float one = 0;
        boolean differ = false, zero = false;
        byte[] digits = new byte[of.k()];
        for (int row = 0; row < of.m(); row++) {
            int read = -1;
            for (int group = 0; group < groups; group++) {
                float found = stored.at(row, group);
                if (!(Math.abs(found) <= Float.MAX_VALUE)) throw wrong(tensor, "scale of row %d, group %d is %s".formatted(row, group, found));
                if (differ || found == one && found != 0) continue;
                if (found == 0) {
                    if (read != row) of.rows().read(row, digits);
                    read = row;
                    zero |= !isZero(digits, group * stored.group(), stored.group());
                } else if (one == 0) one = found;
                else differ = true;
                differ |= zero && one != 0;
            }
        }
        return differ ? stored : Scales.one(one);
    }

    private static boolean isZero(byte[] digits, int from, int size) {
        for (int i = from; i < (size == 0 ? digits.length : Math.min(from + size, digits.length)); i++) if (digits[i] != 0) return false;
        return true;
    }

    @Override
    public BpeTokenizer tokenizer() {
        return BpeTokenizer.of(file.metadata(), config.vocabulary());
    }

    /// llama.cpp's `llama_pooling_type`. BitNet-embedding pools the last token, whatever a file says: Microsoft's converter writes `mean` where
    /// nothing says otherwise, against its own guide.
    @Override
    public String pooling() {
        if (config.block().has(Block.Norms.INPUT)) return "last";
        int type = file.metadata().count(config.architecture() + ".pooling_type", LAST);
        return type >= 0 && type < POOLINGS.size() ? POOLINGS.get(type) : "type " + type;
    }

    @Override
    public boolean makesVectors() {
        return config.block().has(Block.Norms.INPUT) || file.metadata().has(config.architecture() + ".pooling_type");
    }

    @Override
    public Optional<TokenSet> sampled() {
        return BpeTokenizer.sampled(file.metadata(), config.vocabulary());
    }

    /// `tokenizer.chat_template` and `tokenizer.chat_template.NAME`.
    @Override
    public Map<String, String> chatTemplates() {
        String key = "tokenizer.chat_template";
        var templates = new TreeMap<String, String>();
        for (String one : file.metadata().keys())
            if (one.startsWith(key + ".")) templates.put(one.substring(key.length() + 1), file.metadata().text(one));
        String usual = file.metadata().text(key, "");
        if (!usual.isEmpty()) templates.put("default", usual);
        return templates;
    }

    @Override
    public Map<String, String> templateTokens() {
        TextArray tokens = file.metadata().encodedTexts("tokenizer.ggml.tokens");
        var all = new TreeMap<String, String>();
        for (Map.Entry<String, String> role : Map.of("bos", "bos", "eos", "eos", "unknown", "unk", "padding", "pad").entrySet()) {
            int id = file.metadata().count("tokenizer.ggml." + role.getKey() + "_token_id", Integer.MAX_VALUE);
            if (id < tokens.count())
                all.put(role.getValue() + "_token", new String(tokens.bytes(), tokens.start(id), tokens.end(id) - tokens.start(id), UTF_8));
        }
        return all;
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
