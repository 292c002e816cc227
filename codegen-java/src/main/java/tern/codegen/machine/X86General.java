package tern.codegen.machine;

import static tern.codegen.machine.x86.Integers.*;

import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.x86.Conditions;
import tern.codegen.machine.x86.Opcode;
import tern.codegen.machine.x86.Vectors;
import tern.ir.Element;
import tern.ir.loop.Expr.Binary.Operation;

/// Numbers on x86-64: most instructions write over their first operand, so that they work on a copy.
final class X86General implements General {

    private final Code code;

    X86General(Code code) {
        this.code = code;
    }

    @Override
    public Register number(long value) {
        return code.general(value == (int) value ? MOV_I : MOV_I64, new Immediate(value));
    }

    @Override
    public Register compute(Operation op, Register a, Register b) {
        return code.modify(switch (op) {
            case ADD -> ADD;
            case SUBTRACT -> SUB;
            case MULTIPLY -> IMUL;
            case AND -> AND;
            case OR -> OR;
            case XOR -> XOR;
            default -> throw new IllegalArgumentException(op + " of numbers");
        }, a, b);
    }

    @Override
    public Register compute(Operation op, Register a, long b) {
        if (b != (int) b || op == Operation.OR) return compute(op, a, number(b));
        if (op == Operation.MULTIPLY) return code.general(IMUL_I, a, new Immediate(b));
        return code.modify(switch (op) {
            case ADD -> ADD_I;
            case SUBTRACT -> SUB_I;
            case AND -> AND_I;
            case XOR -> XOR_I;
            default -> throw new IllegalArgumentException(op + " of numbers");
        }, a, new Immediate(b));
    }

    @Override
    public Register shift(Operation op, Register a, long count) {
        Opcode opcode = op == Operation.SHIFT_LEFT ? SHL_I : op == Operation.SHIFT_RIGHT ? SAR_I : SHR_I;
        return code.modify(opcode, a, new Immediate(count));
    }

    @Override
    public Register shift(Operation op, Register a, Register count) {
        return code.general(op == Operation.SHIFT_LEFT ? SHLX : op == Operation.SHIFT_RIGHT ? SARX : SHRX, a, count);
    }

    @Override
    public Register negate(Register a) {
        return code.modify(NEG, a);
    }

    @Override
    public Register complement(Register a) {
        return code.modify(NOT, a);
    }

    @Override
    public Register extend(int bits, boolean signed, Register a) {
        return code.general(switch (bits) {
            case 8 -> signed ? MOVSX8 : MOVZX8;
            case 16 -> signed ? MOVSX16 : MOVZX16;
            case 32 -> signed ? MOVSX32 : MOV32;
            default -> MOV;
        }, a);
    }

    @Override
    public Register sum(Register a, Register b, int scale) {
        return code.general(LEA, new Memory(a, b, scale, 0, -1));
    }

    @Override
    public Register address(Memory place) {
        return code.general(LEA, place);
    }

    @Override
    public void increase(Register a, long by) {
        code.put(ADD_I, a, new Immediate(by));
    }

    @Override
    public Register multiplyHigh(boolean signed, Register a, Register b) {
        Register low = code.fixed(X86.RAX), high = code.fixed(X86.RDX);
        code.move(low, a);
        code.put(signed ? IMUL_WIDE : MUL, b, low, high);
        return code.copy(high);
    }

    @Override
    public Register divide(boolean signed, boolean remainder, Register a, Register b) {
        Register low = code.fixed(X86.RAX), high = code.fixed(X86.RDX);
        code.move(low, a);
        if (signed) code.put(CQO, low, high);
        else code.put(MOV_I, high, new Immediate(0));
        code.put(signed ? IDIV : DIV, b, low, high);
        return remainder ? high : low;
    }

    // Comparisons

    @Override
    public void compare(Register a, Register b) {
        code.put(CMP, a, b);
    }

    @Override
    public void compare(Register a, long b) {
        if (b == (int) b) code.put(CMP_I, a, new Immediate(b));
        else compare(a, number(b));
    }

    @Override
    public void compareWithZero(Register a) {
        code.put(TEST, a, a);
    }

    @Override
    public Register set(Condition condition) {
        Register result = code.general();
        code.put(Conditions.set(condition), result);
        return extend(8, false, result);
    }

    @Override
    public void replace(Condition condition, Register a, Register b) {
        code.put(Conditions.move(condition), a, b);
    }

    // Memory

    @Override
    public Register load(int bits, boolean signed, Memory place) {
        return code.general(switch (bits) {
            case 8 -> signed ? MOVSX8 : MOVZX8;
            case 16 -> signed ? MOVSX16 : MOVZX16;
            case 32 -> signed ? MOVSX32 : MOV32;
            default -> MOV;
        }, place);
    }

    @Override
    public void store(int bits, Memory place, Register value) {
        code.put(switch (bits) {
            case 8 -> STORE8;
            case 16 -> STORE16;
            case 32 -> STORE32;
            default -> STORE64;
        }, place, value);
    }

    @Override
    public void storeNumber(Memory place, long number) {
        code.put(MOV_I, place, new Immediate(number));
    }

    @Override
    public void prefetch(Memory place) {
        code.put(PREFETCHT0, place);
    }

    // Floats

    @Override
    public Register toFloat(Register number, Element element) {
        Register zero = code.vector(Vectors.LOAD, false, code.constant(8, 0));
        if (element != Element.U64) return code.vector(Vectors.CVTSI2SS, false, zero, number);
        // From the middle on halved, with a sticky last bit, so that the one rounding is the right one.
        Register half = code.modify(SHR_I, number, new Immediate(1));
        Register sticky = code.modify(OR, code.modify(AND_I, number, new Immediate(1)), half);
        Register result = code.vector(Vectors.CVTSI2SS, false, zero, number);
        int end = code.label();
        code.put(TEST, number, number);
        code.jump(Condition.GREATER_OR_EQUAL, end);
        Register halved = code.vector(Vectors.CVTSI2SS, false, zero, sticky);
        code.move(result, code.vector(Vectors.ADDPS, false, halved, halved));
        code.place(end);
        return result;
    }

    @Override
    public Register toInteger(Register value, Element element) {
        boolean large = element == Element.U32 || element.bits() == 64;
        Register limit = code.vector(Vectors.LOAD, false, code.constant(32, Float.floatToRawIntBits(large ? 0x1p63f : 0x1p31f)));
        Register top = number(large ? Long.MAX_VALUE : Integer.MAX_VALUE), zero = number(0);
        Register result = code.general(Vectors.CVTTSS2SI, value);
        if (!large) {
            // What does not fit i64 is its lower end, whichever side it is on.
            Register bottom = number(Integer.MIN_VALUE);
            compare(result, bottom);
            replace(Condition.LESS, result, bottom);
        }
        code.put(Vectors.UCOMISS, value, limit);
        replace(Condition.ABOVE_OR_EQUAL, result, top);
        // What is no number is below all, itself too.
        code.put(Vectors.UCOMISS, value, value);
        replace(Condition.BELOW, result, zero);
        return result;
    }
}
