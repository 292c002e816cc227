package tern.autotune.trial;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import tern.ir.Packer;
import tern.ir.Packing;
import tern.ir.device.Buffer;
import tern.ir.device.Device;
import tern.ir.loop.Buf;

/// Packed matrices to be read one after the other, so many of them that each has left the caches when its turn comes again: as
/// cold as the weights of a model, of which a token visits every one once.
///
/// A tile of a packing means weights wherever it lies. So a few random tiles are packed once, and their bytes copied all over a
/// region that serves matrices of any size.
final class ColdWeights {

    /// Packed bytes that are repeated: enough for no two tiles of a band of rows to be alike.
    private static final int PATTERN = 1 << 18;

    private static final int ALIGNMENT = 64;

    /// Matrices of a region; the smallest ones stay in the outer caches.
    private static final int MOST_MATRICES = 1 << 12;

    private final Device device;
    private final long regionBytes, mostBytes;
    private final Map<Packing, Region> regions = new LinkedHashMap<>();

    /// Tiles of one packing, over and over.
    private static final class Region {
        private final MemorySegment bytes;
        /// Matrices that lie in it, by their bytes: a device that copies them to its own memory does so once.
        private final Map<Long, List<Buffer>> placed = new HashMap<>();
        private int visits;

        Region(MemorySegment bytes) {
            this.bytes = bytes;
        }
    }

    /// Matrices of one size. All kernels on one packing share a turn, so that none finds what another has just read.
    record Matrices(List<Buffer> all, Region region) {
        /// The next number, counting up.
        int visit() {
            return region.visits++ & Integer.MAX_VALUE;
        }
    }

    /// @param regionBytes that are visited in turn, at most; larger than the caches, if memory allows
    /// @param mostBytes   of all regions together; the oldest ones go
    ColdWeights(Device device, long regionBytes, long mostBytes) {
        this.device = device;
        this.regionBytes = regionBytes;
        this.mostBytes = mostBytes;
    }

    /// Matrices that do not overlap, at least `least` of them.
    Matrices matrices(Packing packing, int m, int k, int least) {
        long stride = stride(packing), step = Math.ceilDiv(packing.bytes(m, k) + Buf.SLACK, stride) * stride;
        Region region = region(packing, Math.max(least * step, Math.min(regionBytes, MOST_MATRICES * step)));
        long end = Math.min(region.bytes.byteSize(), MOST_MATRICES * step);
        List<Buffer> matrices = region.placed.computeIfAbsent(packing.bytes(m, k), bytes -> {
            var placed = new ArrayList<Buffer>();
            for (long at = 0; at + step <= end; at += step) placed.add(device.share(region.bytes.asSlice(at, bytes)));
            return placed;
        });
        return new Matrices(matrices, region);
    }

    /// Tiles begin at each multiple of this that is a multiple of the alignment.
    private static long stride(Packing packing) {
        long stride = packing.tileBytes();
        while (stride % ALIGNMENT != 0) stride += packing.tileBytes();
        return stride;
    }

    private Region region(Packing packing, long least) {
        Region known = regions.remove(packing); // put back as the youngest
        if (known == null || known.bytes.byteSize() < least) known = new Region(filled(packing, least));
        while (!regions.isEmpty() && total() + known.bytes.byteSize() > mostBytes)
            regions.remove(regions.keySet().iterator().next());
        regions.put(packing, known);
        return known;
    }

    private long total() {
        return regions.values().stream().mapToLong(region -> region.bytes.byteSize()).sum();
    }

    /// Freed when no buffer refers to it any more.
    private MemorySegment filled(Packing packing, long bytes) {
        MemorySegment pattern = pattern(packing);
        MemorySegment region = device.hostMemory(bytes + Buf.SLACK, Arena.ofAuto()).asSlice(0, bytes);
        for (long at = 0; at < bytes; at += pattern.byteSize())
            MemorySegment.copy(pattern, 0, region, at, Math.min(pattern.byteSize(), bytes - at));
        return region;
    }

    /// One row of tiles without its tail.
    private static MemorySegment pattern(Packing packing) {
        int tiles = Math.max(1, PATTERN / packing.tileBytes());
        int m = packing.rows(), k = tiles * packing.columns();
        var random = new SplittableRandom(7);
        return Packer.of(packing)
                .pack(m, k, (row, digits) -> {
                    for (int i = 0; i < k; i++) digits[i] = (byte) random.nextInt(-1, 2);
                }, 1)
                .bytes()
                .asSlice(0, (long) tiles * packing.tileBytes());
    }
}
