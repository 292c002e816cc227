package tern.runtime.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tern.ir.Element;
import tern.ir.PackedMatrix;
import tern.ir.text.Tir;
import tern.runtime.ModelException;
import tern.runtime.Quote;
import tern.runtime.json.JsonTree;
import tern.runtime.safetensors.Shards;
import tern.runtime.safetensors.StoredTensor;
import tern.runtime.sample.TokenSet;
import tern.runtime.tokenizer.Tokenizer;
import tern.runtime.tokenizer.WrittenVocabulary;
import tools.jackson.databind.JsonNode;

/// A model in a Hugging Face checkpoint: safetensors, `config.json`, `tokenizer.json`.
///
/// Projections are packed, uint8 `[m/4, k]` with a `weight_scale`, or floats that are made ternary as [Ternary] says; embedding, head
/// and norms are F32, F16 or BF16.
public final class CheckpointModel implements ModelSource {

    private static final long LONGEST_CONFIG = 1 << 22;

    private final ModelFile.Checkpoint files;
    private final Shards tensors;
    private final JsonTree json;
    private final HubConfig config;
    private final ModelConfig model;
    private final Arena arena;
    /// By GGUF's names; one that is not aligned in its file is copied once.
    private final Map<String, Floats> tables = new HashMap<>();
    /// Once it was asked for.
    private @Nullable WrittenVocabulary vocabulary;

    private CheckpointModel(ModelFile.Checkpoint files, Shards tensors, JsonTree json, Arena arena, int inputGroup) {
        this.files = files;
        this.tensors = tensors;
        this.json = json;
        config = HubConfig.of(json, tensors);
        model = config.model().withInputGroup(inputGroup);
        this.arena = arena;
    }

    /// @param arena of the mappings
    /// @throws ModelException if a file is damaged or of a kind that Tern does not run
    public static CheckpointModel open(ModelFile.Checkpoint files, Arena arena) throws IOException {
        return open(files, arena, 0);
    }

    static CheckpointModel open(ModelFile.Checkpoint files, Arena arena, int inputGroup) throws IOException {
        Shards tensors = Shards.open(files.tensors(), arena);
        JsonTree json = JsonTree.read(HubConfig.file(files.folder()), LONGEST_CONFIG);
        var model = new CheckpointModel(files, tensors, json, arena, inputGroup);
        tensors.tensors().forEach(model::requireKnown);
        return model;
    }

    /// A tensor that is left out changes what a model computes.
    private void requireKnown(StoredTensor tensor) {
        String name = tensor.name();
        if (name.endsWith(".rotary_emb.inv_freq")) return; // follows from the configuration
        String weight = name.endsWith(".weight_scale") ? name.substring(0, name.length() - "_scale".length()) : name;
        if (TensorNames.fromHub(weight, config()).isEmpty())
            throw wrong(tensor, TensorNames.unknown(config().architecture()));
    }

    /// Where its files are.
    public ModelFile.Checkpoint files() {
        return files;
    }

    /// `config.json`
    public JsonTree json() {
        return json;
    }

    /// What `config.json` leaves to transformers, a line each.
    public List<String> defaults() {
        return config.defaults();
    }

    /// All tensors as they are stored.
    public Shards tensors() {
        return tensors;
    }

    @Override
    public String name() {
        return files.tensors().toString();
    }

    @Override
    public ModelConfig config() {
        return model;
    }

    @Override
    public String digest(Path folder) throws IOException {
        var all = new ArrayList<Path>(Shards.files(files.tensors()));
        all.add(HubConfig.file(files.folder()));
        return FileDigest.of(all, folder);
    }

    @Override
    public Element embeddingElement() {
        return table(TensorNames.EMBEDDING).element();
    }

    @Override
    public MemorySegment embedding() {
        return table(TensorNames.EMBEDDING).data();
    }

    @Override
    public Element headElement() {
        return table(headName()).element();
    }

    @Override
    public MemorySegment head() {
        return table(headName()).data();
    }

    private String headName() {
        return config().block().tiedHead() ? TensorNames.EMBEDDING : TensorNames.HEAD;
    }

    private synchronized Floats table(String name) {
        return tables.computeIfAbsent(name, this::readTable);
    }

    private Floats readTable(String name) {
        StoredTensor tensor = tensor(name);
        requireShape(tensor, List.of((long) config().vocabulary(), (long) config().hidden()));
        Floats floats = floats(tensor);
        return new Floats(floats.element(), Floats.aligned(floats.data(), tensor.dtype().bytes(), arena));
    }

    @Override
    public MemorySegment norm(String name, int length) {
        StoredTensor tensor = tensor(name);
        requireShape(tensor, List.of((long) length));
        MemorySegment weights = floats(tensor).widened(arena);
        if (!config.addsOne(name)) return weights;
        MemorySegment sums = arena.allocate(weights.byteSize(), 64);
        for (int i = 0; i < length; i++) sums.setAtIndex(ValueLayout.JAVA_FLOAT, i, weights.getAtIndex(ValueLayout.JAVA_FLOAT, i) + 1);
        return sums;
    }

    @Override
    public Linear linear(String name, int m, int k) {
        StoredTensor tensor = tensor(name);
        return switch (tensor.dtype()) {
            case U8 -> packed(tensor, m, k);
            default -> {
                requireShape(tensor, List.of((long) m, (long) k));
                yield ternary(tensor, m, k);
            }
        };
    }

    private Linear ternary(StoredTensor tensor, int m, int k) {
        Ternary ternary = Ternary.of(floats(tensor), m, k, problem -> wrong(tensor, problem));
        String scale = tensor.name() + "_scale";
        if (tensors.find(scale).isEmpty()) return ternary.linear();
        if (!ternary.isExact()) throw wrong(tensor, "holds weights that are not ternary, but has a weight_scale");
        Linear unscaled = ternary.linear();
        return new Linear(m, k, unscaled.rows(), unscaled.scale() * scale(scale));
    }

