package tern.runtime.convert;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tern.ir.Element;
import tern.ir.Op.RopePairs;
import tern.ir.Packing;
import tern.ir.Rows;
import tern.ir.text.Tir;
import tern.runtime.ModelException;
import tern.runtime.gguf.Payload;
import tern.runtime.model.CheckpointModel;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Linear;
import tern.runtime.model.Block.Norms;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;
import tern.runtime.model.TensorNames;
import tern.runtime.model.TensorNames.Shape;
import tern.runtime.safetensors.Dtype;
import tern.runtime.safetensors.SafetensorsWriter;
import tern.runtime.tokenizer.WrittenVocabulary;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A model as a Hugging Face checkpoint with packed weights whose outputs are multiplied by `weight_scale`. Numbers are written as
/// bf16 where that holds all of a tensor, else as f32.
final class CheckpointTarget {

    private static final List<String> BESIDE =
            List.of("tokenizer.json", "tokenizer_config.json", "generation_config.json", "special_tokens_map.json", "chat_template.jinja", "chat_template.json",
                    "tokenizer.model", "vocab.json", "merges.txt", "added_tokens.json");

    /// Of chat templates, by name.
    private static final String TEMPLATES = "additional_chat_templates";

    private final ModelSource source;
    private final Conversion.Steps steps;
    private final Packing packing = Tir.library().packing("hf");
    private final SafetensorsWriter file = new SafetensorsWriter();
    private final JsonMapper json = JsonMapper.shared();

    CheckpointTarget(ModelSource source, Conversion.Steps steps) {
        this.source = source;
        this.steps = steps;
    }

    /// @param folder to make
    /// @return what was left out
    Optional<String> write(Path folder) throws IOException {
        ModelConfig c = source.config();
        if (!Set.of(Norms.SUB).containsAll(c.block().norms()))
            throw new ModelException(source.name(), "architecture", "'%s' is not written as a checkpoint; expected a GGUF file".formatted(c.architecture()));
        Files.createDirectory(folder);
        table(TensorNames.EMBEDDING, source.embeddingElement(), source.embedding());
        if (!c.block().tiedHead()) table(TensorNames.HEAD, source.headElement(), source.head());
        for (Shape norm : TensorNames.norms(c))
            floats(name(norm.name()), source.norm(norm.name(), norm.k()).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
        for (Shape shape : TensorNames.projections(c)) projection(shape);
        file.write(folder.resolve("model.safetensors"));
        return switch (source) {
            case CheckpointModel checkpoint -> beside(checkpoint, folder);
            case GgufModel gguf -> beside(gguf, folder);
            default -> throw new IllegalArgumentException("no file: " + source.name());
        };
    }

    private String name(String ours) {
        return TensorNames.hub(ours, source.config().block()).getFirst();
    }

    private void table(String name, Element element, MemorySegment data) {
        List<Long> shape = List.of((long) source.config().vocabulary(), (long) source.config().hidden());
        file.tensor(name(name), Dtype.valueOf(element.name()), shape, Payload.of(data));
    }

    private void projection(Shape shape) {
        int m = shape.m(), k = shape.k();
        if (m % 4 != 0)
            throw new ModelException(source.name(), "tensor '" + shape.name() + "'", "has %d rows, and only multiples of 4 can be packed".formatted(m));
        String name = name(shape.name());
        file.tensor(name, Dtype.U8, List.of(m / 4L, (long) k), out -> {
            Linear linear = RopeOrder.of(source, source.linear(shape.name(), m, k), shape, RopePairs.HALVES);
            Payload.filling(packing.bytes(m, k), into -> GgufTarget.pack(source, shape, packing, linear, into)).write(out);
            steps.add((long) m * k);
        });
        Linear linear = source.linear(shape.name(), m, k);
        if (!linear.hasOneScale())
            throw new ModelException(source.name(), "tensor '" + shape.name() + "'", "has several scales, and a packed checkpoint has one a tensor");
        floats(name + "_scale", linear.scale());
    }

    private void floats(String name, float... values) {
        boolean half = true;
        for (float value : values) half &= (Float.floatToRawIntBits(value) & 0xffff) == 0;
        ByteBuffer bytes = ByteBuffer.allocate(values.length * (half ? 2 : 4)).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values)
            if (half) bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
            else bytes.putFloat(value);
        file.tensor(name, half ? Dtype.BF16 : Dtype.F32, List.of((long) values.length), Payload.of(MemorySegment.ofArray(bytes.array())));
    }

