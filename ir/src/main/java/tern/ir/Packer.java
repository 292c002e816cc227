package tern.ir;

import static java.util.Locale.ROOT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// Writes matrices in a packing. Nobody writes a packer: this one is derived from the [Packing].
///
/// Padding: in the tiles at the edges, rows beyond m and columns beyond k are padding. It is zero where the codec has a code
/// with zeros there, else the first digits that it can hold ([CodeBook#encodePadded]). A codec of which no code means the
/// weights is an error that names them.
///
/// A packer has no state of its own: several threads may pack different row tiles of one matrix.
public final class Packer {

    /// Added to an index for a digit outside the alphabet: no sum of places comes near.
    private static final int OUTSIDE = 1 << 24;

    private final Packing packing;
    private final PackedTile tile;
    /// `[section][j][digit & 0xff]`: what digit j adds to the index of [CodeBook#canonicalCodes].
    private final int[][][] places;
    /// `[section][index]`: code to write, -1 where there is none.
    private final int[][] written;

    private Packer(Packing packing) {
        this.packing = packing;
        tile = new PackedTile(packing);
        places = new int[tile.books.length][][];
        written = new int[tile.books.length][];
        for (int s = 0; s < tile.books.length; s++) {
            places[s] = places(tile.books[s]);
            written[s] = tile.books[s].canonicalCodes();
        }
    }

    /// @throws IllegalArgumentException if the packing is none: see [PackingCheck]
    public static Packer of(Packing packing) {
        return new Packer(packing);
    }

    private static int[][] places(CodeBook book) {
        Interval alphabet = book.alphabet();
        int[][] places = new int[book.codec().digits()][256];
        int worth = 1;
        for (int[] place : places) {
            Arrays.fill(place, OUTSIDE);
            for (int digit = (int) alphabet.low(); digit <= alphabet.high(); digit++)
                place[digit & 0xff] = (digit - (int) alphabet.low()) * worth;
            worth *= (int) (alphabet.high() - alphabet.low() + 1);
        }
        return places;
    }

    public Packing packing() {
        return packing;
    }

    /// A whole matrix, in memory of its own that the garbage collector frees.
    ///
    /// @param source `[m, k]`
    /// @param scales rounded to the packing's type; ignored by a packing without scales
    public PackedMatrix pack(int m, int k, Rows source, Scales scales) {
        MemorySegment bytes = Arena.ofAuto().allocate(Math.max(1, packing.bytes(m, k)), 64);
        pack(m, k, source, bytes, scales, 0, packing.rowTiles(m));
        return new PackedMatrix(packing, m, k, bytes);
    }

    /// The same with one scale.
    public PackedMatrix pack(int m, int k, Rows source, float scale) {
        return pack(m, k, source, Scales.one(scale));
    }

    /// Some row tiles of a matrix: the unit in which threads share the work. The tail is written with the last row tile.
    ///
    /// @param source      `[m, k]`
    /// @param out         the whole matrix, [Packing#bytes] long or longer; only the bytes of these row tiles are written
    /// @param scales      rounded to the packing's type; ignored by a packing without scales
    /// @param rowTileFrom first row tile
    /// @param rowTileTo   one past the last
    /// @throws IllegalArgumentException if no code holds the weights at some place, or weights that share a scale in the packing have
    ///                                  different ones
    public void pack(int m, int k, Rows source, MemorySegment out, Scales scales, int rowTileFrom, int rowTileTo) {
        Objects.checkFromToIndex(rowTileFrom, rowTileTo, packing.rowTiles(m));
        if (out.byteSize() < packing.bytes(m, k))
            throw new IllegalArgumentException(String.format(ROOT, "packing %s needs %d bytes for %d x %d weights, found %d",
                    packing.name(), packing.bytes(m, k), m, k, out.byteSize()));
        var band = new Band(m, k, source, out);
        var written = new ScaleWriter(packing, m, k, scales, out);
        for (int rowTile = rowTileFrom; rowTile < rowTileTo; rowTile++) {
            band.pack(rowTile);
            written.rowTile(rowTile);
        }
        if (rowTileTo == packing.rowTiles(m)) written.tail();
    }

    /// One row of tiles at a time, some tiles along k together: code after code, and each code in all of them.
    private final class Band {
        private final int m, k, columnTiles;
        private final Rows source;
        private final MemorySegment out;
        /// The digits of the tiles' rows, padded with zeros.
        private final byte[][] digits;
        /// For each tile the index of the current code's digits, or the code.
        private final int[] index;
        /// The tiles' bytes.
        private final byte[] stage;
        /// For each tile the bits of one cell, which lies at byte `cellAt` of the tile; -1 for none.
        private final long[] cell;
        private int cellAt = -1;
        private int rowTile, firstTile, tiles;

        Band(int m, int k, Rows source, MemorySegment out) {
            this.m = m;
            this.k = k;
            this.source = source;
            this.out = out;
            columnTiles = packing.columnTiles(k);
            digits = new byte[packing.rows()][Math.multiplyExact(columnTiles, packing.columns())];
            int together = Math.min(columnTiles, tile.tilesAtOnce());
            index = new int[together];
            cell = new long[together];
            stage = new byte[together * packing.tileBytes()];
        }