    private Linear packed(StoredTensor tensor, int m, int k) {
        if (m % 4 != 0) throw wrong(tensor, "packs %d rows, which are no multiple of 4".formatted(m));
        requireShape(tensor, List.of(m / 4L, (long) k));
        var matrix = new PackedMatrix(Tir.library().packing("hf"), m, k, tensor.data());
        return new Linear(m, k, Linear.checked(matrix, problem -> wrong(tensor, problem)), scale(tensor.name() + "_scale"));
    }

    private float scale(String name) {
        StoredTensor tensor = tensors.find(name).orElseThrow(() -> missing(name));
        if (tensor.count() != 1) requireShape(tensor, List.of(1L));
        var value = new float[1];
        floats(tensor).read(0, value);
        float scale = config.dividesByScale() ? 1 / value[0] : value[0];
        if (!(Math.abs(scale) <= Float.MAX_VALUE)) throw wrong(tensor, "is " + value[0]);
        return scale;
    }

    private StoredTensor tensor(String name) {
        List<String> names = TensorNames.hub(name, config().block());
        for (String theirs : names) if (tensors.find(theirs).isPresent()) return tensors.find(theirs).get();
        throw missing(names.getFirst());
    }

    private ModelException missing(String name) {
        return new ModelException(name(), "tensor " + Quote.of(name), "found no such tensor");
    }

    private Floats floats(StoredTensor tensor) {
        return switch (tensor.dtype()) {
            case F32 -> new Floats(Element.F32, tensor.data());
            case F16 -> new Floats(Element.F16, tensor.data());
            case BF16 -> new Floats(Element.BF16, tensor.data());
            default -> throw wrong(tensor, "is stored as %s, expected F32, F16 or BF16".formatted(tensor.dtype()));
        };
    }

    private static void requireShape(StoredTensor tensor, List<Long> shape) {
        if (!tensor.shape().equals(shape)) throw wrong(tensor, "has shape %s, expected %s".formatted(tensor.shape(), shape));
    }

    @Override
    public Tokenizer tokenizer() throws IOException {
        return vocabulary().tokenizer(config().vocabulary());
    }

    /// As sentence-transformers keeps it; last where there is no such file.
    @Override
    public String pooling() throws IOException {
        Path file = files.folder().resolve("1_Pooling").resolve("config.json");
        if (!Files.isRegularFile(file)) return "last";
        JsonTree json = JsonTree.read(file, LONGEST_CONFIG);
        if (json.bool("pooling_mode_lasttoken", false)) return "last";
        return json.keys().stream().filter(key -> key.startsWith("pooling_mode_") && json.bool(key, false)).findFirst().orElse("none");
    }

    @Override
    public Optional<TokenSet> sampled() throws IOException {
        try {
            return vocabulary().sampled(config().vocabulary());
        } catch (ModelException e) {
            return Optional.empty(); // the model runs on ids, and whoever asks for the tokenizer is told
        }
    }

    /// In files of their own, or in the tokenizer's configuration, a text or several with names.
    ///
    /// Source: huggingface/transformers `tokenization_utils_base.py`, `CHAT_TEMPLATE_FILE`, `CHAT_TEMPLATE_DIR`.
    @Override
    public Map<String, String> chatTemplates() throws IOException {
        Path folder = files.folder(), own = folder.resolve("chat_template.jinja"), more = folder.resolve("additional_chat_templates");
        var templates = new TreeMap<String, String>();
        Path tokenizer = folder.resolve("tokenizer_config.json");
        if (Files.isRegularFile(tokenizer)) {
            JsonTree settings = JsonTree.read(tokenizer, LONGEST_CONFIG);
            if (settings.node().path("chat_template").isArray())
                for (JsonTree named : settings.list("chat_template")) templates.put(named.text("name"), named.text("template"));
            else if (settings.has("chat_template")) templates.put("default", settings.text("chat_template"));
        }
        if (isTemplate(own)) templates.put("default", Files.readString(own));
        if (Files.isDirectory(more))
            try (var all = Files.newDirectoryStream(more, "*.jinja")) {
                for (Path one : all)
                    if (isTemplate(one)) templates.put(one.getFileName().toString().replace(".jinja", ""), Files.readString(one));
            }
        return templates;
    }

    private static boolean isTemplate(Path file) throws IOException {
        return Files.isRegularFile(file) && Files.size(file) <= LONGEST_CONFIG;
    }

    /// From the tokenizer's configuration: there a text, or an object with one.
    @Override
    public Map<String, String> templateTokens() throws IOException {
        Path tokenizer = files.folder().resolve("tokenizer_config.json");
        if (!Files.isRegularFile(tokenizer)) return Map.of();
        var all = new TreeMap<String, String>();
        JsonTree.read(tokenizer, LONGEST_CONFIG).node().forEachEntry((name, value) -> {
            JsonNode text = value.isObject() ? value.path("content") : value;
            if (name.endsWith("_token") && text.isString()) all.put(name, text.stringValue());
        });
        return all;
    }

    /// The vocabulary as its files write it.
    public synchronized WrittenVocabulary vocabulary() throws IOException {
        if (vocabulary == null) vocabulary = WrittenVocabulary.of(files.folder(), config().vocabulary());
        return vocabulary;
    }

    private static ModelException wrong(StoredTensor tensor, String problem) {
        return new ModelException(tensor.file(), "tensor " + Quote.of(tensor.name()), tensor.offset(), problem);
    }
}
