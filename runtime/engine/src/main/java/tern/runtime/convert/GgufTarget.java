package tern.runtime.convert;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.Packer;
import tern.ir.Packing;
import tern.ir.Rows;
import tern.ir.text.Tir;
import tern.runtime.ModelException;
import tern.runtime.gguf.GgufShards;
import tern.runtime.gguf.GgufWriter;
import tern.runtime.gguf.Metadata;
import tern.runtime.gguf.Payload;
import tern.runtime.gguf.Tensor;
import tern.runtime.gguf.TensorType;
import tern.runtime.gguf.Value;
import tern.runtime.model.CheckpointModel;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Linear;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;
import tern.runtime.model.TensorNames;
import tern.runtime.model.TensorNames.Shape;
import tern.runtime.tokenizer.WrittenVocabulary;

/// A model as a GGUF file. From GGUF all keys and the tensors that are not ternary are taken over as they are.
final class GgufTarget {

    /// Row tiles that one thread packs at a time.
    private static final int BAND = 64;

    private final ModelSource source;
    private final TensorType type;
    private final Packing packing;
    private final Conversion.Steps steps;
    private final GgufWriter file = new GgufWriter();

    GgufTarget(ModelSource source, TensorType type, String packing, Conversion.Steps steps) {
        this.source = source;
        this.type = type;
        this.packing = Tir.library().packing(packing);
        this.steps = steps;
    }

    /// @return what was left out
    Optional<String> write(Path target) throws IOException {
        Optional<String> note = Optional.empty();
        if (source instanceof GgufModel gguf) takeOver(gguf);
        else note = build();
        for (Shape shape : TensorNames.projections(source.config())) projection(shape);
        file.write(target);
        return note;
    }

    private void takeOver(GgufModel gguf) {
        Metadata keys = gguf.file().metadata();
        for (String key : keys.keys())
            if (!key.equals("general.file_type") && !key.equals("general.alignment") && !GgufShards.isOfShards(key))
                file.put(key, keys.find(key).orElseThrow());
        file.put("general.file_type", Value.u32(fileType()));
        Set<String> ternary = new HashSet<>();
        TensorNames.projections(source.config()).forEach(shape -> ternary.add(shape.name()));
        for (Tensor tensor : gguf.file().tensors())
            if (!ternary.contains(tensor.name())) file.tensor(tensor.name(), tensor.ne(), tensor.type(), Payload.of(tensor.data()));
    }

    /// llama.cpp's `llama_ftype`; 40 is that of microsoft/BitNet's fork.
    private int fileType() {
        return switch (type) {
            case TQ1_0 -> 36;
            case TQ2_0 -> 37;
            default -> 40;
        };
    }

    private Optional<String> build() throws IOException {
        ModelConfig c = source.config();
        String at = c.architecture() + ".";
        file.put("general.architecture", Value.text(c.architecture()));
        c.putSizes(file);
        file.put(at + "attention.key_length", Value.u32(c.headDim()))
                .put(at + "attention.value_length", Value.u32(c.headDim()))
                .put("general.file_type", Value.u32(fileType()))
                .put("general.quantization_version", Value.u32(2));
        c.putPositions(source.name(), file);
        if (source.makesVectors()) file.put(at + "pooling_type", Value.u32(GgufModel.LAST)).put("tokenizer.ggml.add_eos_token", Value.bool(true));
        table(TensorNames.EMBEDDING, source.embeddingElement(), source.embedding());
        if (!c.block().tiedHead()) table(TensorNames.HEAD, source.headElement(), source.head());
        for (Shape norm : TensorNames.norms(c))
            file.tensor(norm.name(), List.of((long) norm.k()), TensorType.F32, Payload.of(source.norm(norm.name(), norm.k())));
        return source instanceof CheckpointModel checkpoint ? tokenizer(checkpoint) : Optional.empty();
    }

    private Optional<String> tokenizer(CheckpointModel checkpoint) throws IOException {
        try {
            WrittenVocabulary vocabulary = checkpoint.vocabulary();
            vocabulary.tokenizer().prepare();
            vocabulary.putTo(file);
            putTemplates(checkpoint, vocabulary.template().isPresent());
            return Optional.empty();
        } catch (ModelException e) {
            return Optional.of("without a tokenizer: " + e.getMessage());
        }
    }

    /// All that the checkpoint has, wherever it has them.
    private void putTemplates(CheckpointModel checkpoint, boolean hasDefault) throws IOException {
        String key = "tokenizer.chat_template";
        var templates = new TreeMap<>(checkpoint.chatTemplates());
        String own = templates.remove("default");
        if (own != null && !hasDefault) file.put(key, Value.text(own));
        if (!templates.isEmpty()) file.put("tokenizer.chat_templates", Value.texts(List.copyOf(templates.keySet())));
        templates.forEach((name, text) -> file.put(key + "." + name, Value.text(text)));
    }

    private void table(String name, Element element, MemorySegment data) {
        List<Long> ne = List.of((long) source.config().hidden(), (long) source.config().vocabulary());
        file.tensor(name, ne, TensorType.valueOf(element.name()), Payload.of(data));
    }

    private void projection(Shape shape) {
        int m = shape.m(), k = shape.k();
        try {
            file.tensor(shape.name(), List.of((long) k, (long) m), type, out -> {
                Linear linear = source.linear(shape.name(), m, k);
                Linear ordered = RopeOrder.of(source, linear, shape, source.config().ggufPairs());
                Payload.filling(packing.bytes(m, k), into -> pack(source, shape, packing, ordered, into)).write(out);
                steps.add((long) m * k);
            });
        } catch (IllegalArgumentException e) {
            throw new ModelException(source.name(), "tensor '" + shape.name() + "'", String.valueOf(e.getMessage()));
        }
    }

    /// All processors share the rows.
    ///
    /// @throws ModelException if the packing does not hold the weights or their scales
    static void pack(ModelSource source, Shape shape, Packing packing, Linear linear, MemorySegment into) {
        Packer packer = Packer.of(packing);
        int tiles = packing.rowTiles(linear.m());
        try {
            IntStream.range(0, Math.ceilDiv(tiles, BAND)).parallel().forEach(band -> packer.pack(
                    linear.m(), linear.k(), linear.rows(), into, linear.scales(), band * BAND, Math.min((band + 1) * BAND, tiles)));
        } catch (IllegalArgumentException e) {
            throw new ModelException(source.name(), "tensor '" + shape.name() + "'", String.valueOf(e.getMessage()));
        }
    }
}
