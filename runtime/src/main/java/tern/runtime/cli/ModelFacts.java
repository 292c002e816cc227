package tern.runtime.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.Metadata;
import tern.runtime.gguf.Tensor;
import tern.runtime.gguf.Value;
import tern.runtime.model.ModelConfig;
import tern.runtime.tokenizer.BpeTokenizer;

/// What is in a GGUF file, without its weights.
///
/// @param config    empty if Tern does not run the architecture
/// @param tokenizer empty if the file has none that Tern reads
record ModelFacts(
        String file,
        int version,
        String architecture,
        String name,
        Optional<ModelConfig> config,
        Optional<TokenizerFacts> tokenizer,
        List<TensorFacts> tensors) {

    /// @param merges 0 if the file has none
    /// @param bos,eos -1 if the file names none
    record TokenizerFacts(
            String model, int tokens, long merges, Map<String, Integer> specials, int bos, int eos, List<Integer> stops, boolean chatTemplate) {}

    /// @param shape `ne`, k first
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

    /// @throws tern.runtime.ModelException if the file claims to be of a kind that Tern reads, and lies
    static ModelFacts of(Gguf gguf) {
        Metadata metadata = gguf.metadata();
        String architecture = metadata.text("general.architecture", "");
        return new ModelFacts(
                gguf.file(),
                gguf.version(),
                architecture,
                metadata.text("general.name", ""),
                ModelConfig.ARCHITECTURES.contains(architecture) ? Optional.of(ModelConfig.of(gguf)) : Optional.empty(),
                metadata.text("tokenizer.ggml.model", "").equals("gpt2") ? Optional.of(tokenizer(metadata)) : Optional.empty(),
                gguf.tensors().stream().map(ModelFacts::tensor).toList());
    }

    private static TokenizerFacts tokenizer(Metadata metadata) {
        var tokenizer = BpeTokenizer.of(metadata);
        long merges = metadata.find("tokenizer.ggml.merges").orElse(null) instanceof Value.Array array ? array.count() : 0;
        return new TokenizerFacts(
                "gpt2",
                tokenizer.size(),
                merges,
                tokenizer.specials(),
                tokenizer.bos().orElse(-1),
                tokenizer.eos().orElse(-1),
                tokenizer.stops().stream().sorted().toList(),
                metadata.has("tokenizer.chat_template"));
    }

    private static TensorFacts tensor(Tensor tensor) {
        return new TensorFacts(
                tensor.name(), tensor.ne(), tensor.type().name(), tensor.m() * tensor.k(), tensor.offset(), tensor.bytes());
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
}
