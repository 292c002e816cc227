package tern.runtime.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tern.runtime.ModelException;
import tern.runtime.Quote;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.Tensor;
import tern.runtime.model.Block.Norms;

/// How tensors are called in GGUF, which is how Tern calls them, and in Hugging Face checkpoints.
public final class TensorNames {

    public static final String EMBEDDING = "token_embd.weight", FINAL_NORM = "output_norm.weight", HEAD = "output.weight";

    /// Of a layer, by what follows `blk.N.` and, without `.weight`, `model.layers.N.`. The sub-norms of bitnet_b1_58-large and 3B
    /// have names of their own.
    private static final Map<String, List<String>> OF_LAYER = Map.ofEntries(
            Map.entry("attn_norm", List.of("input_layernorm")),
            Map.entry("attn_sub_norm", List.of("self_attn.attn_sub_norm", "self_attn.inner_attn_ln")),
            Map.entry("attn_q_norm", List.of("self_attn.q_norm")),
            Map.entry("attn_k_norm", List.of("self_attn.k_norm")),
            Map.entry("attn_q", List.of("self_attn.q_proj")),
            Map.entry("attn_k", List.of("self_attn.k_proj")),
            Map.entry("attn_v", List.of("self_attn.v_proj")),
            Map.entry("attn_output", List.of("self_attn.o_proj")),
            Map.entry("ffn_norm", List.of("post_attention_layernorm")),
            Map.entry("ffn_sub_norm", List.of("mlp.ffn_sub_norm", "mlp.ffn_layernorm")),
            Map.entry("ffn_gate", List.of("mlp.gate_proj")),
            Map.entry("ffn_up", List.of("mlp.up_proj")),
            Map.entry("ffn_down", List.of("mlp.down_proj")));

    /// What Gemma 3 calls otherwise: there the norm after attention is not the one before the feed-forward part.
    private static final Map<String, List<String>> WITH_POST_NORMS = Map.of(
            "post_attention_norm", List.of("post_attention_layernorm"),
            "ffn_norm", List.of("pre_feedforward_layernorm"),
            "post_ffw_norm", List.of("post_feedforward_layernorm"));

    /// Ends the name of the norm before a projection. Source: microsoft/BitNet `utils/convert-bitnet-embedding-to-gguf.py`.
    public static final String INPUT_NORM = "_norm_in";

    /// @param name e.g. `blk.0.attn_q.weight`
    /// @param m,k  rows and columns; a norm has one row
    public record Shape(String name, int m, int k) {
        private Shape of(int layer) {
            return new Shape(inLayer(layer, name), m, k);
        }
    }

    private static final Map<String, String> OUTSIDE = Map.of(
            EMBEDDING, "embed_tokens.weight", FINAL_NORM, "norm.weight", HEAD, "lm_head.weight");

    private static final Pattern LAYER = Pattern.compile("blk\\.(0|[1-9][0-9]{0,4})\\.([a-z_]+)\\.weight");

    private static final Pattern HUB_LAYER = Pattern.compile("layers\\.(0|[1-9][0-9]{0,4})\\.([a-z_.]+)\\.weight");

    /// Checkpoints of a backbone without a head leave it out.
    private static final String PREFIX = "model.";

    private TensorNames() {}

    /// `blk.0.attn_norm.weight`
    public static String inLayer(int layer, String name) {
        return "blk." + layer + "." + name + ".weight";
    }

    /// What a tensor of a layer is called in checkpoints; empty if there is none.
    private static List<String> theirs(String name, Block block) {
        if (block.has(Norms.POST) && WITH_POST_NORMS.containsKey(name)) return WITH_POST_NORMS.get(name);
        if (name.endsWith(INPUT_NORM))
            return theirs(name.substring(0, name.length() - INPUT_NORM.length()), block).stream().map(projection -> projection + ".norm").toList();
        return OF_LAYER.getOrDefault(name, List.of());
    }

    /// Names that a tensor may have in a Hugging Face checkpoint; the first is that of a whole model.
    ///
    /// @throws IllegalArgumentException if there are none
    public static List<String> hub(String name, Block block) {
        List<String> names = List.of();
        Matcher layer = LAYER.matcher(name);
        if (OUTSIDE.containsKey(name)) names = List.of(OUTSIDE.get(name));
        else if (layer.matches())
            names = theirs(layer.group(2), block).stream().map(one -> "layers." + layer.group(1) + "." + one + ".weight").toList();
        if (names.isEmpty()) throw new IllegalArgumentException("no tensor of a model is named " + name);
        return name.equals(HEAD) ? names : names.stream().flatMap(one -> Stream.of(PREFIX + one, one)).toList();
    }

