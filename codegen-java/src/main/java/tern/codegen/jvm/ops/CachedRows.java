package tern.codegen.jvm.ops;

import static tern.codegen.jvm.team.Memory.ALL;

import java.lang.foreign.MemorySegment;
import tern.ir.CacheLayout;

/// Keys, or values, as they are written to a cache and read from it.
sealed interface CachedRows permits CachedRows.Wide, CachedBf16, CachedI8 {

    static CachedRows of(CacheLayout layout) {
        return switch (layout.element()) {
            case F32 -> new Wide(layout);
            case BF16 -> new CachedBf16(layout);
            case I8 -> new CachedI8(layout);
            case BOOL, U8, F16, I16, U16, I32, U32, I64, U64 ->
                throw new IllegalArgumentException("no cache of " + layout.element());
        };
    }

    /// @param x     address of f32 `[headDim]`
    /// @param cache address of the whole cache (out)
    void write(long x, long cache, int kvHead, int position);

    /// Rows of `count` positions from `position` on, as f32.
    ///
    /// @param cache address of the whole cache
    /// @param block address of f32 `[count, headDim]`, scratch
    /// @return address of f32 `[count, headDim]`: in the cache, or `block`
    long read(long cache, int kvHead, int position, int count, long block);

    /// Rows as they are.
    record Wide(CacheLayout layout) implements CachedRows {
        @Override
        public void write(long x, long cache, int kvHead, int position) {
            MemorySegment.copy(ALL, x, ALL, cache + layout.row(kvHead, position), 4L * layout.headDim());
        }

        @Override
        public long read(long cache, int kvHead, int position, int count, long block) {
            return cache + layout.row(kvHead, position);
        }
    }
}
