package tern.ir.device;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Int8Head;
import tern.ir.Op;

/// What every back end must say and check of an [Op] in the same way: its name and the sizes of its arguments.
public final class OpSignature {

    private OpSignature() {}

    /// For example `head_f16_v128256_k2560`.
    public static String name(Op op) {
        return switch (op) {
            case Op.Embed(int vocabulary, int width, Element element, float factor) ->
                "embed_" + element + "_v" + vocabulary + "_k" + width + (factor == 1 ? "" : "_scaled");
            case Op.NormQuantise(int width, _, int group) -> "normquantise_k" + width + group(group);
            case Op.Quantise(int width, int group) -> "quantise_k" + width + group(group);
            case Op.Norm(int width, _, boolean lastOnly) -> "norm_k" + width + last(lastOnly);
            case Op.NormAdd(int width, _) -> "normadd_k" + width;
            case Op.HeadNorm(int heads, int kvHeads, int headDim, _) -> "headnorm_h" + heads + "_g" + kvHeads + "_d" + headDim;
            case Op.Gate(int width, Op.Activation activation) -> "gate_" + activation.name().toLowerCase(Locale.ROOT) + "_k" + width;
            case Op.Join(int q, int kv) -> "join_q" + q + "_kv" + kv;
            case Op.RopeAppend r -> "rope_" + r.pairs().name().toLowerCase(Locale.ROOT) + "_" + r.cache()
                    + heads(r.heads(), r.kvHeads(), r.headDim(), r.context());
            case Op.Attention a -> "attention_" + a.cache() + heads(a.heads(), a.kvHeads(), a.headDim(), a.context())
                    + (a.window() == 0 ? "" : "_w" + a.window());
            case Op.Head(int vocabulary, int width, Element element, boolean lastOnly) ->
                "head_" + element + "_v" + vocabulary + "_k" + width + last(lastOnly);
            case Op.TopLogits(int vocabulary, int width, Element element, int count) ->
                "top" + count + "_" + element + "_v" + vocabulary + "_k" + width;
            case Op.RaggedBatch(Op of, int slots, int pages) -> name(of) + "_each" + slots + (pages == 0 ? "" : "_pages" + pages);
        };
    }

    /// The least bytes that each argument must hold in a launch with `n` tokens, in the order of the arguments.
    public static long[] bytes(Op op, int n) {
        return switch (op) {
            case Op.Embed(int vocabulary, int width, Element element, _) ->
                new long[] {4L * n, (long) vocabulary * width * element.bytes(), 4L * n * width};
            case Op.NormQuantise(int width, _, int group) -> new long[] {4L * n * width, 4L * width, (long) n * width, 4L * n * groups(width, group)};
            case Op.Quantise(int width, int group) -> new long[] {4L * n * width, (long) n * width, 4L * n * groups(width, group)};
            case Op.Norm(int width, _, boolean lastOnly) ->
                new long[] {4L * n * width, 4L * width, 4L * rows(n, lastOnly) * width};
            case Op.NormAdd(int width, _) -> new long[] {4L * n * width, 4L * width, 4L * n * width};
            case Op.HeadNorm(int heads, int kvHeads, int headDim, _) -> new long[] {qkv(n, heads, kvHeads, headDim), 4L * headDim, 4L * headDim};
            case Op.Gate(int width, _) -> new long[] {4L * n * width, 4L * n * width, 4L * n * width};
            case Op.Join(int q, int kv) -> new long[] {4L * n * q, 4L * n * kv, 4L * n * kv, 4L * n * (q + 2 * kv)};
            case Op.RopeAppend r -> {
                long cache = r.layout().bytes();
                yield new long[] {qkv(n, r.heads(), r.kvHeads(), r.headDim()), cache, cache};
            }
            case Op.Attention a -> {
                long cache = a.layout().bytes();
                yield new long[] {
                    qkv(n, a.heads(), a.kvHeads(), a.headDim()), cache, cache, 4L * n * a.heads() * a.headDim()
                };
            }
            case Op.Head(int vocabulary, int width, Element element, boolean lastOnly) -> {
                long rows = rows(n, lastOnly);
                yield new long[] {4L * rows * width, (long) vocabulary * width * element.bytes(), 4L * rows * vocabulary};
            }
            case Op.TopLogits(int vocabulary, int width, Element element, int count) -> new long[] {
                4L * width, (long) vocabulary * width * element.bytes(), new Int8Head(vocabulary, width).bytes(), 4L * count, 4L * count
            };
            case Op.RaggedBatch batch -> each(batch, n);
        };
    }

