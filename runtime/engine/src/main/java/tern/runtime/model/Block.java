package tern.runtime.model;

/// What the relatives of BitNet b1.58 do differently in a layer and behind the last one.
///
/// @param subNorms   true if the input of the attention's output projection, and that of the down projection, is normed before it is
///                   quantised
/// @param activation of the feed-forward layer
/// @param tiedHead   true if the embedding is the head as well
public record Block(boolean subNorms, Activation activation, boolean tiedHead) {

    /// BitNet b1.58 2B4T. Source: its report, section 2.
    public static final Block BITNET_2B4T = new Block(true, Activation.SQUARED_RELU, true);

    /// How gate and up become the input of the down projection; the name is that of Hugging Face's `hidden_act`.
    public enum Activation {
        /// `relu(gate)^2 * up`
        SQUARED_RELU("relu2", "gate_up"),
        /// `silu(gate) * up`
        SILU("silu", "swiglu");

        private final String label, kernel;

        Activation(String label, String kernel) {
            this.label = label;
            this.kernel = kernel;
        }

        public String label() {
            return label;
        }

        /// The kernel of the library that computes it with both products.
        String kernel() {
            return kernel;
        }
    }
}
