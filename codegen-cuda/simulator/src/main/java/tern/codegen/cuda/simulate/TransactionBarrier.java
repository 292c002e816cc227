package tern.codegen.cuda.simulate;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;
import tern.codegen.cuda.simulate.Fault.Kind;
import tern.codegen.cuda.simulate.Fault.Trouble;
import tern.codegen.cuda.simulate.Memory.Space;

/// An mbarrier object of shared memory, and the bulk copies that complete on it (PTX ISA, "mbarrier", "cp.async.bulk").
///
/// A bulk copy arrives when a warp looks at its barrier for the second time, so that one that looks only once is found out; until then
/// nobody may touch its bytes.
final class TransactionBarrier {

    /// Bytes that a bulk copy brings.
    private record Piece(int at, int bytes) {}

    private final int address;
    private final int expected;
    private final int[] joined;
    /// What had been joined when the last phase ended.
    private int[] completed;
    private final List<Piece> copies = new ArrayList<>();
    /// Warps that have looked since the last copy came.
    private int looked;
    private int pending;
    private long transactions;
    private long phase;

    private TransactionBarrier(int address, int expected, int warps) {
        this.address = address;
        this.expected = expected;
        pending = expected;
        joined = new int[warps];
        completed = new int[warps];
    }

    @Override
    public String toString() {
        return String.format(ROOT, "mbarrier at %#x: phase %d, %d arrivals and %d bytes to come", address, phase, pending, transactions);
    }

    // ---- what instructions do ----

    private interface Use {
        void of(Warp warp, int lane, Site.Address address);
    }

    /// An instruction's first lane looks for all of them.
    private static boolean isFirst(int lanes, int lane) {
        return Integer.numberOfTrailingZeros(lanes) == lane;
    }

    private static Action each(Site site, Site.Address address, Use use) {
        return new Action(site.statement) {
            @Override
            void run(Warp warp, int lanes) {
                for (int m = lanes; m != 0; m &= m - 1) use.of(warp, Integer.numberOfTrailingZeros(m), address);
            }
        };
    }

    static Action decode(Site site) {
        site.needs(80);
        String use = site.mustTakeOneOf("init", "inval", "arrive", "expect_tx", "test_wait", "try_wait");
        site.takeOneOf("release", "relaxed", "acquire");
        site.takeOneOf("cta", "cluster");
        if (site.takeOneOf("shared", "shared::cta") == null) throw site.statement.unsupported();
        boolean transaction = site.take("expect_tx");
        boolean dropped = site.take("noComplete") || site.take("drop");
        boolean parity = site.take("parity");
        site.type(Type.B64);
        site.done();
        if (dropped) throw site.statement.unsupported();
        return switch (use) {
            case "init" -> init(site);
            case "inval" -> each(site, site.address(0), (w, lane, a) -> {
                find(w, lane, a);
                w.block.transactions.remove((int) a.of(w, lane));
            }).reading(site.address(0).base());
            case "expect_tx" -> {
                site.needs(90);
                yield expect(site, site.address(0), 1, false, -1);
            }
            case "arrive" -> arrive(site, transaction);
            default -> waiting(site, parity);
        };
    }

    private static Action init(Site site) {
        site.count(2);
        Site.Address address = site.address(0);
        int count = site.source(1, Type.U32);
        return each(site, address, (w, lane, a) -> {
            int at = (int) a.of(w, lane);
            Memory.access(w, lane, Space.SHARED, at, 8, 8).writing(8);
            int expected = (int) w.registers[count * 32 + lane];
            if (expected < 1 || expected >= 1 << 20)
                throw new Trouble(Kind.UNDEFINED, lane, "an mbarrier for " + expected + " arrivals");
            w.block.transactions.put(at, new TransactionBarrier(at, expected, w.block.warpCount));
        }).reading(address.base(), count);
    }

    private static TransactionBarrier find(Warp warp, int lane, Site.Address address) {
        int at = (int) address.of(warp, lane);
        TransactionBarrier found = warp.block.transactions.get(at);
        if (found == null) throw new Trouble(Kind.UNDEFINED, lane, "there is no mbarrier at %#x".formatted(at));
        Memory.access(warp, lane, Space.SHARED, at, 8, 8).atomic(8);
        return found;
    }

    private static Action arrive(Site site, boolean transaction) {
        boolean sink = site.operand(0) instanceof Operand.Sink;
        int state = sink ? -1 : site.target(0, Type.B64);
        Site.Address address = site.address(1);
        if (transaction) return expect(site, address, 2, true, state);
        int count = site.count() > 2 ? site.source(2, Type.U32) : site.slots.constant(1);
        return each(site, address, (w, lane, a) -> {
            TransactionBarrier barrier = find(w, lane, a);
            if (state >= 0) w.registers[state * 32 + lane] = barrier.phase;
            barrier.arrive(w, lane, (int) w.registers[count * 32 + lane]);
        }).reading(address.base(), count).writing(Site.join(new int[] {state}));
    }

