package tern.runtime.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tern.runtime.ModelException;
import tern.runtime.Quote;
import tern.runtime.gguf.Gguf;
import tern.runtime.gguf.Tensor;

/// How tensors are called in GGUF, which is how Tern calls them, and in Hugging Face checkpoints.
public final class TensorNames {

    public static final String EMBEDDING = "token_embd.weight", FINAL_NORM = "output_norm.weight", HEAD = "output.weight";

    /// Of a layer, by what follows `blk.N.` and, without `.weight`, `model.layers.N.`. The sub-norms of bitnet_b1_58-large and 3B
    /// have names of their own.
    private static final Map<String, List<String>> OF_LAYER = Map.ofEntries(
            Map.entry("attn_norm", List.of("input_layernorm")),
            Map.entry("attn_sub_norm", List.of("self_attn.attn_sub_norm", "self_attn.inner_attn_ln")),
            Map.entry("attn_q", List.of("self_attn.q_proj")),
            Map.entry("attn_k", List.of("self_attn.k_proj")),
            Map.entry("attn_v", List.of("self_attn.v_proj")),
            Map.entry("attn_output", List.of("self_attn.o_proj")),
            Map.entry("ffn_norm", List.of("post_attention_layernorm")),
            Map.entry("ffn_sub_norm", List.of("mlp.ffn_sub_norm", "mlp.ffn_layernorm")),
            Map.entry("ffn_gate", List.of("mlp.gate_proj")),
            Map.entry("ffn_up", List.of("mlp.up_proj")),
            Map.entry("ffn_down", List.of("mlp.down_proj")));

    /// @param name e.g. `blk.0.attn_q.weight`
    /// @param m,k  rows and columns; a norm has one row
    public record Shape(String name, int m, int k) {}

    private static final Map<String, String> OUTSIDE = Map.of(
            EMBEDDING, "model.embed_tokens.weight", FINAL_NORM, "model.norm.weight", HEAD, "lm_head.weight");

    private static final Pattern LAYER = Pattern.compile("blk\\.(0|[1-9][0-9]{0,4})\\.([a-z_]+)\\.weight");

    private static final Pattern HUB_LAYER = Pattern.compile("model\\.layers\\.(0|[1-9][0-9]{0,4})\\.([a-z_.]+)\\.weight");

    private static final Map<String, String> FROM_HUB = fromHub();

    private TensorNames() {}

    private static Map<String, String> fromHub() {
        var names = new HashMap<String, String>();
        OF_LAYER.forEach((name, theirs) -> theirs.forEach(one -> names.put(one, name)));
        return names;
    }

    /// Names that a tensor may have in a Hugging Face checkpoint; the first is that of 2B4T.
    public static List<String> hub(String name) {
        String outside = OUTSIDE.get(name);
        if (outside != null) return List.of(outside);
        Matcher layer = LAYER.matcher(name);
        List<String> theirs = layer.matches() ? OF_LAYER.get(layer.group(2)) : null;
        if (theirs == null) throw new IllegalArgumentException("no tensor of a model is named " + name);
        return theirs.stream().map(one -> "model.layers." + layer.group(1) + "." + one + ".weight").toList();
    }

    /// All ternary tensors of a model, layer after layer.
    public static List<Shape> projections(ModelConfig c) {
        var shapes = new ArrayList<Shape>();
        int kv = c.kvHeads() * c.headDim();
        for (int layer = 0; layer < c.layers(); layer++) {
            String at = "blk." + layer + ".";
            shapes.add(new Shape(at + "attn_q.weight", c.attentionWidth(), c.hidden()));
            shapes.add(new Shape(at + "attn_k.weight", kv, c.hidden()));
            shapes.add(new Shape(at + "attn_v.weight", kv, c.hidden()));
            shapes.add(new Shape(at + "attn_output.weight", c.hidden(), c.attentionWidth()));
            shapes.add(new Shape(at + "ffn_gate.weight", c.ffn(), c.hidden()));
            shapes.add(new Shape(at + "ffn_up.weight", c.ffn(), c.hidden()));
            shapes.add(new Shape(at + "ffn_down.weight", c.hidden(), c.ffn()));
        }
        return shapes;
    }

    /// All norms of a model.
    public static List<Shape> norms(ModelConfig c) {
        var shapes = new ArrayList<Shape>();
        for (int layer = 0; layer < c.layers(); layer++) {
            String at = "blk." + layer + ".";
            shapes.add(new Shape(at + "attn_norm.weight", 1, c.hidden()));
            shapes.add(new Shape(at + "ffn_norm.weight", 1, c.hidden()));
            if (!c.block().subNorms()) continue;
            shapes.add(new Shape(at + "attn_sub_norm.weight", 1, c.attentionWidth()));
            shapes.add(new Shape(at + "ffn_sub_norm.weight", 1, c.ffn()));
        }
        shapes.add(new Shape(FINAL_NORM, 1, c.hidden()));
        return shapes;
    }

    /// The GGUF name of a tensor of a checkpoint; empty if it has none.
    static Optional<String> fromHub(String name) {
        for (var outside : OUTSIDE.entrySet()) if (outside.getValue().equals(name)) return Optional.of(outside.getKey());
        Matcher layer = HUB_LAYER.matcher(name);
        if (!layer.matches()) return Optional.empty();
        return Optional.ofNullable(FROM_HUB.get(layer.group(2))).map(ours -> "blk." + layer.group(1) + "." + ours + ".weight");
    }

    /// Whether a model of that configuration has such a tensor. A head beside a tied embedding is known and not used.
    static boolean isKnown(String name, ModelConfig config) {
        if (OUTSIDE.containsKey(name)) return true;
        Matcher layer = LAYER.matcher(name);
        if (!layer.matches() || Integer.parseInt(layer.group(1)) >= config.layers()) return false;
        boolean isSubNorm = layer.group(2).endsWith("_sub_norm");
        return OF_LAYER.containsKey(layer.group(2)) && (config.block().subNorms() || !isSubNorm);
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
