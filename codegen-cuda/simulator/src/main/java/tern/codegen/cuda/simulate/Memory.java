package tern.codegen.cuda.simulate;

import static java.util.Locale.ROOT;

import org.jspecify.annotations.Nullable;
import tern.codegen.cuda.simulate.Fault.Kind;
import tern.codegen.cuda.simulate.Fault.Trouble;

/// From an address that an instruction forms to bytes; every check of an access is here.
///
/// Generic addresses: shared and local memory are windows in the space of 64-bit addresses (PTX ISA, "Generic Addressing").
final class Memory {

    /// Generic address of byte 0 of shared memory.
    static final long SHARED_WINDOW = 0x0100_0000_0000L;
    /// Generic address of byte 0 of a thread's local memory.
    static final long LOCAL_WINDOW = 0x0200_0000_0000L;
    private static final long WINDOW = 1L << 32;

    enum Space { GENERIC, GLOBAL, SHARED, LOCAL, PARAM }

    private final Warp warp;
    private final int lane;

    /// Found by [#access].
    private final Region region;
    private final int at;
    private final boolean shared;

    private Memory(Warp warp, int lane, Region region, int at, boolean shared) {
        this.warp = warp;
        this.lane = lane;
        this.region = region;
        this.at = at;
        this.shared = shared;
    }

    /// Where `bytes` bytes at an address lie.
    ///
    /// @param align what the address must be a multiple of
    static Memory access(Warp warp, int lane, Space space, long address, int bytes, int align) {
        if ((address & align - 1) != 0)
            throw new Trouble(Kind.MISALIGNED, lane, String.format(ROOT, "%#x is no multiple of %d", address, align));
        return switch (space) {
            case GENERIC -> generic(warp, lane, address, bytes);
            case GLOBAL -> global(warp, lane, address, bytes);
            case SHARED -> within(warp, lane, warp.block.shared.region, address & 0xffff_ffffL, bytes, "shared memory", true);
            case LOCAL -> within(warp, lane, warp.block.local(warp.thread(lane)), address & 0xffff_ffffL, bytes,
                    "local memory", false);
            case PARAM -> within(warp, lane, warp.block.grid.parameters, address, bytes, "the parameters", false);
        };
    }

    private static Memory generic(Warp warp, int lane, long address, int bytes) {
        if (address >= SHARED_WINDOW && address < SHARED_WINDOW + WINDOW)
            return access(warp, lane, Space.SHARED, address - SHARED_WINDOW, bytes, 1);
        if (address >= LOCAL_WINDOW && address < LOCAL_WINDOW + WINDOW)
            return access(warp, lane, Space.LOCAL, address - LOCAL_WINDOW, bytes, 1);
        return global(warp, lane, address, bytes);
    }

    private static Memory global(Warp warp, int lane, long address, int bytes) {
        GlobalMemory memory = warp.block.grid.memory;
        @Nullable Region region = memory.find(address, bytes);
        if (region == null)
            throw new Trouble(Kind.OUT_OF_BOUNDS, lane, bytes + " bytes: " + memory.describe(address));
        return new Memory(warp, lane, region, (int) (address - region.base), false);
    }

    private static Memory within(Warp warp, int lane, Region region, long address, int bytes, String name, boolean shared) {
        if (!region.holds(address, bytes))
            throw new Trouble(Kind.OUT_OF_BOUNDS, lane, String.format(ROOT, "%d bytes at byte %d of %s, which has %d",
                    bytes, address - region.base, name, region.data.length));
        return new Memory(warp, lane, region, (int) (address - region.base), shared);
    }

    /// For an access that reads, of all its bytes.
    Memory reading(int bytes) {
        reading(warp, lane, region, at, bytes, shared);
        return this;
    }

    /// The same, of bytes that lie in `region` from `at` on.
    static void reading(Warp warp, int lane, Region region, int at, int bytes, boolean shared) {
        if (shared) warp.block.shared.read(warp, lane, at, bytes);
        known(warp, lane, region, at, bytes, shared);
    }

    /// What is read must have been written.
    Memory known(int bytes) {
        known(warp, lane, region, at, bytes, shared);
        return this;
    }

    private static void known(Warp warp, int lane, Region region, int at, int bytes, boolean shared) {
        if (!shared && warp.early && region.isTouched(warp.block.grid.chain, warp.block.grid.number, at, bytes))
            throw new Trouble(Kind.RACE, lane, "reads what a launch before this one may still write; a griddepcontrol.wait is missing");
        if (!region.isKnown(at, bytes))
            throw new Trouble(Kind.UNKNOWN_MEMORY, lane, String.format(ROOT, "reads byte %d of %s, which nothing wrote",
                    region.firstUnknown(at), shared ? "shared memory"
                            : "an allocation of " + region.data.length + " bytes"));
    }

    /// For a read by way of the cache that takes memory for unchanging as long as the kernel runs.
    static void unchanging(Warp warp, int lane, Region region, int at, int bytes) {
        if (region.isTouched(warp.block.grid.chain, warp.block.grid.number, at, bytes))
            throw new Trouble(Kind.RACE, lane, "reads by .nc what a launch that it overlaps wrote");
    }

    /// For an access that writes.
    Memory writing(int bytes) {
        writing(warp, lane, region, at, bytes, shared);
        return this;
    }

    /// The same, of bytes that lie in `region` from `at` on.
    static void writing(Warp warp, int lane, Region region, int at, int bytes, boolean shared) {
        warp.block.writes++;
        if (shared) warp.block.shared.write(warp, lane, at, bytes);
        else touch(warp, lane, region, at, bytes);
        region.know(at, bytes);
    }

    /// For an access that reads and writes as one.
    Memory atomic(int bytes) {
        warp.block.writes++;
        if (shared) warp.block.shared.change(warp, lane, at, bytes);
        else touch(warp, lane, region, at, bytes);
        if (!region.isKnown(at, bytes))
            throw new Trouble(Kind.UNKNOWN_MEMORY, lane, "changes bytes that nothing wrote");
        return this;
    }

    /// A launch before this one may still read or write there. Memory of a thread has no address among those of all.
    private static void touch(Warp warp, int lane, Region region, int at, int bytes) {
        if (warp.early && region.base != 0)
            throw new Trouble(Kind.RACE, lane, "writes while launches before this one may still run; a griddepcontrol.wait is missing");
        region.touch(warp.block.grid.number, warp.block.grid.chain, at, bytes);
    }

    Region region() {
        return region;
    }

    /// Index of its first byte in [#region].
    int at() {
        return at;
    }

    long get(int offset, int bytes) {
        return region.get(at + offset, bytes);
    }

    void set(int offset, int bytes, long value) {
        region.set(at + offset, bytes, value);
    }
}
