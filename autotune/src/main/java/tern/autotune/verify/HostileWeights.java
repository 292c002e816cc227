package tern.autotune.verify;

import java.util.List;
import java.util.SplittableRandom;
import tern.ir.CodeBook;
import tern.ir.PackedCode;
import tern.ir.Packing;
import tern.ir.Rows;

/// Weights that are meant to break a kernel: whole rows of the smallest, the largest and the zero code, rows that jump between the
/// extremes, and random ones. They are drawn code by code from what the codec holds, so that a packing that refuses some weights
/// is not asked for them.
public final class HostileWeights implements Rows {

    /// Prime to the powers of two that rows of a code and of a tile come in: each pattern meets each place.
    enum Pattern {
        SMALLEST,
        ZERO,
        LARGEST,
        RANDOM,
        EXTREMES
    }

    static final int PATTERNS = Pattern.values().length;

    private final byte[][] digits;

    /// @param shift rotates the patterns over the rows
    public HostileWeights(Packing packing, int m, int k, int shift, long seed) {
        digits = new byte[m][k];
        var random = new SplittableRandom(seed);
        List<Menu> menus = packing.sections().stream().map(s -> Menu.of(CodeBook.of(s.codec()))).toList();
        List<PackedCode> codes = packing.codes();
        for (int rowTile = 0; rowTile < packing.rowTiles(m); rowTile++)
            for (int columnTile = 0; columnTile < packing.columnTiles(k); columnTile++)
                for (PackedCode code : codes)
                    fill(packing, rowTile, columnTile, code, menus.get(code.section()), shift, random);
    }

    private void fill(
            Packing packing, int rowTile, int columnTile, PackedCode code, Menu menu, int shift, SplittableRandom random) {
        int m = digits.length, k = digits[0].length;
        int chosen = -1;
        for (int j = 0; j < code.rows().length; j++) {
            if (code.rows()[j] < 0) continue;
            int row = packing.rowOf(rowTile, code.rows()[j], m), column = columnTile * packing.columns() + code.columns()[j];
            if (chosen < 0) chosen = menu.choose(Pattern.values()[(row + shift) % PATTERNS], random);
            if (row < m && column < k) digits[row][column] = (byte) menu.book.digit(chosen, j);
        }
    }

    @Override
    public void read(int row, byte[] into) {
        System.arraycopy(digits[row], 0, into, 0, digits[row].length);
    }

    int weight(int row, int column) {
        return digits[row][column];
    }

    byte[] row(int row) {
        return digits[row];
    }

    /// Used codes of a codec, and the remarkable ones among them.
    private record Menu(CodeBook book, int[] used, int smallest, int zero, int largest) {

        static Menu of(CodeBook book) {
            int[] used = java.util.stream.IntStream.range(0, book.codes()).filter(book::isUsed).toArray();
            int smallest = used[0], zero = used[0], largest = used[0];
            for (int code : used) {
                if (sum(book, code, false) < sum(book, smallest, false)) smallest = code;
                if (sum(book, code, true) < sum(book, zero, true)) zero = code;
                if (sum(book, code, false) > sum(book, largest, false)) largest = code;
            }
            return new Menu(book, used, smallest, zero, largest);
        }

        private static int sum(CodeBook book, int code, boolean absolute) {
            int sum = 0;
            for (int j = 0; j < book.codec().digits(); j++) sum += absolute ? Math.abs(book.digit(code, j)) : book.digit(code, j);
            return sum;
        }

        int choose(Pattern pattern, SplittableRandom random) {
            return switch (pattern) {
                case SMALLEST -> smallest;
                case ZERO -> zero;
                case LARGEST -> largest;
                case RANDOM -> used[random.nextInt(used.length)];
                case EXTREMES -> random.nextBoolean() ? smallest : largest;
            };
        }
    }
}
