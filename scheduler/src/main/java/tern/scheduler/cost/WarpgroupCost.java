package tern.scheduler.cost;

import static java.util.Locale.ROOT;

import java.util.List;
import tern.ir.target.Target;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.warp.WarpGeometry;
import tern.scheduler.warp.WarpTiling;
import tern.scheduler.warp.WarpgroupLayout;

/// Predicts the time of a kernel whose warps multiply by fours: for each block the longest of products, decoding and bytes, and what it does
/// before and after them. Not yet compared with a card.
final class WarpgroupCost {

    /// How much of the tensor cores' rate is reached while products are under way: a card that multiplies all the time lowers its clock.
    private static final double TENSOR = 0.8;

    /// Bytes a cycle that a multiprocessor has from the second-level cache: others have measured 5.5 to 6 TB/s on cards with 132.
    private static final double CACHE_BYTES_PER_CYCLE = 24;

    /// Cycles until the first stage has come: a launch's first loads, and the latency of memory.
    private static final double FILL = 2000;

    /// Cycles of a step in which no product is under way: a barrier, some of its skew.
    private static final double STEP = 40;

    /// What a stage fewer than four costs: blocks of a multiprocessor, and their warps, are less free of one another.
    private static final double STAGE = 0.03;

    /// Instructions for 32 results: a sum from shared memory, its correction, two scales, a store, and their addresses.
    private static final double RESULT = 16;

    /// Instructions that a multiprocessor begins in a cycle, waiting included.
    private static final double ISSUED = 2.5;

    /// How much of the shorter times is not hidden by the longest: where two groups or more take turns on a multiprocessor, and where one is
    /// alone.
    private static final double EXPOSED = 0.15, ALONE = 0.5;

    /// Registers for addresses, and for operands that are under way.
    private static final int OTHERS = 22, OPERANDS = 8;

    private WarpgroupCost() {}

    /// @throws InapplicableException if the target has no such unit, or a block does not fit it
    static WarpCost of(WarpGeometry g, Target.Gpu target, int tokens) {
        WarpTiling s = g.schedule();
        if (!target.hasGroups()) throw new InapplicableException("groups need sm_90a, not sm_" + target.sm());
        if (g.sharedBytes() > target.sharedBytes())
            throw new InapplicableException(String.format(ROOT, "a block takes %d bytes of shared memory", g.sharedBytes()));
        int resident = resident(g, target), registers = registers(g);
        if (registers > Math.min(255, target.registers() / (32 * s.warps() * resident) / 8 * 8))
            throw new InapplicableException(String.format(ROOT, "about %d registers a thread", registers));
        var layout = new WarpgroupLayout(g);
        int weights = g.kernel().weights().size();
        double perProduct = 64.0 * s.tokens() * 32 / (target.int8OpsPerSecond() / target.hertz() / target.multiprocessors() * TENSOR);
        int groups = s.warps() / WarpgroupLayout.WARPS;
        double products = (double) layout.products().stream().mapToInt(List::size).sum() * weights * groups;
        double decoding = s.warps() * WarpCost.decoding(g);
        double bytes = 4.0 * layout.stageWords() + (double) s.warps() * 32 * s.rowTiles() * weights * g.view().bytes();
        double multiply = products * perProduct, decode = decoding / WarpCost.INTEGER_PER_CYCLE, load = bytes / CACHE_BYTES_PER_CYCLE;
        double longest = Math.max(multiply, Math.max(decode, load));
        double blocks = (double) g.blocks() * g.tokenBlocks(tokens), perMultiprocessor = Math.ceil(blocks / target.multiprocessors());
        double together = Math.min(resident, perMultiprocessor);
        double exposed = groups * together > 1 ? EXPOSED : ALONE;
        double step = (STEP + longest + exposed * (multiply + decode + load - longest)) * (1 + STAGE * Math.max(0, 4 - s.unroll()));
        double results = (double) layout.rows() * s.tokens() / 32 * weights;
        double around = FILL + results * (RESULT + 1) / ISSUED;
        double cycles = perMultiprocessor * (g.steps() * step + around / together);
        double memory = g.problem().weightBytes(g.packing()) / target.memoryBytesPerSecond();
        double seconds = Math.max(cycles / target.hertz(), memory);
        return new WarpCost(WarpCost.LAUNCH + seconds, blocks * (g.steps() * decoding + results * RESULT));
    }

    /// Blocks that a multiprocessor holds: as many as the emitter makes room for.
    private static int resident(WarpGeometry g, Target.Gpu target) {
        return Math.max(1, Math.min(WarpCost.RESIDENT / g.schedule().warps(), target.sharedBytes() / g.sharedBytes()));
    }

    /// Registers of a thread, about: sums, the weights of this step and the next, operands of products.
    private static int registers(WarpGeometry g) {
        int weights = g.kernel().weights().size();
        return OTHERS + g.accumulators() + 2 * g.view().words() * g.schedule().rowTiles() * weights + OPERANDS * g.pairs().size() * weights;
    }
}
