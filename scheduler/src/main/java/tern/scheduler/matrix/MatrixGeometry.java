package tern.scheduler.matrix;

import static java.util.Locale.ROOT;

import java.util.Locale;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.Packing;
import tern.ir.Schedule;
import tern.ir.loop.Loop.TileProduct;
import tern.scheduler.problem.InapplicableException;
import tern.scheduler.problem.OfProblem;
import tern.scheduler.problem.Problem;

/// A kernel with its sizes, packing and schedule for a matrix unit, and all that follows: what its two programs must agree on.
///
/// Activations and digits are tiles of 16 rows of 64 bytes as [TileProduct] wants them. Along k, a byte is a place in a group of four,
/// and groups follow each other from k tile to k tile.
public record MatrixGeometry(Problem problem, Schedule.Matrix schedule, MatrixView view) implements OfProblem {

    /// Groups in a row of a tile.
    private static final int ROW_GROUPS = TileProduct.ROW_BYTES / MatrixView.GROUP;

    /// i32 words of a tile of digits.
    static final int TILE_WORDS = TileProduct.BYTES / Integer.BYTES;

    /// @throws InapplicableException if the sizes are too large
    public static MatrixGeometry of(Problem problem, Schedule.Matrix schedule, MatrixView view) {
        if (schedule.tokens() != TileProduct.ROWS && schedule.tokens() != 2 * TileProduct.ROWS)
            throw new InapplicableException("a matrix unit takes 16 or 32 tokens, not " + schedule.tokens());
        if (problem.kernel().group() > 0) throw new InapplicableException("a matrix unit does not sum by groups yet");
        var geometry = new MatrixGeometry(problem, schedule, view);
        if (!geometry.sums().fits(Element.I32))
            throw new InapplicableException(String.format(ROOT, "k = %d: sums of %s do not fit i32", problem.k(), geometry.sums()));
        return geometry;
    }

    public Packing packing() {
        return view.packing();
    }

    public int columnTiles() {
        return packing().columnTiles(k());
    }

    public int rowTiles() {
        return packing().rowTiles(m());
    }

    /// Groups that hold weights, along k.
    int groups() {
        return columnTiles() * view.groups();
    }

    /// What the sums may be, whatever the bytes.
    Interval sums() {
        return TileProduct.sums(steps());
    }

    /// Tiles along k, of which the last ones may be there only to fill the last run.
    public int steps() {
        return runs() * runSteps();
    }

    /// Runs of steps: the digits of one run are unpacked, then multiplied, while they are in the nearest cache.
    public int runs() {
        return Math.ceilDiv(Math.ceilDiv(groups(), ROW_GROUPS), runSteps());
    }

    /// Steps of a run: whole periods, about as many as the schedule's k tiles take, and as few as possible that only fill the last run.
    public int runSteps() {
        int period = period(), needed = Math.ceilDiv(groups(), ROW_GROUPS), best = period;
        long most = Math.min(needed + period - 1, Math.ceilDiv((long) schedule.kTiles() * view.groups(), ROW_GROUPS));
        for (int steps = period; steps <= most; steps += period)
            if (Math.ceilDiv(needed, steps) * (steps + 1L) <= Math.ceilDiv(needed, best) * (best + 1L)) best = steps;
        return best;
    }

    /// k tiles that take about `steps` steps.
    public static int tilesOf(MatrixView view, int steps) {
        return Math.max(1, steps * ROW_GROUPS / view.groups());
    }

    /// k tiles of a run.
    int runTiles() {
        return runSteps() * ROW_GROUPS / view.groups();
    }

    /// Blocks of 16 tokens that are multiplied together.
    public int tokenTiles() {
        return schedule.tokens() / TileProduct.ROWS;
    }

    /// Blocks of 16 rows of a row tile.
    int rowBlocks() {
        return view.blocks().size();
    }

    /// Of these, those that are multiplied together.
    public int rowBlocksAtOnce() {
        return rowBlocks() % 2 == 0 ? 2 : 1;
    }

    /// Bytes of all prepared activations.
    public int preparedBytes() {
        long tiles = (long) tokenBlocks() * tokenTiles() * steps();
        return Math.toIntExact(tiles * TileProduct.BYTES);
    }

    /// i32 words of the digits of a row tile in a run.
    int digitWords() {
        return rowBlocks() * runSteps() * TILE_WORDS;
    }

    /// Blocks of tokens, at most.
    int tokenBlocks() {
        return Math.ceilDiv(maxTokens(), schedule.tokens());
    }

    /// Steps after which the places of groups in tiles repeat.
    int period() {
        int steps = 1;
        while (steps * ROW_GROUPS % view.groups() != 0) steps++;
        return steps;
    }

    /// The column, counted from the first one of its period, of byte `q` of a row in step `step` of the period; -1 for none.
    int column(int step, int q) {
        int group = step * ROW_GROUPS + q / MatrixView.GROUP;
        int column = view.columns().get(group % view.groups())[q % MatrixView.GROUP];
        return column < 0 ? -1 : group / view.groups() * packing().columns() + column;
    }

    /// `bitlinear_nx_m6912_k2560_tri5r32_mat_n32_k48`.
    String name() {
        return problem.name(packing()) + String.format(Locale.ROOT, "_mat_n%d_k%d", schedule.tokens(), runTiles());
    }
}
