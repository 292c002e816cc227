package tern.scheduler;

import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.loop.Buf;
import tern.ir.loop.Program;
import tern.scheduler.matrix.MatrixGeometry;
import tern.scheduler.matrix.MatrixLowering;
import tern.scheduler.matrix.MatrixPrepare;
import tern.scheduler.matrix.MatrixView;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.Problem;
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

    /// @throws tern.scheduler.problem.InapplicableException if the packing cannot be computed this way
    public static Lowering of(Problem problem, Packing packing, Schedule schedule) {
        return switch (schedule) {
            case Schedule.Vector vector -> vectors(problem, packing, vector);
            case Schedule.Matrix matrix -> matrix(MatrixGeometry.of(problem, matrix, MatrixView.of(packing)));
            case Schedule.Lanes _ when problem.kernel().group() > 0 -> throw new InapplicableException("scales of groups have no lowering for GPUs");
            case Schedule.Lanes _ -> vectors(problem, packing, lanes(packing, schedule));
            case Schedule.Dp4a gpu -> warps(WarpGeometry.of(problem, packing, gpu));
            case Schedule.Mma gpu -> warps(WarpGeometry.of(problem, packing, gpu));
            case Schedule.Tiles gpu -> warps(WarpGeometry.of(problem, packing, gpu));
            case Schedule.Warpgroups gpu -> warpgroups(WarpGeometry.of(problem, packing, gpu));
        };
    }

    private static Lowering vectors(Problem problem, Packing packing, Schedule.Vector schedule) {
        var geometry = Geometry.of(problem, schedule, PackingView.of(packing, schedule.strategy(), schedule.lanes()));
        return new Lowering(
                PrepareLowering.lower(geometry),
                MultiplyLowering.lower(geometry),
                (long) geometry.preparedElements() * geometry.form().element().bytes());
    }

    /// One warp as a core whose vectors have up to 32 lanes: any packing can be computed so. Always a loop over the tile's codes, since
    /// nobody knows how many there are.
    private static Schedule.Vector lanes(Packing packing, Schedule of) {
        int lanes = Math.min(32, Buf.SLACK / packing.word().bytes());
        return new Schedule.Vector(
                of.kernel(), of.packing(), Schedule.Strategy.DECODE, lanes, 1, 1, Math.max(1, 256 / packing.columns()), 1, true);
    }

    private static Lowering matrix(MatrixGeometry geometry) {
        return new Lowering(MatrixPrepare.lower(geometry), MatrixLowering.lower(geometry), geometry.preparedBytes());
    }

    private static Lowering warps(WarpGeometry geometry) {
        return new Lowering(WarpPrepare.lower(geometry), WarpMultiply.lower(geometry), 4L * geometry.preparedWords());
    }

    private static Lowering warpgroups(WarpGeometry geometry) {
        return new Lowering(WarpgroupPrepare.lower(geometry), WarpgroupMultiply.lower(geometry), 4L * geometry.preparedWords());
    }
}
