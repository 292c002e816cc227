package tern.codegen.cuda.simulate;

import java.util.List;

/// `mov`, `cvta`, and `mov` that packs and unpacks (PTX ISA, "Data Movement and Conversion Instructions").
final class Moves {

    private Moves() {}

    static Action decode(Site site) {
        Type type = site.type();
        site.done();
        site.count(2);
        if (site.operand(0) instanceof Operand.Vector(List<Operand> parts)) return unpack(site, type, parts);
        if (site.operand(1) instanceof Operand.Vector(List<Operand> parts)) return pack(site, type, parts);
        return Elementwise.move(site.statement, type, site.target(0, type), site.source(1, type));
    }

    private static Type part(Site site, Type type, int parts) {
        return switch (type.bits / parts) {
            case 8 -> Type.B8;
            case 16 -> Type.B16;
            case 32 -> Type.B32;
            default -> throw site.statement.unsupported();
        };
    }

    private static Action pack(Site site, Type type, List<Operand> parts) {
        Type part = part(site, type, parts.size());
        int[] from = site.vector(1, parts.size(), part, false);
        int to = site.target(0, type);
        return new Action(site.statement) {
            @Override
            void run(Warp warp, int lanes) {
                long[] r = warp.registers;
                for (int m = lanes; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    long value = 0;
                    for (int p = 0; p < from.length; p++) value |= r[from[p] * 32 + i] << p * part.bits;
                    r[to * 32 + i] = value;
                }
            }
        }.reading(from).writing(to);
    }

    private static Action unpack(Site site, Type type, List<Operand> parts) {
        Type part = part(site, type, parts.size());
        int[] to = site.vector(0, parts.size(), part, false);
        int from = site.source(1, type);
        return new Action(site.statement) {
            @Override
            void run(Warp warp, int lanes) {
                long[] r = warp.registers;
                for (int m = lanes; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    long value = r[from * 32 + i];
                    for (int p = 0; p < to.length; p++)
                        if (to[p] >= 0) r[to[p] * 32 + i] = value >>> p * part.bits & part.mask();
                }
            }
        }.reading(from).writing(Site.join(to));
    }

    /// Addresses of a space to generic ones and back.
    static Action convertAddress(Site site) {
        boolean back = site.take("to");
        String space = site.mustTakeOneOf("global", "shared", "shared::cta", "shared::cluster", "local", "const");
        site.type(Type.U64);
        site.done();
        site.count(2);
        long window = switch (space) {
            case "shared", "shared::cta", "shared::cluster" -> Memory.SHARED_WINDOW;
            case "local" -> Memory.LOCAL_WINDOW;
            default -> 0;
        };
        long shift = back ? -window : window;
        return Lanes.one(site.statement, site.target(0, Type.U64), site.source(1, Type.U64), a -> a + shift);
    }
}
