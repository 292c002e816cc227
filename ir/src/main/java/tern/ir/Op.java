package tern.ir;

import static java.util.Locale.ROOT;

/// The parts of a transformer that are no product with packed weights. Each back end supplies them by
/// [tern.ir.device.Device#compile(Op)]; [tern.ir.reference] defines them.
///
/// All matrices are row-major. `n` is the number of tokens of a launch, `position` the number of tokens before them: both
/// are arguments of [tern.ir.device.Kernel#launch].
///
/// Every operation fixes its bits, so that batch or step, any number of threads and any back end agree. All arithmetic is
/// f32 and each operation rounds once, to nearest even. Float reductions have an order fixed by their length alone: lane l
/// of [#LANES] starts at 0 and takes the elements l, l + LANES, ... in ascending order, a product by fma; then the upper half of
/// the lanes is added to the lower half until one is left. Where a NaN or an infinity enters, the result is undefined.
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

    /// An operation that gives each token what it would give it alone, wherever it stands and whatever was before.
    sealed interface PerToken extends Op {}

    /// Rows of a table: `x[i] = table[tokens[i]] * factor`.
    ///
    /// Arguments: tokens i32 `[n]`, table `element[vocabulary, width]`, x f32 `[n, width]` (out).
    ///
    /// @param element F32, F16 or BF16; widened to f32 exactly, finite
    /// @param factor  1 but where an architecture scales its embedding
    record Embed(int vocabulary, int width, Element element, float factor) implements PerToken {

        /// Rows as they are.
        public Embed(int vocabulary, int width, Element element) {
            this(vocabulary, width, element, 1);
        }
    }

    /// RMS norm and the 8-bit quantisation of BitNet b1.58, per token: a as in [Norm], `s = 127 / max(absmax(a), 1e-5)`,
    /// `q = clamp(round_half_even(a * s), -128, 127)`, `scale = 1 / s`.
    ///
    /// Arguments: x f32 `[n, width]`, weight f32 `[width]`, q i8 `[n, width]` (out), scale f32 `[n, groups]` (out).
    /// Source: BitNet b1.58 2B4T report, section 2; huggingface/transformers integrations/bitnet.py.
    ///
    /// @param group neighbours that share a scale, the last of which may be fewer; 0 = all of a token, as BitNet b1.58 has it
    record NormQuantise(int width, float epsilon, int group) implements PerToken {

        /// With one scale a token.
        public NormQuantise(int width, float epsilon) {
            this(width, epsilon, 0);
        }
    }

    /// The 8-bit quantisation alone, for models without a norm between two layers: [NormQuantise] with `a = x`.
    ///
    /// Arguments: x f32 `[n, width]`, q i8 `[n, width]` (out), scale f32 `[n, groups]` (out).
    /// Source: huggingface/transformers integrations/bitnet.py, whose `BitLinear` quantises whatever it is given.
    ///
    /// @param group as there
    record Quantise(int width, int group) implements PerToken {

        /// With one scale a token.
        public Quantise(int width) {
            this(width, 0);
        }
    }

    /// RMS norm: `r = 1 / sqrt(sum(x * x) / width + epsilon)`, `y = (x * r) * weight`.
    ///
    /// Arguments: x f32 `[n, width]`, weight f32 `[width]`, y f32 `[rows, width]` (out), where rows is n, or 1 if
    /// `lastOnly`: then only token n-1 is normed.
    record Norm(int width, float epsilon, boolean lastOnly) implements PerToken {}

    /// RMS norm of a part's output, which then goes to the residual stream: `x = x + a` with a as in [Norm] of y.
    ///
    /// Arguments: y f32 `[n, width]`, weight f32 `[width]`, x f32 `[n, width]` (in and out).
    /// Source: Gemma 2 report (arXiv 2408.00118), section 2, post-norm.
    record NormAdd(int width, float epsilon) implements PerToken {}

    /// RMS norm of each query and key head for itself, as [Norm]; values stay.
    ///
    /// Arguments: qkv f32 `[n, (heads + 2 * kvHeads) * headDim]` (in and out), weights of queries and of keys, f32 `[headDim]` each.
    /// Source: Qwen3 report (arXiv 2505.09388), section 2, QK-Norm.
    record HeadNorm(int heads, int kvHeads, int headDim, float epsilon) implements PerToken {}

    /// What is between gate and up.
    enum Activation {
        /// `max(g, 0)^2`
        SQUARED_RELU,
        /// `g / (1 + exp(-g))`
        SILU,
        /// GELU by tanh, `g / 2 * (1 + tanh(sqrt(2 / pi) * (g + 0.044715 * g^3)))`, computed as `g / (1 + exp(-2 * ...))`, which is the same
        /// number. Source: Hendrycks and Gimpel (arXiv 1606.08415), section 2; transformers' `gelu_pytorch_tanh`.
        GELU
    }

    /// `y = activation(gate) * up`, by [Exponential].
    ///
    /// Arguments: gate f32 `[n, width]`, up f32 `[n, width]`, y f32 `[n, width]` (out).
    record Gate(int width, Activation activation) implements PerToken {}

    /// Queries, keys and values that were computed separately, side by side.
    ///
    /// Arguments: queries f32 `[n, q]`, keys f32 `[n, kv]`, values f32 `[n, kv]`, qkv f32 `[n, q + 2 * kv]` (out).
    record Join(int q, int kv) implements PerToken {}

    /// Rotary position embedding of queries and keys, then keys and values go to the cache at `position + i`.
    /// Pair i = (a, b) at position p becomes `(a * cos - b * sin, b * cos + a * sin)`, without fma; cos and sin are those of
    /// the angle `p * theta^(-2i / headDim)`, or as [RopeAngles] says, see [RopeTable].
    ///
    /// Arguments: qkv f32 `[n, (heads + 2 * kvHeads) * headDim]` (in and out: its queries are rotated in place; keys and
    /// values are left as they are), keys and values as [CacheLayout] says (in and out).
    ///
    /// @param cache F32, BF16 or I8
    record RopeAppend(int heads, int kvHeads, int headDim, int context, RopeAngles angles, RopePairs pairs, Element cache)
            implements Op {

        /// With the plain angles of a base.
        public RopeAppend(int heads, int kvHeads, int headDim, int context, float theta, RopePairs pairs, Element cache) {
            this(heads, kvHeads, headDim, context, RopeAngles.of(theta), pairs, cache);
        }

        public CacheLayout layout() {
            return new CacheLayout(kvHeads, context, headDim, cache);
        }
    }

    /// Causal attention over the cache: `softmax(q k^T * factor) v`; query head h reads key-value head
    /// `h / (heads / kvHeads)`. Token i sees the positions p = `first .. position + i`, where first is 0, or leaves `window` of them. They are
    /// taken in blocks of [Attention#BLOCK], counted from position 0; of block b, as far as it is seen,
    /// `s[p] = sum(d: k[p, d] * q[d]) * factor`, `top[b] = max(s)`, `e[p] = exp(s[p] - top[b])` by [Exponential],
    /// `part[b, d] = e[p] * v[p, d] + e[p + 1] * v[p + 1, d] + ...`, `sum[b] = sum(e)`, whose lanes count from the block's beginning. Of all
    /// blocks, with `share[b] = exp(top[b] - max(top))`,
    /// `y[d] = (share[0] * part[0, d] + share[1] * part[1, d] + ...) / (share[0] * sum[0] + share[1] * sum[1] + ...)`. The sums that are
    /// written out run from the first to the last, by fma without lanes.
    ///
    /// Arguments: qkv as above (only read), keys, values, y f32 `[n, heads * headDim]` (out).
    ///
    /// @param window positions that a token sees, itself among them; 0 = all
    /// @param factor of the scores, `f32(1 / sqrt(headDim))` as a rule
    record Attention(int heads, int kvHeads, int headDim, int context, Element cache, int window, float factor) implements Op {

        /// Over all positions, with the usual factor.
        public Attention(int heads, int kvHeads, int headDim, int context, Element cache) {
            this(heads, kvHeads, headDim, context, cache, 0, (float) (1 / Math.sqrt(headDim)));
        }

        /// Positions that are summed up by themselves.
        public static final int BLOCK = 64;

        public CacheLayout layout() {
            return new CacheLayout(kvHeads, context, headDim, cache);
        }
    }

    /// All rows of a table against each token: `logits[i, v] = sum(k: table[v, k] * x[i, k])`.
    ///
    /// Arguments: x f32 `[rows, width]`, table `element[vocabulary, width]`, logits f32 `[rows, vocabulary]`
    /// (out), where rows is n, or 1 if `lastOnly`: then x is one row, that of the last token.
    ///
    /// @param element F32, F16 or BF16; widened to f32 exactly, finite
    record Head(int vocabulary, int width, Element element, boolean lastOnly) implements PerToken {}

    /// The largest of the logits of [Head] and their rows: falling, the lower row first among equals.
    ///
    /// The int8 head lets a back end leave most of the table unread; it changes nothing in the result.
    ///
    /// Arguments: x f32 `[1, width]` of the last token, whatever n is; table `element[vocabulary, width]`, its [Int8Head];
    /// rows i32 `[count]` (out), logits f32 `[count]` (out).
    ///
    /// @param element F32, F16 or BF16; widened to f32 exactly, finite
    /// @param count   how many, at most the vocabulary
    record TopLogits(int vocabulary, int width, Element element, int count) implements Op {
        public TopLogits {
            if (count < 1 || count > vocabulary)
                throw new IllegalArgumentException(String.format(ROOT, "no %d largest of %d logits", count, vocabulary));
        }
    }

    /// An operation on tokens of several sequences: token i gets what `of` gives for it alone (n = 1), with its own position and the cache
    /// of its sequence. Sequences may differ in length; each has a slot, which is where its cache lies.
    ///
    /// Arguments: those of `of`, with a row for each token wherever there was one for each token; keys and values are the caches of all
    /// slots, [CacheLayout#apart] bytes apart. After them, for [RopeAppend] and [Attention], places i32 `[n, 2]`: the slot of token i and
    /// the number of tokens before it in its sequence, no two pairs alike. Several tokens of one sequence may be there: [RopeAppend] has put
    /// all of them into the cache before [Attention] reads it. The `position` of a launch is the largest of these numbers.
    ///
    /// With `pages`, keys and values are no caches of slots but pages, [CacheLayout#page] each with a stride of its [CacheLayout#apart], which
    /// sequences may share. After the places come tables i32 `[slots, ceil(context / BLOCK)]`: the page of each [Attention#BLOCK] positions of a
    /// slot, as far as a token sees or writes.
    ///
    /// @param of    [RopeAppend], [Attention] or [TopLogits]
    /// @param slots that there are; n of [TopLogits] is at most so many, and of the others too where a back end is no CPU
    /// @param pages that there are; 0 = each slot has a cache of its own
    record RaggedBatch(Op of, int slots, int pages) implements Op {
        public RaggedBatch {
            switch (of) {
                case RopeAppend _, Attention _, TopLogits _ -> {}
                case PerToken _, RaggedBatch _ ->
                    throw new IllegalArgumentException("tokens of several sequences are no matter to " + of);
            }
            if (slots < 1 || pages < 0) throw new IllegalArgumentException(String.format(ROOT, "%d slots, %d pages", slots, pages));
        }

        /// Of slots that have a cache each.
        public RaggedBatch(Op of, int slots) {
            this(of, slots, 0);
        }
    }
}
