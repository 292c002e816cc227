package tern.codegen.cuda.simulate;

import static java.util.Locale.ROOT;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tern.codegen.cuda.simulate.Fault.Kind;
import tern.codegen.cuda.simulate.Fault.Trouble;

/// Shared memory of one block, with the history that races are found by.
///
/// Every warp has a clock that ticks at each barrier it passes, `bar.warp.sync` included, and knows how far the clocks of the
/// others had come when a barrier last joined it with them. An access at another warp's time `t` happened before mine if I know
/// that warp to be at `t` or later; an access of my own warp's other threads, if a barrier of the whole warp came since. What no
/// such chain orders is a race, however the warps happened to run here. An mbarrier orders by warps, not by threads.
///
/// The history is kept for each word, until the block touches a part of one: from then on for each byte.
///
/// Bytes that the asynchronous proxy (bulk copies, wgmma) fills or reads are known as well, and those that threads wrote without
/// a `fence.proxy.async` since.
final class SharedMemory {

    /// Of the first byte: the card keeps what lies below to itself, and an address 0 that comes of an error is not shared memory.
    static final int BASE = 1024;

    /// Of the bytes of a cell while all accesses are of whole words.
    private static final int WORD = 2;

    private static final int NOBODY = -1;
    /// Lane number for several threads of one warp.
    private static final int SEVERAL = 32;
    /// Lane number for a bulk copy that one thread of a warp has begun: its other threads know of it when they have waited for it.
    private static final int COPY = 33;

    final Region region;
    private final int warps;
    /// Binary logarithm of the bytes of a cell: of what the history is kept for.
    private int shift = WORD;
    /// `warp * 64 + lane`, of each cell's last writer, the last that changed it atomically, and its last readers.
    private final int[] writer;
    private final int[] writeTime;
    private final int[] changer;
    private final int[] changeTime;
    private final int[] reader;
    private final int[] readTime;
    /// Where threads of several warps have read: `time * 64 + lane` of each warp.
    private final int[] @Nullable [] readers;
    /// Asynchronous copies that still fill a cell.
    private final byte[] filling;
    /// Asynchronous products that still read a cell.
    private final short[] inUse;
    /// 1 for a cell that a thread wrote and the asynchronous proxy may not see yet.
    private final byte[] unfenced;
    private boolean anyAsync;

    SharedMemory(int bytes, int warps) {
        region = new Region(BASE, bytes);
        this.warps = warps;
        writer = new int[bytes];
        writeTime = new int[bytes];
        changer = new int[bytes];
        changeTime = new int[bytes];
        reader = new int[bytes];
        readTime = new int[bytes];
        readers = new int[bytes][];
        filling = new byte[bytes];
        inUse = new short[bytes];
        unfenced = new byte[bytes];
        Arrays.fill(writer, NOBODY);
        Arrays.fill(changer, NOBODY);
        Arrays.fill(reader, NOBODY);
    }

    /// As for a new block.
    void clear() {
        region.forget();
        int cells = cells();
        Arrays.fill(writer, 0, cells, NOBODY);
        Arrays.fill(changer, 0, cells, NOBODY);
        Arrays.fill(reader, 0, cells, NOBODY);
        Arrays.fill(readers, 0, cells, null);
        Arrays.fill(unfenced, 0, cells, (byte) 0);
        if (anyAsync) {
            Arrays.fill(filling, 0, cells, (byte) 0);
            Arrays.fill(inUse, 0, cells, (short) 0);
        }
        anyAsync = false;
        shift = WORD;
    }

    private int cells() {
        return (writer.length + (1 << shift) - 1) >> shift;
    }

    /// The first cell of some bytes, all of whose cells they cover: if need be, each byte becomes one.
    private int first(int at, int bytes) {
        if (shift > 0 && ((at | bytes) & (1 << shift) - 1) != 0) divide();
        return at >> shift;
    }

