package tern.runtime.model;

import java.nio.file.Path;
import java.util.ArrayList;
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
/// @param defaults       what the file leaves to transformers, a line each
record HubConfig(ModelConfig model, boolean dividesByScale, List<String> defaults) {

    /// What a class of transformers takes where `config.json` says nothing.
    ///
    /// Source: huggingface/transformers `configuration_bitnet.py`, `configuration_llama.py`; 1bitLLM's `configuration_bitnet.py`.
    private record Defaults(String activation, double epsilon, double theta) {
        static Defaults of(String architecture) {
            return architecture.equals("BitNetForCausalLM") ? new Defaults("relu2", 1e-5, 500000) : new Defaults("silu", 1e-6, 10000);
        }
    }

    private static final String ACTIVATION = "hidden_act", EPSILON = "rms_norm_eps", THETA = "rope_theta";

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
        Defaults absent = Defaults.of(classes.getFirst().asText());
        return new HubConfig(config(json, tensors, subNorms, absent), quantization.map(HubConfig::divides).orElse(false), said(json, absent));
    }

    private static List<String> said(JsonTree json, Defaults absent) {
        var said = new ArrayList<String>();
        String line = "config.json has no %s: transformers' default, %s";
        if (!json.has(ACTIVATION)) said.add(line.formatted(ACTIVATION, absent.activation));
        if (!json.has(EPSILON)) said.add(line.formatted(EPSILON, absent.epsilon));
        if (!json.has(THETA) && json.find("rope_parameters").filter(rope -> rope.has(THETA)).isEmpty())
            said.add(line.formatted(THETA, (long) absent.theta));
        return said;
    }

    private static ModelConfig config(JsonTree json, Shards tensors, boolean subNorms, Defaults absent) {
        boolean tied = json.bool("tie_word_embeddings", tensors.find("lm_head.weight").isEmpty());
        Activation activation = activation(json, absent);
        String name = NAMES.getOrDefault(subNorms, Map.of()).get(activation);
        if (name == null)
            throw json.wrong(ACTIVATION, "'%s' without sub-norms is not supported".formatted(activation.label()));
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
                (float) json.real(EPSILON, absent.epsilon),
                (float) theta(json, absent),
                RopePairs.HALVES,
                new Block(subNorms, activation, tied));
        config.check(json.file(), key -> "'" + KEYS.getOrDefault(key, key) + "'");
        return config;
    }

    private static Activation activation(JsonTree json, Defaults absent) {
        String name = json.text(ACTIVATION, absent.activation);
        return Arrays.stream(Activation.values())
                .filter(one -> one.label().equals(name))
                .findFirst()
                .orElseThrow(() -> json.wrong(ACTIVATION, "'%s' is not supported; expected relu2 or silu".formatted(name)));
    }

    /// Later versions of transformers keep it in an object of its own.
    private static double theta(JsonTree json, Defaults absent) {
        double plain = json.real(THETA, absent.theta);
        return json.find("rope_parameters").map(rope -> rope.real(THETA, plain)).orElse(plain);
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
