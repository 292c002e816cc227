package tern.codegen.machine;

import static tern.codegen.machine.arm64.Vectors.*;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import tern.codegen.machine.arm64.Opcode;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.Element;
import tern.ir.loop.Expr;

/// Brings vectors of NEON to another element type. Lanes become twice as wide or half as wide, as often as it takes.
final class NeonConversions {

    /// Lanes of so many bits, half-way to what was asked for.
    private record Step(int bits, int part) {}

    private final Selection at;
    private final Values values;
    private final NeonLanes lanes;
    private final IdentityHashMap<Expr, Map<Step, Register>> known = new IdentityHashMap<>();

    NeonConversions(Selection at, Values values, NeonLanes lanes) {
        this.at = at;
        this.values = values;
        this.lanes = lanes;
    }

    void forget() {
        known.clear();
    }

    Register part(Expr.Convert convert, int i) {
        Expr a = convert.a();
        Element from = a.type().element(), to = convert.type().element();
        int count = a.type().lanes();
        if (from == Element.BOOL) {
            long one = to.isFloat() ? Float.floatToRawIntBits(1f) : 1;
            return lanes.write(AND, values.masks.mask(a, to.bits(), i), lanes.constant(to.bits(), one));
        }
        if (from == to) return values.part(a, i);
        if (from.isInteger()) return to.isFloat() ? toFloat(a, from, i) : integer(a, from.bits(), to.bits(), from.isSigned(), i);
        return switch (from) {
            case F16 -> halves(a, FCVTL, FCVTL2, i);
            case BF16 -> lanes.write(SHL.get(at(32)), integer(a, 16, 32, false, i), new Immediate(16));
            default -> switch (to) {
                case F16 -> half(a, i);
                case BF16 -> integer(part -> bf16(values.part(a, part)), count, 32, 16, false, i);
                default -> toInteger(a, to, i);
            };
        };
    }

    private Register integer(Expr a, int from, int to, boolean signed, int i) {
        if (from == to) return values.part(a, i);
        Map<Step, Register> steps = known.computeIfAbsent(a, _ -> new HashMap<>());
        Step step = new Step(signed ? to : -to, i);
        Register done = steps.get(step);
        if (done == null) {
            int before = from < to ? to / 2 : 2 * to;
            done = integer(part -> integer(a, from, before, signed, part), a.type().lanes(), before, to, signed, i);
            steps.put(step, done);
        }
        return done;
    }

    /// @param source parts before
    /// @param count  lanes of the whole value
    /// @return part i after
    Register integer(IntFunction<Register> source, int count, int from, int to, boolean signed, int i) {
        if (from == to) return source.apply(i);
        if (from < to) {
            IntFunction<Register> half = part -> integer(source, count, from, to / 2, signed, part);
            int width = at(to / 2);
            boolean upper = i % 2 == 1;
            Opcode opcode = (upper ? signed ? SXTL2 : UXTL2 : signed ? SXTL : UXTL).get(width);
            return lanes.write(opcode, half.apply(i / 2));
        }
        IntFunction<Register> wider = part -> integer(source, count, from, 2 * to, signed, part);
        boolean one = count * 2 * to <= 128;
        Register low = wider.apply(one ? i : 2 * i), high = one ? low : wider.apply(2 * i + 1);
        return lanes.write(UZP1.get(at(to)), low, high);
    }

    /// Wider lanes, from the lower or the upper half of a part of lanes half as wide.
    private Register halves(Expr a, Opcode lower, Opcode upper, int i) {
        return lanes.write(i % 2 == 1 ? upper : lower, values.part(a, i / 2));
    }

    // Floats

    private Register toFloat(Expr a, Element from, int i) {
        int count = a.type().lanes();
        if (count == 1) return at.general.toFloat(at.scalars.general(a), from);
        if (from.bits() == 64) {
            Register[] numbers = new Register[Math.max(1, Math.min(count, 4) / 2)];
            for (int p = 0; p < numbers.length; p++) numbers[p] = values.part(a, numbers.length * i + p);
            return new LaneByLane(at, values).toFloats(from, numbers, Math.min(count, 4));
        }
        return lanes.write(from == Element.U32 ? UCVTF : SCVTF, integer(a, from.bits(), 32, from.isSigned(), i));
    }

    private Register toInteger(Expr a, Element to, int i) {
        int count = a.type().lanes();
        if (to != Element.U32 && to.bits() < 64)
            return integer(part -> lanes.write(FCVTZS, values.part(a, part)), count, 32, to.bits(), true, i);
        // As f64 first, which is exact.
        return integer(part -> lanes.write(FCVTZS64, halves(a, FCVTL64, FCVTL64_2, part)), count, 64, to.bits(), true, i);
    }

    private Register half(Expr a, int i) {
        if (a.type().lanes() <= 4) return lanes.write(FCVTN, values.part(a, i));
        Register low = lanes.write(FCVTN, values.part(a, 2 * i)), high = values.part(a, 2 * i + 1);
        return lanes.change(FCVTN2, low, high);
    }

    /// Rounded to nearest even by an addition to the bits; a NaN stays one.
    private Register bf16(Register x) {
        int width = at(32);
        Register upper = lanes.write(USHR.get(width), x, new Immediate(16));
        Register odd = lanes.write(AND, upper, lanes.constant(32, 1));
        Register rounding = lanes.write(ADD.get(width), odd, lanes.constant(32, 0x7fff));
        Register rounded = lanes.write(USHR.get(width), lanes.write(ADD.get(width), x, rounding), new Immediate(16));
        Register quiet = lanes.write(ORR, upper, lanes.constant(32, 0x40));
        return lanes.change(BSL, lanes.write(FCMEQ, x, x), rounded, quiet);
    }
}
