package tern.codegen.cuda.simulate;

import java.util.Map;

/// Special registers (PTX ISA, chapter "Special Registers") that have one value as long as a thread lives.
final class Specials {

    /// Value of one lane.
    interface Value {
        long of(Warp warp, int lane);
    }

    private static final Map<String, Value> VALUES = Map.ofEntries(
            Map.entry("%tid.x", (w, l) -> w.thread(l) % w.block.grid.block.x()),
            Map.entry("%tid.y", (w, l) -> w.thread(l) / w.block.grid.block.x() % w.block.grid.block.y()),
            Map.entry("%tid.z", (w, l) -> w.thread(l) / w.block.grid.block.x() / w.block.grid.block.y()),
            Map.entry("%ntid.x", (w, _) -> w.block.grid.block.x()),
            Map.entry("%ntid.y", (w, _) -> w.block.grid.block.y()),
            Map.entry("%ntid.z", (w, _) -> w.block.grid.block.z()),
            Map.entry("%ctaid.x", (w, _) -> w.block.x()),
            Map.entry("%ctaid.y", (w, _) -> w.block.y()),
            Map.entry("%ctaid.z", (w, _) -> w.block.z()),
            Map.entry("%nctaid.x", (w, _) -> w.block.grid.blocks.x()),
            Map.entry("%nctaid.y", (w, _) -> w.block.grid.blocks.y()),
            Map.entry("%nctaid.z", (w, _) -> w.block.grid.blocks.z()),
            Map.entry("%laneid", (_, l) -> l),
            Map.entry("%warpid", (w, _) -> w.number),
            Map.entry("%nwarpid", (w, _) -> w.block.warps.length),
            Map.entry("%lanemask_eq", (_, l) -> 1L << l),
            Map.entry("%lanemask_lt", (_, l) -> (1L << l) - 1),
            Map.entry("%lanemask_le", (_, l) -> (2L << l) - 1),
            Map.entry("%lanemask_gt", (_, l) -> 0xffff_ffffL & -(2L << l)),
            Map.entry("%lanemask_ge", (_, l) -> 0xffff_ffffL & -(1L << l)),
            Map.entry("%cluster_ctarank", (_, _) -> 0),
            Map.entry("%cluster_nctarank", (_, _) -> 1),
            Map.entry("%dynamic_smem_size", (w, _) -> w.block.grid.dynamicShared),
            Map.entry("%total_smem_size", (w, _) -> w.block.grid.sharedBytes()));

    private Specials() {}

    static boolean isKnown(String name) {
        return VALUES.containsKey(name);
    }

    static Value of(String name) {
        Value value = VALUES.get(name);
        if (value == null) throw new IllegalStateException(name);
        return value;
    }
}