    private static String group(int group) {
        return group == 0 ? "" : "_g" + group;
    }

    private static int groups(int width, int group) {
        return group == 0 ? 1 : Math.ceilDiv(width, group);
    }

    private static long[] each(Op.RaggedBatch batch, int n) {
        Op of = batch.of();
        long[] one = bytes(of, 1);
        return switch (of) {
            case Op.RopeAppend r -> placed(batch, r.layout(), n, n * one[0], caches(batch, r.layout()), caches(batch, r.layout()));
            case Op.Attention a -> placed(batch, a.layout(), n, n * one[0], caches(batch, a.layout()), caches(batch, a.layout()), n * one[3]);
            case Op.TopLogits _ -> new long[] {n * one[0], one[1], one[2], n * one[3], n * one[4]};
            case Op.PerToken _, Op.RaggedBatch _ -> throw new AssertionError(of);
        };
    }

    private static long caches(Op.RaggedBatch batch, CacheLayout layout) {
        return batch.pages() == 0 ? batch.slots() * layout.apart() : batch.pages() * layout.page().apart();
    }

    /// Arguments followed by the places, and the tables of pages if there are any.
    private static long[] placed(Op.RaggedBatch batch, CacheLayout layout, int n, long... arguments) {
        long[] all = Arrays.copyOf(arguments, arguments.length + (batch.pages() == 0 ? 1 : 2));
        all[arguments.length] = 8L * n;
        if (batch.pages() > 0) all[arguments.length + 1] = 4L * batch.slots() * layout.pages();
        return all;
    }

    /// Checks the arguments of a launch before anything is touched.
    ///
    /// @throws IllegalArgumentException if there are too few or too many, one is too small, or the tokens exceed the context
    public static void check(Op op, List<? extends Buffer> arguments, int n, int position) {
        if (n < 1 || position < 0) throw new IllegalArgumentException(name(op) + ": n = " + n + ", position = " + position);
        long[] bytes = bytes(op, n);
        if (arguments.size() != bytes.length)
            throw new IllegalArgumentException(name(op) + ": takes " + bytes.length + " arguments, not " + arguments.size());
        for (int i = 0; i < bytes.length; i++)
            if (arguments.get(i).bytes() < bytes[i])
                throw new IllegalArgumentException(
                        name(op) + ": argument " + i + " needs " + bytes[i] + " bytes and has " + arguments.get(i).bytes());
        if (op instanceof Op.RaggedBatch(Op.TopLogits _, int slots, _) && n > slots)
            throw new IllegalArgumentException(name(op) + ": " + n + " tokens of " + slots + " sequences");
        checkContext(op, n, position);
    }

    /// Checks of a launch's numbers alone what [#check] does.
    ///
    /// @throws IllegalArgumentException if the tokens exceed the context
    public static void checkContext(Op op, int n, int position) {
        if ((long) position + (op instanceof Op.RaggedBatch ? 1 : n) > context(op))
            throw new IllegalArgumentException(
                    name(op) + ": " + n + " tokens at position " + position + " exceed the context of " + context(op));
    }

    private static int context(Op op) {
        return switch (op) {
            case Op.RopeAppend r -> r.context();
            case Op.Attention a -> a.context();
            case Op.RaggedBatch(Op of, _, _) -> context(of);
            case Op.PerToken _, Op.TopLogits _ -> Integer.MAX_VALUE;
        };
    }

    private static int rows(int n, boolean lastOnly) {
        return lastOnly ? 1 : n;
    }

    private static long qkv(int n, int heads, int kvHeads, int headDim) {
        return 4L * n * (heads + 2 * kvHeads) * headDim;
    }

    private static String last(boolean lastOnly) {
        return lastOnly ? "_last" : "";
    }

    private static String heads(int heads, int kvHeads, int headDim, int context) {
        return "_h" + heads + "_g" + kvHeads + "_d" + headDim + "_c" + context;
    }
}
