package tern.ir;

/// The parts of a transformer that are no product with packed weights. Each back end supplies them by
/// [tern.ir.device.Device#compile(Op)]; [tern.ir.reference] defines them.
///
/// All matrices are row-major. `n` is the number of tokens of a launch, `position` the number of tokens before them: both
/// are arguments of [tern.ir.device.Kernel#launch]. Float reductions have an order fixed by their length alone: lane l of
/// [#LANES] sums the elements l, l + LANES, ... in ascending order, then the upper half of the lanes is folded onto the
/// lower half until one is left. So batch or step and any number of threads give identical bits.
public sealed interface Op {

    /// Partial sums of a float reduction.
    int LANES = 16;

    /// Which two elements of a head RoPE rotates together.
    enum RopePairs {
        /// (i, i + d/2): rotate-half, NEOX.
        HALVES,
        /// (2i, 2i + 1): interleaved.
        NEIGHBOURS
    }

    /// Rows of a table: `x[i] = table[tokens[i]]`.
    ///
    /// Arguments: tokens i32 `[n]`, table `element[vocabulary, width]`, x f32 `[n, width]` (out).
    ///
    /// @param element F32, F16 or BF16
    record Embed(int vocabulary, int width, Element element) implements Op {}

    /// RMS norm and the 8-bit quantisation of BitNet b1.58, per token:
    /// `a = x / sqrt(mean(x^2) + epsilon) * weight`, `s = 127 / max(absmax(a), 1e-5)`,
    /// `q = clamp(round_half_even(a * s), -128, 127)`, `scale = 1 / s`, all in f32.
    ///
    /// Arguments: x f32 `[n, width]`, weight f32 `[width]`, q i8 `[n, width]` (out), scale f32 `[n]` (out).
    /// Source: BitNet b1.58 2B4T report, section 2; huggingface/transformers integrations/bitnet.py.
    record NormQuantise(int width, float epsilon) implements Op {}

    /// RMS norm: `y = x / sqrt(mean(x^2) + epsilon) * weight`.
    ///
    /// Arguments: x f32 `[n, width]`, weight f32 `[width]`, y f32 `[rows, width]` (out), where rows is n, or 1 if
    /// `lastOnly`: then only token n-1 is normed.
    record Norm(int width, float epsilon, boolean lastOnly) implements Op {}

    /// Rotary position embedding of queries and keys, then keys and values go to the cache at `position + i`.
    /// Angle of pair i at position p: `p * theta^(-2i / headDim)`, computed in f64, cos and sin rounded to f32.
    ///
    /// Arguments: qkv f32 `[n, (heads + 2 * kvHeads) * headDim]` (in and out: its queries are rotated in place; keys and
    /// values are left as they are), keys and values `cache[kvHeads, context, headDim]` (in and out).
    ///
    /// @param cache F32 or BF16 (rounded to nearest even)
    record RopeAppend(int heads, int kvHeads, int headDim, int context, float theta, RopePairs pairs, Element cache)
            implements Op {}

    /// Causal attention over the cache: `softmax(q k^T / sqrt(headDim)) v`; query head h reads key-value head
    /// `h / (heads / kvHeads)`. Token i sees the positions `0 .. position + i`.
    ///
    /// Arguments: qkv as above, keys, values, y f32 `[n, heads * headDim]` (out).
    record Attention(int heads, int kvHeads, int headDim, int context, Element cache) implements Op {}

    /// All rows of a table against each token: `logits[i, v] = sum(k: table[v, k] * x[i, k])`.
    ///
    /// Arguments: x f32 `[rows, width]`, table `element[vocabulary, width]`, logits f32 `[rows, vocabulary]` (out), where rows is n, or
    /// 1 if `lastOnly`.
    ///
    /// @param element F32, F16 or BF16; widened to f32 exactly
    record Head(int vocabulary, int width, Element element, boolean lastOnly) implements Op {}

    /// Index of the largest value, the lowest one among equals; row n-1 only.
    ///
    /// Arguments: logits f32 `[1, vocabulary]`, token i32 `[1]` (out).
    record ArgMax(int vocabulary) implements Op {}
}
