package tern.ir;

import static java.util.Locale.ROOT;
import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Whether a packing holds given weights: a partial one holds some combinations of digits only.
///
/// @param codes  that the matrix takes
/// @param refused of them, those whose weights no code means
/// @param first  the first of these by row, then by column; null if there is none
public record PackingFit(long codes, long refused, @Nullable Place first) {

    private static final PackingFit NOTHING = new PackingFit(0, 0, null);

    /// Weights that no code means.
    ///
    /// @param row,k   of the first weight
    /// @param weights the digits in order, `any` for padding
    public record Place(int row, int k, String codec, String weights) {

        @Override
        public String toString() {
            return String.format(ROOT, "row %d, k %d: codec %s has no code for the weights %s", row, k, codec, weights);
        }
    }

    public boolean holds() {
        return refused == 0;
    }

    /// `3 of 400 codes do not fit, the first at row 1, k 8: ...`
    @Override
    public String toString() {
        if (first == null) return String.format(ROOT, "all %,d codes fit", codes);
        return String.format(ROOT, "%,d of %,d codes do not fit, the first at %s", refused, codes, first);
    }

    /// Of a matrix, with all processors.
    ///
    /// @param source `[m, k]`; read by several threads
    public static PackingFit of(Packing packing, int m, int k, Rows source) {
        var tile = new PackedTile(packing);
        return IntStream.range(0, packing.rowTiles(m)).parallel()
                .mapToObj(rowTile -> new Band(tile, m, k, source, rowTile).fit())
                .reduce(NOTHING, PackingFit::plus);
    }

    private PackingFit plus(PackingFit other) {
        Place least = Stream.of(first, other.first).filter(Objects::nonNull)
                .min(Comparator.comparingInt(Place::row).thenComparingInt(Place::k)).orElse(null);
        return new PackingFit(codes + other.codes, refused + other.refused, least);
    }

    /// A row of tiles.
    private static final class Band {
        private final PackedTile tile;
        private final Packing packing;
        private final int m, k, rowTile;
        private final byte[][] digits;

        Band(PackedTile tile, int m, int k, Rows source, int rowTile) {
            this.tile = tile;
            packing = tile.packing;
            this.m = m;
            this.k = k;
            this.rowTile = rowTile;
            digits = new byte[packing.rows()][Math.multiplyExact(packing.columnTiles(k), packing.columns())];
            for (int r = 0; r < packing.rows(); r++) {
                int row = packing.rowOf(rowTile, r, m);
                if (row < m) source.read(row, digits[r]);
                Arrays.fill(digits[r], row < m ? k : 0, digits[r].length, (byte) 0);
            }
        }

        PackingFit fit() {
            PackingFit all = NOTHING;
            for (PackedCode code : tile.codes) {
                long refused = 0;
                Place first = null;
                for (int columnTile = 0; columnTile < packing.columnTiles(k); columnTile++) {
                    Place place = refused(code, columnTile);
                    if (place == null) continue;
                    refused++;
                    if (first == null) first = place;
                }
                all = all.plus(new PackingFit(packing.columnTiles(k), refused, first));
            }
            return all;
        }

        /// Null if the code's weights fit.
        private @Nullable Place refused(PackedCode code, int columnTile) {
            int count = code.rows().length, row = Integer.MAX_VALUE, column = 0;
            int[] held = new int[count];
            boolean[] isWeight = new boolean[count];
            for (int j = 0; j < count; j++) {
                if (code.rows()[j] < 0) continue;
                int atRow = packing.rowOf(rowTile, code.rows()[j], m), at = columnTile * packing.columns() + code.columns()[j];
                held[j] = digits[code.rows()[j]][at];
                isWeight[j] = atRow < m && at < k;
                if (!isWeight[j] || atRow > row || atRow == row && at >= column) continue;
                row = atRow;
                column = at;
            }
            CodeBook book = tile.books[code.section()];
            if (book.encode(held, 0) >= 0 || book.encodePadded(held, isWeight) >= 0) return null;
            List<String> shown = new ArrayList<>();
            for (int j = 0; j < count; j++) shown.add(isWeight[j] ? String.valueOf(held[j]) : "any");
            return new Place(row, column, book.codec().name(), shown.stream().collect(joining(" ")));
        }
    }
}
