package tern.scheduler.matrix;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import tern.ir.CodeBook;
import tern.ir.Packing;
import tern.ir.loop.Buf;
import tern.ir.loop.Loop.TileProduct;
import tern.scheduler.packing.CodeVector;
import tern.scheduler.packing.DigitDecoder;
import tern.scheduler.packing.TileCover;
import tern.scheduler.packing.Views;
import tern.scheduler.problem.InapplicableException;

/// How the codes of a packing become operands of [TileProduct]: groups of up to four digits of one row, for 16 rows at once, found by
/// enumeration. Unused bytes of a group meet activations that are 0.
///
/// @param cover   of 16 lanes, each vector holding codes of 16 rows that follow each other
/// @param books   of the packing's sections
/// @param columns for each group, the column in the tile of its four bytes, -1 for none
/// @param blocks  for each 16 rows of the tile and each group, the codes in it
public record MatrixView(
        Packing packing, TileCover cover, List<CodeBook> books, List<int[]> columns, List<List<List<VectorDigits>>> blocks) {

    /// Digits of a group.
    static final int GROUP = 4;

    /// Bits of a code that one lookup turns into bytes: 32 entries of 32 bits, two registers.
    public static final int LOOKUP_BITS = 5;

    /// Groups of a tile that are written out at most, those of all its rows counted.
    private static final int WRITTEN_OUT = 64;

    /// Digits of a vector's codes.
    ///
    /// @param vector    of the cover
    /// @param digits    numbers of the digits in the code
    /// @param positions bytes of the group, one for each digit
    public record VectorDigits(int vector, List<Integer> digits, List<Integer> positions) {}

    private static final Views<Packing, MatrixView> VIEWS = new Views<>();

    /// @throws InapplicableException if this packing cannot be computed this way; the message says why
    public static MatrixView of(Packing packing) {
        return VIEWS.get(packing, MatrixView::find);
    }

    private static MatrixView find(Packing packing) {
        int rows = TileProduct.ROWS;
        if (packing.tileBytes() % packing.word().bytes() != 0)
            throw new InapplicableException(String.format(ROOT, "a tile of %d bytes is no whole number of %s words", packing.tileBytes(), packing.word()));
        if (packing.spread()) throw new InapplicableException("the rows of a tile lie far apart");
        if (packing.rows() % rows != 0)
            throw new InapplicableException(String.format(ROOT, "a tile of %d rows is no whole number of %d", packing.rows(), rows));
        if (rows * packing.word().bytes() > Buf.SLACK)
            throw new InapplicableException(String.format(ROOT, "16 %s words are more than %d bytes", packing.word(), Buf.SLACK));
        TileCover cover = TileCover.of(packing, rows);
        List<CodeBook> books = packing.sections().stream().map(s -> CodeBook.of(s.codec())).toList();
        for (CodeBook book : books)
            if (book.codec().bits() > LOOKUP_BITS && DigitDecoder.of(book) instanceof DigitDecoder.Table)
                throw new InapplicableException(String.format(ROOT, "codec %s has %d entries to look up, 32 at most", book.codec().name(), book.codes()));
        var byBlock = new ArrayList<List<Integer>>();
        for (int b = 0; b < packing.rows() / rows; b++) byBlock.add(new ArrayList<>());
        for (int v = 0; v < cover.vectors().size(); v++) byBlock.get(blockOf(cover.vectors().get(v))).add(v);
        List<int[]> columns = List.of();
        var blocks = new ArrayList<List<List<VectorDigits>>>();
        for (List<Integer> vectors : byBlock) {
            vectors.sort(Comparator.comparingInt(v -> firstColumn(cover, v)));
            var own = new ArrayList<int[]>();
            blocks.add(groups(cover, vectors, own));
            if (blocks.size() == 1) columns = own;
            if (own.size() != columns.size()) throw new InapplicableException("rows of a tile hold different columns");
            for (int g = 0; g < own.size(); g++)
                if (!Arrays.equals(own.get(g), columns.get(g)))
                    throw new InapplicableException("rows of a tile hold their columns in different orders");
        }
        if (blocks.size() * columns.size() > WRITTEN_OUT)
            throw new InapplicableException("too many codes to be written out");
        return new MatrixView(packing, cover, books, columns, blocks);
    }

    /// Groups of a tile.
    int groups() {
        return columns.size();
    }

    private static int blockOf(CodeVector vector) {
        if (vector.lanes().contains(null) || !vector.hasOneRowPerCode())
            throw new InapplicableException("16 neighbouring words do not hold a code of a row each");
        int[] rows = vector.codeRows();
        for (int lane = 0; lane < rows.length; lane++)
            if (rows[lane] != rows[0] + lane || rows[0] % TileProduct.ROWS != 0)
                throw new InapplicableException("neighbouring words do not hold neighbouring rows");
        return rows[0] / TileProduct.ROWS;
    }

    private static int firstColumn(TileCover cover, int v) {
        CodeVector vector = cover.vectors().get(v);
        int first = Integer.MAX_VALUE;
        for (int j = 0; j < cover.digits(vector); j++) {
            if (!vector.hasOneColumn(j)) throw new InapplicableException("neighbouring rows hold different columns");
            if (vector.column(j) >= 0) first = Math.min(first, vector.column(j));
        }
        return first;
    }

    /// Codes one after the other; one that fits into a group is not cut.
    private static List<List<VectorDigits>> groups(TileCover cover, List<Integer> vectors, List<int[]> columns) {
        var groups = new ArrayList<List<VectorDigits>>();
        int used = GROUP;
        for (int v : vectors) {
            CodeVector vector = cover.vectors().get(v);
            var left = new ArrayList<Integer>();
            for (int j = 0; j < cover.digits(vector); j++) if (vector.column(j) >= 0) left.add(j);
            if (left.size() <= GROUP && used + left.size() > GROUP) used = GROUP;
            while (!left.isEmpty()) {
                if (used == GROUP) {
                    groups.add(new ArrayList<>());
                    columns.add(new int[] {-1, -1, -1, -1});
                    used = 0;
                }
                List<Integer> taken = List.copyOf(left.subList(0, Math.min(left.size(), GROUP - used)));
                left.subList(0, taken.size()).clear();
                var positions = new ArrayList<Integer>();
                for (int j : taken) {
                    columns.getLast()[used] = vector.column(j);
                    positions.add(used++);
                }
                groups.getLast().add(new VectorDigits(v, taken, positions));
            }
        }
        return groups;
    }
}
