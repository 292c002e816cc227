package tern.ir;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A matrix of weights in a packing, and its digits row by row: the inverse of [Packer], derived from the same [Packing].
///
/// Any number of threads may read at once.
public final class PackedMatrix implements Rows {

    /// Marks a code that means nothing, above the digit's byte.
    private static final int UNUSED = 0x100;

    private final Packing packing;
    private final int m, k;
    private final MemorySegment bytes;
    private final PackedTile tile;
    /// `[section][j][code]`: the digit's byte, or [#UNUSED].
    private final short[][][] meaning;
    /// `[row of the tile][column]`: the code that holds the weight, and which of its digits it is.
    private final int[][] codeOf, digitOf;

    /// @param bytes [Packing#bytes] long or longer
    /// @throws IllegalArgumentException if it is shorter, or the packing is none: see [PackingCheck]
    public PackedMatrix(Packing packing, int m, int k, MemorySegment bytes) {
        if (bytes.byteSize() < packing.bytes(m, k))
            throw new IllegalArgumentException("packing %s needs %d bytes for %d x %d weights, found %d"
                    .formatted(packing.name(), packing.bytes(m, k), m, k, bytes.byteSize()));
        this.packing = packing;
        this.m = m;
        this.k = k;
        this.bytes = bytes;
        tile = new PackedTile(packing);
        meaning = new short[tile.books.length][][];
        for (int s = 0; s < meaning.length; s++) meaning[s] = meaning(tile.books[s]);
        codeOf = new int[packing.rows()][packing.columns()];
        digitOf = new int[packing.rows()][packing.columns()];
        for (int c = 0; c < tile.codes.size(); c++) {
            PackedCode code = tile.codes.get(c);
            for (int j = 0; j < code.rows().length; j++) {
                if (code.rows()[j] < 0) continue;
                codeOf[code.rows()[j]][code.columns()[j]] = c;
                digitOf[code.rows()[j]][code.columns()[j]] = j;
            }
        }
    }

    private static short[][] meaning(CodeBook book) {
        short[][] meaning = new short[book.codec().digits()][book.codes()];
        for (int j = 0; j < meaning.length; j++)
            for (int code = 0; code < book.codes(); code++)
                meaning[j][code] = (short) (book.isUsed(code) ? book.digit(code, j) & 0xff : UNUSED);
        return meaning;
    }

    public Packing packing() {
        return packing;
    }

    /// Rows.
    public int m() {
        return m;
    }

    /// Columns.
    public int k() {
        return k;
    }

    public MemorySegment bytes() {
        return bytes;
    }

    /// @throws IllegalArgumentException if a code of the row means nothing
    @Override
    public void read(int row, byte[] digits) {
        int rowTiles = packing.rowTiles(m);
        int rowTile = packing.spread() ? row % rowTiles : row / packing.rows();
        int r = packing.spread() ? row / rowTiles : row % packing.rows();
        int[] scratch = new int[packing.columnTiles(k)];
        int seen = 0;
        for (int column = 0; column < packing.columns() && column < k; column++)
            seen |= readColumn(rowTile, r, column, digits, scratch);
        if ((seen & UNUSED) != 0) throw unused(row, rowTile, r);
    }

    /// One column of the row's tiles, in all tiles.
    ///
    /// @return all meanings, or-ed
    private int readColumn(int rowTile, int r, int column, byte[] digits, int[] scratch) {
        PackedCode code = tile.codes.get(codeOf[r][column]);
        int step = packing.columns(), tiles = (k - column + step - 1) / step;
        long first = packing.tileOffset(rowTile, 0, m, k);
        long stride = tiles > 1 ? packing.tileOffset(rowTile, 1, m, k) - first : 0;
        short[] table = meaning[code.section()][digitOf[r][column]];
        int bit = code.bits()[0], mask = (1 << tile.fieldBits(code, 0)) - 1;
        if (code.bits().length == 1)
            return translate(first + tile.cellOffset(bit), stride, tile.shift(bit), mask, table, digits, column, step, tiles);
        Arrays.fill(scratch, 0);
        int below = 0;
        for (int f = 0; f < code.bits().length; f++) {
            bit = code.bits()[f];
            int width = tile.fieldBits(code, f);
            gather(first + tile.cellOffset(bit), stride, tile.shift(bit), (1 << width) - 1, below, scratch, tiles);
            below += width;
        }
        int seen = 0;
        for (int t = 0; t < tiles; t++) {
            int digit = table[scratch[t]];
            digits[column + t * step] = (byte) digit;
            seen |= digit;
        }
        return seen;
    }

    private int translate(
            long at, long stride, int shift, int mask, short[] table, byte[] digits, int column, int step, int tiles) {
        int seen = 0;
        for (int t = 0; t < tiles; t++, at += stride, column += step) {
            int digit = table[(int) (tile.load(bytes, at) >>> shift) & mask];
            digits[column] = (byte) digit;
            seen |= digit;
        }
        return seen;
    }

    private void gather(long at, long stride, int shift, int mask, int below, int[] codes, int tiles) {
        for (int t = 0; t < tiles; t++, at += stride)
            codes[t] |= ((int) (tile.load(bytes, at) >>> shift) & mask) << below;
    }

    private int codeAt(int rowTile, int columnTile, PackedCode code) {
        int value = 0, below = 0;
        long first = packing.tileOffset(rowTile, columnTile, m, k);
        for (int f = 0; f < code.bits().length; f++) {
            int bit = code.bits()[f], width = tile.fieldBits(code, f);
            long field = tile.load(bytes, first + tile.cellOffset(bit)) >>> tile.shift(bit) & (1 << width) - 1;
            value |= (int) field << below;
            below += width;
        }
        return value;
    }

    private IllegalArgumentException unused(int row, int rowTile, int r) {
        for (int column = 0; column < k; column++) {
            PackedCode code = tile.codes.get(codeOf[r][column % packing.columns()]);
            CodeBook book = tile.books[code.section()];
            int found = codeAt(rowTile, column / packing.columns(), code);
            if (!book.isUsed(found))
                return new IllegalArgumentException("packing %s, row %d, column %d: code %d of codec %s means nothing"
                        .formatted(packing.name(), row, column, found, book.codec().name()));
        }
        throw new AssertionError("no unused code in row " + row);
    }

    /// Scale `index` of a tile.
    ///
    /// @throws IndexOutOfBoundsException if the packing has no such scale in its tiles
    public float scaleAt(int rowTile, int columnTile, int index) {
        Packing.Extra extra = packing.extras().get(index);
        return PackedTile.readScale(bytes, packing.tileOffset(rowTile, columnTile, m, k) + extra.offset(), extra.element());
    }

    /// The first scale of a tile.
    ///
    /// @throws IndexOutOfBoundsException if the packing has no scale in its tiles
    public float scaleAt(int rowTile, int columnTile) {
        return scaleAt(rowTile, columnTile, 0);
    }

    /// The first scale of the tail.
    ///
    /// @throws IndexOutOfBoundsException if the packing has no scale in its tail
    public float tailScale() {
        Packing.Extra extra = packing.tail().getFirst();
        return PackedTile.readScale(bytes, packing.bytes(m, k) - packing.tailBytes() + extra.offset(), extra.element());
    }
}
