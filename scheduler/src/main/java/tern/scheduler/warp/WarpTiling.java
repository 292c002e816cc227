package tern.scheduler.warp;

import tern.ir.Schedule;

/// What a GPU's schedule means for lanes and warps: the lanes of a warp lie `lanes` side by side along k and `32 / lanes` along the row tiles.
///
/// @param schedule that is meant
/// @param lanes    along k
/// @param rowTiles of each lane
/// @param split    how many warps of a block share the k of the same rows
/// @param unroll   steps whose loads are under way together; stages, where there is a pipeline
public record WarpTiling(Schedule.Gpu schedule, int lanes, int rowTiles, int tokens, int warps, int split, int unroll) {

    /// Lanes along k in a fragment of the tensor cores.
    private static final int FRAGMENT = 4;

    /// @throws IllegalArgumentException if each lane takes a code of its own: then lanes are those of vectors
    static WarpTiling of(Schedule.Gpu schedule) {
        return switch (schedule) {
            case Schedule.Lanes _ -> throw new IllegalArgumentException("lanes of codes have no chunks");
            case Schedule.Dp4a s -> new WarpTiling(s, s.lanes(), s.rowTiles(), s.tokens(), s.warps(), s.split(), s.unroll());
            case Schedule.Mma s -> new WarpTiling(s, FRAGMENT, s.rowTiles(), s.tokens(), s.warps(), s.split(), s.unroll());
            case Schedule.Tiles s -> new WarpTiling(s, FRAGMENT, s.rowTiles(), s.tokens(), s.warps(), 1, s.stages());
            case Schedule.Warpgroups s -> new WarpTiling(s, FRAGMENT, s.rowTiles(), s.tokens(), s.warps(), 1, s.stages());
        };
    }

    /// Whether warps multiply by the tensor cores.
    boolean isTensor() {
        return switch (schedule) {
            case Schedule.Mma _, Schedule.Tiles _, Schedule.Warpgroups _ -> true;
            case Schedule.Lanes _, Schedule.Dp4a _ -> false;
        };
    }
}
