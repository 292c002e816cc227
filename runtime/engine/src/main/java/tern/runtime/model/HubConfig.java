package tern.runtime.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tern.ir.Op.RopePairs;
import tern.ir.RopeAngles.Yarn;
import tern.runtime.ModelException;
import tern.runtime.json.JsonTree;
import tern.runtime.model.Block.Activation;
import tern.runtime.model.Block.Norms;
import tern.runtime.safetensors.Shards;

/// `config.json` of a Hugging Face checkpoint: what is computed, told by what the file and its tensors say.
///
/// @param dividesByScale true if an output is divided by `weight_scale`, as plain `bitlinear` does; `autobitlinear` multiplies
/// @param defaults       what the file leaves to transformers, a line each
record HubConfig(ModelConfig model, boolean dividesByScale, List<String> defaults) {

    /// What a class of transformers takes where `config.json` says nothing.
    ///
    /// Source: huggingface/transformers `configuration_bitnet.py`, `configuration_llama.py`, `configuration_qwen3.py`, `configuration_gemma3.py`;
    /// 1bitLLM's `configuration_bitnet.py`.
    ///
    /// @param key of the activation
    private record Defaults(String key, String activation, double epsilon, double theta) {
        static Defaults of(List<String> classes, boolean gemma) {
            if (gemma) return new Defaults("hidden_activation", Activation.GELU.label(), 1e-6, 1e6);
            return classes.contains("BitNetForCausalLM") ? new Defaults(ACTIVATION, "relu2", 1e-5, 500000) : new Defaults(ACTIVATION, "silu", 1e-6, 10000);
        }

        List<String> said(JsonTree json) {
            var said = new ArrayList<String>();
            if (!json.has(key) && !json.has(ACTIVATION)) said.add(line(key, activation));
            if (!json.has(EPSILON)) said.add(line(EPSILON, String.valueOf(epsilon)));
            boolean has = json.has(THETA) || json.find(PARAMETERS).filter(rope -> rope.find("full_attention").orElse(rope).has(THETA)).isPresent();
            if (!has) said.add(line(THETA, String.valueOf((long) theta)));
            return said;
        }

        private static String line(String key, String value) {
            return "config.json has no %s: transformers' default, %s".formatted(key, value);
        }
    }

    private static final String ACTIVATION = "hidden_act", EPSILON = "rms_norm_eps", THETA = "rope_theta";

    private static final String CLASSES = "architectures", QUANTIZATION = "quantization_config", SCALING = "rope_scaling",
            PARAMETERS = "rope_parameters", WINDOW = "sliding_window", LAYERS = "layer_types";

    /// Classes whose graph Tern has, with any [Block]. The second is that of bitnet_b1_58-large and 3B.
    private static final List<String> KNOWN = List.of("BitNetForCausalLM", "BitnetForCausalLM", "LlamaForCausalLM");

    /// Backbones that are known by `model_type`, since embedding models have classes of their own. Transformers `models/{qwen3, gemma3}`.
    private static final Map<String, Set<Norms>> BACKBONES = Map.of(
            "qwen3", Set.of(Norms.HEAD), "gemma3_text", Set.of(Norms.HEAD, Norms.POST));

    /// `model_type` of what is refused by name, as GGUF calls it.
    private static final Map<String, String> MISSING = Map.of(
            "qwen3_5", "qwen35", "qwen3_5_text", "qwen35", "qwen3_5_moe", "qwen35moe", "qwen3_next", "qwen3next", "qwen3_moe", "qwen3moe",
            "maple", "maple");

    /// GGUF's names of the architectures that Tern runs, by what they are in a layer.
    private static final Map<Set<Norms>, Map<Activation, String>> NAMES = Map.of(
            Set.of(Norms.SUB), Map.of(Activation.SQUARED_RELU, "bitnet-b1.58", Activation.SILU, "bitnet"),
            Set.of(), Map.of(Activation.SILU, "llama"),
            Set.of(Norms.HEAD), Map.of(Activation.SILU, "qwen3"),
            Set.of(Norms.HEAD, Norms.POST), Map.of(Activation.GELU, "gemma3"));

