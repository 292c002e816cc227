package tern.codegen.cuda.simulate;

import tern.codegen.cuda.simulate.Fault.Kind;
import tern.codegen.cuda.simulate.Fault.Trouble;

/// What the threads of a warp or a block do together: shuffles, votes, reductions, barriers.
final class Together {

    private Together() {}

    /// An action for which the lanes of a member mask come together.
    abstract static class Meeting extends Action {

        private final int mask;

        /// @param mask slot of the member mask
        Meeting(Statement source, int mask) {
            super(source, Flow.TOGETHER);
            this.mask = mask;
        }

        @Override
        int members(Warp warp, int lanes) {
            int first = Integer.numberOfTrailingZeros(lanes);
            if ((lanes & ~warp.known[mask]) != 0) throw warp.unknown(mask, lanes);
            int members = (int) warp.registers[mask * 32 + first];
            for (int m = lanes; m != 0; m &= m - 1) {
                int lane = Integer.numberOfTrailingZeros(m);
                if ((int) warp.registers[mask * 32 + lane] != members)
                    throw new Trouble(Kind.UNDEFINED, lane, "has another member mask than thread " + first);
                if ((members >>> lane & 1) == 0)
                    throw new Trouble(Kind.UNDEFINED, lane, "is not in its member mask %08x".formatted(members));
            }
            return members;
        }
    }

    /// PTX ISA, "shfl.sync". What comes from a thread that takes no part has no value.
    static Action shuffle(Site site) {
        if (!site.take("sync")) throw site.statement.unsupported();
        String mode = site.mustTakeOneOf("up", "down", "bfly", "idx");
        site.type(Type.B32);
        site.done();
        site.count(5);
        Operand target = site.operand(0);
        int to = site.target(target instanceof Operand.Pair p ? p.first() : target, Type.B32, false).slot();
        int valid = target instanceof Operand.Pair p ? site.target(p.second(), Type.PRED, false).slot() : -1;
        int a = site.source(1, Type.B32);
        int b = site.source(2, Type.B32);
        int c = site.source(3, Type.B32);
        return new Meeting(site.statement, site.source(4, Type.B32)) {
            @Override
            void run(Warp warp, int lanes) {
                long[] r = warp.registers;
                long[] from = new long[32];
                System.arraycopy(r, a * 32, from, 0, 32);
                for (int m = lanes; m != 0; m &= m - 1) {
                    int lane = Integer.numberOfTrailingZeros(m);
                    int amount = (int) r[b * 32 + lane] & 31;
                    int clamp = (int) r[c * 32 + lane];
                    int segment = clamp >> 8 & 31;
                    int most = lane & segment | clamp & 31 & ~segment;
                    int source = source(mode, lane, amount, lane & segment | amount & ~segment & 31);
                    boolean inside = mode.equals("up") ? source >= most : source <= most;
                    int taken = inside ? source : lane;
                    r[to * 32 + lane] = from[taken];
                    if (valid >= 0) r[valid * 32 + lane] = inside ? 1 : 0;
                    boolean takesPart = (lanes >>> taken & 1) != 0;
                    warp.known[to] = takesPart ? warp.known[to] | 1 << lane : warp.known[to] & ~(1 << lane);
                }
            }
        }.reading(a, b, c).writing(Site.join(new int[] {valid}));
    }

    private static int source(String mode, int lane, int amount, int index) {
        return switch (mode) {
            case "up" -> lane - amount;
            case "down" -> lane + amount;
            case "bfly" -> lane ^ amount;
            default -> index;
        };
    }

    /// PTX ISA, "vote.sync".
    static Action vote(Site site) {
        if (!site.take("sync")) throw site.statement.unsupported();
        String mode = site.mustTakeOneOf("all", "any", "uni", "ballot");
        boolean ballot = mode.equals("ballot");
        site.type(ballot ? Type.B32 : Type.PRED);
        site.done();
        site.count(3);
        boolean inverted = site.operand(1) instanceof Operand.Not;
        int a = site.source(site.operand(1) instanceof Operand.Not(Operand.Register p) ? p : site.operand(1), Type.PRED, false);
        int to = site.target(0, ballot ? Type.B32 : Type.PRED);
        return new Meeting(site.statement, site.source(2, Type.B32)) {
            @Override
            void run(Warp warp, int lanes) {
                int set = 0;
                for (int lane = 0; lane < 32; lane++) if (warp.registers[a * 32 + lane] != 0 ^ inverted) set |= 1 << lane;
                set &= lanes;
                long value = switch (mode) {
                    case "all" -> set == lanes ? 1 : 0;
                    case "any" -> set != 0 ? 1 : 0;
                    case "uni" -> set == lanes || set == 0 ? 1 : 0;
                    default -> set & 0xffff_ffffL;
                };
                spread(warp, lanes, to, value);
            }
        }.reading(a).writing(to);
    }

