package tern.ir;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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
/// @param scale     where scales are stored, null if the packing holds none
/// @param order     which tiles lie next to each other
/// @param spread    false: tile t holds the rows `t * rows + i`; true: the rows `t + i * (tiles along the rows)`, as in
///                  Hugging Face's packed checkpoints, whose byte holds rows a quarter of the matrix apart
/// @param headBytes bytes in front of each row of tiles that are no weights
/// @param tailBytes bytes after the last tile that are no weights
public record Packing(
        String name,
        int rows,
        int columns,
        Element word,
        int tileBytes,
        List<Section> sections,
        @Nullable Scale scale,
        Order order,
        boolean spread,
        int headBytes,
        int tailBytes) {

    public Packing {
        sections = List.copyOf(sections);
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

    /// Scales in a packing: weights for which `place` gives the same byte share one.
    ///
    /// @param place byte in the tile, the head or the tail at which the scale of a weight of the tile begins
    public record Scale(ScaleType type, Where where, TileLayout place) {}

    /// What a scale's place counts from.
    public enum Where {
        /// The tile: scales of groups.
        TILE,
        /// The bytes in front of a row of tiles: scales of rows.
        HEAD,
        /// The bytes after the last tile: the scale of the tensor.
        TAIL
    }

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
        long tiles = Math.multiplyExact((long) rowTiles(m) * columnTiles(k), (long) tileBytes);
        return Math.addExact(tiles, (long) rowTiles(m) * headBytes + tailBytes);
    }

    /// First byte of a tile.
    public long tileOffset(int rowTile, int columnTile, int m, int k) {
        long index = switch (order) {
            case K_INNERMOST -> (long) rowTile * columnTiles(k) + columnTile;
            case ROWS_INNERMOST -> (long) columnTile * rowTiles(m) + rowTile;
        };
        return index * tileBytes + (rowTile + 1L) * headBytes;
    }

    /// Neighbours along k that share a scale; 0 where all weights of a row do, or the packing has no scale.
    public int group() {
        if (scale == null || scale.where != Where.TILE) return 0;
        List<Layout.Mode> modes = scale.place.column().modes();
        if (modes.isEmpty()) return columns;
        return modes.getFirst().stride() == 0 ? modes.getFirst().extent() : 1;
    }

    /// Whether all weights of a matrix share one scale.
    public boolean hasOneScale() {
        return scale != null && scale.where == Where.TAIL
                && Stream.of(scale.place.row(), scale.place.column()).flatMap(layout -> layout.modes().stream()).allMatch(mode -> mode.stride() == 0);
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

    /// What a weight may be: the alphabets of all sections.
    public Interval weights() {
        return sections.stream().map(s -> CodeBook.of(s.codec()).alphabet()).reduce(Interval::union).orElseThrow();
    }

    /// All codes of a tile, in the order of their first field's bit.
    public List<PackedCode> codes() {
        return PackedCode.enumerate(this);
    }
}
