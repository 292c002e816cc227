package tern.ir.reference;

import tern.ir.CacheLayout;

/// Keys, or values, of one position.
final class CachedRow {

    private CachedRow() {}

    static void write(CacheLayout layout, Cells cache, int kvHead, int position, float[] row) {
        long at = layout.row(kvHead, position);
        if (!layout.isScaled()) {
            for (int j = 0; j < row.length; j++) cache.real(layout.element(), at / layout.element().bytes() + j, row[j]);
            return;
        }
        float largest = 0;
        for (float x : row) largest = Math.max(largest, Math.abs(x));
        cache.f32(layout.scale(kvHead, position) / 4, largest / CacheLayout.LARGEST);
        float factor = largest == 0 ? 0 : CacheLayout.LARGEST / largest;
        for (int j = 0; j < row.length; j++) cache.i8(at + j, CacheLayout.quantised(row[j], factor));
    }

    static float[] read(CacheLayout layout, Cells cache, int kvHead, int position) {
        float[] row = new float[layout.headDim()];
        long at = layout.row(kvHead, position);
        float scale = layout.isScaled() ? cache.f32(layout.scale(kvHead, position) / 4) : 1;
        for (int j = 0; j < row.length; j++)
            row[j] = layout.isScaled() ? cache.i8(at + j) * scale : cache.real(layout.element(), at / layout.element().bytes() + j);
        return row;
    }
}