        void pack(int rowTile) {
            this.rowTile = rowTile;
            for (int r = 0; r < packing.rows(); r++) {
                int row = packing.rowOf(rowTile, r, m);
                if (row < m) source.read(row, digits[r]);
                Arrays.fill(digits[r], row < m ? k : 0, digits[r].length, (byte) 0);
            }
            for (firstTile = 0; firstTile < columnTiles; firstTile += tiles) {
                tiles = Math.min(index.length, columnTiles - firstTile);
                Arrays.fill(stage, (byte) 0);
                for (PackedCode code : tile.codes) {
                    int last = code.rows().length - 1;
                    addPlaces(code, last);
                    if (code.bits().length > 1 || code.rows()[last] < 0) placeFields(code);
                    else {
                        int at = tile.cellOffset(code.bits()[0]);
                        if (at != cellAt) flush(at);
                        addToCell(code, digits[code.rows()[last]], code.columns()[last]);
                    }
                }
                flush(-1);
                store();
            }
        }

        /// The index of a code's first digits.
        private void addPlaces(PackedCode code, int count) {
            Arrays.fill(index, 0, tiles, 0);
            for (int j = 0; j < count; j++) addPlace(code, j);
        }

        private void addPlace(PackedCode code, int j) {
            int[] place = places[code.section()][j];
            if (code.rows()[j] >= 0) addPlaces(place, digits[code.rows()[j]], code.columns()[j]);
            else for (int t = 0; t < tiles; t++) index[t] += place[0];
        }

        private void addPlaces(int[] place, byte[] row, int column) {
            int[] index = this.index;
            int step = packing.columns(), at = firstTile * step + column, tiles = this.tiles;
            for (int t = 0; t < tiles; t++, at += step) index[t] += place[row[at] & 0xff];
        }

        /// The last digit of a code of one field. Codes that share a cell are put together before it is written.
        private void addToCell(PackedCode code, byte[] row, int column) {
            int[] place = places[code.section()][code.rows().length - 1];
            int[] codes = written[code.section()], index = this.index;
            long[] cell = this.cell;
            int step = packing.columns(), at = firstTile * step + column, tiles = this.tiles;
            int shift = tile.shift(code.bits()[0]);
            for (int t = 0; t < tiles; t++, at += step) {
                int i = index[t] + place[row[at] & 0xff];
                int value = i < codes.length ? codes[i] : -1;
                if (value < 0) value = pad(code, firstTile + t);
                cell[t] |= (long) value << shift;
            }
        }

        private void placeFields(PackedCode code) {
            addPlace(code, code.rows().length - 1);
            int[] codes = written[code.section()];
            for (int t = 0; t < tiles; t++) {
                int i = index[t];
                index[t] = i < codes.length && codes[i] >= 0 ? codes[i] : pad(code, firstTile + t);
            }
            int below = 0;
            for (int f = 0; f < code.bits().length; f++) {
                int width = tile.fieldBits(code, f), bit = code.bits()[f];
                placeField(below, tile.fieldMask(code, f), tile.cellOffset(bit), tile.shift(bit));
                below += width;
            }
        }

        private void placeField(int below, int mask, int at, int shift) {
            int step = packing.tileBytes();
            for (int t = 0; t < tiles; t++, at += step) tile.or(stage, at, (long) (index[t] >> below & mask) << shift);
        }

        private void flush(int next) {
            int at = cellAt, step = packing.tileBytes();
            if (at >= 0) for (int t = 0; t < tiles; t++, at += step) tile.or(stage, at, cell[t]);
            Arrays.fill(cell, 0);
            cellAt = next;
        }

        private void store() {
            MemorySegment packed = MemorySegment.ofArray(stage);
            int together = switch (packing.order()) {
                case K_INNERMOST -> tiles;
                case ROWS_INNERMOST -> 1;
            };
            for (int t = 0; t < tiles; t += together)
                MemorySegment.copy(packed, (long) t * packing.tileBytes(), out,
                        packing.tileOffset(rowTile, firstTile + t, m, k), (long) together * packing.tileBytes());
        }

        /// The code for digits that are not held as they are: padding may have to be something else than zero.
        private int pad(PackedCode code, int columnTile) {
            int g = code.rows().length;
            int[] held = new int[g];
            boolean[] isWeight = new boolean[g];
            int firstRow = -1, firstColumn = -1;
            for (int j = g - 1; j >= 0; j--) {
                if (code.rows()[j] < 0) continue;
                int row = packing.rowOf(rowTile, code.rows()[j], m);
                int column = columnTile * packing.columns() + code.columns()[j];
                held[j] = digits[code.rows()[j]][column];
                isWeight[j] = row < m && column < k;
                if (!isWeight[j]) continue;
                firstRow = row;
                firstColumn = column;
            }
            int padded = tile.books[code.section()].encodePadded(held, isWeight);
            if (padded >= 0) return padded;
            List<String> shown = new ArrayList<>();
            for (int j = 0; j < g; j++) shown.add(isWeight[j] ? "" + held[j] : "any");
            throw new IllegalArgumentException(String.format(ROOT, "packing %s, row %d, column %d: codec %s has no code for the weights %s",
                    packing.name(), firstRow, firstColumn, tile.books[code.section()].codec().name(),
                    String.join(" ", shown)));
        }
    }
}
