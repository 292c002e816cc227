package tern.ir;

import static java.util.Locale.ROOT;

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
    /// For each row of the tile its columns, those of one code next to each other.
    private final int[][] columnsByCode;

    /// @param bytes [Packing#bytes] long or longer
    /// @throws IllegalArgumentException if it is shorter, or the packing is none: see [PackingCheck]
    public PackedMatrix(Packing packing, int m, int k, MemorySegment bytes) {
        requireBytes(packing, m, k, bytes);
        this.packing = packing;
        this.m = m;
        this.k = k;
        this.bytes = bytes;
        tile = new PackedTile(packing);
        meaning = new short[tile.books.length][][];
        for (int s = 0; s < meaning.length; s++) meaning[s] = meaning(tile.books[s]);
        codeOf = new int[packing.rows()][packing.columns()];
        digitOf = new int[packing.rows()][packing.columns()];
        columnsByCode = new int[packing.rows()][packing.columns()];
        int[] placed = new int[packing.rows()];
        for (int c = 0; c < tile.codes.size(); c++) {
            PackedCode code = tile.codes.get(c);
            for (int j = 0; j < code.rows().length; j++) {
                if (code.rows()[j] < 0) continue;
                codeOf[code.rows()[j]][code.columns()[j]] = c;
                digitOf[code.rows()[j]][code.columns()[j]] = j;
                columnsByCode[code.rows()[j]][placed[code.rows()[j]]++] = code.columns()[j];
            }
        }
    }

    private PackedMatrix(PackedMatrix like, int m, int k, MemorySegment bytes) {
        requireBytes(like.packing, m, k, bytes);
        packing = like.packing;
        this.m = m;
        this.k = k;
        this.bytes = bytes;
        tile = like.tile;
        meaning = like.meaning;
        codeOf = like.codeOf;
        digitOf = like.digitOf;
        columnsByCode = like.columnsByCode;
    }

    private static void requireBytes(Packing packing, int m, int k, MemorySegment bytes) {
        if (bytes.byteSize() < packing.bytes(m, k))
            throw new IllegalArgumentException(String.format(ROOT, "packing %s needs %d bytes for %d x %d weights, found %d",
                    packing.name(), packing.bytes(m, k), m, k, bytes.byteSize()));
    }

    /// Another matrix in this packing, read by the same tables: a model has hundreds.
    ///
    /// @param bytes [Packing#bytes] long or longer
    /// @throws IllegalArgumentException if it is shorter
    public PackedMatrix another(int m, int k, MemorySegment bytes) {
        return new PackedMatrix(this, m, k, bytes);
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
        if (new Reader(rowTile, r, digits).read()) throw unused(row, rowTile, r);
    }

    /// One row, some tiles together: code after code, and each code in all of them.
    private final class Reader {
        private final int rowTile, r, columnTiles;
        private final byte[] digits;
        /// For each tile a cell, which lies at byte `cellAt` of the tile; -1 for none.
        private final long[] cells;
        private final int[] codes;
        private int cellAt, firstTile;
        private long first, stride;
        /// All meanings read, or-ed.
        private int seen;

        Reader(int rowTile, int r, byte[] digits) {
            this.rowTile = rowTile;
            this.r = r;
            this.digits = digits;
            columnTiles = packing.columnTiles(k);
            int together = Math.min(tile.tilesAtOnce(), columnTiles);
            cells = new long[together];
            codes = new int[together];
        }

        /// @return whether a code that means nothing was read
        boolean read() {
            int[] columns = columnsByCode[r];
            for (firstTile = 0; firstTile < columnTiles; firstTile += cells.length) {
                first = packing.tileOffset(rowTile, firstTile, m, k);
                stride = firstTile + 1 < columnTiles ? packing.tileOffset(rowTile, firstTile + 1, m, k) - first : 0;
                cellAt = -1;
                int last = -1;
                for (int column : columns) {
                    int tiles = tiles(column);
                    if (tiles == 0) continue;
                    int c = codeOf[r][column];
                    PackedCode code = tile.codes.get(c);
                    short[] table = meaning[code.section()][digitOf[r][column]];
                    int start = firstTile * packing.columns() + column;
                    if (code.bits().length == 1) {
                        load(code.bits()[0]);
                        seen |= translate(table, tile.shift(code.bits()[0]), tile.fieldMask(code, 0), start, tiles);
                    } else {
                        if (c != last) gather(code);
                        seen |= translate(table, start, tiles);
                    }
                    last = c;
                }
            }
            return (seen & UNUSED) != 0;
        }

        /// Those of the tiles in which the column is no padding.
        private int tiles(int column) {
            int step = packing.columns(), start = firstTile * step + column;
            return start >= k ? 0 : Math.min(cells.length, (k - start + step - 1) / step);
        }

        private void load(int bit) {
            if (tile.cellOffset(bit) == cellAt) return;
            cellAt = tile.cellOffset(bit);
            tile.load(bytes, first + cellAt, stride, cells, Math.min(cells.length, columnTiles - firstTile));
        }

        private void gather(PackedCode code) {
            Arrays.fill(codes, 0);
            int below = 0;
            for (int f = 0; f < code.bits().length; f++) {
                load(code.bits()[f]);
                int shift = tile.shift(code.bits()[f]), mask = tile.fieldMask(code, f);
                for (int t = 0; t < codes.length; t++) codes[t] |= ((int) (cells[t] >>> shift) & mask) << below;
                below += tile.fieldBits(code, f);
            }
        }

        private int translate(short[] table, int shift, int mask, int column, int tiles) {
            long[] cells = this.cells;
            byte[] digits = this.digits;
            int seen = 0, step = packing.columns();
            for (int t = 0; t < tiles; t++, column += step) {
                int digit = table[(int) (cells[t] >>> shift) & mask];
                digits[column] = (byte) digit;
                seen |= digit;
            }
            return seen;
        }

        private int translate(short[] table, int column, int tiles) {
            int seen = 0, step = packing.columns();
            for (int t = 0; t < tiles; t++, column += step) {
                int digit = table[codes[t]];
                digits[column] = (byte) digit;
                seen |= digit;
            }
            return seen;
        }
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
                return new IllegalArgumentException(String.format(ROOT, "packing %s, row %d, column %d: code %d of codec %s means nothing",
                        packing.name(), row, column, found, book.codec().name()));
        }
        throw new AssertionError("no unused code in row " + row);
    }

    /// The scale of each weight; [Scales.One] if there is one for all.
    ///
    /// @throws IllegalStateException if the packing holds no scales
    public Scales scales() {
        Packing.Scale scale = packing.scale();
        if (scale == null) throw new IllegalStateException("packing " + packing.name() + " holds no scales");
        int size = packing.group(), rowTiles = packing.rowTiles(m);
        if (packing.hasOneScale()) return Scales.one(scale.type().read(bytes, packing.bytes(m, k) - packing.tailBytes() + scale.place().at(0, 0)));
        return new Scales() {
            @Override
            public int group() {
                return size;
            }

            @Override
            public ScaleType type() {
                return scale.type();
            }

            @Override
            public float at(int row, int group) {
                int rowTile = packing.spread() ? row % rowTiles : row / packing.rows();
                int r = packing.spread() ? row / rowTiles : row % packing.rows(), column = group * size;
                long from = switch (scale.where()) {
                    case TILE -> packing.tileOffset(rowTile, column / packing.columns(), m, k);
                    case HEAD -> packing.tileOffset(rowTile, 0, m, k) - packing.headBytes();
                    case TAIL -> packing.bytes(m, k) - packing.tailBytes();
                };
                return scale.type().read(bytes, from + scale.place().at(r, column % packing.columns()));
            }
        };
    }
}