    private static Action expect(Site site, Site.Address address, int operand, boolean arrives, int state) {
        site.count(operand + 1);
        int bytes = site.source(operand, Type.U32);
        return each(site, address, (w, lane, a) -> {
            TransactionBarrier barrier = find(w, lane, a);
            if (state >= 0) w.registers[state * 32 + lane] = barrier.phase;
            barrier.transactions += (int) w.registers[bytes * 32 + lane];
            if (arrives) barrier.arrive(w, lane, 1);
        }).reading(address.base(), bytes).writing(Site.join(new int[] {state}));
    }

    /// @param parity whether the operand is the parity of a phase, instead of the state that an arrival gave
    private static Action waiting(Site site, boolean parity) {
        int p = site.target(0, Type.PRED);
        Site.Address address = site.address(1);
        int phase = parity ? site.source(2, Type.U32) : site.source(2, Type.B64);
        return new Action(site.statement) {
            @Override
            void run(Warp warp, int lanes) {
                for (int m = lanes; m != 0; m &= m - 1) {
                    int lane = Integer.numberOfTrailingZeros(m);
                    TransactionBarrier barrier = find(warp, lane, address);
                    if (isFirst(lanes, lane)) barrier.look(warp);
                    boolean over = barrier.isOver(warp.registers[phase * 32 + lane], parity);
                    warp.registers[p * 32 + lane] = over ? 1 : 0;
                    if (over) Block.acquire(warp, barrier.completed);
                    else warp.giveWay();
                }
            }
        }.reading(address.base(), phase).writing(p);
    }

    /// The phase that is waited for has the given parity, and is over if the present one has the other.
    private boolean isOver(long asked, boolean parity) {
        return parity ? (phase & 1) != (asked & 1) : phase != asked;
    }

    /// `cp.async.mbarrier.arrive`: an arrival when all copies of the thread so far have come. They come now.
    static Action decodeArrival(Site site) {
        site.take("mbarrier");
        site.take("arrive");
        boolean counted = site.take("noinc");
        if (site.takeOneOf("shared", "shared::cta") == null) throw site.statement.unsupported();
        site.type(Type.B64);
        site.done();
        site.count(1);
        // Without .noinc it adds the arrival that it makes.
        return each(site, site.address(0), (w, lane, a) -> {
            TransactionBarrier barrier = find(w, lane, a);
            w.copies.finish(w, lane);
            if (counted) barrier.arrive(w, lane, 1);
            else Block.release(w, barrier.joined);
        }).reading(site.address(0).base());
    }

    /// `cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [to], [from], bytes, [barrier]`.
    static Action decodeCopy(Site site) {
        site.needs(90);
        boolean policy = site.statement.has("L2::cache_hint");
        site.dropAll("L2::");
        if (site.takeOneOf("shared::cluster", "shared::cta") == null || !site.take("global")
                || !site.take("mbarrier::complete_tx::bytes"))
            throw site.statement.unsupported();
        site.done();
        site.count(policy ? 5 : 4);
        Site.Address to = site.address(0);
        Site.Address from = site.address(1);
        int bytes = site.source(2, Type.U32);
        Site.Address at = site.address(3);
        return each(site, at, (w, lane, a) -> find(w, lane, a).copy(w, lane, to.of(w, lane), from.of(w, lane), (int) w.registers[bytes * 32 + lane]))
                .reading(to.base(), from.base(), bytes, at.base());
    }

    // ---- the object ----

    private void arrive(Warp warp, int lane, int count) {
        Block.release(warp, joined);
        if (count < 1 || count > pending)
            throw new Trouble(Kind.UNDEFINED, lane, String.format(ROOT, "%d arrivals where %d are to come", count, pending));
        pending -= count;
        advance(warp);
    }

    private void advance(Warp warp) {
        warp.block.progress();
        if (pending > 0 || transactions != 0) return;
        phase++;
        pending = expected;
        completed = joined.clone();
    }

    private void copy(Warp warp, int lane, long to, long from, int bytes) {
        if (bytes <= 0 || bytes % 16 != 0) throw new Trouble(Kind.MISALIGNED, lane, bytes + " bytes are no multiple of 16");
        Memory source = Memory.access(warp, lane, Space.GLOBAL, from, bytes, 16).reading(bytes);
        Memory target = Memory.access(warp, lane, Space.SHARED, to, bytes, 16).writing(bytes);
        System.arraycopy(source.region().data, source.at(), target.region().data, target.at(), bytes);
        warp.block.shared.beginFilling(target.at(), bytes);
        copies.add(new Piece(target.at(), bytes));
        // Who waits for the bytes is ordered after the copy.
        Block.release(warp, joined);
        warp.block.progress();
    }

    /// What is under way comes, unless this is the warp's first look.
    private void look(Warp warp) {
        if (copies.isEmpty()) return;
        int before = looked;
        looked |= 1 << warp.number;
        if (looked != before) {
            warp.block.progress();
            return;
        }
        looked = 0;
        for (Piece piece : copies) {
            warp.block.shared.arrived(piece.at(), piece.bytes());
            transactions -= piece.bytes();
        }
        copies.clear();
        advance(warp);
    }
}
