package tern.codegen.machine;

import static tern.codegen.machine.x86.Vectors.*;

import org.jspecify.annotations.Nullable;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.x86.Opcode;
import tern.ir.Element;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;

/// Arithmetic that takes several instructions: bytes are computed as the even and the odd ones of 16-bit lanes, 64-bit lanes by halves.
final class Avx2Emulations {

    private static final long LOW_BYTE = 0xff, HIGH_BYTE = 0xff00;

    private final Selection at;
    private final Code code;
    private final Values values;
    private final Avx2Lanes lanes;

    Avx2Emulations(Selection at, Values values, Avx2Lanes lanes) {
        this.at = at;
        this.code = at.code;
        this.values = values;
        this.lanes = lanes;
    }

    private Memory every16(long value) {
        return code.constant(16, value);
    }

    // Avx2Products

    Register multiply8(Register a, Register b, boolean wide) {
        Register even = code.vector(AND, wide, code.vector(MULLW, wide, a, b), every16(LOW_BYTE));
        Register oddA = code.vector(SRLW_I, wide, a, new Immediate(8));
        Register odd = code.vector(MULLW, wide, oddA, code.vector(AND, wide, b, every16(HIGH_BYTE)));
        return code.vector(OR, wide, even, odd);
    }

    /// `low(a) * low(b) + ((high(a) * low(b) + low(a) * high(b)) << 32)`
    Register multiply64(Register a, Register b, boolean wide) {
        Register highA = code.vector(SRLQ_I, wide, a, new Immediate(32)), highB = code.vector(SRLQ_I, wide, b, new Immediate(32));
        Register cross = code.vector(ADDQ, wide, code.vector(MULUDQ, wide, highA, b), code.vector(MULUDQ, wide, a, highB));
        Register upper = code.vector(SLLQ_I, wide, cross, new Immediate(32));
        return code.vector(ADDQ, wide, code.vector(MULUDQ, wide, a, b), upper);
    }

    Register multiplyHigh(Element element, Register a, Register b, Type type, boolean wide) {
        return switch (element.bits()) {
            case 8 -> multiplyHigh8(element.isSigned(), a, b, wide);
            case 32 -> {
                Opcode multiply = element.isSigned() ? MULDQ : MULUDQ;
                Register even = code.vector(SRLQ_I, wide, code.vector(multiply, wide, a, b), new Immediate(32));
                Register odd = code.vector(multiply, wide, code.vector(SRLQ_I, wide, a, new Immediate(32)),
                        code.vector(SRLQ_I, wide, b, new Immediate(32)));
                yield lanes.everySecondInt(even, odd, wide);
            }
            default -> new LaneByLane(at, values).multiplyHigh(element, a, b, Math.min(type.lanes(), at.set.vectorBits() / 64));
        };
    }

    private Register multiplyHigh8(boolean signed, Register a, Register b, boolean wide) {
        Register even = code.vector(SRLW_I, wide, code.vector(MULLW, wide, even(signed, a, wide), even(signed, b, wide)), new Immediate(8));
        Register odd = code.vector(MULLW, wide, odd(signed, a, wide), odd(signed, b, wide));
        return code.vector(OR, wide, even, code.vector(AND, wide, odd, every16(HIGH_BYTE)));
    }

    /// Bytes 0, 2, 4 and so on as 16-bit lanes.
    Register even(boolean signed, Register bytes, boolean wide) {
        if (!signed) return code.vector(AND, wide, bytes, every16(LOW_BYTE));
        return code.vector(SRAW_I, wide, code.vector(SLLW_I, wide, bytes, new Immediate(8)), new Immediate(8));
    }

    Register odd(boolean signed, Register bytes, boolean wide) {
        return code.vector(signed ? SRAW_I : SRLW_I, wide, bytes, new Immediate(8));
    }

    // Shifts

    /// `a >>> count & mask` of bytes: one mask does for both.
    @Nullable
    Register maskedShift(Expr.Binary and, int i, boolean wide) {
        if (!(and.b() instanceof Expr.Int(Type type, long mask) && type.element().bits() == 8)) return null;
        if (!(and.a() instanceof Expr.Binary(var op, Expr a, Expr.Int(_, long count)) && op == Operation.SHIFT_RIGHT_LOGICAL)) return null;
        Register shifted = code.vector(SRLW_I, wide, values.part(a, i), new Immediate(count));
        return code.vector(AND, wide, shifted, code.constant(8, mask & 0xff >> count));
    }

