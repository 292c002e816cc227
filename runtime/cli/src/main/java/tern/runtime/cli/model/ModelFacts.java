package tern.runtime.cli.model;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import tern.runtime.ModelException;
import tern.runtime.cli.console.Texts;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.Metadata;
import tern.runtime.gguf.Tensor;
import tern.runtime.model.CheckpointModel;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelFile;
import tern.runtime.safetensors.StoredTensor;
import tern.runtime.tokenizer.BpeTokenizer;
import tern.runtime.tokenizer.WrittenVocabulary;

/// What is in the files of a model, without its weights.
///
/// @param format    e.g. `GGUF v3`
/// @param config    empty if Tern does not run the architecture
/// @param tokenizer empty if the files have none that Tern reads
/// @param defaults  what the files leave to a default, a line each
record ModelFacts(
        String file,
        String format,
        String architecture,
        String name,
        Optional<ModelConfig> config,
        Optional<TokenizerFacts> tokenizer,
        List<TensorFacts> tensors,
        List<String> defaults) {

    /// @param merges 0 if the file has none
    /// @param bos,eos -1 if the file names none
    /// @param notes   what is passed over
    record TokenizerFacts(
            String model, int tokens, long merges, Map<String, Integer> specials, int bos, int eos, List<Integer> stops, boolean chatTemplate,
            List<String> notes) {}

    /// @param shape   `ne`, k first
    /// @param weights elements, or ternary weights where several share a byte
    record TensorFacts(String name, List<Long> shape, String type, long weights, long offset, long bytes) {
        double bitsPerWeight() {
            return 8.0 * bytes / weights;
        }
    }

    /// @param tensors how many
    record Total(int tensors, long weights, long bytes) {
        Total plus(Total other) {
            return new Total(tensors + other.tensors, weights + other.weights, bytes + other.bytes);
        }

        double bitsPerWeight() {
            return weights == 0 ? 0 : 8.0 * bytes / weights;
        }
    }

    /// @param arena of what is mapped
    /// @throws ModelException if the file claims to be of a kind that Tern reads, and lies
    static ModelFacts of(ModelFile file, Arena arena) throws IOException {
        return switch (file) {
            case ModelFile.GgufFile(var path) -> of(Gguf.open(path, arena));
            case ModelFile.Checkpoint files -> of(CheckpointModel.open(files, arena));
        };
    }

    private static ModelFacts of(Gguf gguf) {
        Metadata metadata = gguf.metadata();
        String architecture = metadata.text("general.architecture", "");
        String tokenizer = metadata.text("tokenizer.ggml.model", "");
        boolean readable = tokenizer.equals("gpt2") || tokenizer.equals("llama");
        return new ModelFacts(
                gguf.file(),
                "GGUF v" + gguf.version(),
                architecture,
                metadata.text("general.name", ""),
                ModelConfig.ARCHITECTURES.contains(architecture) ? Optional.of(ModelConfig.of(gguf)) : Optional.empty(),
                readable ? Optional.of(tokenizer(tokenizer, WrittenVocabulary.of(metadata), rows(gguf))) : Optional.empty(),
                gguf.tensors().stream().map(ModelFacts::tensor).toList(),
                List.of());
    }

    private static ModelFacts of(CheckpointModel model) throws IOException {
        int files = (int) model.tensors().tensors().stream().map(StoredTensor::file).distinct().count();
        return new ModelFacts(
                model.name(),
                "safetensors, " + Texts.count(files, "file"),
                model.config().architecture(),
                model.json().text("_name_or_path", ""),
                Optional.of(model.config()),
                tokenizer(model),
                model.tensors().tensors().stream().map(ModelFacts::tensor).toList(),
                model.defaults());
    }

    private static int rows(Gguf gguf) {
        return gguf.find("token_embd.weight").map(table -> Math.toIntExact(table.m())).orElse(Integer.MAX_VALUE);
    }

    private static Optional<TokenizerFacts> tokenizer(CheckpointModel model) throws IOException {
        try {
            return Optional.of(tokenizer("tokenizer.json", model.vocabulary(), model.config().vocabulary()));
        } catch (ModelException e) {
            return Optional.empty();
        }
    }

    private static TokenizerFacts tokenizer(String model, WrittenVocabulary vocabulary, int rows) {
        BpeTokenizer tokenizer = vocabulary.tokenizer(rows);
        tokenizer.prepare();
        return new TokenizerFacts(
                model,
                tokenizer.size(),
                vocabulary.merges().map(List::size).orElse(0),
                tokenizer.specials(),
                tokenizer.bos().orElse(-1),
                tokenizer.eos().orElse(-1),
                tokenizer.stops().stream().sorted().toList(),
                vocabulary.template().isPresent(),
                tokenizer.notes());
    }

    private static TensorFacts tensor(Tensor tensor) {
        return new TensorFacts(
                tensor.name(), tensor.ne(), tensor.type().name(), tensor.m() * tensor.k(), tensor.offset(), tensor.bytes());
    }

    /// A byte of packed weights holds four of them.
    private static TensorFacts tensor(StoredTensor tensor) {
        boolean packed = tensor.dtype() == tern.runtime.safetensors.Dtype.U8;
        return new TensorFacts(
                tensor.name(), tensor.shape().reversed(), tensor.dtype().name(), tensor.count() * (packed ? 4 : 1), tensor.offset(), tensor.data().byteSize());
    }

    /// What is passed over, and what the files leave to defaults.
    List<String> notes() {
        return Stream.concat(defaults.stream(), tokenizer.stream().flatMap(found -> found.notes().stream())).toList();
    }

    /// By the names of the types.
    Map<String, Total> totals() {
        var totals = new TreeMap<String, Total>();
        for (TensorFacts tensor : tensors) totals.merge(tensor.type(), totalOf(tensor), Total::plus);
        return totals;
    }

    Total total() {
        return tensors.stream().map(ModelFacts::totalOf).reduce(new Total(0, 0, 0), Total::plus);
    }

    private static Total totalOf(TensorFacts tensor) {
        return new Total(1, tensor.weights(), tensor.bytes());
    }

    /// Sizes of the model by the names that `inspect` gives them.
    static Map<String, Number> sizes(ModelConfig c) {
        var sizes = new LinkedHashMap<String, Number>();
        sizes.put("hidden", c.hidden());
        sizes.put("layers", c.layers());
        sizes.put("heads", c.heads());
        sizes.put("kv_heads", c.kvHeads());
        sizes.put("head_dim", c.headDim());
        sizes.put("ffn", c.ffn());
        sizes.put("vocabulary", c.vocabulary());
        sizes.put("context", c.context());
        sizes.put("epsilon", c.epsilon());
        sizes.put("theta", c.theta());
        sizes.put("ternary_weights", c.ternaryWeights());
        return sizes;
    }

    /// What is computed, in words.
    static String block(ModelConfig c) {
        return "%s, %s, %s head, RoPE pairs %s".formatted(
                norms(c),
                c.block().activation().label(),
                c.block().tiedHead() ? "tied" : "own",
                pairs(c));
    }

    /// In addition to those that every architecture has.
    static String norms(ModelConfig c) {
        List<String> names = new TreeSet<>(c.block().norms()).stream().map(kind -> switch (kind) {
            case SUB -> "sub-norms";
            case HEAD -> "head norms";
            case INPUT -> "input norms";
            case POST -> "post norms";
        }).toList();
        return names.isEmpty() ? "no sub-norms" : String.join(", ", names);
    }

    static String pairs(ModelConfig c) {
        return switch (c.pairs()) {
            case HALVES -> "i, i + d/2";
            case NEIGHBOURS -> "2i, 2i + 1";
        };
    }
}
