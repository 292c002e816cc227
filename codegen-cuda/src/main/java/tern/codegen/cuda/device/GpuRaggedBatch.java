package tern.codegen.cuda.device;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import tern.codegen.cuda.device.OpKernel.Stage;
import tern.codegen.cuda.ops.AttentionPrograms;
import tern.codegen.cuda.ops.BatchedInt8Head;
import tern.codegen.cuda.ops.OpPrograms;
import tern.codegen.cuda.ops.RaggedBatchRewriter;
import tern.codegen.cuda.ops.RaggedBatchRewriter.TokenStride;
import tern.codegen.cuda.ops.RopePrograms;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.device.Buffer;
import tern.ir.device.CompileException;
import tern.ir.device.OpSignature;
import tern.ir.loop.Program;

/// [Op.RaggedBatch] as programs: those of the operation for one token, with an axis of blocks for the tokens. So one launch takes all sequences, and each
/// gets the bits that it gets alone.
///
/// **Predicted, not measured**, a step of 64 sequences of 2B4T with 512 tokens each and a bf16 cache, H200 (4.3 TB/s of copying, 0.99 P bf16 operations/s):
///
/// | | bytes | operations | ms at least | share of the peak |
/// |---|---|---|---|---|
/// | ternary weights, 2 bits | 0.52 GB | 0.27 T int8 | 0.12 | all of the bandwidth |
/// | keys and values, 64 * 512 * 77 KB | 2.5 GB | 10 G f32 | 0.59 | all of the bandwidth |
/// | head, see [tern.codegen.cuda.ops.BatchedInt8Head] | 0.75 GB | 84 G bf16 | 0.29 | 60 % of the bandwidth, 30 % of the operations |
/// | norms, rotation, sums: all activations | 0.4 GB | little | 0.08 | mostly in the second-level cache |
///
/// 1.0 ms; a step has 15 launches a layer, 460 in one graph, of which each costs 1 to 2 us of start and end that nothing fills: 0.5 to 0.9 ms.
/// 1.5 to 1.9 ms are 33,000 to 42,000 tokens/s, if kernels reach what they can. With 64 tokens each in place of 512 it is 0.5 ms less.
final class GpuRaggedBatch {

    private final GpuDevice device;
    private final GpuOps.Compiler compiler;
    private final Function<Op.RopeAppend, List<Buffer>> angles;

    /// @param angles cosines and sines
    GpuRaggedBatch(GpuDevice device, GpuOps.Compiler compiler, Function<Op.RopeAppend, List<Buffer>> angles) {
        this.device = device;
        this.compiler = compiler;
        this.angles = angles;
    }

    List<Stage> stages(Op.RaggedBatch op) {
        if (op.pages() > 0) throw new CompileException(OpSignature.name(op), "pages are read on CPUs only");
        return switch (op.of()) {
            case Op.RopeAppend rope -> rope(rope, op.slots());
            case Op.Attention attention -> attention(attention, op.slots());
            case Op.TopLogits top -> top(top, op.slots());
            case Op.PerToken _, Op.RaggedBatch _ -> throw new AssertionError(op);
        };
    }

    private ProgramKernel each(Program program, int slots, List<TokenStride> shares) {
        return compiler.compile(RaggedBatchRewriter.of(program, shares, slots, program.name() + "_each" + slots));
    }

    /// Keys, then values; a cache of bytes once more as floats, for its scales.
    private static List<TokenStride> caches(CacheLayout layout, int slots) {
        TokenStride elements = TokenStride.slot(layout.apart() / layout.element().bytes(), slots);
        TokenStride floats = TokenStride.slot(layout.apart() / Element.F32.bytes(), slots);
        return layout.isScaled() ? List.of(elements, elements, floats, floats) : List.of(elements, elements);
    }

    private static List<Buffer> cached(CacheLayout layout, List<Buffer> arguments) {
        var all = new ArrayList<>(arguments.subList(0, 3));
        if (layout.isScaled()) all.addAll(arguments.subList(1, 3));
        return all;
    }

    private static long row(int heads, int headDim) {
        return (long) heads * headDim;
    }

    private List<Stage> rope(Op.RopeAppend op, int slots) {
        var shares = new ArrayList<TokenStride>();
        shares.add(TokenStride.token(row(op.heads() + 2 * op.kvHeads(), op.headDim())));
        shares.addAll(caches(op.layout(), slots));
        shares.addAll(List.of(TokenStride.all(), TokenStride.all()));
        List<Buffer> table = angles.apply(op);
        return List.of(new Stage(each(RopePrograms.ropeAppend(op), slots, shares), a -> {
            List<Buffer> all = cached(op.layout(), a);
            all.addAll(table);
            all.add(a.getLast());
            return all;
        }));
    }

