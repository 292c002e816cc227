package tern.codegen.machine;

import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.code.Operand;
import tern.codegen.machine.x86.Meanings;
import tern.codegen.machine.x86.Opcode;
import tern.codegen.machine.x86.Vectors;
import tern.ir.Element;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;

/// Vectors of 256 bits by AVX2, and what [Avx512Lanes] has in common with them. What lies in memory is read by the instruction that needs it.
sealed class Avx2Lanes implements Lanes permits Avx512Lanes {

    /// Predicates of `vcmpps`.
    static final int EQUAL = 0, NOT_EQUAL = 4, LESS = 17, LESS_OR_EQUAL = 18, GREATER_OR_EQUAL = 29, GREATER = 30, ORDERED = 7, UNORDERED = 3;

    final Selection at;
    final Code code;
    final Values values;
    private final boolean avx512;
    final Avx2Resizing resizing;
    private final Avx2Emulations emulations;
    private final Avx2Products products;
    private final Avx2Lookups lookups;
    private final Avx2Conversions conversions;

    Avx2Lanes(Selection at, Values values, Set<Feature> features) {
        this.at = at;
        this.code = at.code;
        this.values = values;
        this.avx512 = features.contains(Feature.AVX512);
        this.resizing = avx512 ? new Avx512Resizing(at.code) : new Avx2Resizing(at.code);
        this.emulations = new Avx2Emulations(at, values, this);
        this.products = new Avx2Products(at, values, this, emulations, features);
        this.lookups = avx512 ? new Avx512Lookups(at, values, this, features) : new Avx2Lookups(at, values, this);
        this.conversions = new Avx2Conversions(at, values, this);
    }

    /// A part as the last operand of an instruction: what lies in memory is read by the instruction itself.
    Operand operand(Expr expr, int i) {
        Operand place = place(expr, i);
        return place == null ? values.part(expr, i) : place;
    }

    /// Where a part lies that an instruction may read for itself; null if it is elsewhere.
    @Nullable
    Memory place(Expr expr, int i) {
        return expr instanceof Expr.Int || expr instanceof Expr.Real ? code.constant(expr) : loaded(expr, i);
    }

    /// The same of what the program loads.
    @Nullable
    Memory loaded(Expr expr, int i) {
        if (expr instanceof Expr.Bitcast(_, Expr a) && !Scalars.isNumber(a.type())) return loaded(a, i);
        if (!(expr instanceof Expr.Load load) || load.limit() != null || load.type().element() == Element.BOOL) return null;
        int bits = load.type().bits();
        return bits == 128 || bits >= at.set.vectorBits() ? at.addresses.of(load.buffer(), load.index(), (long) at.registerBytes() * i) : null;
    }

    @Override
    public Register constant(Expr expr) {
        return code.vector(Vectors.LOAD, Values.isWide(expr.type()), code.constant(expr));
    }

    @Override
    public Register fma(Expr.Fma fma, int i) {
        Operand added = place(fma.c(), i);
        if (added != null) {
            Register factor = values.part(fma.b(), i), result = code.copy(values.part(fma.a(), i));
            code.put(Vectors.FMADD_LAST, Values.isWide(fma.type()), result, factor, added);
            return result;
        }
        Register x = values.part(fma.a(), i), sum = values.part(fma.c(), i);
        Operand y = operand(fma.b(), i);
        Register result = code.copy(sum);
        code.put(Vectors.FMADD, Values.isWide(fma.type()), result, x, y);
        return result;
    }

    @Override
    public Register select(Register mask, Expr then, Expr otherwise, int i) {
        Register no = values.part(otherwise, i);
        return code.vector(Vectors.BLENDV, Values.isWide(then.type()), no, operand(then, i), mask);
    }

    @Override
    public Register convert(Expr.Convert convert, int i) {
        return conversions.part(convert, i);
    }

