package tern.runtime.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import tern.ir.KernelDef;
import tern.ir.device.KernelLibrary.Use;
import tern.ir.text.Tir;
import tern.runtime.model.Block.Norms;

/// One product of a layer with packed weights: which kernel, and which tensors of the file are its weights.
///
/// @param use     name, sizes, kernel
/// @param weights for each weight parameter of the kernel, the tensors stacked in it
/// @param scales  of all of them in all layers
record Projection(Use use, List<List<StackedTensor>> weights, WeightScales scales) {

    /// @param tensor name within the layer, e.g. `attn_q`
    /// @param rows   outputs
    record StackedTensor(String tensor, int rows) {}

    /// The products of a layer, in the order in which they run: four, or more where a block computes some separately.
    ///
    /// @param maxTokens largest batch
    static List<Projection> of(ModelConfig c, int maxTokens) {
        return plain(c, maxTokens).stream().map(projection -> projection.with(WeightScales.OF_ROWS, c)).toList();
    }

    /// With one scale for each row and each token.
    private static List<Projection> plain(ModelConfig c, int maxTokens) {
        int kv = c.kvHeads() * c.headDim();
        String output = c.block().has(Norms.POST) ? "bitlinear" : "bitlinear_add";
        var all = new ArrayList<Projection>();
        if (c.block().splitsAttention()) {
            all.add(single("attn_q", "bitlinear", c.attentionWidth(), c.hidden(), maxTokens, c));
            all.add(single("attn_k", "bitlinear", kv, c.hidden(), maxTokens, c));
            all.add(single("attn_v", "bitlinear", kv, c.hidden(), maxTokens, c));
        } else
            all.add(projection("attn_qkv", "bitlinear", c.qkvRows(), c.hidden(), maxTokens, c, List.of(List.of(
                    new StackedTensor("attn_q", c.attentionWidth()), new StackedTensor("attn_k", kv), new StackedTensor("attn_v", kv)))));
        all.add(single("attn_output", output, c.hidden(), c.attentionWidth(), maxTokens, c));
        if (c.block().splitsGate()) {
            all.add(single("ffn_gate", "bitlinear", c.ffn(), c.hidden(), maxTokens, c));
            all.add(single("ffn_up", "bitlinear", c.ffn(), c.hidden(), maxTokens, c));
        } else
            all.add(projection("ffn_gate_up", c.block().activation().kernel(), c.ffn(), c.hidden(), maxTokens, c, List.of(
                    List.of(new StackedTensor("ffn_gate", c.ffn())), List.of(new StackedTensor("ffn_up", c.ffn())))));
        all.add(single("ffn_down", output, c.hidden(), c.ffn(), maxTokens, c));
        return List.copyOf(all);
    }

    /// Of one tensor, after which it is called.
    private static Projection single(String tensor, String kernel, int m, int k, int maxTokens, ModelConfig c) {
        return projection(tensor, kernel, m, k, maxTokens, c, List.of(List.of(new StackedTensor(tensor, m))));
    }

    /// The same for the scales that a model's tensors have.
    static List<Projection> of(ModelSource model, int maxTokens) {
        ModelConfig c = model.config();
        return model instanceof MadeSource ? of(c, maxTokens)
                : plain(c, maxTokens).parallelStream().map(projection -> projection.with(projection.scalesOf(model), c)).toList();
    }

    private WeightScales scalesOf(ModelSource model) {
        List<Linear> tensors = IntStream.range(0, use.count()).boxed()
                .flatMap(layer -> IntStream.range(0, weights.size()).boxed().flatMap(w -> Arrays.stream(parts(model, layer, w))))
                .toList();
        return WeightScales.of(tensors);
    }

    private Projection with(WeightScales of, ModelConfig c) {
        KernelDef kernel = of.kernel(use.kernel(), c.block().inputGroup());
        return new Projection(new Use(use.name(), kernel, use.m(), use.k(), use.maxTokens(), use.count(), of.weights()), weights, of);
    }

    private static Projection projection(
            String name, String kernel, int m, int k, int maxTokens, ModelConfig config, List<List<StackedTensor>> weights) {
        return new Projection(
                new Use(name, Tir.library().kernel(kernel), m, k, maxTokens, config.layers()), weights, WeightScales.OF_ROWS);
    }

    /// The tensors of weight parameter `index` in a layer of a model.
    Linear[] parts(ModelSource model, int layer, int index) {
        return weights.get(index).stream()
                .map(part -> model.linear(name(layer, part), part.rows, use.k()))
                .toArray(Linear[]::new);
    }

    /// How they are called.
    List<String> names(int layer, int index) {
        return weights.get(index).stream().map(part -> name(layer, part)).toList();
    }

    private static String name(int layer, StackedTensor part) {
        return TensorNames.inLayer(layer, part.tensor);
    }

    /// One scale for each row of weight parameter `index`.
    float[] scales(MadeSource model, int layer, int index) {
        float[] scales = new float[use.m()];
        int row = 0;
        for (StackedTensor part : weights.get(index)) {
            Arrays.fill(scales, row, row + part.rows, model.scale(name(layer, part), use.k()));
            row += part.rows;
        }
        return scales;
    }
}