    private List<Stage> attention(Op.Attention op, int slots) {
        TokenStride query = TokenStride.token(row(op.heads() + 2 * op.kvHeads(), op.headDim())), result = TokenStride.token(row(op.heads(), op.headDim()));
        var reads = new ArrayList<TokenStride>();
        reads.add(query);
        reads.addAll(caches(op.layout(), slots));
        if (!AttentionPrograms.hasTiles(op)) {
            reads.add(result);
            return List.of(new Stage(each(OpPrograms.attention(op), slots, reads), a -> {
                List<Buffer> all = cached(op.layout(), a);
                all.addAll(a.subList(3, 5));
                return all;
            }));
        }
        List<Long> floats = AttentionPrograms.scratch(op).stream().map(all -> all / AttentionPrograms.FEW).toList();
        List<Buffer> between = floats.stream().map(one -> device.allocate(4 * one * slots)).toList();
        List<TokenStride> shared = floats.stream().map(TokenStride::token).toList();
        reads.addAll(shared);
        var merged = new ArrayList<>(shared);
        merged.add(result);
        return List.of(
                new Stage(each(AttentionPrograms.parts(op, AttentionPrograms.name(op, "parts")), slots, reads), a -> {
                    List<Buffer> all = cached(op.layout(), a);
                    all.addAll(between);
                    all.add(a.getLast());
                    return all;
                }),
                new Stage(each(AttentionPrograms.merge(op, AttentionPrograms.name(op, "merge")), slots, merged), a -> {
                    var all = new ArrayList<>(between);
                    all.addAll(a.subList(3, 5));
                    return all;
                }));
    }

    private List<Stage> screened(Op.TopLogits op, int slots) {
        String name = OpSignature.name(op) + "_each" + slots;
        BatchedInt8Head head = BatchedInt8Head.of(op, slots);
        int slices = OpPrograms.slices(op);
        Buffer words = device.allocate(4 * head.words()), norms = device.allocate(4L * slots), floors = device.allocate(4L * slots);
        Buffer lows = device.allocate(4 * head.boundCount()), highs = device.allocate(4 * head.boundCount());
        Buffer rows = device.allocate(4L * slices * slots), largest = device.allocate(4L * slices * slots);
        Buffer places = device.allocate(8L * slots); // nothing here has a cache
        TokenStride some = TokenStride.token(slices), one = TokenStride.token(1);
        return List.of(
                new Stage(compiler.compile(head.vectors(name + "_vectors")), a -> List.of(a.get(0), words)),
                new Stage(compiler.compile(head.norms(name + "_norms")), a -> List.of(a.get(0), norms)),
                new Stage(compiler.compile(head.bounds(name + "_reaches")), a -> List.of(words, norms, a.get(2), a.get(2), lows, highs)),
                new Stage(compiler.compile(head.floors(name + "_floors")), _ -> List.of(lows, floors)),
                new Stage(compiler.compile(head.exact(name + "_exact")), a -> List.of(a.get(0), a.get(1), highs, floors, rows, largest)),
                new Stage(each(OpPrograms.top(op, OpSignature.name(op)), slots, List.of(some, some, one, one)),
                        a -> List.of(largest, rows, a.get(3), a.get(4), places)));
    }

    /// By the screen where that can be, else all logits; then the largest of each token.
    private List<Stage> top(Op.TopLogits op, int slots) {
        if (BatchedInt8Head.takes(op)) return screened(op, slots);
        String name = OpSignature.name(op);
        long found = (long) OpPrograms.slices(op) * op.count();
        Buffer logits = device.allocate(4L * op.vocabulary() * slots);
        Buffer rows = device.allocate(4 * found * slots), largest = device.allocate(4 * found * slots);
        Buffer places = device.allocate(8L * slots); // nothing here has a cache
        TokenStride vector = TokenStride.token(op.width()), all = TokenStride.token(op.vocabulary()), some = TokenStride.token(found),
                few = TokenStride.token(op.count());
        var head = new Op.Head(op.vocabulary(), op.width(), op.element(), true);
        return List.of(
                new Stage(each(OpPrograms.head(head), slots, List.of(vector, TokenStride.all(), all)),
                        a -> List.of(a.get(0), a.get(1), logits, places)),
                new Stage(each(OpPrograms.slices(op, name + "_slices"), slots, List.of(all, some, some)),
                        _ -> List.of(logits, rows, largest, places)),
                new Stage(each(OpPrograms.top(op, name), slots, List.of(some, some, few, few)),
                        a -> List.of(largest, rows, a.get(3), a.get(4), places)));
    }
}
