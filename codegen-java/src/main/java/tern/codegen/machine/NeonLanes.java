package tern.codegen.machine;

import static tern.codegen.machine.arm64.Vectors.*;

import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import tern.codegen.machine.arm64.Opcode;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;
import tern.ir.Element;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr;

/// Vectors of 128 bits by NEON.
final class NeonLanes implements Lanes {

    private final Selection at;
    private final Code code;
    private final Values values;
    private final NeonConversions conversions;
    private final NeonProducts products;
    private final NeonLookups lookups;

    NeonLanes(Selection at, Values values, Set<Feature> features) {
        this.at = at;
        this.code = at.code;
        this.values = values;
        this.conversions = new NeonConversions(at, values, this);
        this.products = new NeonProducts(at, values, this, features);
        this.lookups = new NeonLookups(at, values, this);
    }

    /// An instruction that writes a new register.
    Register write(Opcode opcode, Operand... sources) {
        return code.vector(opcode, false, sources);
    }

    /// An instruction that changes a copy of its first operand.
    Register change(Opcode opcode, Register a, Operand... others) {
        Register result = code.copy(a);
        Operand[] all = new Operand[others.length + 1];
        all[0] = result;
        System.arraycopy(others, 0, all, 1, others.length);
        code.put(opcode, all);
        return result;
    }

    /// A number in every lane.
    Register constant(int laneBits, long value) {
        boolean bytes = true;
        for (int bit = 8; bit < laneBits; bit += 8) bytes &= (value >> bit & 0xff) == (value & 0xff);
        if (!bytes) return constant(code.constant(laneBits, value));
        Immediate each = new Immediate(value & 0xff);
        return at.addresses.once(each, () -> write(MOVI, each));
    }

    Register constant(byte[] bytes) {
        return constant(code.constant(bytes));
    }

    private Register constant(Memory place) {
        return at.addresses.once(place, () -> write(LDR_Q, place));
    }

    @Override
    public Register constant(Expr expr) {
        return constant(expr.type().element().bits(), Code.bits(expr));
    }

    @Override
    public void forget() {
        conversions.forget();
    }

    // Arithmetic

    @Override
    public Register unary(Expr.Unary unary, int i) {
        Element element = unary.a().type().element();
        Register a = values.part(unary.a(), i);
        int width = at(element.bits());
        return switch (unary.op()) {
            case NOT -> write(MVN, a);
            case NEGATE -> write(element.isFloat() ? FNEG : NEG.get(width), a);
            case ABS -> element.isFloat() ? write(FABS, a) : element.isSigned() ? write(ABS.get(width), a) : a;
            case SQRT -> write(FSQRT, a);
            case ROUND -> write(FRINTN, a);
        };
    }

    @Override
    public Register binary(Expr.Binary binary, int i) {
        Expr a = binary.a(), b = binary.b();
        Element element = a.type().element();
        if (binary.op().isShift()) return shift(binary.op(), element, values.part(a, i), b);
        Register x = values.part(a, i), y = values.part(b, i);
        if (binary.op() == Operation.MULTIPLY_HIGH) return products.high(element, x, y, binary.type().lanes());
        return combine(binary.op(), element, x, y, false);
    }

    private Register shift(Operation op, Element element, Register x, Expr count) {
        boolean left = op == Operation.SHIFT_LEFT, signed = op == Operation.SHIFT_RIGHT && element.isSigned();
        int width = at(element.bits());
        if (count instanceof Expr.Int(_, long number)) {
            List<Opcode> opcodes = left ? SHL : signed ? SSHR : USHR;
            return number == 0 ? x : write(opcodes.get(width), x, new Immediate(number));
        }
        // By what lanes say, to the right where it is negative.
        Register number = at.scalars.general(count);
        Register counts = write(DUP_GENERAL.get(width), left ? number : at.general.negate(number));
        return write((signed ? SSHL : USHL).get(width), x, counts);
    }

    @Override
    public Register combine(Operation op, Element element, Register x, Register y, boolean wide) {
        if (element.isFloat()) return write(ofFloats(op), x, y);
        int width = at(element.bits());
        boolean signed = element.isSigned();
        return switch (op) {
            case ADD -> write(ADD.get(width), x, y);
            case SUBTRACT -> write(SUB.get(width), x, y);
            case MULTIPLY -> element.bits() == 64 ? products.multiply64(x, y) : write(MUL.get(width), x, y);
            case AND, OR, XOR -> logic(op, x, y, wide);
            case MIN, MAX -> {
                boolean least = op == Operation.MIN;
                if (element.bits() < 64) yield write((least ? signed ? SMIN : UMIN : signed ? SMAX : UMAX).get(width), x, y);
                Register greater = write((signed ? CMGT : CMHI).get(width), x, y);
                yield least ? change(BSL, greater, y, x) : change(BSL, greater, x, y);
            }
            case DIVIDE, REMAINDER, MULTIPLY_HIGH, SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL -> throw new IllegalArgumentException(op + " of " + element);
        };
    }