    private Optional<String> beside(CheckpointModel checkpoint, Path folder) throws IOException {
        Path from = checkpoint.files().folder();
        for (String name : BESIDE) if (Files.isRegularFile(from.resolve(name))) Files.copy(from.resolve(name), folder.resolve(name));
        if (Files.isDirectory(from.resolve(TEMPLATES))) {
            Path into = Files.createDirectory(folder.resolve(TEMPLATES));
            try (var templates = Files.list(from.resolve(TEMPLATES))) {
                for (Path one : templates.filter(Files::isRegularFile).toList()) Files.copy(one, into.resolve(one.getFileName()));
            }
        }
        ObjectNode config = (ObjectNode) checkpoint.json().node().deepCopy();
        config.set("quantization_config", quantization());
        config.remove("weight_bits");
        write(folder, "config.json", config);
        return Optional.empty();
    }

    private Optional<String> beside(GgufModel gguf, Path folder) throws IOException {
        ObjectNode config = config(source.config());
        ObjectNode generation = json.createObjectNode().put("do_sample", true).put("temperature", 0.6).put("top_p", 0.9);
        WrittenVocabulary vocabulary;
        try {
            vocabulary = WrittenVocabulary.of(gguf.file().metadata());
            vocabulary.tokenizer().prepare();
        } catch (ModelException e) {
            write(folder, "config.json", config);
            return Optional.of("without a tokenizer: " + e.getMessage());
        }
        vocabulary.bos().ifPresent(id -> List.of(config, generation).forEach(node -> node.put("bos_token_id", id)));
        vocabulary.eos().ifPresent(id -> config.put("eos_token_id", id));
        var stops = generation.putArray("eos_token_id");
        vocabulary.tokenizer().stops().forEach(id -> stops.add((int) id));
        ObjectNode tokenizer = json.createObjectNode().put("tokenizer_class", "PreTrainedTokenizerFast")
                .put("add_bos_token", vocabulary.bos().isPresent());
        vocabulary.bos().ifPresent(id -> tokenizer.put("bos_token", vocabulary.tokens().get(id)));
        vocabulary.eos().ifPresent(id -> tokenizer.put("eos_token", vocabulary.tokens().get(id)));
        putTemplates(gguf, tokenizer);
        Files.writeString(folder.resolve("tokenizer.json"), vocabulary.json());
        write(folder, "tokenizer_config.json", tokenizer);
        write(folder, "generation_config.json", generation);
        write(folder, "config.json", config);
        return Optional.empty();
    }

    /// One as a text, several as a list with names. Source: GGUF's `tokenizer.chat_template.NAME`, transformers' `chat_template`.
    private static void putTemplates(GgufModel gguf, ObjectNode tokenizer) {
        Map<String, String> templates = gguf.chatTemplates();
        if (templates.keySet().equals(Set.of("default"))) tokenizer.put("chat_template", templates.get("default"));
        else if (!templates.isEmpty()) {
            var list = tokenizer.putArray("chat_template");
            templates.forEach((name, text) -> list.addObject().put("name", name).put("template", text));
        }
    }

    private ObjectNode config(ModelConfig c) {
        boolean subNorms = c.block().has(Norms.SUB);
        ObjectNode config = json.createObjectNode();
        config.putArray("architectures").add(subNorms ? "BitNetForCausalLM" : "LlamaForCausalLM");
        config.put("model_type", subNorms ? "bitnet" : "llama")
                .put("hidden_act", c.block().activation().label())
                .put("hidden_size", c.hidden())
                .put("intermediate_size", c.ffn())
                .put("num_hidden_layers", c.layers())
                .put("num_attention_heads", c.heads())
                .put("num_key_value_heads", c.kvHeads())
                .put("head_dim", c.headDim())
                .put("vocab_size", c.vocabulary())
                .put("max_position_embeddings", c.context())
                .put("rms_norm_eps", c.epsilon())
                .put("rope_theta", c.theta())
                .put("tie_word_embeddings", c.block().tiedHead())
                .put("torch_dtype", source.embeddingElement() == Element.F16 ? "float16" : source.embeddingElement() == Element.BF16 ? "bfloat16" : "float32")
                .set("quantization_config", quantization());
        return config;
    }

    private ObjectNode quantization() {
        return json.createObjectNode().put("quant_method", "bitnet").put("linear_class", "autobitlinear").put("quantization_mode", "offline");
    }

    private void write(Path folder, String name, ObjectNode node) throws IOException {
        Files.writeString(folder.resolve(name), json.writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n");
    }
}
