package tern.scheduler.cost;

import tern.ir.loop.Loop.TileProduct;
import tern.ir.target.Target;
import tern.scheduler.matrix.MatrixGeometry;
import tern.scheduler.matrix.MatrixView;

/// Predicts the time of a kernel on a matrix unit: codes are unpacked once for all tokens, then tiles multiplied.
public final class MatrixCost {

    /// Share of the unit's peak that products reach, loads and all.
    private static final double REACHED = 0.35;

    /// The price of digits that are in the second-level cache when they are multiplied.
    private static final double FAR = 1.05;

    /// The price of twice as many tile registers where two threads share a core.
    private static final double WIDE = 1.04;

    /// Cycles of a product that its size does not change: the unit is set up, sums are loaded and stored.
    private static final double CALL = 200;

    private MatrixCost() {}

    /// Vector instructions that unpack all codes once.
    public static double operations(MatrixGeometry g, Target.Cpu target) {
        double ofTile = 0;
        int registers = Math.max(1, 32 * TileProduct.ROWS / target.vectorBits());
        for (var block : g.view().blocks())
            for (var group : block) {
                ofTile += registers; // the store
                for (MatrixView.VectorDigits part : group) ofTile += registers * bytes(g, part, target);
            }
        return ofTile * g.columnTiles() * g.rowTiles() * g.kernel().weights().size();
    }

    /// Instructions that make bytes of a register of codes: one lookup in two registers, several in more, or digit by digit.
    private static double bytes(MatrixGeometry g, MatrixView.VectorDigits part, Target.Cpu target) {
        int entries = g.view().books().get(g.view().cover().vectors().get(part.vector()).section()).codes();
        if (entries > 1 << MatrixView.LOOKUP_BITS) return 3.0 * part.digits().size();
        int tables = Math.max(1, 32 * entries / target.vectorBits());
        return tables <= 2 && target.vectorBits() >= 512 ? 3 : 1 + 3.0 * tables;
    }

    /// Seconds for one launch with `n` tokens.
    public static double seconds(MatrixGeometry g, Target.Cpu target, int n) {
        double unpack = operations(g, target) / target.vectorOpsPerCycle();
        double tokens = (double) Math.ceilDiv(n, g.schedule().tokens()) * g.schedule().tokens();
        double pairs = tokens * g.rowTiles() * g.packing().rows() * g.steps() * TileProduct.ROW_BYTES * g.kernel().weights().size();
        double multiply = pairs / target.matrixOpsPerCycle() / REACHED * (g.runs() > 1 ? 1 : FAR) * (g.tokenTiles() > 1 ? WIDE : 1);
        double rows = (double) g.rowBlocksAtOnce() * TileProduct.ROWS * TileProduct.ROW_BYTES;
        double calls = pairs / (rows * g.schedule().tokens() * g.runSteps());
        double compute = (unpack + multiply + calls * CALL) / target.hertz() / target.cores();
        double bytes = g.problem().weightBytes(g.packing());
        return Math.max(compute, bytes / target.memoryBytesPerSecond());
    }
}
