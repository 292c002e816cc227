package tern.codegen.cuda.simulate;

import static java.util.Locale.ROOT;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tern.codegen.cuda.GpuException;

/// Allocations of a card. Between two of them lie addresses that belong to none, so that an index that is a little too large
/// is seen.
final class GlobalMemory {

    private static final long FIRST = 0x7000_0000_0000L;
    private static final long GAP = 1 << 16;

    private final TreeMap<Long, Region> regions = new TreeMap<>();
    private final long limit;
    private long next = FIRST;
    private long used;
    private @Nullable Region last;

    /// @param limit bytes in all
    GlobalMemory(long limit) {
        this.limit = limit;
    }

    Region allocate(long bytes) {
        if (bytes <= 0) throw new GpuException("cuMemAlloc", "CUDA_ERROR_INVALID_VALUE", bytes + " bytes");
        if (used + bytes > limit || bytes > Integer.MAX_VALUE - 64)
            throw new GpuException("cuMemAlloc", "CUDA_ERROR_OUT_OF_MEMORY",
                    String.format(ROOT, "%d bytes asked for, %d of %d in use; the simulator gives at most 2 GiB at once", bytes, used, limit));
        var region = new Region(next, (int) bytes);
        regions.put(next, region);
        next = (next + bytes + GAP + 255) / 256 * 256;
        used += bytes;
        return region;
    }

    void free(long address) {
        Region region = regions.remove(address);
        if (region == null)
            throw new GpuException("cuMemFree", "CUDA_ERROR_INVALID_VALUE", "%#x is no allocation".formatted(address));
        used -= region.data.length;
        last = null;
    }

    void clear() {
        regions.clear();
        used = 0;
        last = null;
    }

    /// The allocation that holds all those bytes, null if there is none.
    @Nullable
    Region find(long address, long bytes) {
        Region found = last;
        if (found == null || !found.holds(address, 1)) {
            Map.Entry<Long, Region> entry = regions.floorEntry(address);
            found = entry == null ? null : entry.getValue();
            last = found;
        }
        if (found == null || address - found.base + bytes > found.data.length || address < found.base) return null;
        return found;
    }

    /// Where an address is, in words.
    String describe(long address) {
        Map.Entry<Long, Region> below = regions.floorEntry(address);
        if (below == null) return "%#x lies before every allocation".formatted(address);
        Region region = below.getValue();
        long at = address - region.base;
        return at < region.data.length
                ? String.format(ROOT, "%#x is byte %d of an allocation of %d bytes", address, at, region.data.length)
                : String.format(ROOT, "%#x lies %d bytes behind the end of an allocation of %d bytes", address, at - region.data.length, region.data.length);
    }
}
