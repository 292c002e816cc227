package tern.codegen.cuda.simulate;

import static java.util.Locale.ROOT;

import org.jspecify.annotations.Nullable;
import tern.codegen.cuda.simulate.Memory.Space;

/// `ld`, `st` (PTX ISA, "Data Movement and Conversion Instructions: ld, ld.global.nc, st").
final class Loads {

    private Loads() {}

    /// What stands in the opcode of an access, without what only a cache or the memory model minds.
    static Space space(Site site) {
        site.takeOneOf("weak", "relaxed", "acquire", "release", "volatile", "mmio", "acq_rel");
        site.takeOneOf("cta", "cluster", "gpu", "sys");
        String space = site.takeOneOf("global", "shared", "shared::cta", "local", "param", "param::entry", "const");
        site.takeOneOf("ca", "cg", "cs", "lu", "cv", "wb", "wt");
        site.take("nc");
        site.dropAll("L1::");
        site.dropAll("L2::");
        if (space == null) return Space.GENERIC;
        return switch (space) {
            // Constants lie in the same memory here.
            case "global", "const" -> Space.GLOBAL;
            case "local" -> Space.LOCAL;
            case "param", "param::entry" -> Space.PARAM;
            default -> Space.SHARED;
        };
    }

    private static int length(Site site) {
        String length = site.takeOneOf("v2", "v4", "v8");
        return length == null ? 1 : length.charAt(1) - '0';
    }

    private static void check(Site site, int length, Type type) {
        if (type == Type.PRED || type.kind == Type.Kind.PAIR || type == Type.F16 || type == Type.BF16)
            throw site.error("memory has no such type");
        if (length * type.bits > 128) throw site.statement.unsupported();
    }

    /// With a cache policy there is one operand more.
    private static void operands(Site site, boolean policy) {
        site.count(policy ? 3 : 2);
        if (policy) site.source(2, Type.B64);
    }

    /// The allocation, or the shared memory, in which those bytes lie, most often with those of the next lanes; null if they lie in neither.
    private static @Nullable Region near(Warp warp, Space space, long address, int bytes) {
        return switch (space) {
            case GLOBAL -> warp.block.grid.memory.find(address, bytes);
            case SHARED -> warp.block.shared.region.holds(address, bytes) ? warp.block.shared.region : null;
            case GENERIC, LOCAL, PARAM -> null;
        };
    }

    static Action load(Site site) {
        boolean policy = site.statement.has("L2::cache_hint");
        boolean constant = site.statement.has("nc");
        Space space = space(site);
        int length = length(site);
        Type type = site.type();
        site.done();
        check(site, length, type);
        operands(site, policy);
        Site.Address address = site.address(1);
        int[] to = new int[length];
        long[] keep = new long[length];
        var parts = site.parts(0);
        if (parts.size() != length) throw site.error(String.format(ROOT, "%d registers, not %d", length, parts.size()));
        for (int p = 0; p < length; p++) {
            boolean sink = parts.get(p) instanceof Operand.Sink;
            var register = sink ? null : site.target(parts.get(p), type, true);
            to[p] = register == null ? -1 : register.slot();
            keep[p] = register == null ? 0 : Type.mask(register.bits());
        }
        int size = type.bytes(), bytes = size * length, rest = type.isSigned() ? 64 - type.bits : 0;
        return new Action(site.statement) {
            @Override
            void run(Warp warp, int lanes) {
                long[] r = warp.registers;
                Region near = null;
                for (int m = lanes; m != 0; m &= m - 1) {
                    int lane = Integer.numberOfTrailingZeros(m);
                    long where = address.of(warp, lane);
                    if (near == null || !near.holds(where, bytes)) near = near(warp, space, where, bytes);
                    if (near == null || (where & bytes - 1) != 0) {
                        // The whole way, which finds what is wrong, or another kind of memory.
                        Memory from = Memory.access(warp, lane, space, where, bytes, bytes).reading(bytes);
                        for (int p = 0; p < to.length; p++)
                            if (to[p] >= 0) r[to[p] * 32 + lane] = from.get(p * size, size) << rest >> rest & keep[p];
                        continue;
                    }
                    int at = (int) (where - near.base);
                    Memory.reading(warp, lane, near, at, bytes, space == Space.SHARED);
                    if (constant) Memory.unchanging(warp, lane, near, at, bytes);
                    for (int p = 0; p < to.length; p++)
                        if (to[p] >= 0) r[to[p] * 32 + lane] = near.get(at + p * size, size) << rest >> rest & keep[p];
                }
            }
        }.reading(address.base()).writing(Site.join(to));
    }

    static Action store(Site site) {
        boolean policy = site.statement.has("L2::cache_hint");
        Space space = space(site);
        if (space == Space.PARAM || site.statement.has("const")) throw site.error("this memory cannot be written");
        int length = length(site);
        Type type = site.type();
        site.done();
        check(site, length, type);
        operands(site, policy);
        Site.Address address = site.address(0);
        int[] values = site.vector(1, length, type, true);
        int size = type.bytes(), bytes = size * length;
        return new Action(site.statement) {
            @Override
            void run(Warp warp, int lanes) {
                long[] r = warp.registers;
                Region near = null;
                for (int m = lanes; m != 0; m &= m - 1) {
                    int lane = Integer.numberOfTrailingZeros(m);
                    long where = address.of(warp, lane);
                    if (near == null || !near.holds(where, bytes)) near = near(warp, space, where, bytes);
                    if (near == null || (where & bytes - 1) != 0) {
                        Memory to = Memory.access(warp, lane, space, where, bytes, bytes).writing(bytes);
                        for (int p = 0; p < values.length; p++) to.set(p * size, size, r[values[p] * 32 + lane]);
                        continue;
                    }
                    int at = (int) (where - near.base);
                    Memory.writing(warp, lane, near, at, bytes, space == Space.SHARED);
                    for (int p = 0; p < values.length; p++) near.set(at + p * size, size, r[values[p] * 32 + lane]);
                }
            }
        }.reading(Site.join(new int[] {address.base()}, values));
    }
}
