package tern.scheduler;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import tern.ir.KernelDef;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.target.Target;
import tern.scheduler.cost.WarpCost;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.Problem;
import tern.scheduler.warp.ChunkView;
import tern.scheduler.warp.WarpGeometry;
import tern.scheduler.warp.WarpTiling;

/// All sensible schedules of a kernel on a GPU, for [Candidates].
final class WarpCandidates {

    /// Shared memory that a block has without asking.
    private static final int SHARED = 48 << 10;

    /// Tokens from which on they are staged in shared memory.
    private static final int TILED = 16;

    /// Tokens from which on groups of warps multiply.
    private static final int GROUPED = 32;

    private WarpCandidates() {}

    /// @param ranked   takes what applies, in the order of trial
    /// @param rejected takes what does not
    static void find(
            Problem problem, Packing packing, Target.Gpu target, List<Candidates.Ranked> ranked, List<Candidates.Rejected> rejected) {
        int tokens = Candidates.tokens(problem.tokens(), target);
        for (Schedule.Gpu schedule : schedules(problem.kernel(), packing, problem.tokens())) {
            try {
                if (problem.kernel().group() > 0) throw new InapplicableException("scales of groups have no lowering for GPUs");
                WarpCost cost = schedule instanceof Schedule.Lanes
                        ? WarpCost.ofLanes(problem, packing, target, tokens)
                        : cost(problem, packing, schedule, target, tokens);
                ranked.add(new Candidates.Ranked(packing, schedule, cost.seconds(), 32 * 32, cost.instructions()));
            } catch (InapplicableException e) {
                rejected.add(new Candidates.Rejected(packing, schedule, String.valueOf(e.getMessage())));
            }
        }
    }

    private static WarpCost cost(Problem problem, Packing packing, Schedule.Gpu schedule, Target.Gpu target, int tokens) {
        WarpGeometry geometry = WarpGeometry.of(problem, packing, schedule);
        WarpTiling tiling = geometry.schedule();
        int parts = Math.ceilDiv(geometry.steps(), tiling.split());
        if (geometry.isGrouped()) return WarpCost.of(geometry, target, tokens);
        if (!geometry.isStaged() && tiling.unroll() > parts || tiling.split() > geometry.steps())
            throw new InapplicableException(String.format(ROOT, "%d steps are too few", geometry.steps()));
        if (geometry.sharedBytes() > SHARED)
            throw new InapplicableException(String.format(ROOT, "a block takes %d bytes of shared memory", geometry.sharedBytes()));
        return WarpCost.of(geometry, target, tokens);
    }

    private static List<Schedule.Gpu> schedules(KernelDef kernel, Packing packing, int maxTokens) {
        var all = new ArrayList<Schedule.Gpu>();
        String name = kernel.name(), of = packing.name();
        for (int lanes = 32; lanes >= 4; lanes /= 2)
            for (int rowTiles = 4; rowTiles >= 1; rowTiles /= 2)
                for (int tokens = Integer.highestOneBit(Math.min(8, maxTokens)); tokens >= 1; tokens /= 2)
                    for (int warps = 8; warps >= 4; warps /= 2)
                        for (int split = warps; split >= 1; split /= 2)
                            for (int unroll = 4; unroll >= 1; unroll /= 2)
                                all.add(new Schedule.Dp4a(name, of, lanes, rowTiles, tokens, warps, split, unroll));
        for (int tokens = Math.min(64, Math.ceilDiv(maxTokens, 8) * 8); tokens >= 8 && maxTokens > 1; tokens = tokens / 2 / 8 * 8)
            for (int rowTiles = 4; rowTiles >= 1; rowTiles /= 2)
                for (int warps = 8; warps >= 2; warps /= 2)
                    for (int split = Math.min(warps, 4); split >= 1; split /= 2)
                        for (int unroll = 2; unroll >= 1; unroll--)
                            all.add(new Schedule.Mma(name, of, rowTiles, tokens, warps, split, unroll));
        if (maxTokens >= TILED) tiles(kernel, packing, maxTokens, all);
        if (maxTokens >= GROUPED) groups(kernel, packing, maxTokens, all);
        all.add(new Schedule.Lanes(name, of));
        return all;
    }

    private static void tiles(KernelDef kernel, Packing packing, int maxTokens, List<Schedule.Gpu> all) {
        for (int tokens = Math.min(128, Integer.highestOneBit(maxTokens)); tokens >= TILED; tokens /= 2)
            for (int rowTiles = 8; rowTiles >= 1; rowTiles /= 2)
                for (int warps = 8; warps >= 4; warps /= 2)
                    for (int stages = 4; stages >= 2; stages--)
                        all.add(new Schedule.Tiles(kernel.name(), packing.name(), rowTiles, tokens, warps, stages));
    }

    private static void groups(KernelDef kernel, Packing packing, int maxTokens, List<Schedule.Gpu> all) {
        for (int tokens : new int[] {192, 160, 128, 112, 96, 80, 64, 48, 32, 16}) {
            if (tokens > Math.ceilDiv(maxTokens, 16) * 16) continue;
            for (int rowTiles = 8; rowTiles >= 1; rowTiles /= 2)
                for (int warps = 8; warps >= 4; warps /= 2)
                    for (int stages = 4; stages >= 2; stages--)
                        all.add(new Schedule.Warpgroups(kernel.name(), packing.name(), rowTiles, tokens, warps, stages));
        }
    }
}
