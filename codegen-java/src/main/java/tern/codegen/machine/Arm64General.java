package tern.codegen.machine;

import static tern.codegen.machine.arm64.Integers.*;

import tern.codegen.machine.arm64.Conditions;
import tern.codegen.machine.arm64.Opcode;
import tern.codegen.machine.arm64.Vectors;
import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.Element;
import tern.ir.loop.Expr.Binary.Operation;

/// Numbers on AArch64.
final class Arm64General implements General {

    /// Beyond what an immediate of an addition holds.
    private static final int LARGE = 4096;

    private final Code code;

    Arm64General(Code code) {
        this.code = code;
    }

    @Override
    public Register number(long value) {
        Register result = code.general();
        Arm64.number(result, value, code.line()).forEach(code::put);
        return result;
    }

    @Override
    public Register compute(Operation op, Register a, Register b) {
        return code.general(switch (op) {
            case ADD -> ADD;
            case SUBTRACT -> SUB;
            case MULTIPLY -> MUL;
            case AND -> AND;
            case OR -> ORR;
            case XOR -> EOR;
            default -> throw new IllegalArgumentException(op + " of numbers");
        }, a, b);
    }

    @Override
    public Register compute(Operation op, Register a, long b) {
        long sum = op == Operation.SUBTRACT ? -b : b;
        if ((op == Operation.ADD || op == Operation.SUBTRACT) && isSmall(sum))
            return code.general(sum < 0 ? SUB_I : ADD_I, a, new Immediate(Math.abs(sum)));
        if (op == Operation.MULTIPLY && b > 0 && Long.bitCount(b) == 1)
            return code.general(LSL_I, a, new Immediate(Long.numberOfTrailingZeros(b)));
        return compute(op, a, number(b));
    }

    private static boolean isSmall(long value) {
        return value > -LARGE && value < LARGE;
    }

    @Override
    public Register shift(Operation op, Register a, long count) {
        return code.general(op == Operation.SHIFT_LEFT ? LSL_I : op == Operation.SHIFT_RIGHT ? ASR_I : LSR_I, a, new Immediate(count));
    }

    @Override
    public Register shift(Operation op, Register a, Register count) {
        return code.general(op == Operation.SHIFT_LEFT ? LSLV : op == Operation.SHIFT_RIGHT ? ASRV : LSRV, a, count);
    }

    @Override
    public Register negate(Register a) {
        return code.general(NEG, a);
    }

    @Override
    public Register complement(Register a) {
        return code.general(MVN, a);
    }

    @Override
    public Register extend(int bits, boolean signed, Register a) {
        return code.general(switch (bits) {
            case 8 -> signed ? SXTB : UXTB;
            case 16 -> signed ? SXTH : UXTH;
            case 32 -> signed ? SXTW : MOV32;
            default -> MOV;
        }, a);
    }

    @Override
    public Register sum(Register a, Register b, int scale) {
        return code.general(ADD_SHIFTED, a, b, new Immediate(Integer.numberOfTrailingZeros(scale)));
    }

    @Override
    public Register address(Memory place) {
        Register base = place.base();
        if (base == null || place.index() != null) throw new IllegalArgumentException("no base alone: " + place);
        return compute(Operation.ADD, base, place.displacement());
    }

    @Override
    public void increase(Register a, long by) {
        if (isSmall(by)) code.put(by < 0 ? SUB_I : ADD_I, a, a, new Immediate(Math.abs(by)));
        else code.put(ADD, a, a, number(by));
    }

    @Override
    public Register multiplyHigh(boolean signed, Register a, Register b) {
        return code.general(signed ? SMULH : UMULH, a, b);
    }

    @Override
    public Register divide(boolean signed, boolean remainder, Register a, Register b) {
        Register quotient = code.general(signed ? SDIV : UDIV, a, b);
        return remainder ? code.general(MSUB, quotient, b, a) : quotient;
    }

    // Comparisons

    @Override
    public void compare(Register a, Register b) {
        code.put(CMP, a, b);
    }

    @Override
    public void compare(Register a, long b) {
        if (isSmall(b)) code.put(b < 0 ? CMN_I : CMP_I, a, new Immediate(Math.abs(b)));
        else compare(a, number(b));
    }

    @Override
    public void compareWithZero(Register a) {
        compare(a, 0);
    }

    @Override
    public Register set(Condition condition) {
        return code.general(CSET, new Immediate(Conditions.number(condition)));
    }

    @Override
    public void replace(Condition condition, Register a, Register b) {
        code.put(CSEL, a, b, a, new Immediate(Conditions.number(condition)));
    }

    // Memory

    @Override
    public Register load(int bits, boolean signed, Memory place) {
        return code.general(switch (bits) {
            case 8 -> signed ? LDRSB : LDRB;
            case 16 -> signed ? LDRSH : LDRH;
            case 32 -> signed ? LDRSW : LDR32;
            default -> LDR;
        }, place);
    }

    @Override
    public void store(int bits, Memory place, Register value) {
        Opcode opcode = switch (bits) {
            case 8 -> STRB;
            case 16 -> STRH;
            case 32 -> STR32;
            default -> STR;
        };
        code.put(opcode, value, place);
    }

    @Override
    public void storeNumber(Memory place, long number) {
        store(64, place, number(number));
    }

    @Override
    public void prefetch(Memory place) {
        code.put(PREFETCH, place);
    }

    // Floats

    @Override
    public Register toFloat(Register number, Element element) {
        return code.vector(element == Element.U64 ? Vectors.UCVTF_X : Vectors.SCVTF_X, false, number);
    }

    @Override
    public Register toInteger(Register value, Element element) {
        return code.general(element == Element.U32 || element.bits() == 64 ? Vectors.FCVTZS_X : Vectors.FCVTZS_W, value);
    }
}
