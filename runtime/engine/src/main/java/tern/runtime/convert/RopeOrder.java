package tern.runtime.convert;

import tern.ir.Op.RopePairs;
import tern.ir.Rows;
import tern.ir.Scales;
import tern.runtime.model.Linear;
import tern.runtime.model.ModelConfig;
import tern.runtime.model.ModelSource;
import tern.runtime.model.TensorNames.Shape;

/// The rows of a query or key projection in the order that other RoPE pairs want: the two rows of pair i of a head lie at i and
/// i + d/2, or at 2i and 2i + 1.
///
/// Source of the need: llama.cpp `convert_hf_to_gguf.py`, `LlamaModel.permute`.
record RopeOrder(RopePairs from, RopePairs to, int headDim) {

    /// A projection of `source` as a file with RoPE pairs `to` has it.
    static Linear of(ModelSource source, Linear linear, Shape shape, RopePairs to) {
        ModelConfig config = source.config();
        boolean rotates = shape.name().endsWith(".attn_q.weight") || shape.name().endsWith(".attn_k.weight");
        if (!rotates || config.pairs() == to) return linear;
        var order = new RopeOrder(config.pairs(), to, config.headDim());
        Rows rows = (row, digits) -> linear.rows().read(order.source(row), digits);
        return new Linear(linear.m(), linear.k(), rows, linear.hasOneScale() ? linear.scales() : order.of(linear.scales()), linear.weights());
    }

    private Scales of(Scales scales) {
        return new Scales() {
            @Override
            public int group() {
                return scales.group();
            }

            @Override
            public float at(int row, int group) {
                return scales.at(source(row), group);
            }
        };
    }

    /// The row, in the order `from`, that is row `row` in the order `to`.
    int source(int row) {
        int head = row / headDim * headDim, r = row % headDim, half = headDim / 2;
        int pair = to == RopePairs.HALVES ? r % half : r / 2, second = to == RopePairs.HALVES ? r / half : r % 2;
        return head + (from == RopePairs.HALVES ? pair + second * half : 2 * pair + second);
    }
}
