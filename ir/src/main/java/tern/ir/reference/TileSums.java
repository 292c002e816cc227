package tern.ir.reference;

import tern.ir.loop.Loop;
import tern.ir.loop.Loop.TileProduct;

/// The meaning of a [TileProduct], term by term.
final class TileSums {

    /// A byte of an operand, counted from the operand's index.
    interface Operand {
        byte at(long offset);
    }

    /// Takes a sum.
    interface Result {
        void add(int row, int column, int sum);
    }

    private TileSums() {}

    static void compute(Loop.TileProduct product, Result result, Operand a, Operand b) {
        for (int row = 0; row < product.aTiles() * TileProduct.ROWS; row++)
            for (int column = 0; column < product.bTiles() * TileProduct.ROWS; column++)
                result.add(row, column, sum(product.steps(), row, column, a, b));
    }

    private static int sum(int steps, int row, int column, Operand a, Operand b) {
        int r = row % TileProduct.ROWS, c = column % TileProduct.ROWS, sum = 0;
        long aBlock = (long) (row / TileProduct.ROWS) * steps, bBlock = (long) (column / TileProduct.ROWS) * steps;
        for (int step = 0; step < steps; step++)
            for (int q = 0; q < TileProduct.ROW_BYTES; q++) {
                int inLeft = r * TileProduct.ROW_BYTES + q, inRight = q / 4 * TileProduct.ROW_BYTES + 4 * c + q % 4;
                byte left = a.at((aBlock + step) * TileProduct.BYTES + inLeft);
                byte right = b.at((bBlock + step) * TileProduct.BYTES + inRight);
                sum += left * right;
            }
        return sum;
    }
}
