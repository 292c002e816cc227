package tern.runtime.model;

import java.util.Set;
import tern.ir.Op;

/// What the relatives of BitNet b1.58 do differently in a layer, before the first and past the last one.
///
/// @param norms           in addition to those before attention and feed-forward part
/// @param activation      of the feed-forward layer
/// @param tiedHead        true if the embedding is the head as well
/// @param embeddingFactor of the embedding's rows on their way into the first layer
/// @param queryScalar     scores of attention are divided by its root; 0 = head_dim
/// @param inputGroup      neighbours in a product's input that share a scale; 0 = all of a token, as BitNet b1.58 has it
public record Block(
        Set<Norms> norms, Activation activation, boolean tiedHead, Positions positions, float embeddingFactor, int queryScalar, int inputGroup) {

    /// BitNet b1.58 2B4T. Source: its report, section 2.
    public static final Block BITNET_2B4T = new Block(true, Activation.SQUARED_RELU, true);

    public Block {
        norms = Set.copyOf(norms);
    }

    /// The block of BitNet b1.58 or of LLaMA.
    ///
    /// @param subNorms see [Norms#SUB]
    public Block(boolean subNorms, Activation activation, boolean tiedHead) {
        this(subNorms ? Set.of(Norms.SUB) : Set.of(), activation, tiedHead, Positions.PLAIN, 1, 0);
    }

    /// With one scale for a product's input, as all models were made for that Tern knows.
    public Block(Set<Norms> norms, Activation activation, boolean tiedHead, Positions positions, float embeddingFactor, int queryScalar) {
        this(norms, activation, tiedHead, positions, embeddingFactor, queryScalar, 0);
    }

    Block withInputGroup(int size) {
        return new Block(norms, activation, tiedHead, positions, embeddingFactor, queryScalar, size);
    }

    public boolean has(Norms kind) {
        return norms.contains(kind);
    }

    /// True if queries, keys and values are products of inputs of their own.
    boolean splitsAttention() {
        return has(Norms.INPUT);
    }

    /// True if gate and up are products of inputs of their own, or no kernel joins them.
    boolean splitsGate() {
        return has(Norms.INPUT) || activation == Activation.GELU;
    }

    /// RMS norms that an architecture has or has not.
    public enum Norms {
        /// Before the attention's output projection and before the down projection: BitNet b1.58 2B4T.
        SUB,
        /// Of each head of queries and keys, before they are rotated: Qwen3, Gemma 3.
        HEAD,
        /// Before each projection: Microsoft's BitNet-embedding models.
        INPUT,
        /// Of the output of attention, and of that of the feed-forward part, before it goes to the residual stream: Gemma 3.
        POST
    }

    /// How gate and up become the input of the down projection; the name is that of Hugging Face's `hidden_act`.
    public enum Activation {
        /// `relu(gate)^2 * up`
        SQUARED_RELU("relu2", Op.Activation.SQUARED_RELU),
        /// `silu(gate) * up`
        SILU("silu", Op.Activation.SILU),
        /// GELU by tanh of the gate, times up.
        GELU("gelu_pytorch_tanh", Op.Activation.GELU);

        private final String label;
        private final Op.Activation op;

        Activation(String label, Op.Activation op) {
            this.label = label;
            this.op = op;
        }

        public String label() {
            return label;
        }

        Op.Activation op() {
            return op;
        }

        /// The kernel of the library that computes it with both products.
        ///
        /// @throws IllegalStateException if there is none, see [Block#splitsGate]
        String kernel() {
            return switch (this) {
                case SQUARED_RELU -> "gate_up";
                case SILU -> "swiglu";
                case GELU -> throw new IllegalStateException("no kernel joins products by GELU");
            };
        }
    }
}