    private static void spread(Warp warp, int lanes, int to, long value) {
        for (int m = lanes; m != 0; m &= m - 1) warp.registers[to * 32 + Integer.numberOfTrailingZeros(m)] = value;
    }

    /// PTX ISA, "redux.sync".
    static Action reduce(Site site) {
        if (!site.take("sync")) throw site.statement.unsupported();
        site.needs(80);
        String name = site.mustTakeOneOf("add", "min", "max", "and", "or", "xor");
        Type type = site.type(Type.B32, Type.U32, Type.S32);
        site.done();
        site.count(3);
        int a = site.source(1, type);
        int to = site.target(0, type);
        return new Meeting(site.statement, site.source(2, Type.B32)) {
            @Override
            void run(Warp warp, int lanes) {
                long value = warp.registers[a * 32 + Integer.numberOfTrailingZeros(lanes)];
                for (int m = lanes & lanes - 1; m != 0; m &= m - 1)
                    value = combined(name, type, value, warp.registers[a * 32 + Integer.numberOfTrailingZeros(m)]);
                spread(warp, lanes, to, value & 0xffff_ffffL);
            }
        }.reading(a).writing(to);
    }

    private static long combined(String name, Type type, long a, long b) {
        boolean less = type.extend(a) < type.extend(b);
        return switch (name) {
            case "add" -> a + b;
            case "min" -> less ? a : b;
            case "max" -> less ? b : a;
            case "and" -> a & b;
            case "or" -> a | b;
            default -> a ^ b;
        };
    }

    /// `elect.sync d|p, mask`: one thread of the mask, here the first (PTX ISA, "elect.sync").
    static Action elect(Site site) {
        if (!site.take("sync")) throw site.statement.unsupported();
        site.needs(90);
        site.done();
        site.count(2);
        if (!(site.operand(0) instanceof Operand.Pair(Operand first, Operand second)))
            throw site.error("the destination is d|p");
        int d = first instanceof Operand.Sink ? -1 : site.target(first, Type.B32, false).slot();
        int p = site.target(second, Type.PRED, false).slot();
        return new Meeting(site.statement, site.source(1, Type.B32)) {
            @Override
            void run(Warp warp, int lanes) {
                int leader = Integer.numberOfTrailingZeros(lanes);
                if (d >= 0) spread(warp, lanes, d, leader);
                spread(warp, lanes, p, 0);
                warp.registers[p * 32 + leader] = 1;
            }
        }.writing(Site.join(new int[] {d, p}));
    }

    static Action activeMask(Site site) {
        site.type(Type.B32);
        site.done();
        site.count(1);
        int to = site.target(0, Type.B32);
        return new Action(site.statement) {
            @Override
            void run(Warp warp, int lanes) {
                spread(warp, lanes, to, lanes & 0xffff_ffffL);
            }
        }.writing(to);
    }

    /// `bar.warp.sync`, `bar.sync`, `bar.arrive`, and `barrier` with `.aligned` (PTX ISA, "bar, barrier", "bar.warp.sync").
    static Action barrier(Site site) {
        site.take("cta");
        if (site.take("warp")) return warpBarrier(site);
        boolean waits = site.mustTakeOneOf("sync", "arrive").equals("sync");
        if (site.statement.opcode().equals("barrier") && !site.take("aligned")) throw site.statement.unsupported();
        site.take("aligned");
        site.done();
        int id = site.source(0, Type.U32);
        int threads = site.count() > 1 ? site.source(1, Type.U32) : site.slots.constant(0);
        if (!waits && site.count() < 2) throw site.error("how many threads is missing");
        return new Action(site.statement, Action.Flow.BARRIER) {
            @Override
            void run(Warp warp, int lanes) {
                int first = Integer.numberOfTrailingZeros(lanes);
                warp.block.arrive(warp, (int) warp.registers[id * 32 + first], (int) warp.registers[threads * 32 + first], waits);
            }
        }.reading(id, threads);
    }

    /// Orders what the threads of a warp do in memory, if all of them come.
    private static Action warpBarrier(Site site) {
        if (!site.take("sync")) throw site.statement.unsupported();
        site.done();
        site.count(1);
        return new Meeting(site.statement, site.source(0, Type.B32)) {
            @Override
            void run(Warp warp, int lanes) {
                if (lanes == warp.alive) warp.meet();
            }
        };
    }
}
