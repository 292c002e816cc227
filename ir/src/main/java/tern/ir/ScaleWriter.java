package tern.ir;

import static java.util.Locale.ROOT;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Writes the scales of a matrix where its packing has them, after the weights: [Packer] writes whole tiles.
///
/// Weights that share a scale in the packing must have one. A scale of padding alone is 0.
final class ScaleWriter {

    private final Packing packing;
    private final int m, k;
    private final Scales scales;
    private final MemorySegment out;
    private final Packing.@Nullable Scale scale;
    /// For each row of a tile the first one with which it shares its scales.
    private final int[] first;

    ScaleWriter(Packing packing, int m, int k, Scales scales, MemorySegment out) {
        this.packing = packing;
        this.m = m;
        this.k = k;
        this.scales = scales;
        this.out = out;
        scale = packing.scale();
        first = new int[packing.rows()];
        for (int r = 0; r < first.length && scale != null; r++)
            while (scale.place().row().at(first[r]) != scale.place().row().at(r)) first[r]++;
    }

    /// The head and the tiles' scales of one row of tiles.
    void rowTile(int rowTile) {
        long head = packing.tileOffset(rowTile, 0, m, k) - packing.headBytes();
        if (packing.headBytes() > 0) out.asSlice(head, packing.headBytes()).fill((byte) 0);
        if (scale == null) return;
        switch (scale.where()) {
            case TILE -> {
                int group = packing.group();
                for (int tile = 0; tile < packing.columnTiles(k); tile++)
                    for (int c = 0; c < packing.columns(); c += group)
                        write(scale, rowTile, packing.tileOffset(rowTile, tile, m, k), c, tile * packing.columns() + c, group);
            }
            case HEAD -> write(scale, rowTile, head, 0, 0, k);
            case TAIL -> {}
        }
    }

    void tail() {
        if (packing.tailBytes() == 0) return;
        long from = packing.bytes(m, k) - packing.tailBytes();
        out.asSlice(from, packing.tailBytes()).fill((byte) 0);
        if (scale == null || scale.where() != Packing.Where.TAIL) return;
        float one = scales.at(0, 0);
        for (int row = 0; row < m; row++) require(one, row, 0, k);
        scale.type().write(out, from + scale.place().at(0, 0), one);
    }

    /// The scales of `size` columns from `column` on, which is column `c` of a tile.
    private void write(Packing.Scale scale, int rowTile, long from, int c, int column, int size) {
        for (int r = 0; r < first.length; r++) {
            int row = packing.rowOf(rowTile, r, m);
            float one = row < m && column < k ? scales.of(packing.rowOf(rowTile, first[r], m), column) : 0;
            if (row < m) require(one, row, column, Math.min(k, column + size));
            if (first[r] == r) scale.type().write(out, from + scale.place().at(r, c), one);
        }
    }

    private void require(float one, int row, int column, int end) {
        int step = scales.group() == 0 ? k : scales.group();
        for (int c = column; c < end; c = (c / step + 1) * step)
            if (scales.of(row, c) != one)
                throw new IllegalArgumentException(
                        String.format(ROOT, "packing %s, row %d, column %d: scale %s, where the packing has one scale together with %s",
                                packing.name(), row, c, scales.of(row, c), one));
    }
}