    @Override
    public Register broadcast(Expr a, int bits, boolean wide) {
        Opcode opcode = switch (bits) {
            case 8 -> Vectors.BROADCAST_B;
            case 16 -> Vectors.BROADCAST_W;
            case 32 -> Vectors.BROADCAST_D;
            default -> Vectors.BROADCAST_Q;
        };
        Operand source = a instanceof Expr.Load load && load.limit() == null
                ? at.addresses.of(load.buffer(), load.index(), 0)
                : values.part(a, 0);
        return code.vector(opcode, wide, source);
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

    @Override
    public void open() {
        lookups.open();
    }

    @Override
    public void close() {
        lookups.close();
    }

    // Arithmetic

    @Override
    public Register unary(Expr.Unary unary, int i) {
        boolean wide = Values.isWide(unary.type());
        Opcode direct = Meanings.instruction(unary, avx512);
        Expr a = unary.a();
        if (direct != null) return code.vector(direct, wide, operand(a, i));
        Element element = a.type().element();
        int bits = element.bits();
        return switch (unary.op()) {
            case NOT -> not(values.part(a, i), wide);
            case NEGATE -> element.isFloat()
                    ? code.vector(Vectors.XOR, wide, values.part(a, i), code.constant(32, Integer.MIN_VALUE))
                    : code.vector(arithmetic(Operation.SUBTRACT, bits), wide, zero(wide), operand(a, i));
            case ABS -> element.isFloat()
                    ? code.vector(Vectors.AND, wide, values.part(a, i), code.constant(32, Integer.MAX_VALUE))
                    : element.isSigned() ? emulations.absolute64(values.part(a, i), wide) : values.part(a, i);
            case ROUND -> code.vector(Vectors.ROUNDPS, wide, operand(a, i), new Immediate(8));
            case SQRT -> throw new IllegalArgumentException("SQRT of " + element);
        };
    }

    /// The instruction for signed lanes of so many bits.
    private static Opcode arithmetic(Operation op, int bits) {
        Type type = new Type(Element.of("i" + bits), 1);
        Opcode opcode = Meanings.instruction(new Expr.Binary(op, Expr.zero(type), Expr.zero(type)), false);
        if (opcode == null) throw new IllegalArgumentException(op + " of i" + bits);
        return opcode;
    }

    @Override
    public Register binary(Expr.Binary binary, int i) {
        boolean wide = Values.isWide(binary.type());
        Operation op = binary.op();
        Expr a = binary.a(), b = binary.b();
        Register masked = op == Operation.AND ? emulations.maskedShift(binary, i, wide) : null;
        if (masked != null) return masked;
        Opcode direct = Meanings.instruction(binary, avx512);
        if (direct != null) {
            boolean swaps = op != Operation.SUBTRACT && op != Operation.DIVIDE;
            if (swaps && place(b, i) == null && place(a, i) != null) return code.vector(direct, wide, values.part(b, i), operand(a, i));
            Register x = values.part(a, i);
            return code.vector(direct, wide, x, operand(b, i));
        }
        Element element = a.type().element();
        if (op.isShift()) return emulations.shift(op == Operation.SHIFT_RIGHT && !element.isSigned() ? Operation.SHIFT_RIGHT_LOGICAL : op, a, b, i, wide);
        return switch (op) {
            case MULTIPLY -> element.bits() == 8 ? emulations.multiply8(values.part(a, i), values.part(b, i), wide)
                    : emulations.multiply64(values.part(a, i), values.part(b, i), wide);
            case MULTIPLY_HIGH -> emulations.multiplyHigh(element, values.part(a, i), values.part(b, i), binary.type(), wide);
            case MIN, MAX -> extreme(binary, i);
            case ADD, SUBTRACT, DIVIDE, REMAINDER, AND, OR, XOR, SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL ->
                throw new IllegalArgumentException(op + " of " + binary.type());
        };
    }

    private Register extreme(Expr.Binary binary, int i) {
        Expr a = binary.a(), b = binary.b();
        boolean wide = Values.isWide(binary.type()), least = binary.op() == Operation.MIN;
        // The instruction gives its second operand for NaN, which a number is not, and for zeros.
        if (isNumberButZero(a)) return code.vector(least ? Vectors.MINPS : Vectors.MAXPS, wide, values.part(a, i), operand(b, i));
        if (isNumberButZero(b)) return code.vector(least ? Vectors.MINPS : Vectors.MAXPS, wide, values.part(b, i), operand(a, i));
        return combine(binary.op(), a.type().element(), values.part(a, i), values.part(b, i), wide);
    }

    private static boolean isNumberButZero(Expr expr) {
        return expr instanceof Expr.Real(_, float value) && value != 0 && !Float.isNaN(value);
    }

    @Override
    public Register combine(Operation op, Element element, Register x, Register y, boolean wide) {
        Expr any = Expr.zero(new Type(element, 1));
        Opcode direct = Meanings.instruction(new Expr.Binary(op, any, any), avx512);
        if (direct != null) return code.vector(direct, wide, x, y);
        return element.isFloat()
                ? emulations.extremeFloat(op == Operation.MIN, x, y, wide)
                : emulations.extreme64(op == Operation.MIN, element, x, y, wide);
    }

    // Masks

    @Override
    public Register compare(Expr.Compare compare, int i) {
        Expr a = compare.a(), b = compare.b();
        Element element = a.type().element();
        boolean wide = Values.isWide(a.type());
        if (element.isFloat()) {
            Register x = values.part(a, i);
            return compareFloats(switch (compare.relation()) {
                case EQ -> EQUAL;
                case NE -> NOT_EQUAL;
                case LT -> LESS;
                case LE -> LESS_OR_EQUAL;
                case GT -> GREATER;
                case GE -> GREATER_OR_EQUAL;
            }, x, operand(b, i), wide);
        }
        Register x = values.part(a, i), y = values.part(b, i);
        return switch (compare.relation()) {
            case EQ -> code.vector(equal(element), wide, x, y);
            case NE -> not(code.vector(equal(element), wide, x, y), wide);
            case GT -> greater(element, x, y, wide);
            case LT -> greater(element, y, x, wide);
            case LE -> not(greater(element, x, y, wide), wide);
            case GE -> not(greater(element, y, x, wide), wide);
        };
    }

    /// @param predicate of `vcmpps`
    Register compareFloats(int predicate, Register x, Operand y, boolean wide) {
        return code.vector(Vectors.CMPPS, wide, x, y, new Immediate(predicate));
    }

    private static Opcode equal(Element element) {
        return switch (element.bits()) {
            case 8 -> Vectors.CMPEQB;
            case 16 -> Vectors.CMPEQW;
            case 32 -> Vectors.CMPEQD;
            default -> Vectors.CMPEQQ;
        };
    }

    /// Unsigned numbers are compared as signed ones, half their range lower.
    Register greater(Element element, Register a, Register b, boolean wide) {
        Opcode opcode = switch (element.bits()) {
            case 8 -> Vectors.CMPGTB;
            case 16 -> Vectors.CMPGTW;
            case 32 -> Vectors.CMPGTD;
            default -> Vectors.CMPGTQ;
        };
        if (element.isSigned()) return code.vector(opcode, wide, a, b);
        var half = code.constant(element.bits(), 1L << element.bits() - 1);
        return code.vector(opcode, wide, code.vector(Vectors.XOR, wide, a, half), code.vector(Vectors.XOR, wide, b, half));
    }

    @Override
    public Register everyBit(boolean set, boolean wide) {
        return code.vector(Vectors.LOAD, wide, code.constant(8, set ? -1 : 0));
    }

    @Override
    public Register not(Register mask, boolean wide) {
        return code.vector(Vectors.XOR, wide, mask, code.constant(8, -1));
    }

    @Override
    public Register logic(Operation op, Register x, Register y, boolean wide) {
        return code.vector(arithmetic(op, 8), wide, x, y);
    }

    @Override
    public Register select(Register mask, Register then, Register otherwise, boolean wide) {
        return blend(otherwise, then, mask, wide);
    }

    /// Bytes of `yes` where the highest bit of the mask's byte is set.
    Register blend(Register no, Register yes, Register mask, boolean wide) {
        return code.vector(Vectors.BLENDV, wide, no, yes, mask);
    }

    /// The lower halves of lanes of 64 bits of one, the upper ones of another.
    Register everySecondInt(Register even, Register odd, boolean wide) {
        return code.vector(Vectors.BLENDD, wide, even, odd, new Immediate(0xaa));
    }

    /// Two half registers as one.
    Register join(Register low, Register high) {
        return code.vector(Vectors.INSERT128, true, low, high, new Immediate(1));
    }

    @Override
    public Register maskOfBytes(Register bytes, boolean wide) {
        Register bit = code.vector(Vectors.AND, wide, bytes, code.constant(8, 1));
        return code.vector(Vectors.CMPEQB, wide, bit, code.constant(8, 1));
    }

    @Override
    public Register bytesOfMask(Register mask, boolean wide) {
        return code.vector(Vectors.AND, wide, mask, code.constant(8, 1));
    }

    @Override
    public Register every(Register all, boolean wide) {
        return code.vector(Vectors.BROADCAST_Q, wide, fromGeneral(all, 64));
    }

    @Override
    public Register resize(IntFunction<Register> source, int lanes, int from, int to, int i) {
        return resizing.mask(source, lanes, from, to, i);
    }

    // Registers

    @Override
    public Register upperHalf(Register lanes, int bits) {
        return bits == 256
                ? code.vector(Vectors.EXTRACT128, true, lanes, new Immediate(1))
                : code.vector(Vectors.BYTES_RIGHT, false, lanes, new Immediate(bits / 16));
    }

    @Override
    public Register fromGeneral(Register number, int bits) {
        return code.vector(bits == 64 ? Vectors.MOVQ : Vectors.MOVD, false, number);
    }

    @Override
    public Register toGeneral(Register lanes, int bits) {
        return code.general(bits == 64 ? Vectors.TO_Q : Vectors.TO_D, lanes);
    }

    @Override
    public Register load(Memory place, int bits) {
        return switch (bits) {
            case 512, 256, 128 -> {
                Register result = code.vector();
                code.put(Vectors.LOAD, bits, result, place);
                yield result;
            }
            case 64 -> code.vector(Vectors.LOADQ, false, place);
            case 32 -> code.vector(Vectors.MOVD, false, place);
            default -> code.vector(Vectors.MOVD, false, at.general.load(bits, false, place));
        };
    }

    @Override
    public void store(Memory place, Register value, int bits) {
        switch (bits) {
            case 512, 256, 128 -> code.put(Vectors.STORE, bits, place, value);
            case 64 -> code.put(Vectors.STOREQ, place, value);
            case 32 -> code.put(Vectors.TO_D, place, value);
            case 16 -> code.put(Vectors.STORE_W, place, value, new Immediate(0));
            default -> at.general.store(8, place, code.general(Vectors.TO_D, value));
        }
    }

    @Override
    public Register zero(boolean wide) {
        return code.vector(Vectors.LOAD, wide, code.constant(8, 0));
    }
}
