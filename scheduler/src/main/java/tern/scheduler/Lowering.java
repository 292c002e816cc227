package tern.scheduler;

import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.loop.Program;
import tern.scheduler.matrix.MatrixGeometry;
import tern.scheduler.matrix.MatrixLowering;
import tern.scheduler.matrix.MatrixPrepare;
import tern.scheduler.matrix.MatrixView;
import tern.scheduler.problem.Problem;
import tern.scheduler.program.Parameters;
import tern.scheduler.vector.Geometry;
import tern.scheduler.vector.MultiplyLowering;
import tern.scheduler.vector.PackingView;
import tern.scheduler.vector.PrepareLowering;
import tern.scheduler.warp.ChunkView;
import tern.scheduler.warp.WarpGeometry;
import tern.scheduler.warp.WarpMultiply;
import tern.scheduler.warp.WarpPrepare;
import tern.scheduler.warpgroup.WarpgroupMultiply;
import tern.scheduler.warpgroup.WarpgroupPrepare;

/// A kernel definition with a schedule, lowered to loops.
///
/// @param prepare       activations i8 `[n, k]` to the form that `multiply` reads
/// @param multiply      the definition's parameters in order, prepared activations in the place of the activations; then the
///                      result
/// @param preparedBytes size of the prepared activations
public record Lowering(Program prepare, Program multiply, long preparedBytes) {

    /// @throws InapplicableException if the packing cannot be computed this way
    public static Lowering of(Problem problem, Packing packing, Schedule schedule) {
        return switch (schedule) {
            case Schedule.Cpu cpu -> vectors(problem, packing, cpu);
            case Schedule.Gpu gpu -> switch (gpu.unit()) {
                case LANES -> vectors(problem, packing, lanes(packing, gpu));
                case DP4A, MMA, TILES, GROUPS -> warps(WarpGeometry.of(problem, packing, gpu, ChunkView::of));
            };
        };
    }

    private static Lowering vectors(Problem problem, Packing packing, Schedule.Cpu schedule) {
        if (schedule.strategy() == Schedule.Strategy.MATRIX) {
            var geometry = MatrixGeometry.of(problem, schedule, MatrixView.of(packing));
            return new Lowering(MatrixPrepare.lower(geometry), MatrixLowering.lower(geometry), geometry.preparedBytes());
        }
        Geometry geometry = Geometry.of(
                problem, schedule, PackingView.of(packing, schedule.strategy(), schedule.lanes()));
        return new Lowering(
                PrepareLowering.lower(geometry),
                MultiplyLowering.lower(geometry),
                (long) geometry.preparedElements() * geometry.form().element().bytes());
    }

    /// One warp as a core whose vectors have up to 32 lanes: any packing can be computed so. Always a loop over the tile's codes, since
    /// nobody knows how many there are.
    private static Schedule.Cpu lanes(Packing packing, Schedule.Gpu gpu) {
        int lanes = Math.min(32, Parameters.SLACK / packing.word().bytes());
        return new Schedule.Cpu(gpu.kernel(), gpu.packing(), Schedule.Strategy.DECODE, lanes, 1, 1,
                Math.max(1, 256 / packing.columns()), 1, true);
    }

    private static Lowering warps(WarpGeometry geometry) {
        Program prepare = geometry.isGrouped() ? WarpgroupPrepare.lower(geometry) : WarpPrepare.lower(geometry);
        Program multiply = geometry.isGrouped() ? WarpgroupMultiply.lower(geometry) : WarpMultiply.lower(geometry);
        return new Lowering(prepare, multiply, 4L * geometry.preparedWords());
    }
}
