package tern.runtime.model;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tern.ir.Op.RopePairs;
import tern.runtime.ModelException;
import tern.runtime.json.JsonTree;
import tern.runtime.model.Block.Activation;
import tern.runtime.safetensors.Shards;

/// `config.json` of a Hugging Face checkpoint: what is computed, told by what the file and its tensors say, not by a model's name.
///
/// @param dividesByScale true if an output is divided by `weight_scale`, as plain `bitlinear` does; `autobitlinear` multiplies
record HubConfig(ModelConfig model, boolean dividesByScale) {

    private static final String CLASSES = "architectures", QUANTIZATION = "quantization_config";

    /// Classes whose graph Tern has, with any [Block]. The second is that of bitnet_b1_58-large and 3B.
    private static final List<String> KNOWN = List.of("BitNetForCausalLM", "BitnetForCausalLM", "LlamaForCausalLM");

    /// GGUF's names of the architectures that Tern runs, by what they are in a layer.
    private static final Map<Boolean, Map<Activation, String>> NAMES = Map.of(
            true, Map.of(Activation.SQUARED_RELU, "bitnet-b1.58", Activation.SILU, "bitnet"),
            false, Map.of(Activation.SILU, "llama"));

    /// By GGUF's names.
    private static final Map<String, String> KEYS = Map.of(
            "embedding_length", "hidden_size",
            "block_count", "num_hidden_layers",
            "attention.head_count", "num_attention_heads",
            "attention.head_count_kv", "num_key_value_heads",
            "rope.dimension_count", "head_dim",
            "feed_forward_length", "intermediate_size",
            "context_length", "max_position_embeddings",
            "attention.layer_norm_rms_epsilon", "rms_norm_eps",
            "rope.freq_base", "rope_theta");

    /// @throws ModelException if the checkpoint is of a kind that Tern does not run
    static HubConfig of(JsonTree json, Shards tensors) {
        List<JsonTree> classes = json.list(CLASSES);
        if (classes.size() != 1 || !KNOWN.contains(classes.getFirst().asText()))
            throw json.wrong(CLASSES, "%s is not supported; expected one of %s"
                    .formatted(classes.stream().map(JsonTree::asText).toList(), KNOWN));
        refuse(json);
        boolean subNorms = TensorNames.hub("blk.0.attn_sub_norm.weight").stream().anyMatch(name -> tensors.find(name).isPresent());
        var quantization = json.find(QUANTIZATION);
        boolean ternary = subNorms || quantization.isPresent() || json.has("weight_bits") && json.count("weight_bits") == 1;
        if (!ternary)
            throw json.wrong(QUANTIZATION, "found no such key, no sub-norms and no weight_bits: not a model of ternary weights");
        return new HubConfig(config(json, tensors, subNorms), quantization.map(HubConfig::divides).orElse(false));
    }

    private static ModelConfig config(JsonTree json, Shards tensors, boolean subNorms) {
        boolean tied = json.bool("tie_word_embeddings", tensors.find("lm_head.weight").isEmpty());
        Activation activation = activation(json);
        String name = NAMES.getOrDefault(subNorms, Map.of()).get(activation);
        if (name == null)
            throw json.wrong("hidden_act", "'%s' without sub-norms is not supported".formatted(activation.label()));
        int hidden = json.count("hidden_size"), heads = json.count("num_attention_heads");
        var config = new ModelConfig(
                name,
                hidden,
                json.count("num_hidden_layers"),
                heads,
                json.count("num_key_value_heads", heads),
                json.count("head_dim", hidden / Math.max(1, heads)),
                json.count("intermediate_size"),
                json.count("vocab_size"),
                json.count("max_position_embeddings"),
                (float) json.real("rms_norm_eps"),
                (float) theta(json),
                RopePairs.HALVES,
                new Block(subNorms, activation, tied));
        config.check(json.file(), key -> "'" + KEYS.getOrDefault(key, key) + "'");
        return config;
    }

    private static Activation activation(JsonTree json) {
        String name = json.text("hidden_act");
        return Arrays.stream(Activation.values())
                .filter(one -> one.label().equals(name))
                .findFirst()
                .orElseThrow(() -> json.wrong("hidden_act", "'%s' is not supported; expected relu2 or silu".formatted(name)));
    }

    /// Later versions of transformers keep it in an object of its own.
    private static double theta(JsonTree json) {
        double plain = json.real("rope_theta", 10000);
        return json.find("rope_parameters").map(rope -> rope.real("rope_theta", plain)).orElse(plain);
    }

    /// What would change the graph.
    private static void refuse(JsonTree json) {
        for (String key : List.of("attention_bias", "mlp_bias", "rope_interleaved"))
            if (json.bool(key, false)) throw json.wrong(key, "is not supported");
        for (String key : List.of("rope_scaling", "rope_parameters"))
            json.find(key).ifPresent(rope -> {
                String type = rope.text("rope_type", rope.text("type", "default"));
                if (!type.equals("default")) throw json.wrong(key, "'%s' is not supported".formatted(type));
            });
        if (json.real("partial_rotary_factor", 1) != 1) throw json.wrong("partial_rotary_factor", "is not supported");
        if (json.has("sliding_window")) throw json.wrong("sliding_window", "is not supported");
    }

    /// Source: huggingface/transformers utils/quantization_config.py, `BitNetQuantConfig`.
    private static boolean divides(JsonTree quantization) {
        String method = quantization.text("quant_method"), linear = quantization.text("linear_class", "bitlinear");
        if (!method.equals("bitnet")) throw quantization.wrong("quant_method", "'%s' is not supported; expected bitnet".formatted(method));
        if (quantization.bool("use_rms_norm", false)) throw quantization.wrong("use_rms_norm", "norms within the linear layers are not supported");
        return switch (linear) {
            case "bitlinear" -> true;
            case "autobitlinear" -> false;
            default -> throw quantization.wrong("linear_class", "'%s' is not supported; expected bitlinear or autobitlinear".formatted(linear));
        };
    }

    static Path file(Path folder) {
        return folder.resolve("config.json");
    }
}