    private static Opcode ofFloats(Operation op) {
        return switch (op) {
            case ADD -> FADD;
            case SUBTRACT -> FSUB;
            case MULTIPLY -> FMUL;
            case DIVIDE -> FDIV;
            case MIN -> FMIN;
            case MAX -> FMAX;
            default -> throw new IllegalArgumentException(op + " of floats");
        };
    }

    @Override
    public Register fma(Expr.Fma fma, int i) {
        Register a = values.part(fma.a(), i), sum = values.part(fma.c(), i);
        return change(FMLA, sum, a, values.part(fma.b(), i));
    }

    @Override
    public Register select(Register mask, Expr then, Expr otherwise, int i) {
        Register no = values.part(otherwise, i);
        return change(BSL, mask, values.part(then, i), no);
    }

    @Override
    public Register convert(Expr.Convert convert, int i) {
        return conversions.part(convert, i);
    }

    @Override
    public Register broadcast(Expr scalar, int bits, boolean wide) {
        int width = at(bits);
        if (scalar instanceof Expr.Load load && load.limit() == null)
            return write(DUP.get(width), load(at.addresses.of(load.buffer(), load.index(), 0), bits));
        if (Scalars.isNumber(scalar.type())) return write(DUP_GENERAL.get(width), at.scalars.general(scalar));
        return write(DUP.get(width), values.part(scalar, 0));
    }

    @Override
    public Register lookup(Expr.Lookup lookup, int i) {
        return lookups.part(lookup, i);
    }

    @Override
    public Register shuffle(Expr a, int bits, List<Integer> pattern, int i) {
        return lookups.shuffle(a, bits, pattern, i);
    }

    @Override
    public Register dot(Expr.Dot dot, int i) {
        return products.part(dot, i);
    }

    // Masks

    @Override
    public Register compare(Expr.Compare compare, int i) {
        Register x = values.part(compare.a(), i), y = values.part(compare.b(), i);
        Element element = compare.a().type().element();
        int width = at(element.bits());
        Opcode equal = element.isFloat() ? FCMEQ : CMEQ.get(width);
        Opcode greater = element.isFloat() ? FCMGT : (element.isSigned() ? CMGT : CMHI).get(width);
        Opcode notLess = element.isFloat() ? FCMGE : (element.isSigned() ? CMGE : CMHS).get(width);
        return switch (compare.relation()) {
            case EQ -> write(equal, x, y);
            case NE -> write(MVN, write(equal, x, y));
            case GT -> write(greater, x, y);
            case GE -> write(notLess, x, y);
            case LT -> write(greater, y, x);
            case LE -> write(notLess, y, x);
        };
    }

    @Override
    public Register everyBit(boolean set, boolean wide) {
        return constant(8, set ? -1 : 0);
    }

    @Override
    public Register not(Register mask, boolean wide) {
        return write(MVN, mask);
    }

    @Override
    public Register logic(Operation op, Register x, Register y, boolean wide) {
        return write(op == Operation.AND ? AND : op == Operation.OR ? ORR : EOR, x, y);
    }

    @Override
    public Register select(Register mask, Register then, Register otherwise, boolean wide) {
        return change(BSL, mask, then, otherwise);
    }

    @Override
    public Register maskOfBytes(Register bytes, boolean wide) {
        return write(CMTST.get(at(8)), bytes, constant(8, 1));
    }

    @Override
    public Register bytesOfMask(Register mask, boolean wide) {
        return write(AND, mask, constant(8, 1));
    }

    @Override
    public Register every(Register all, boolean wide) {
        return write(DUP_GENERAL.get(at(64)), all);
    }

    @Override
    public Register resize(IntFunction<Register> source, int lanes, int from, int to, int i) {
        return conversions.integer(source, lanes, from, to, true, i);
    }

    // Registers

    @Override
    public Register upperHalf(Register lanes, int bits) {
        return write(EXT, lanes, lanes, new Immediate(bits / 16));
    }

    @Override
    public Register fromGeneral(Register number, int bits) {
        return write(bits == 64 ? TO_D : TO_S, number);
    }

    @Override
    public Register toGeneral(Register lanes, int bits) {
        return code.general(bits == 64 ? FROM_D : FROM_S, lanes);
    }

    @Override
    public Register load(Memory place, int bits) {
        return write(switch (bits) {
            case 128 -> LDR_Q;
            case 64 -> LDR_D;
            case 32 -> LDR_S;
            case 16 -> LDR_H;
            default -> LDR_B;
        }, place);
    }

    @Override
    public void store(Memory place, Register value, int bits) {
        code.put(switch (bits) {
            case 128 -> STR_Q;
            case 64 -> STR_D;
            case 32 -> STR_S;
            case 16 -> STR_H;
            default -> STR_B;
        }, value, place);
    }

    @Override
    public Register zero(boolean wide) {
        return constant(8, 0);
    }
}
