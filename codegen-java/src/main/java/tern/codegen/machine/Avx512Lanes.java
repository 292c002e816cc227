package tern.codegen.machine;

import static tern.codegen.machine.x86.Avx512.*;

import java.util.Set;
import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;
import tern.codegen.machine.x86.Integers;
import tern.codegen.machine.x86.Opcode;
import tern.codegen.machine.x86.Vectors;
import tern.ir.Element;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr;

/// Vectors of 512 bits by AVX-512. Values of 256 bits are computed in whole registers too. Comparisons leave masks, of which lanes are made at
/// once, so that masks are what they are with AVX2; limits of loads and stores stay masks.
final class Avx512Lanes extends Avx2Lanes {

    /// Bit `4 a + 2 b + c` of the number: b where a is set, else c.
    private static final int CHOICE = 0xca;

    Avx512Lanes(Selection at, Values values, Set<Feature> features) {
        super(at, values, features);
    }

    // Masks

    @Override
    public Register compare(Expr.Compare compare, int i) {
        Expr a = compare.a();
        Element element = a.type().element();
        if (element.isFloat()) return super.compare(compare, i);
        int predicate = switch (compare.relation()) {
            case EQ -> 0;
            case LT -> 1;
            case LE -> 2;
            case NE -> 4;
            case GE -> 5;
            case GT -> 6;
        };
        boolean wide = Values.isWide(a.type()), signed = element.isSigned();
        Register x = values.part(a, i);
        code.put(switch (element.bits()) {
            case 8 -> signed ? CMPB : CMPUB;
            case 16 -> signed ? CMPW : CMPUW;
            case 32 -> signed ? CMPD : CMPUD;
            default -> signed ? CMPQ : CMPUQ;
        }, wide, MASK, x, operand(compare.b(), i), new Immediate(predicate));
        return lanes(element.bits(), wide);
    }

    @Override
    Register compareFloats(int predicate, Register x, Operand y, boolean wide) {
        code.put(CMPPS, wide, MASK, x, y, new Immediate(predicate));
        return lanes(32, wide);
    }

    /// Of the mask that was just written.
    private Register lanes(int bits, boolean wide) {
        return code.vector(switch (bits) {
            case 8 -> LANES_B;
            case 16 -> LANES_W;
            case 32 -> LANES_D;
            default -> LANES_Q;
        }, wide, MASK);
    }

    @Override
    public Register maskOfBytes(Register bytes, boolean wide) {
        code.put(TESTB, wide, MASK, bytes, code.constant(8, 1));
        return lanes(8, wide);
    }

    @Override
    public Register select(Register mask, Expr then, Expr otherwise, int i) {
        Register yes = values.part(then, i);
        return choice(mask, yes, operand(otherwise, i), Values.isWide(then.type()));
    }

    @Override
    public Register select(Register mask, Register then, Register otherwise, boolean wide) {
        return choice(mask, then, otherwise, wide);
    }

    private Register choice(Register mask, Register yes, Operand no, boolean wide) {
        Register result = code.copy(mask);
        code.put(TERNARY, wide, result, yes, no, new Immediate(CHOICE));
        return result;
    }

    @Override
    Register blend(Register no, Register yes, Register mask, boolean wide) {
        code.put(SIGNS_B, wide, MASK, mask);
        return code.vector(BLENDB, wide, no, yes);
    }

    @Override
    Register everySecondInt(Register even, Register odd, boolean wide) {
        return choice(code.vector(Vectors.LOAD, wide, code.constant(64, 0xffff_ffffL)), even, odd, wide);
    }

    /// Lanes of `yes` where index and bit have bits in common.
    Register blend(int bits, Register no, Register yes, Register index, long bit, boolean wide) {
        Opcode test = bits == 8 ? TESTB : bits == 16 ? TESTW : bits == 32 ? TESTD : TESTQ;
        code.put(test, wide, MASK, index, code.constant(bits, bit));
        return code.vector(bits == 8 ? BLENDB : bits == 16 ? BLENDW : bits == 32 ? BLENDD : BLENDQ, wide, no, yes);
    }

    // Registers

    @Override
    Register join(Register low, Register high) {
        return code.vector(INSERT_HALF, true, low, high, new Immediate(1));
    }

    @Override
    public Register upperHalf(Register lanes, int bits) {
        return switch (bits) {
            case 512 -> code.vector(EXTRACT_HALF, true, lanes, new Immediate(1));
            case 256 -> code.vector(EXTRACT_QUARTER, true, lanes, new Immediate(1));
            default -> super.upperHalf(lanes, bits);
        };
    }

    // Memory up to a limit

    /// @param left  elements that may be touched, which may be negative
    /// @param count elements of the part
    /// @return zeros where nothing may be touched
    Register load(Memory place, Register left, int count, int bytes) {
        limit(left, count, bytes);
        return code.vector(LOAD_BYTES, true, place);
    }

    void store(Memory place, Register value, Register left, int count, int bytes) {
        limit(left, count, bytes);
        code.put(STORE_BYTES, true, place, value);
    }

    private void limit(Register left, int count, int bytes) {
        Register none = at.general.number(0), all = at.general.number(count), elements = code.copy(left);
        at.general.compareWithZero(elements);
        at.general.replace(Condition.LESS, elements, none);
        at.general.compare(elements, all);
        at.general.replace(Condition.GREATER, elements, all);
        Register number = bytes == 1 ? elements : at.general.compute(Operation.MULTIPLY, elements, bytes);
        code.put(TO_MASK, MASK, code.general(Integers.BZHI, at.general.number(-1), number));
    }
}
