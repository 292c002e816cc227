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
        byte[] left = bytes(product.aTiles() * product.steps(), a), right = bytes(product.bTiles() * product.steps(), b);
        for (int row = 0; row < product.aTiles() * TileProduct.ROWS; row++)
            for (int column = 0; column < product.bTiles() * TileProduct.ROWS; column++)
                result.add(row, column, sum(product.steps(), row, column, left, right));
    }

    /// Each byte once: sixteen sums read it.
    private static byte[] bytes(int tiles, Operand operand) {
        byte[] bytes = new byte[tiles * TileProduct.BYTES];
        for (int i = 0; i < bytes.length; i++) bytes[i] = operand.at(i);
        return bytes;
    }

    private static int sum(int steps, int row, int column, byte[] a, byte[] b) {
        int r = row % TileProduct.ROWS, c = column % TileProduct.ROWS, sum = 0;
        int aBlock = row / TileProduct.ROWS * steps, bBlock = column / TileProduct.ROWS * steps;
        for (int step = 0; step < steps; step++)
            for (int q = 0; q < TileProduct.ROW_BYTES; q++) {
                int inLeft = r * TileProduct.ROW_BYTES + q, inRight = q / 4 * TileProduct.ROW_BYTES + 4 * c + q % 4;
                sum += a[(aBlock + step) * TileProduct.BYTES + inLeft] * b[(bBlock + step) * TileProduct.BYTES + inRight];
            }
        return sum;
    }
}
