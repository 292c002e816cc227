package tern.codegen.cuda.simulate;

import static java.util.Locale.ROOT;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import tern.codegen.cuda.simulate.Fault.Kind;
import tern.codegen.cuda.simulate.Fault.Trouble;
import tern.codegen.cuda.simulate.Memory.Space;

/// `cp.async` of one warp: what each thread has under way, in groups (PTX ISA, "cp.async", "cp.async.commit_group",
/// "cp.async.wait_group").
///
/// The bytes arrive when the thread waits for them, and count as written by it then; until that moment nobody may touch them.
final class AsyncCopies {

    /// Bytes of shared memory.
    private record Piece(int at, int bytes) {}

    /// What one thread has under way.
    private static final class Pending {
        List<Piece> open = new ArrayList<>();
        final Deque<List<Piece>> groups = new ArrayDeque<>();
    }

    private final Pending[] lanes = new Pending[32];

    private Pending of(int lane) {
        if (lanes[lane] == null) lanes[lane] = new Pending();
        return lanes[lane];
    }

    static Action decode(Site site) {
        site.needs(80);
        if (site.take("commit_group")) {
            site.done();
            site.count(0);
            return new Action(site.statement) {
                @Override
                void run(Warp warp, int executing) {
                    for (int m = executing; m != 0; m &= m - 1) warp.copies.commit(Integer.numberOfTrailingZeros(m));
                }
            };
        }
        if (site.take("wait_all")) return waiting(site, 0, true);
        if (site.take("wait_group")) {
            if (!(site.operand(0) instanceof Operand.Whole(long left))) throw site.error("a number of groups is missing");
            return waiting(site, (int) left, false);
        }
        return copy(site);
    }

    private static Action waiting(Site site, int left, boolean all) {
        site.done();
        return new Action(site.statement) {
            @Override
            void run(Warp warp, int executing) {
                for (int m = executing; m != 0; m &= m - 1) {
                    int lane = Integer.numberOfTrailingZeros(m);
                    if (all) warp.copies.commit(lane);
                    warp.copies.await(warp, lane, left);
                }
            }
        };
    }

    private static Action copy(Site site) {
        String cached = site.mustTakeOneOf("ca", "cg");
        boolean policy = site.statement.has("L2::cache_hint");
        site.dropAll("L2::");
        if (site.takeOneOf("shared", "shared::cta") == null || !site.take("global")) throw site.statement.unsupported();
        site.done();
        if (!(site.operand(2) instanceof Operand.Whole(long size)) || size != 16 && (cached.equals("cg") || size != 4 && size != 8))
            throw site.error("it copies 16 bytes, or 4 or 8 with .ca");
        int bytes = (int) size;
        Site.Address to = site.address(0);
        Site.Address from = site.address(1);
        boolean partly = site.count() - (policy ? 1 : 0) > 3;
        int taken = partly ? site.source(3, Type.U32) : site.slots.constant(bytes);
        return new Action(site.statement) {
            @Override
            void run(Warp warp, int executing) {
                for (int m = executing; m != 0; m &= m - 1) {
                    int lane = Integer.numberOfTrailingZeros(m);
                    int count = (int) warp.registers[taken * 32 + lane];
                    if (count < 0 || count > bytes)
                        throw new Trouble(Kind.UNDEFINED, lane, "copies " + count + " of " + bytes + " bytes");
                    warp.copies.begin(warp, lane, to.of(warp, lane), from.of(warp, lane), bytes, count);
                }
            }
        }.reading(to.base(), from.base(), taken);
    }

    private void begin(Warp warp, int lane, long to, long from, int bytes, int count) {
        Memory target = Memory.access(warp, lane, Space.SHARED, to, bytes, bytes).writing(bytes);
        byte[] piece = new byte[bytes];
        if (count > 0) {
            Memory source = Memory.access(warp, lane, Space.GLOBAL, from, count, 1).reading(count);
            if ((from & bytes - 1) != 0)
                throw new Trouble(Kind.MISALIGNED, lane, String.format(ROOT, "%#x is no multiple of %d", from, bytes));
            System.arraycopy(source.region().data, source.at(), piece, 0, count);
        }
        System.arraycopy(piece, 0, target.region().data, target.at(), bytes);
        warp.block.shared.beginFilling(target.at(), bytes);
        of(lane).open.add(new Piece(target.at(), bytes));
    }

    private void commit(int lane) {
        Pending pending = of(lane);
        pending.groups.add(pending.open);
        pending.open = new ArrayList<>();
    }

    /// Everything of a thread, in a group or not.
    void finish(Warp warp, int lane) {
        commit(lane);
        await(warp, lane, 0);
    }

    /// Until at most `left` groups are under way.
    private void await(Warp warp, int lane, int left) {
        Pending pending = of(lane);
        while (pending.groups.size() > left)
            for (Piece piece : pending.groups.remove()) {
                warp.block.shared.endFilling(piece.at(), piece.bytes());
                warp.block.shared.write(warp, lane, piece.at(), piece.bytes());
            }
    }
}
