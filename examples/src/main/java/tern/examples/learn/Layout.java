package tern.examples.learn;

import java.util.ArrayList;
import java.util.List;
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

    /// The tensors of a layer.
    record Layer(Tensor attentionNorm, Stack qkv, Tensor attentionSubNorm, Stack output, Tensor ffnNorm, Stack gateUp, Tensor ffnSubNorm, Stack down) {}

    private final List<Tensor> parts = new ArrayList<>();
    private final Tensor embedding, lastNorm;
    private final List<Layer> layers = new ArrayList<>();
    private int size;

    Layout(ModelConfig c) {
        embedding = add("token_embd.weight", c.vocabulary(), c.hidden(), false);
        int kv = c.kvHeads() * c.headDim();
        for (int i = 0; i < c.layers(); i++) {
            String at = "blk." + i + ".";
            Tensor attentionNorm = norm(at + "attn_norm.weight", c.hidden());
            Tensor q = add(at + "attn_q.weight", c.attentionWidth(), c.hidden(), true);
            add(at + "attn_k.weight", kv, c.hidden(), true);
            add(at + "attn_v.weight", kv, c.hidden(), true);
            Tensor attentionSubNorm = norm(at + "attn_sub_norm.weight", c.attentionWidth());
            Tensor output = add(at + "attn_output.weight", c.hidden(), c.attentionWidth(), true);
            Tensor ffnNorm = norm(at + "ffn_norm.weight", c.hidden());
            Tensor gate = add(at + "ffn_gate.weight", c.ffn(), c.hidden(), true);
            add(at + "ffn_up.weight", c.ffn(), c.hidden(), true);
            Tensor ffnSubNorm = norm(at + "ffn_sub_norm.weight", c.ffn());
            Tensor down = add(at + "ffn_down.weight", c.hidden(), c.ffn(), true);
            layers.add(new Layer(
                    attentionNorm,
                    new Stack(q.at, c.qkvRows(), c.hidden()),
                    attentionSubNorm,
                    new Stack(output.at, c.hidden(), c.attentionWidth()),
                    ffnNorm,
                    new Stack(gate.at, 2 * c.ffn(), c.hidden()),
                    ffnSubNorm,
                    new Stack(down.at, c.hidden(), c.ffn())));
        }
        lastNorm = norm("output_norm.weight", c.hidden());
    }

    private Tensor norm(String name, int length) {
        return add(name, 1, length, false);
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
