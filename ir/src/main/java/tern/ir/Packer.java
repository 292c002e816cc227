package tern.ir;

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
    /// @param scale  of the tensor; written to every scale that the packing has, rounded to its type
    public PackedMatrix pack(int m, int k, Rows source, float scale) {
        MemorySegment bytes = Arena.ofAuto().allocate(Math.max(1, packing.bytes(m, k)), 64);
        pack(m, k, source, bytes, scale, 0, packing.rowTiles(m));
        return new PackedMatrix(packing, m, k, bytes);
    }

    /// Some row tiles of a matrix: the unit in which threads share the work. The tail is written with the last row tile.
    ///
    /// @param source      `[m, k]`
    /// @param out         the whole matrix, [Packing#bytes] long or longer; only the bytes of these row tiles are written
    /// @param scale       of the tensor; written to every scale that the packing has, rounded to its type
    /// @param rowTileFrom first row tile
    /// @param rowTileTo   one behind the last
    /// @throws IllegalArgumentException if no code holds the weights at some place
    public void pack(int m, int k, Rows source, MemorySegment out, float scale, int rowTileFrom, int rowTileTo) {
        Objects.checkFromToIndex(rowTileFrom, rowTileTo, packing.rowTiles(m));
        if (out.byteSize() < packing.bytes(m, k))
            throw new IllegalArgumentException("packing %s needs %d bytes for %d x %d weights, found %d"
                    .formatted(packing.name(), packing.bytes(m, k), m, k, out.byteSize()));
        var band = new Band(m, k, source, out);
        for (int rowTile = rowTileFrom; rowTile < rowTileTo; rowTile++) band.pack(rowTile, scale);
        if (rowTileTo == packing.rowTiles(m)) writeTail(out.asSlice(packing.bytes(m, k) - packing.tailBytes()), scale);
    }

    private void writeTail(MemorySegment tail, float scale) {
        tail.asSlice(0, packing.tailBytes()).fill((byte) 0);
        for (Packing.Extra extra : packing.tail()) PackedTile.writeScale(tail, extra.offset(), extra.element(), scale);
    }

    /// One row of tiles at a time: code after code, and each code in all tiles along k.
    private final class Band {
        private final int m, k, tiles;
        private final Rows source;
        private final MemorySegment out;
        /// The digits of the tiles' rows, padded with zeros.
        private final byte[][] digits;
        /// For each tile the index of the current code's digits.
        private final int[] index;
        private int rowTile;

        Band(int m, int k, Rows source, MemorySegment out) {
            this.m = m;
            this.k = k;
            this.source = source;
            this.out = out;
            tiles = packing.columnTiles(k);
            digits = new byte[packing.rows()][Math.multiplyExact(tiles, packing.columns())];
            index = new int[tiles];
        }

        void pack(int rowTile, float scale) {
            this.rowTile = rowTile;
            for (int r = 0; r < packing.rows(); r++) {
                int row = packing.rowOf(rowTile, r, m);
                if (row < m) source.read(row, digits[r]);
                Arrays.fill(digits[r], row < m ? k : 0, digits[r].length, (byte) 0);
            }
            clear(scale);
            for (PackedCode code : tile.codes) {
                findIndices(code);
                write(code);
            }
        }

        private long offset(int columnTile) {
            return packing.tileOffset(rowTile, columnTile, m, k);
        }

        private void clear(float scale) {
            if (packing.order() == Packing.Order.K_INNERMOST)
                out.asSlice(offset(0), (long) tiles * packing.tileBytes()).fill((byte) 0);
            for (int t = 0; t < tiles; t++) {
                if (packing.order() == Packing.Order.ROWS_INNERMOST)
                    out.asSlice(offset(t), packing.tileBytes()).fill((byte) 0);
                for (Packing.Extra extra : packing.extras())
                    PackedTile.writeScale(out, offset(t) + extra.offset(), extra.element(), scale);
            }
        }

        private void findIndices(PackedCode code) {
            Arrays.fill(index, 0);
            for (int j = 0; j < code.rows().length; j++) {
                int[] place = places[code.section()][j];
                if (code.rows()[j] < 0) add(place[0]);
                else add(place, digits[code.rows()[j]], code.columns()[j]);
            }
        }

        private void add(int constant) {
            for (int t = 0; t < tiles; t++) index[t] += constant;
        }

        private void add(int[] place, byte[] row, int column) {
            int step = packing.columns();
            for (int t = 0; t < tiles; t++, column += step) index[t] += place[row[column] & 0xff];
        }

        private void write(PackedCode code) {
            int[] codes = written[code.section()];
            for (int t = 0; t < tiles; t++) {
                int i = index[t];
                index[t] = i < codes.length && codes[i] >= 0 ? codes[i] : pad(code, t);
            }
            int below = 0;
            for (int f = 0; f < code.bits().length; f++) {
                int width = tile.fieldBits(code, f), bit = code.bits()[f];
                write(below, (1 << width) - 1, tile.cellOffset(bit), tile.shift(bit));
                below += width;
            }
        }

        private void write(int below, int mask, int cell, int shift) {
            long at = offset(0) + cell, step = tiles > 1 ? offset(1) - offset(0) : 0;
            for (int t = 0; t < tiles; t++, at += step) tile.or(out, at, (long) (index[t] >> below & mask) << shift);
        }

        /// The code for digits that are not held as they stand: padding may have to be something else than zero.
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
            throw new IllegalArgumentException("packing %s, row %d, column %d: codec %s has no code for the weights %s"
                    .formatted(packing.name(), firstRow, firstColumn, tile.books[code.section()].codec().name(),
                            String.join(" ", shown)));
        }
    }
}
