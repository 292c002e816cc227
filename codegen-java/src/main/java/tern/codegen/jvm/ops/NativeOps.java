package tern.codegen.jvm.ops;

import org.jspecify.annotations.Nullable;
import tern.codegen.jvm.team.Spmd;
import tern.ir.Op;

/// The operations of [Op], written by hand against the Vector API.
///
/// They compute the bits that [Op] defines, whatever the width of the vectors and the number of workers.
public final class NativeOps {

    private NativeOps() {}

    /// Code for `op`, null if there is none. It may keep scratch memory for `workers` workers; no two launches of one
    /// device overlap.
    public static @Nullable Spmd of(Op op, int workers) {
        return switch (op) {
            case Op.Embed embed -> new NativeEmbed(embed);
            case Op.Norm norm -> new NativeNorm(norm, workers);
            case Op.NormQuantise norm -> new NativeNormQuantise(norm, workers);
            case Op.Quantise quantise -> new NativeQuantise(quantise);
            case Op.RopeAppend rope -> new NativeRopeAppend(rope, workers);
            case Op.Attention attention -> new NativeAttention(attention, workers);
            case Op.Head head -> new NativeHead(head, workers);
            case Op.TopLogits top -> new NativeTopLogits(top, 1, workers);
            case Op.RaggedBatch batch -> NativeEach.of(batch, workers);
        };
    }
}