    /// By GGUF's names.
    private static final Map<String, String> KEYS = Map.ofEntries(
            Map.entry("embedding_length", "hidden_size"),
            Map.entry("block_count", "num_hidden_layers"),
            Map.entry("attention.head_count", "num_attention_heads"),
            Map.entry("attention.head_count_kv", "num_key_value_heads"),
            Map.entry("rope.dimension_count", "head_dim"),
            Map.entry("feed_forward_length", "intermediate_size"),
            Map.entry("context_length", "max_position_embeddings"),
            Map.entry("attention.layer_norm_rms_epsilon", "rms_norm_eps"),
            Map.entry("attention.sliding_window", WINDOW),
            Map.entry("rope.scaling.factor", SCALING),
            Map.entry("rope.freq_base", "rope_theta"));

    /// @throws ModelException if the checkpoint is of a kind that Tern does not run
    static HubConfig of(JsonTree json, Shards tensors) {
        String type = json.text("model_type", "");
        String missing = GgufArchitecture.MISSING.get(MISSING.getOrDefault(type, ""));
        if (missing != null) throw json.wrong("model_type", "'%s' is not supported: Tern lacks %s".formatted(type, missing));
        List<String> classes = json.has(CLASSES) || !BACKBONES.containsKey(type) ? json.list(CLASSES).stream().map(JsonTree::asText).toList() : List.of();
        if (!BACKBONES.containsKey(type) && (classes.size() != 1 || !KNOWN.contains(classes.getFirst())))
            throw json.wrong(CLASSES, "%s is not supported; expected one of %s, or one of the model types %s"
                    .formatted(classes, KNOWN, BACKBONES.keySet().stream().sorted().toList()));
        refuse(json);
        Set<Norms> norms = norms(type, tensors);
        var quantization = json.find(QUANTIZATION);
        boolean ternary = norms.contains(Norms.SUB) || norms.contains(Norms.INPUT) || quantization.isPresent()
                || json.has("weight_bits") && json.count("weight_bits") == 1;
        if (!ternary)
            throw json.wrong(QUANTIZATION, "found no such key, no sub-norms and no weight_bits: not a model of ternary weights");
        Defaults absent = Defaults.of(classes, norms.contains(Norms.POST));
        return new HubConfig(config(json, tensors, norms, absent), quantization.map(HubConfig::divides).orElse(false), absent.said(json));
    }

    /// Whether a norm is stored without the 1 that is added to its weights. Those before projections are of another kind.
    boolean addsOne(String norm) {
        return model.block().has(Norms.POST) && !norm.endsWith(TensorNames.INPUT_NORM + ".weight");
    }

    private static Set<Norms> norms(String type, Shards tensors) {
        EnumSet<Norms> norms = EnumSet.noneOf(Norms.class);
        norms.addAll(BACKBONES.getOrDefault(type, Set.of()));
        if (isThere("attn_sub_norm", tensors)) norms.add(Norms.SUB);
        if (isThere("attn_q" + TensorNames.INPUT_NORM, tensors)) norms.add(Norms.INPUT);
        return norms;
    }

    private static boolean isThere(String norm, Shards tensors) {
        return TensorNames.hub(TensorNames.inLayer(0, norm), Block.BITNET_2B4T).stream().anyMatch(name -> tensors.find(name).isPresent());
    }

    private static ModelConfig config(JsonTree json, Shards tensors, Set<Norms> norms, Defaults absent) {
        boolean tied = json.bool("tie_word_embeddings", tensors.find("lm_head.weight").isEmpty());
        boolean gemma = norms.contains(Norms.POST);
        Activation activation = activation(json, absent);
        EnumSet<Norms> family = EnumSet.noneOf(Norms.class);
        family.addAll(norms);
        family.remove(Norms.INPUT);
        String name = NAMES.getOrDefault(Set.copyOf(family), Map.of()).get(activation);
        if (name == null) throw json.wrong(ACTIVATION, "'%s' with %s is not supported".formatted(activation.label(), norms.isEmpty() ? "no sub-norms" : norms));
        int hidden = json.count("hidden_size"), heads = json.count("num_attention_heads"), layers = json.count("num_hidden_layers");
        int headDim = json.count("head_dim", gemma ? 256 : hidden / Math.max(1, heads)), scalar = gemma ? json.count("query_pre_attn_scalar", 256) : 0;
        if (scalar == headDim) scalar = 0;
        var block = new Block(norms, activation, tied, positions(json, layers, gemma), gemma ? GgufArchitecture.root(hidden) : 1, scalar);
        var config = new ModelConfig(
                name,
                hidden,
                layers,
                heads,
                json.count("num_key_value_heads", heads),
                headDim,
                json.count("intermediate_size"),
                json.count("vocab_size"),
                json.count("max_position_embeddings"),
                (float) json.real(EPSILON, absent.epsilon),
                (float) theta(json, "full_attention", json.real(THETA, absent.theta)),
                RopePairs.HALVES,
                block);
        config.check(json.file(), key -> "'" + KEYS.getOrDefault(key, key) + "'");
        return config;
    }

