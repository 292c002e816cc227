package tern.ir;

import java.util.List;

/// Where each weight of a matrix is stored: codecs and layouts over a tile, and the order of the tiles.
///
/// A matrix of m rows (outputs) and k columns (inputs) is cut into tiles of `rows` x `columns`; the last ones are padded by
/// the rule of [Packer]. A tile is `tileBytes` bytes of little-endian words; bit b of a tile is bit `b % 8` of byte `b / 8`.
///
/// @param rows      rows of a tile
/// @param columns   k of a tile
/// @param word      I8, I16, I32 or I64: what a kernel loads; no field straddles two words
/// @param tileBytes bytes of a tile, bytes that are no weights included
/// @param sections  parts of the tile, each with a codec and layouts of its own; together they hold every weight once
/// @param extras    bytes of a tile that are no weights
/// @param order     which tiles lie next to each other
/// @param spread    false: tile t holds the rows `t * rows + i`; true: the rows `t + i * (tiles along the rows)`, as in
///                  Hugging Face's packed checkpoints, whose byte holds rows a quarter of the matrix apart
/// @param tailBytes bytes behind the last tile that are no weights
/// @param tail      what stands there
public record Packing(
        String name,
        int rows,
        int columns,
        Element word,
        int tileBytes,
        List<Section> sections,
        List<Extra> extras,
        Order order,
        boolean spread,
        int tailBytes,
        List<Extra> tail) {

    public Packing {
        sections = List.copyOf(sections);
        extras = List.copyOf(extras);
        tail = List.copyOf(tail);
    }

    /// A rectangle of the tile whose codes have one codec.
    ///
    /// Row and column of the maps count from the section's own corner.
    ///
    /// @param digit  which digit of its code a weight is
    /// @param fields for each field of the codec, the bit in the tile at which it begins
    public record Section(int row0, int rows, int column0, int columns, Codec codec, TileLayout digit, List<TileLayout> fields) {
        public Section {
            fields = List.copyOf(fields);
        }
    }

    /// A number for each (row, column): `row.at(r) + column.at(c)`.
    ///
    /// Kept in the one form with the fewest modes and the base in `row`: places that are equal everywhere are equal.
    public record TileLayout(Layout row, Layout column) {
        public TileLayout {
            row = new Layout(row.base() + column.base(), row.coalesce().modes());
            column = new Layout(0, column.coalesce().modes());
        }

        public int at(int r, int c) {
            return row.at(r) + column.at(c);
        }
    }

    /// A scale of the tensor, stored as `element` (F16, BF16 or F32) at byte `offset` of a tile or of the tail.
    public record Extra(Element element, int offset) {}

    /// Which tiles are neighbours in memory.
    public enum Order {
        /// All tiles along k of a row of tiles, then the next row.
        K_INNERMOST,
        /// All tiles of one column of tiles, then the next column: one k lies together for all rows.
        ROWS_INNERMOST
    }

    /// Tiles along the rows of a matrix with m rows.
    public int rowTiles(int m) {
        return Math.ceilDiv(m, rows);
    }

    /// Tiles along k.
    public int columnTiles(int k) {
        return Math.ceilDiv(k, columns);
    }

    /// Bytes of a packed matrix, tail included.
    public long bytes(int m, int k) {
        return Math.addExact(Math.multiplyExact((long) rowTiles(m) * columnTiles(k), (long) tileBytes), (long) tailBytes);
    }

    /// First byte of a tile.
    public long tileOffset(int rowTile, int columnTile, int m, int k) {
        long index = switch (order) {
            case K_INNERMOST -> (long) rowTile * columnTiles(k) + columnTile;
            case ROWS_INNERMOST -> (long) columnTile * rowTiles(m) + rowTile;
        };
        return index * tileBytes;
    }

    /// The row of the matrix that row `r` of row tile `rowTile` holds; it may be m or more: padding.
    public int rowOf(int rowTile, int r, int m) {
        return spread ? rowTile + r * rowTiles(m) : rowTile * rows + r;
    }

    /// Bits of memory per weight, without padding at the edges and without the tail.
    public double bitsPerWeight() {
        return 8.0 * tileBytes / ((double) rows * columns);
    }

    /// Words of a tile.
    public int words() {
        return tileBytes / word.bytes();
    }

    /// True if any weights of `range` can be packed, in every section.
    public boolean holdsAll(Interval range) {
        return sections.stream().allMatch(s -> CodeBook.of(s.codec()).holdsAll(range));
    }

    /// All codes of a tile, in the order of their first field's bit.
    public List<PackedCode> codes() {
        return PackedCode.enumerate(this);
    }
}
