package tern;

import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import tern.ir.CodeBook;
import tern.ir.PackedCode;
import tern.ir.Packing;
import tern.ir.Rows;

/// Weights that a packing can hold, be it one that refuses some.
final class RandomWeights {

    private RandomWeights() {}

    /// `[m, k]`: what random codes mean.
    static byte[][] of(Packing packing, int m, int k, RandomGenerator random) {
        var weights = new byte[m][k];
        var books = new TreeMap<Integer, CodeBook>();
        List<PackedCode> codes = packing.codes();
        for (int rowTile = 0; rowTile < packing.rowTiles(m); rowTile++) {
            for (int columnTile = 0; columnTile < packing.columnTiles(k); columnTile++) {
                for (PackedCode code : codes) {
                    CodeBook book = books.computeIfAbsent(code.section(), s -> CodeBook.of(packing.sections().get(s).codec()));
                    int value = random.nextInt(book.codes());
                    while (!book.isUsed(value)) value = random.nextInt(book.codes());
                    for (int j = 0; j < code.rows().length; j++) {
                        if (code.rows()[j] < 0) continue;
                        int row = packing.rowOf(rowTile, code.rows()[j], m);
                        int column = columnTile * packing.columns() + code.columns()[j];
                        if (row < m && column < k) weights[row][column] = (byte) book.digit(value, j);
                    }
                }
            }
        }
        return weights;
    }

    static Rows rows(byte[][] weights) {
        return (row, digits) -> System.arraycopy(weights[row], 0, digits, 0, weights[row].length);
    }
}