    /// What was known of each word is known of its bytes.
    private void divide() {
        for (int i = writer.length - 1; i >= 0; i--) {
            int word = i >> shift;
            writer[i] = writer[word];
            writeTime[i] = writeTime[word];
            changer[i] = changer[word];
            changeTime[i] = changeTime[word];
            reader[i] = reader[word];
            readTime[i] = readTime[word];
            int[] all = readers[word];
            readers[i] = all == null ? null : all.clone();
            filling[i] = filling[word];
            inUse[i] = inUse[word];
            unfenced[i] = unfenced[word];
        }
        shift = 0;
    }

    /// A thread reads.
    void read(Warp warp, int lane, int at, int bytes) {
        int me = warp.number * 64 + lane;
        int now = warp.clock[warp.number];
        int first = first(at, bytes), end = at + bytes >> shift;
        for (int i = first; i < end; i++) {
            if (anyAsync) checkFilling(i, lane);
            checkWriters(i, me, warp, lane, "reads");
            if (reader[i] == me || reader[i] == NOBODY && readers[i] == null) {
                reader[i] = me;
                readTime[i] = now;
            } else {
                remember(i, me, now, warp);
            }
        }
    }

    /// Another reader of a byte that has one.
    private void remember(int i, int me, int now, Warp warp) {
        int[] all = readers[i];
        if (all == null) {
            if (before(reader[i], readTime[i], warp)) {
                reader[i] = me;
                readTime[i] = now;
                return;
            }
            if (reader[i] / 64 == me / 64) {
                reader[i] = me / 64 * 64 + SEVERAL;
                readTime[i] = now;
                return;
            }
            all = new int[warps];
            all[reader[i] / 64] = readTime[i] * 64 + reader[i] % 64;
            reader[i] = NOBODY;
            readers[i] = all;
        }
        int mine = all[warp.number];
        boolean same = mine == 0 || mine / 64 < now || mine % 64 == me % 64;
        all[warp.number] = now * 64 + (same ? me % 64 : SEVERAL);
    }

    /// A thread writes.
    void write(Warp warp, int lane, int at, int bytes) {
        int me = warp.number * 64 + lane;
        int first = first(at, bytes), end = at + bytes >> shift;
        for (int i = first; i < end; i++) {
            if (anyAsync) checkFree(i, lane);
            checkWriters(i, me, warp, lane, "writes");
            checkReaders(i, me, warp, lane);
            writer[i] = me;
            unfenced[i] = 1;
            writeTime[i] = warp.clock[warp.number];
            changer[i] = NOBODY;
            reader[i] = NOBODY;
            readers[i] = null;
        }
    }

    /// A thread reads and writes as one operation, so that others of its kind may come at the same time.
    void change(Warp warp, int lane, int at, int bytes) {
        int me = warp.number * 64 + lane;
        int first = first(at, bytes), end = at + bytes >> shift;
        for (int i = first; i < end; i++) {
            if (anyAsync) checkFree(i, lane);
            if (isUnordered(writer[i], writeTime[i], me, warp)) throw race(i, lane, "changes", "wrote", writer[i]);
            checkReaders(i, me, warp, lane);
            changer[i] = me;
            changeTime[i] = warp.clock[warp.number];
        }
    }

    private void checkWriters(int i, int me, Warp warp, int lane, String does) {
        if (isUnordered(writer[i], writeTime[i], me, warp)) throw race(i, lane, does, "wrote", writer[i]);
        if (isUnordered(changer[i], changeTime[i], me, warp)) throw race(i, lane, does, "changed", changer[i]);
    }

    private void checkReaders(int i, int me, Warp warp, int lane) {
        if (isUnordered(reader[i], readTime[i], me, warp)) throw race(i, lane, "writes", "read", reader[i]);
        int[] all = readers[i];
        if (all == null) return;
        for (int w = 0; w < warps; w++) {
            int who = w * 64 + all[w] % 64;
            if (all[w] != 0 && isUnordered(who, all[w] / 64, me, warp)) throw race(i, lane, "writes", "read", who);
        }
    }