    Register shift(Operation op, Expr a, Expr count, int i, boolean wide) {
        Register x = values.part(a, i);
        Shift by = count instanceof Expr.Int(_, long value) ? new Shift(value, null)
                : new Shift(0, lanes.fromGeneral(at.scalars.general(count), 32));
        int bits = a.type().element().bits();
        if (bits == 8) return shift8(op, x, by, wide);
        if (bits < 64 || op != Operation.SHIFT_RIGHT) return shift(op, bits, x, by, wide);
        // The sign, shifted to where it belongs, is spread by a subtraction.
        Register sign = shift(Operation.SHIFT_RIGHT_LOGICAL, 64, code.vector(LOAD, wide, code.constant(64, Long.MIN_VALUE)), by, wide);
        Register flipped = code.vector(XOR, wide, shift(Operation.SHIFT_RIGHT_LOGICAL, 64, x, by, wide), sign);
        return code.vector(SUBQ, wide, flipped, sign);
    }

    /// By a number, or by what a register holds.
    private record Shift(long number, @Nullable Register register) {}

    private Register shift(Operation op, int bits, Register x, Shift by, boolean wide) {
        boolean constant = by.register() == null;
        Opcode opcode = switch (op) {
            case SHIFT_LEFT -> bits == 16 ? constant ? SLLW_I : SLLW : bits == 32 ? constant ? SLLD_I : SLLD : constant ? SLLQ_I : SLLQ;
            case SHIFT_RIGHT_LOGICAL -> bits == 16 ? constant ? SRLW_I : SRLW : bits == 32 ? constant ? SRLD_I : SRLD : constant ? SRLQ_I : SRLQ;
            default -> bits == 16 ? constant ? SRAW_I : SRAW : constant ? SRAD_I : SRAD;
        };
        return by.register() == null ? code.vector(opcode, wide, x, new Immediate(by.number())) : code.vector(opcode, wide, x, by.register());
    }

    private Register shift8(Operation op, Register x, Shift by, boolean wide) {
        if (op == Operation.SHIFT_RIGHT) {
            Register odd = code.vector(AND, wide, shift(op, 16, x, by, wide), every16(HIGH_BYTE));
            Register even = shift(op, 16, code.vector(SLLW_I, wide, x, new Immediate(8)), by, wide);
            return code.vector(OR, wide, odd, code.vector(SRLW_I, wide, even, new Immediate(8)));
        }
        if (by.register() == null) {
            long mask = op == Operation.SHIFT_LEFT ? 0xff << by.number() : 0xff >> by.number();
            return code.vector(AND, wide, shift(op, 16, x, by, wide), code.constant(8, mask));
        }
        boolean left = op == Operation.SHIFT_LEFT;
        Register low = code.vector(AND, wide, x, every16(LOW_BYTE)), high = code.vector(AND, wide, x, every16(HIGH_BYTE));
        Register even = shift(op, 16, low, by, wide), odd = shift(op, 16, high, by, wide);
        return code.vector(OR, wide, left ? code.vector(AND, wide, even, every16(LOW_BYTE)) : even,
                left ? odd : code.vector(AND, wide, odd, every16(HIGH_BYTE)));
    }

    // Order

    Register absolute64(Register a, boolean wide) {
        Register sign = code.vector(CMPGTQ, wide, lanes.zero(wide), a);
        return code.vector(SUBQ, wide, code.vector(XOR, wide, a, sign), sign);
    }

    Register extreme64(boolean least, Element element, Register a, Register b, boolean wide) {
        Register greater = lanes.greater(element, a, b, wide);
        return least ? lanes.blend(a, b, greater, wide) : lanes.blend(b, a, greater, wide);
    }

    /// The instruction gives its second operand for NaN and for zeros of both signs: asked both ways, the two answers are put together.
    Register extremeFloat(boolean least, Register a, Register b, boolean wide) {
        Register one = code.vector(least ? MINPS : MAXPS, wide, a, b), other = code.vector(least ? MINPS : MAXPS, wide, b, a);
        if (least) return code.vector(OR, wide, one, other);
        Register noNumber = lanes.compareFloats(Avx2Lanes.UNORDERED, a, b, wide);
        return code.vector(OR, wide, code.vector(AND, wide, one, other), noNumber);
    }
}
