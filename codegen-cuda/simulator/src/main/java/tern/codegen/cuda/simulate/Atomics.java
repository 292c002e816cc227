package tern.codegen.cuda.simulate;

import tern.codegen.cuda.simulate.Memory.Space;

/// `atom`, `red` (PTX ISA, "Parallel Synchronization and Communication Instructions").
///
/// Threads come in the order of their lanes, warps and blocks, so that sums of floats come out the same each time; on a card they do not.
final class Atomics {

    private Atomics() {}

    static Action decode(Site site) {
        boolean returns = site.statement.opcode().equals("atom");
        Space space = Loads.space(site);
        site.take("noftz");
        String name = site.mustTakeOneOf("add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec");
        Type type = site.type(Type.B32, Type.B64, Type.U32, Type.U64, Type.S32, Type.S64, Type.F32, Type.F64, Type.F16X2,
                Type.BF16X2);
        site.done();
        if (!returns && (name.equals("exch") || name.equals("cas"))) throw site.statement.unsupported();
        int first = returns ? 1 : 0;
        boolean swap = name.equals("cas");
        site.count(first + (swap ? 3 : 2));
        Lanes.Three change = change(site, name, type);
        Site.Address address = site.address(first);
        int b = site.source(first + 1, type);
        int c = swap ? site.source(first + 2, type) : b;
        int to = returns && !(site.operand(0) instanceof Operand.Sink) ? site.target(0, type) : -1;
        int size = type.bytes();
        return new Action(site.statement) {
            @Override
            void run(Warp warp, int lanes) {
                long[] r = warp.registers;
                for (int m = lanes; m != 0; m &= m - 1) {
                    int lane = Integer.numberOfTrailingZeros(m);
                    Memory at = Memory.access(warp, lane, space, address.of(warp, lane), size, size).atomic(size);
                    long old = at.get(0, size);
                    at.set(0, size, change.of(old, r[b * 32 + lane], r[c * 32 + lane]));
                    if (to >= 0) r[to * 32 + lane] = old;
                }
            }
        }.reading(address.base(), b, c).writing(Site.join(new int[] {to}));
    }

    /// The new value, from the old one and the operands.
    private static Lanes.Three change(Site site, String name, Type type) {
        if (type.isFloat() || type.kind == Type.Kind.PAIR) {
            if (!name.equals("add")) throw site.statement.unsupported();
            Lanes.Two sum = (a, b) -> Rounding.NEAREST.bits(type.half(),
                    Rounding.oddSum(Rounding.value(type.half(), a), Rounding.value(type.half(), b)));
            Lanes.Two whole = type == Type.F64
                    ? (a, b) -> Double.doubleToLongBits(Double.longBitsToDouble(a) + Double.longBitsToDouble(b))
                    : type.kind == Type.Kind.PAIR ? Integers.halves(sum) : sum;
            return (a, b, _) -> whole.of(a, b);
        }
        return switch (name) {
            case "add" -> (a, b, _) -> a + b;
            case "min" -> (a, b, _) -> less(type, a, b) ? a : b;
            case "max" -> (a, b, _) -> less(type, a, b) ? b : a;
            case "and" -> (a, b, _) -> a & b;
            case "or" -> (a, b, _) -> a | b;
            case "xor" -> (a, b, _) -> a ^ b;
            case "exch" -> (_, b, _) -> b;
            case "cas" -> (a, b, c) -> a == b ? c : a;
            case "inc" -> (a, b, _) -> Long.compareUnsigned(a, b) >= 0 ? 0 : a + 1;
            default -> (a, b, _) -> a == 0 || Long.compareUnsigned(a, b) > 0 ? b : a - 1;
        };
    }

    private static boolean less(Type type, long a, long b) {
        return type.isSigned() ? type.extend(a) < type.extend(b) : Long.compareUnsigned(a, b) < 0;
    }
}
