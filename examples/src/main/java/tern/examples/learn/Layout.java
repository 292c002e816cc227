package tern.examples.learn;

import static tern.runtime.model.TensorNames.INPUT_NORM;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.runtime.model.Block.Norms;
import tern.runtime.model.ModelConfig;

/// Where each tensor lies in the one array of all parameters. What a layer multiplies with the same input lies together, so that it is
/// one product.
final class Layout {

    /// @param name    in the model file
    /// @param at      first parameter
    /// @param m,k     rows and columns; a norm has one row
    /// @param ternary true if a pass uses it rounded
    record Tensor(String name, int at, int m, int k, boolean ternary) {
        int size() {
            return m * k;
        }
    }

    /// Some matrices of one input, row under row.
    record Stack(int at, int m, int k) {}

    /// Some matrices of one input, and the norms around them.
    ///
    /// @param norm     of the input, if it is not that of other matrices too
    /// @param headNorm of each head of the product
    record Projection(@Nullable Tensor norm, Stack stack, @Nullable Tensor headNorm) {}

    /// The tensors of a layer.
    ///
    /// @param qkv    one for all, or one for each
    /// @param gateUp likewise
    record Layer(Tensor attentionNorm, List<Projection> qkv, Projection output, Tensor ffnNorm, List<Projection> gateUp, Projection down) {}

    private final List<Tensor> parts = new ArrayList<>();
    private final Tensor embedding, lastNorm;
    private final List<Layer> layers = new ArrayList<>();
    private int size;

    Layout(ModelConfig c) {
        embedding = add("token_embd.weight", c.vocabulary(), c.hidden(), false);
        int kv = c.kvHeads() * c.headDim(), heads = c.block().has(Norms.HEAD) ? c.headDim() : 0;
        boolean own = c.block().has(Norms.INPUT);
        for (int i = 0; i < c.layers(); i++) {
            String at = "blk." + i + ".";
            layers.add(new Layer(
                    norm(at + "attn_norm", c.hidden()),
                    ofOneInput(own, c.hidden(),
                            new Part(at + "attn_q", c.attentionWidth(), heads), new Part(at + "attn_k", kv, heads), new Part(at + "attn_v", kv, 0)),
                    alone(at + "attn_output", at + (own ? "attn_output" + INPUT_NORM : "attn_sub_norm"), c.hidden(), c.attentionWidth()),
                    norm(at + "ffn_norm", c.hidden()),
                    ofOneInput(own, c.hidden(), new Part(at + "ffn_gate", c.ffn(), 0), new Part(at + "ffn_up", c.ffn(), 0)),
                    alone(at + "ffn_down", at + (own ? "ffn_down" + INPUT_NORM : "ffn_sub_norm"), c.hidden(), c.ffn())));
        }
        lastNorm = norm("output_norm", c.hidden());
    }

    /// @param heads width of each head that is normed, 0 for none
    private record Part(String name, int m, int heads) {}

    /// @param own true if each has a norm of its input
    private List<Projection> ofOneInput(boolean own, int k, Part... parts) {
        if (!own) return List.of(new Projection(null, stack(k, parts), null));
        return Arrays.stream(parts)
                .map(part -> new Projection(norm(part.name + INPUT_NORM, k), stack(k, part), part.heads == 0 ? null : norm(part.name + "_norm", part.heads)))
                .toList();
    }

    private Projection alone(String name, String norm, int m, int k) {
        return new Projection(norm(norm, k), stack(k, new Part(name, m, 0)), null);
    }

    private Stack stack(int k, Part... parts) {
        int first = size;
        for (Part part : parts) add(part.name + ".weight", part.m, k, true);
        return new Stack(first, Arrays.stream(parts).mapToInt(Part::m).sum(), k);
    }

    private Tensor norm(String name, int length) {
        return add(name + ".weight", 1, length, false);
    }

    private Tensor add(String name, int m, int k, boolean ternary) {
        var part = new Tensor(name, size, m, k, ternary);
        parts.add(part);
        size += part.size();
        return part;
    }

    /// Number of parameters.
    int size() {
        return size;
    }

    /// All tensors, in the order of the array.
    List<Tensor> parts() {
        return parts;
    }

    /// Rows of tokens, also the head.
    Tensor embedding() {
        return embedding;
    }

    Tensor lastNorm() {
        return lastNorm;
    }

    List<Layer> layers() {
        return layers;
    }
}
