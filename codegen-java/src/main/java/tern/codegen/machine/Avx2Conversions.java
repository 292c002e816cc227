package tern.codegen.machine;

import static tern.codegen.machine.x86.Vectors.*;

import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;
import tern.ir.Element;
import tern.ir.loop.Expr;

/// Brings vectors to another element type.
final class Avx2Conversions {

    private final Selection at;
    private final Code code;
    private final Values values;
    private final Avx2Lanes lanes;

    Avx2Conversions(Selection at, Values values, Avx2Lanes lanes) {
        this.at = at;
        this.code = at.code;
        this.values = values;
        this.lanes = lanes;
    }

    Register part(Expr.Convert convert, int i) {
        Expr a = convert.a();
        Element from = a.type().element(), to = convert.type().element();
        int count = a.type().lanes();
        boolean wide = Values.isWide(convert.type());
        if (from == Element.BOOL) {
            long one = to.isFloat() ? Float.floatToRawIntBits(1f) : 1;
            return code.vector(AND, wide, values.masks.mask(a, to.bits(), i), code.constant(to.bits(), one));
        }
        if (from == to) return values.part(a, i);
        if (from.isInteger()) {
            if (to.isFloat()) return toFloat(a, from, i);
            return integer(a, from.bits(), to.bits(), from.isSigned(), i);
        }
        return switch (from) {
            case F16 -> code.vector(CVTPH2PS, wide, source(a, 16, 32, i));
            case BF16 -> code.vector(SLLD_I, wide, code.vector(ZXWD, wide, source(a, 16, 32, i)), new Immediate(16));
            default -> switch (to) {
                case F16 -> half(a, i);
                case BF16 -> lanes.resizing.integer(part -> bf16(values.part(a, part), Values.isWide(count, 32)), count, 32, 16, false, i);
                default -> toInteger(a, to, i);
            };
        };
    }

    private Register integer(Expr a, int from, int to, boolean signed, int i) {
        int count = a.type().lanes();
        if (from < to) return code.vector(Avx2Resizing.extension(from, to, signed), Values.isWide(count, to), source(a, from, to, i));
        return lanes.resizing.integer(part -> values.part(a, part), count, from, to, signed, i);
    }

    /// The narrower lanes that part i is made of: read by the instruction itself where they lie in memory.
    private Operand source(Expr a, int from, int to, int i) {
        int count = a.type().lanes();
        // The instruction reads what fills a register, so there must be as much.
        boolean full = count * to == 128 || count * to >= at.set.vectorBits();
        Memory place = full ? directly(a, lanes.resizing.offset(count, from, to, i)) : null;
        return place == null ? lanes.resizing.slice(part -> values.part(a, part), count, from, to, i) : place;
    }

    private @Nullable Memory directly(Expr a, int offset) {
        if (!(a instanceof Expr.Load load) || load.limit() != null) return null;
        return at.addresses.of(load.buffer(), load.index(), offset);
    }

    // Floats

    private Register toFloat(Expr a, Element from, int i) {
        int count = a.type().lanes();
        boolean wide = Values.isWide(count, 32);
        if (count == 1) return at.general.toFloat(at.scalars.general(a), from);
        if (from.bits() == 64) {
            int each = at.set.vectorBits() / 32;
            Register[] numbers = new Register[Math.max(1, 2 * Math.min(count, each) / each)];
            for (int p = 0; p < numbers.length; p++) numbers[p] = values.part(a, numbers.length * i + p);
            return new LaneByLane(at, values).toFloats(from, numbers, Math.min(count, each));
        }
        if (from.bits() < 32) return code.vector(CVTDQ2PS, wide, integer(a, from.bits(), 32, from.isSigned(), i));
        if (from == Element.I32) return code.vector(CVTDQ2PS, wide, lanes.operand(a, i));
        // The upper half is exact, and so is the lower one: their sum is rounded once.
        Register x = values.part(a, i);
        Register high = code.vector(CVTDQ2PS, wide, code.vector(SRLD_I, wide, x, new Immediate(16)));
        Register low = code.vector(CVTDQ2PS, wide, code.vector(AND, wide, x, code.constant(32, 0xffff)));
        Register scaled = code.vector(MULPS, wide, high, code.constant(32, Float.floatToRawIntBits(65536f)));
        return code.vector(ADDPS, wide, scaled, low);
    }

    private Register toInteger(Expr a, Element to, int i) {
        int count = a.type().lanes();
        if (to == Element.U32 || to.bits() == 64) {
            int each = Math.min(count, at.set.vectorBits() / to.bits()), first = i * each, floats = at.set.vectorBits() / 32;
            return new LaneByLane(at, values).toIntegers(to, values.part(a, first / floats), first % floats, each);
        }
        boolean wide = Values.isWide(count, 32);
        IntFunction<Register> whole = part -> saturated(values.part(a, part), wide);
        return lanes.resizing.integer(whole, count, 32, to.bits(), true, i);
    }

    /// The instruction gives the lowest i32 for all that is none: turned over where the value is too large, cleared where it is no number.
    private Register saturated(Register x, boolean wide) {
        Register limit = code.vector(LOAD, wide, code.constant(32, Float.floatToRawIntBits(0x1p31f)));
        Register tooLarge = lanes.compareFloats(Avx2Lanes.LESS_OR_EQUAL, limit, x, wide);
        Register isNumber = lanes.compareFloats(Avx2Lanes.ORDERED, x, x, wide);
        Register turned = code.vector(XOR, wide, code.vector(CVTTPS2DQ, wide, x), tooLarge);
        return code.vector(AND, wide, turned, isNumber);
    }

    private Register half(Expr a, int i) {
        int count = a.type().lanes();
        int most = at.set.vectorBits() / 32;
        if (count <= most) return half(values.part(a, i), Values.isWide(count, 32));
        Register low = half(values.part(a, 2 * i), true), high = half(values.part(a, 2 * i + 1), true);
        return lanes.join(low, high);
    }

    private Register half(Register floats, boolean wide) {
        return code.vector(CVTPS2PH, wide, floats, new Immediate(0));
    }

    /// Rounded to nearest even by an addition to the bits; a NaN stays one.
    private Register bf16(Register x, boolean wide) {
        Register upper = code.vector(SRLD_I, wide, x, new Immediate(16));
        Register odd = code.vector(AND, wide, upper, code.constant(32, 1));
        Register rounding = code.vector(ADDD, wide, odd, code.constant(32, 0x7fff));
        Register rounded = code.vector(SRLD_I, wide, code.vector(ADDD, wide, x, rounding), new Immediate(16));
        Register quiet = code.vector(OR, wide, upper, code.constant(32, 0x40));
        Register noNumber = lanes.compareFloats(Avx2Lanes.UNORDERED, x, x, wide);
        return lanes.blend(rounded, quiet, noNumber, wide);
    }

    /// The bits of a constant.
    static int bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isNaN(value) ? bits >>> 16 | 0x40 : bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
    }
}