    /// All ternary tensors of a model, layer after layer.
    public static List<Shape> projections(ModelConfig c) {
        return allLayers(c, projectionsOfLayer(c));
    }

    private static List<Shape> projectionsOfLayer(ModelConfig c) {
        int kv = c.kvHeads() * c.headDim();
        return List.of(
                new Shape("attn_q", c.attentionWidth(), c.hidden()),
                new Shape("attn_k", kv, c.hidden()),
                new Shape("attn_v", kv, c.hidden()),
                new Shape("attn_output", c.hidden(), c.attentionWidth()),
                new Shape("ffn_gate", c.ffn(), c.hidden()),
                new Shape("ffn_up", c.ffn(), c.hidden()),
                new Shape("ffn_down", c.hidden(), c.ffn()));
    }

    /// The norms of a layer, by what follows `blk.N.` without `.weight`.
    public static List<Shape> normsOfLayer(ModelConfig c) {
        var shapes = new ArrayList<Shape>(List.of(new Shape("attn_norm", 1, c.hidden()), new Shape("ffn_norm", 1, c.hidden())));
        for (Norms kind : c.block().norms())
            switch (kind) {
            case SUB -> shapes.addAll(List.of(new Shape("attn_sub_norm", 1, c.attentionWidth()), new Shape("ffn_sub_norm", 1, c.ffn())));
            case HEAD -> shapes.addAll(List.of(new Shape("attn_q_norm", 1, c.headDim()), new Shape("attn_k_norm", 1, c.headDim())));
            case POST -> shapes.addAll(List.of(new Shape("post_attention_norm", 1, c.hidden()), new Shape("post_ffw_norm", 1, c.hidden())));
            case INPUT -> projectionsOfLayer(c).forEach(of -> shapes.add(new Shape(of.name + INPUT_NORM, 1, of.k)));
            }
        return shapes;
    }

    /// All norms of a model.
    public static List<Shape> norms(ModelConfig c) {
        var shapes = new ArrayList<>(allLayers(c, normsOfLayer(c)));
        shapes.add(new Shape(FINAL_NORM, 1, c.hidden()));
        return shapes;
    }

    private static List<Shape> allLayers(ModelConfig c, List<Shape> ofLayer) {
        var shapes = new ArrayList<Shape>();
        for (int layer = 0; layer < c.layers(); layer++) for (Shape shape : ofLayer) shapes.add(shape.of(layer));
        return shapes;
    }

    /// The GGUF name of a tensor of a checkpoint; empty if a model of that configuration has none.
    static Optional<String> fromHub(String name, ModelConfig config) {
        String bare = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
        for (var outside : OUTSIDE.entrySet()) if (outside.getValue().equals(bare)) return Optional.of(outside.getKey());
        Matcher layer = HUB_LAYER.matcher(bare);
        if (!layer.matches() || Integer.parseInt(layer.group(1)) >= config.layers()) return Optional.empty();
        return Optional.ofNullable(fromHub(config).get(layer.group(2))).map(ours -> inLayer(Integer.parseInt(layer.group(1)), ours));
    }

    private static Map<String, String> fromHub(ModelConfig config) {
        var names = new HashMap<String, String>();
        Stream.concat(projectionsOfLayer(config).stream(), normsOfLayer(config).stream())
                .forEach(shape -> theirs(shape.name, config.block()).forEach(one -> names.put(one, shape.name)));
        return names;
    }

    /// Whether a model of that configuration has such a tensor. A head in addition to a tied embedding is known and not used.
    static boolean isKnown(String name, ModelConfig config) {
        if (OUTSIDE.containsKey(name)) return true;
        Matcher layer = LAYER.matcher(name);
        if (!layer.matches() || Integer.parseInt(layer.group(1)) >= config.layers()) return false;
        return Stream.concat(projectionsOfLayer(config).stream(), normsOfLayer(config).stream()).anyMatch(shape -> shape.name.equals(layer.group(2)));
    }

    /// A tensor that is left out changes what a model computes: biases, scaled RoPE, experts.
    static void requireKnown(Gguf file, ModelConfig config) {
        for (Tensor tensor : file.tensors())
            if (!isKnown(tensor.name(), config))
                throw new ModelException(tensor.file(), "tensor " + Quote.of(tensor.name()), tensor.offset(), unknown(config.architecture()));
    }

    static String unknown(String architecture) {
        return "is not part of '%s' as Tern runs it".formatted(architecture);
    }
}