    private static boolean isUnordered(int other, int time, int me, Warp warp) {
        return other != NOBODY && other != me && !before(other, time, warp);
    }

    /// Whether what a thread did at a time of its warp happened before what `warp` does now.
    private static boolean before(int thread, int time, Warp warp) {
        int other = thread / 64;
        if (other == warp.number && thread % 64 == COPY) return time <= warp.copied;
        return other == warp.number ? time < warp.ordered : time <= warp.clock[other];
    }

    private Trouble race(int cell, int lane, String does, String did, int other) {
        String who = switch (other % 64) {
            case SEVERAL -> "threads of warp " + other / 64;
            case COPY -> "a copy of warp " + other / 64;
            default -> "thread " + (other / 64 * 32 + other % 64);
        };
        return new Trouble(Kind.RACE, lane, String.format(ROOT, "%s byte %d of shared memory, which %s %s with no barrier between",
                does, cell << shift, who, did));
    }

    // ---- asynchronous copies ----

    /// Bytes that an asynchronous copy will fill. Who touches them before it is waited for is told so.
    void beginFilling(int at, int bytes) {
        int first = first(at, bytes), end = at + bytes >> shift;
        for (int i = first; i < end; i++) filling[i]++;
        anyAsync = true;
    }

    void endFilling(int at, int bytes) {
        int first = first(at, bytes), end = at + bytes >> shift;
        for (int i = first; i < end; i++) filling[i]--;
    }

    private void checkFilling(int i, int lane) {
        if (filling[i] != 0)
            throw new Trouble(Kind.IN_FLIGHT, lane,
                    String.format(ROOT, "touches byte %d of shared memory while an asynchronous copy still fills it", i << shift));
    }

    private void checkFree(int i, int lane) {
        checkFilling(i, lane);
        if (inUse[i] != 0)
            throw new Trouble(Kind.IN_FLIGHT, lane,
                    String.format(ROOT, "writes byte %d of shared memory while an asynchronous product still reads it", i << shift));
    }

    // ---- the asynchronous proxy ----

    /// The issuing thread's copy has arrived: what a bulk copy wrote is the proxy's own.
    void arrived(int at, int bytes) {
        endFilling(at, bytes);
        int first = first(at, bytes);
        for (int i = first; i < at + bytes >> shift; i++) writer[i] = writer[i] / 64 * 64 + COPY;
        Arrays.fill(unfenced, first, at + bytes >> shift, (byte) 0);
    }

    /// `fence.proxy.async`: the proxy sees what those threads wrote, and what happened before.
    void fence(Warp warp, int lanes) {
        int cells = cells();
        for (int i = 0; i < cells; i++) {
            if (unfenced[i] == 0) continue;
            int who = writer[i];
            boolean own = who / 64 == warp.number && (lanes >>> who % 64 & 1) != 0;
            if (own || before(who, writeTime[i], warp)) unfenced[i] = 0;
        }
    }

    /// The asynchronous proxy reads for a warp.
    void readByProxy(Warp warp, int at, int bytes) {
        int first = first(at, bytes), end = at + bytes >> shift;
        for (int i = first; i < end; i++) {
            checkFilling(i, -1);
            if (unfenced[i] != 0)
                throw new Trouble(Kind.RACE, -1, String.format(ROOT, "reads byte %d of shared memory, which thread %d wrote, with no fence.proxy.async between",
                        i << shift, writer[i] / 64 * 32 + writer[i] % 64));
        }
        // All threads issue it together.
        try {
            read(warp, SEVERAL, at, bytes);
        } catch (Trouble trouble) {
            throw new Trouble(trouble.kind, -1, String.valueOf(trouble.getMessage()));
        }
    }

    void beginUse(int at, int bytes) {
        int first = first(at, bytes), end = at + bytes >> shift;
        for (int i = first; i < end; i++) inUse[i]++;
        anyAsync = true;
    }

    void endUse(int at, int bytes) {
        int first = first(at, bytes), end = at + bytes >> shift;
        for (int i = first; i < end; i++) inUse[i]--;
    }
}
