package tern.models;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tern.ir.RopeAngles.Yarn;
import tern.runtime.gguf.Payload;
import tern.runtime.model.Block.Norms;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.Positions;
import tern.runtime.safetensors.Dtype;
import tern.runtime.safetensors.SafetensorsWriter;

/// Writes a [PlainModel] as a Hugging Face checkpoint. Names and packing are spelled out here once more, on purpose.
final class HubFiles {

    /// How projections are stored.
    enum Weights {
        /// Packed, and the output is multiplied by the scale: 2B4T.
        AUTOBITLINEAR,
        /// Packed, and the output is divided by the scale: the Llama-shaped models.
        BITLINEAR,
        /// bf16 as training leaves them.
        MASTER
    }

    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("attn_norm", "input_layernorm"), Map.entry("ffn_norm", "post_attention_layernorm"),
            Map.entry("attn_q", "self_attn.q_proj"), Map.entry("attn_k", "self_attn.k_proj"), Map.entry("attn_v", "self_attn.v_proj"),
            Map.entry("attn_output", "self_attn.o_proj"), Map.entry("ffn_gate", "mlp.gate_proj"), Map.entry("ffn_up", "mlp.up_proj"),
            Map.entry("ffn_down", "mlp.down_proj"), Map.entry("attn_q_norm", "self_attn.q_norm"), Map.entry("attn_k_norm", "self_attn.k_norm"),
            Map.entry("post_attention_norm", "post_attention_layernorm"), Map.entry("post_ffw_norm", "post_feedforward_layernorm"));

    private record Stored(Dtype dtype, List<Long> shape, byte[] bytes) {}

    private final PlainModel model;
    private final Weights weights;
    private final boolean olderNames;
    private final Map<String, Stored> tensors = new java.util.TreeMap<>();

    private HubFiles(PlainModel model, Weights weights, boolean olderNames) {
        this.model = model;
        this.weights = weights;
        this.olderNames = olderNames;
    }

    /// @param shards     files; 1 = one file without an index
    /// @param olderNames true if the sub-norms are called as in bitnet_b1_58-large
    /// @return scales by tensor, as a product is multiplied with them
    static Map<String, Float> write(PlainModel model, Weights weights, int shards, boolean olderNames, Path folder) throws IOException {
        var files = new HubFiles(model, weights, olderNames);
        Map<String, Float> scales = files.collect();
        Files.writeString(folder.resolve("config.json"), config(model.config, weights));
        files.writeShards(shards, folder);
        return scales;
    }

    private Map<String, Float> collect() {
        var scales = new HashMap<String, Float>();
        bf16(prefix() + "embed_tokens.weight", model.embedding);
        if (!model.config.block().tiedHead()) bf16("lm_head.weight", model.head);
        model.norms.forEach((name, norm) -> bf16(name(name) + ".weight", stored(name, norm)));
        model.digits.forEach((name, rows) -> scales.put(name, projection(name, rows, model.scales.get(name))));
        return scales;
    }

    /// Gemma's own norms are stored less 1, rounded to what bf16 holds; the model then has what is read of that.
    private float[] stored(String name, float[] norm) {
        if (!model.config.block().has(Norms.POST) || name.endsWith("_norm_in")) return norm;
        float[] less = norm.clone();
        for (int i = 0; i < less.length; i++) {
            less[i] = PlainModel.bf16(less[i] - 1);
            norm[i] = less[i] + 1;
        }
        return less;
    }

    /// Embedding models are backbones without a head.
    private String prefix() {
        return model.config.block().has(Norms.INPUT) ? "" : "model.";
    }

    private String name(String ours) {
        if (ours.equals("output_norm")) return prefix() + "norm";
        if (ours.endsWith("_norm_in")) return name(ours.substring(0, ours.length() - "_norm_in".length())) + ".norm";
        if (ours.endsWith("ffn_norm") && model.config.block().has(Norms.POST)) return name(ours.replace("ffn_norm", "post_ffw_norm")).replace("post_", "pre_");
        String[] parts = ours.split("\\.");
        String theirs = switch (parts[2]) {
            case "attn_sub_norm" -> olderNames ? "self_attn.inner_attn_ln" : "self_attn.attn_sub_norm";
            case "ffn_sub_norm" -> olderNames ? "mlp.ffn_layernorm" : "mlp.ffn_sub_norm";
            default -> NAMES.get(parts[2]);
        };
        return prefix() + "layers." + parts[1] + "." + theirs;
    }

    private float projection(String name, byte[][] rows, float scale) {
        int m = rows.length, k = rows[0].length;
        if (weights == Weights.MASTER) return master(name, rows);
        tensors.put(name(name) + ".weight", new Stored(Dtype.U8, List.of(m / 4L, (long) k), packed(rows)));
        float stored = weights == Weights.BITLINEAR ? PlainModel.bf16(1 / scale) : scale;
        bf16(name(name) + ".weight_scale", new float[] {stored});
        return weights == Weights.BITLINEAR ? 1 / stored : stored;
    }

    /// Byte `[r, c]` holds the rows r, r + m/4, r + 2m/4 and r + 3m/4 from the low bits on: huggingface/transformers
    /// integrations/bitnet.py, `pack_weights`.
    static byte[] packed(byte[][] rows) {
        int quarter = rows.length / 4, k = rows[0].length;
        var bytes = new byte[quarter * k];
        for (int i = 0; i < 4; i++)
            for (int r = 0; r < quarter; r++)
                for (int c = 0; c < k; c++) bytes[r * k + c] |= (byte) (rows[i * quarter + r][c] + 1 << 2 * i);
        return bytes;
    }

    /// Weights around -1, 0 and 1 times the scale; returns their absmean.
    private float master(String name, byte[][] rows) {
        var random = new SplittableRandom(name.hashCode());
        double sum = 0;
        var floats = new float[rows.length][rows[0].length];
        for (int r = 0; r < rows.length; r++)
            for (int c = 0; c < rows[r].length; c++) {
                floats[r][c] = PlainModel.bf16((float) (rows[r][c] * (0.9 + 0.3 * random.nextDouble()) + 0.2 * (random.nextDouble() - 0.5)) / 16);
                sum += Math.abs(floats[r][c]);
            }
        bf16(name(name) + ".weight", floats);
        return (float) (sum / rows.length / rows[0].length);
    }

    private void bf16(String name, float[]... rows) {
        int k = rows[0].length;
        ByteBuffer bytes = ByteBuffer.allocate(2 * k * rows.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : rows) for (float value : row) bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
        List<Long> shape = rows.length == 1 ? List.of((long) k) : List.of((long) rows.length, (long) k);
        tensors.put(name, new Stored(Dtype.BF16, shape, bytes.array()));
    }

    private void writeShards(int shards, Path folder) throws IOException {
        var writers = new ArrayList<SafetensorsWriter>();
        for (int s = 0; s < shards; s++) writers.add(new SafetensorsWriter());
        var map = new ArrayList<String>();
        int next = 0;
        for (var tensor : tensors.entrySet()) {
            Stored stored = tensor.getValue();
            int shard = next++ % shards;
            writers.get(shard).tensor(tensor.getKey(), stored.dtype, stored.shape, Payload.of(MemorySegment.ofArray(stored.bytes)));
            map.add("\"%s\":\"%s\"".formatted(tensor.getKey(), file(shard, shards)));
        }
        for (int s = 0; s < shards; s++) writers.get(s).write(folder.resolve(file(s, shards)));
        if (shards > 1)
            Files.writeString(folder.resolve("model.safetensors.index.json"), "{\"metadata\":{},\"weight_map\":{%s}}".formatted(String.join(",", map)));
    }

    private static String file(int shard, int shards) {
        return shards == 1 ? "model.safetensors" : "model-%05d-of-%05d.safetensors".formatted(shard + 1, shards);
    }

    private static String config(ModelConfig c, Weights weights) {
        if (c.block().has(Norms.HEAD)) return backbone(c);
        String quantization = switch (weights) {
            case AUTOBITLINEAR -> "{\"quant_method\":\"bitnet\",\"linear_class\":\"autobitlinear\",\"quantization_mode\":\"offline\"}";
            case BITLINEAR -> "{\"quant_method\":\"bitnet\",\"modules_to_not_convert\":null}";
            case MASTER -> "{\"quant_method\":\"bitnet\",\"linear_class\":\"autobitlinear\",\"quantization_mode\":\"online\"}";
        };
        return """
                {"architectures":["%s"],"hidden_act":"%s","hidden_size":%d,"num_hidden_layers":%d,"num_attention_heads":%d,
                "num_key_value_heads":%d,"head_dim":%d,"intermediate_size":%d,"vocab_size":%d,"max_position_embeddings":%d,
                "rms_norm_eps":%s,"rope_theta":%s,"rope_scaling":null,"tie_word_embeddings":%b,"attention_bias":false,
                "bos_token_id":254,"eos_token_id":255,"quantization_config":%s}
                """.formatted(c.block().has(Norms.SUB) ? "BitNetForCausalLM" : "LlamaForCausalLM", c.block().activation().label(), c.hidden(),
                c.layers(), c.heads(), c.kvHeads(), c.headDim(), c.ffn(), c.vocabulary(), c.context(), c.epsilon(), c.theta(),
                c.block().tiedHead(), quantization);
    }

    /// Qwen3 or Gemma 3, with what their `config.json` say in addition to the sizes.
    private static String backbone(ModelConfig c) {
        boolean gemma = c.block().has(Norms.POST);
        Positions p = c.block().positions();
        Yarn yarn = p.yarn();
        String layers =
                IntStream.range(0, c.layers()).mapToObj(i -> p.window() == 0 || (i + 1) % p.period() == 0 ? "\"full_attention\"" : "\"sliding_attention\"")
                        .collect(Collectors.joining(","));
        return """
                {"architectures":["%s"],"model_type":"%s","%s":"%s","hidden_size":%d,"num_hidden_layers":%d,"num_attention_heads":%d,
                "num_key_value_heads":%d,"head_dim":%d,"intermediate_size":%d,"vocab_size":%d,"max_position_embeddings":%d,
                "rms_norm_eps":%s,"rope_theta":%s,"rope_scaling":%s,"tie_word_embeddings":%b,"attention_bias":false,"layer_types":[%s],
                "sliding_window":%s,"rope_local_base_freq":10000.0,"query_pre_attn_scalar":%d,"use_sliding_window":false}
                """.formatted(gemma ? "Gemma3TextModel" : "Qwen3Model", gemma ? "gemma3_text" : "qwen3", gemma ? "hidden_activation" : "hidden_act",
                c.block().activation().label(), c.hidden(), c.layers(), c.heads(), c.kvHeads(), c.headDim(), c.ffn(), c.vocabulary(), c.context(),
                c.epsilon(), c.theta(), yarn == null ? "null" : "{\"rope_type\":\"yarn\",\"factor\":%s,\"original_max_position_embeddings\":%d}"
                        .formatted(yarn.factor(), yarn.original()),
                c.block().tiedHead(), layers, p.window() == 0 ? "null" : p.window(), c.headDim());
    }

    static byte[] bytes(MemorySegment segment) {
        return segment.toArray(JAVA_BYTE);
    }
}