    private static Activation activation(JsonTree json, Defaults absent) {
        String name = json.text(absent.key, json.text(ACTIVATION, absent.activation));
        return Arrays.stream(Activation.values())
                .filter(one -> one.label().equals(name))
                .findFirst()
                .orElseThrow(() -> json.wrong(absent.key, "'%s' is not supported; expected one of %s"
                        .formatted(name, Arrays.stream(Activation.values()).map(Activation::label).toList())));
    }

    /// Later versions of transformers keep it in an object of its own, of which there may be one for each kind of layer.
    private static double theta(JsonTree json, String kind, double plain) {
        return json.find(PARAMETERS).map(rope -> rope.find(kind).orElse(rope).real(THETA, plain)).orElse(plain);
    }

    private static Positions positions(JsonTree json, int layers, boolean gemma) {
        Yarn yarn = json.find(SCALING).or(() -> json.find(PARAMETERS)).map(rope -> yarn(json, rope.find("full_attention").orElse(rope))).orElse(null);
        int period = period(json, layers, gemma ? json.count("sliding_window_pattern", json.count("_sliding_window_pattern", 6)) : 1);
        if (period == 1) return new Positions(yarn, 0, 1, 0);
        double theta = theta(json, "sliding_attention", json.real("rope_local_base_freq", gemma ? 10000 : json.real("rope_theta", 10000)));
        return new Positions(yarn, json.count(WINDOW, 4096), period, (float) theta);
    }

    /// Every so many layers, the last one sees all positions: as `layer_types` says, which may name every layer.
    private static int period(JsonTree json, int layers, int usual) {
        if (!json.has(LAYERS)) return json.has(WINDOW) || usual == 1 ? usual : 1;
        List<Boolean> global = json.list(LAYERS).stream().map(JsonTree::asText).map(kind -> switch (kind) {
            case "full_attention" -> true;
            case "sliding_attention" -> false;
            default -> throw json.wrong(LAYERS, "'%s' is not supported".formatted(kind));
        }).toList();
        if (global.size() != layers) throw json.wrong(LAYERS, "found %d, expected %d".formatted(global.size(), layers));
        return IntStream.rangeClosed(1, layers + 1)
                .filter(period -> IntStream.range(0, layers).allMatch(layer -> global.get(layer) == ((layer + 1) % period == 0)))
                .findFirst()
                .orElseThrow(() -> json.wrong(LAYERS, "layers that see all positions are no regular distance apart"));
    }

    /// Null if there is nothing but the base.
    private static @Nullable Yarn yarn(JsonTree json, JsonTree rope) {
        String type = rope.text("rope_type", rope.text("type", "default"));
        if (type.equals("default")) return null;
        if (!type.equals("yarn") || rope.has("mscale") || rope.has("mscale_all_dim") || !rope.bool("truncate", true))
            throw json.wrong(json.has(SCALING) ? SCALING : PARAMETERS, "'%s' is not supported".formatted(type.equals("yarn") ? "yarn with mscale" : type));
        float factor = (float) rope.real("factor");
        return new Yarn(factor, rope.count("original_max_position_embeddings", json.count("max_position_embeddings")),
                (float) rope.real("beta_fast", 32), (float) rope.real("beta_slow", 1), (float) rope.real("attention_factor", Yarn.attention(factor)));
    }

    /// What would change the graph.
    private static void refuse(JsonTree json) {
        for (String key : List.of("attention_bias", "mlp_bias", "rope_interleaved", "use_bidirectional_attention"))
            if (json.bool(key, false)) throw json.wrong(key, "is not supported");
        for (String key : List.of("attn_logit_softcapping", "final_logit_softcapping")) if (json.has(key)) throw json.wrong(key, "is not supported");
        if (json.real("partial_rotary_factor", 1) != 1) throw json.wrong("partial_rotary_factor", "is not supported");
        boolean windows = json.has(LAYERS) || json.text("model_type", "").equals("gemma3_text");
        if (json.has(WINDOW) && !windows && json.bool("use_sliding_window", true)) throw json.wrong(WINDOW, "is not supported");
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
