package tern.codegen.machine;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tern.codegen.machine.x86.Opcode;
import tern.codegen.machine.x86.Operand;
import tern.codegen.machine.x86.Operand.Immediate;
import tern.codegen.machine.x86.Operand.Memory;
import tern.codegen.machine.x86.Operand.Register;
import tern.codegen.machine.x86.Vectors;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Type;

/// Selects instructions for vectors and floats, a register at a time: part i of a value are its lanes from `i * 256 / bits` on. A value that
/// is narrower than a register, or a float, occupies its low lanes; the others hold anything.
///
/// A part is computed when it is asked for, so that a value wider than a register is never in registers as a whole unless a
/// variable holds it. What is asked for twice in a statement is kept.
final class Values {

    /// Predicates of `vcmpps`.
    static final int EQUAL = 0, NOT_EQUAL = 4, LESS = 17, LESS_OR_EQUAL = 18, GREATER_OR_EQUAL = 29, GREATER = 30, ORDERED = 7, UNORDERED = 3;

    private final Selection at;
    private final Code code;
    final VectorMemory memory;
    final Masks masks;
    final Resizing resizing;
    final Reductions reductions;
    private final Emulations emulations;
    final Products products;
    final Lookups lookups;
    private final Conversions conversions;
    private final IdentityHashMap<Expr, Map<Integer, Register>> known = new IdentityHashMap<>();

    Values(Selection at) {
        this.at = at;
        this.code = at.code;
        this.memory = new VectorMemory(at);
        this.masks = new Masks(at, this);
        this.resizing = new Resizing(at.code);
        this.reductions = new Reductions(at, this);
        this.emulations = new Emulations(at, this);
        this.products = new Products(at, this, emulations);
        this.lookups = new Lookups(at, this);
        this.conversions = new Conversions(at, this);
    }

    static int parts(int lanes, int laneBits) {
        return Math.max(1, lanes * laneBits / 256);
    }

    /// Whether a part fills a register.
    static boolean isWide(Type type) {
        return type.bits() > 128;
    }

    static boolean isWide(int lanes, int laneBits) {
        return lanes * laneBits > 128;
    }

    /// A statement ends: variables and memory may change.
    void forget() {
        known.clear();
    }

    Register part(Expr expr, int i) {
        if (expr instanceof Expr.Ref(var var) && at.home(var) instanceof Home.Lanes(_, var parts)) return parts.get(i);
        Map<Integer, Register> parts = known.computeIfAbsent(expr, _ -> new HashMap<>());
        Register register = parts.get(i);
        if (register == null) {
            register = Scalars.isNumber(expr.type()) ? fromGeneral(at.scalars.general(expr), expr.type().element().bits()) : lanesOf(expr, i);
            parts.put(i, register);
        }
        return register;
    }

    /// A part as the last operand of an instruction: what lies in memory is read by the instruction itself.
    Operand operand(Expr expr, int i) {
        Operand place = place(expr, i);
        return place == null ? part(expr, i) : place;
    }

    private @Nullable Memory place(Expr expr, int i) {
        if (isNumberConstant(expr)) return constant(expr);
        return memory.place(expr, i);
    }

    private static boolean isNumberConstant(Expr expr) {
        return expr instanceof Expr.Int || expr instanceof Expr.Real;
    }

    private Memory constant(Expr expr) {
        return switch (expr) {
            case Expr.Int(Type type, long value) -> code.constant(type.element().bits(), value);
            case Expr.Real(Type type, float value) -> code.constant(type.element().bits(), switch (type.element()) {
                case F16 -> Float.floatToFloat16(value);
                case BF16 -> Conversions.bf16(value);
                default -> Float.floatToRawIntBits(value);
            });
            default -> throw new IllegalArgumentException("no constant: " + expr);
        };
    }

    /// As [part] for a vector or float; for a number its vector of one lane, computed as a vector.
    Register lanesOf(Expr expr, int i) {
        Type type = expr.type();
        boolean wide = isWide(type);
        return switch (expr) {
            case Expr.Int _, Expr.Real _ -> code.vector(Vectors.LOAD, wide, constant(expr));
            case Expr.Ref(var var) -> throw new IllegalArgumentException("no vector: " + var);
            case Expr.Load load -> memory.load(load, i);
            case Expr.Unary unary -> unary(unary, i, wide);
            case Expr.Binary binary -> binary(binary, i, wide);
            case Expr.Fma(Expr a, Expr b, Expr c) -> {
                Register x = part(a, i), sum = part(c, i);
                yield fma(sum, x, operand(b, i), wide);
            }
            case Expr.Compare _ -> throw new IllegalArgumentException("a mask: " + expr);
            case Expr.Select(Expr condition, Expr then, Expr otherwise) -> {
                Register mask = masks.mask(condition, type.element().bits(), i);
                Register no = part(otherwise, i);
                yield code.vector(Vectors.BLENDV, wide, no, operand(then, i), mask);
            }
            case Expr.Convert convert -> conversions.part(convert, i);
            case Expr.Bitcast(_, Expr a) -> Scalars.isNumber(a.type())
                    ? fromGeneral(at.scalars.general(a), type.bits())
                    : part(a, i);
            case Expr.Broadcast(_, Expr a) -> broadcast(a, type.element().bits(), wide);
            case Expr.Lookup lookup -> lookups.part(lookup, i);
            case Expr.Shuffle(Expr a, var pattern) -> lookups.shuffle(a, type.element().bits(), pattern, i);
            case Expr.Reduce(var op, Expr a) -> reductions.fold(op, a);
            case Expr.Dot dot -> products.part(dot, i);
            case Expr.Warp _ -> throw at.refuse("warps");
        };
    }

    private Register fma(Register sum, Register a, Operand b, boolean wide) {
        Register result = code.copy(sum);
        code.put(Vectors.FMADD, wide, result, a, b);
        return result;
    }

    private Register unary(Expr.Unary unary, int i, boolean wide) {
        Opcode direct = Vectors.meaning(unary);
        Expr a = unary.a();
        if (direct != null) return code.vector(direct, wide, operand(a, i));
        Element element = a.type().element();
        int bits = element.bits();
        return switch (unary.op()) {
            case NOT -> code.vector(Vectors.XOR, wide, part(a, i), code.constant(8, -1));
            case NEGATE -> element.isFloat()
                    ? code.vector(Vectors.XOR, wide, part(a, i), code.constant(32, Integer.MIN_VALUE))
                    : code.vector(arithmetic(Operation.SUBTRACT, bits), wide, zero(wide), operand(a, i));
            case ABS -> element.isFloat()
                    ? code.vector(Vectors.AND, wide, part(a, i), code.constant(32, Integer.MAX_VALUE))
                    : element.isSigned() ? emulations.absolute64(part(a, i), wide) : part(a, i);
            case ROUND -> code.vector(Vectors.ROUNDPS, wide, operand(a, i), new Immediate(8));
            case SQRT -> throw new IllegalArgumentException("SQRT of " + element);
        };
    }

    Register zero(boolean wide) {
        return code.vector(Vectors.LOAD, wide, code.constant(8, 0));
    }

    /// The instruction for signed lanes of so many bits.
    static Opcode arithmetic(Operation op, int bits) {
        Type type = new Type(Element.of("i" + bits), 1);
        Opcode opcode = Vectors.meaning(new Expr.Binary(op, Expr.zero(type), Expr.zero(type)));
        if (opcode == null) throw new IllegalArgumentException(op + " of i" + bits);
        return opcode;
    }

    private Register binary(Expr.Binary binary, int i, boolean wide) {
        Operation op = binary.op();
        Expr a = binary.a(), b = binary.b();
        Register masked = op == Operation.AND ? emulations.maskedShift(binary, i, wide) : null;
        if (masked != null) return masked;
        Opcode direct = Vectors.meaning(binary);
        if (direct != null) {
            boolean swaps = op != Operation.SUBTRACT && op != Operation.DIVIDE;
            if (swaps && place(b, i) == null && place(a, i) != null) return code.vector(direct, wide, part(b, i), operand(a, i));
            Register x = part(a, i);
            return code.vector(direct, wide, x, operand(b, i));
        }
        Element element = a.type().element();
        if (op.isShift()) return emulations.shift(op == Operation.SHIFT_RIGHT && !element.isSigned() ? Operation.SHIFT_RIGHT_LOGICAL : op, a, b, i, wide);
        return switch (op) {
            case MULTIPLY -> element.bits() == 8 ? emulations.multiply8(part(a, i), part(b, i), wide)
                    : emulations.multiply64(part(a, i), part(b, i), wide);
            case MULTIPLY_HIGH -> emulations.multiplyHigh(element, part(a, i), part(b, i), binary.type(), wide);
            case MIN, MAX -> combine(op, element, part(a, i), part(b, i), wide);
            case ADD, SUBTRACT, DIVIDE, REMAINDER, AND, OR, XOR, SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_LOGICAL ->
                throw new IllegalArgumentException(op + " of " + binary.type());
        };
    }

    /// `x op y` lane by lane.
    Register combine(Operation op, Element element, Register x, Register y, boolean wide) {
        Expr any = Expr.zero(new Type(element, 1));
        Opcode direct = Vectors.meaning(new Expr.Binary(op, any, any));
        if (direct != null) return code.vector(direct, wide, x, y);
        return element.isFloat()
                ? emulations.extremeFloat(op == Operation.MIN, x, y, wide)
                : emulations.extreme64(op == Operation.MIN, element, x, y, wide);
    }

    // Between the banks

    Register fromGeneral(Register number, int bits) {
        return code.vector(bits == 64 ? Vectors.MOVQ : Vectors.MOVD, false, number);
    }

    /// The lowest lane, not extended.
    Register toGeneral(Register lanes, int bits) {
        return code.general(bits == 64 ? Vectors.TO_Q : Vectors.TO_D, lanes);
    }

    private Register broadcast(Expr a, int bits, boolean wide) {
        Opcode opcode = switch (bits) {
            case 8 -> Vectors.BROADCAST_B;
            case 16 -> Vectors.BROADCAST_W;
            case 32 -> Vectors.BROADCAST_D;
            default -> Vectors.BROADCAST_Q;
        };
        Operand source = a instanceof Expr.Load load && load.limit() == null
                ? at.addresses.of(load.buffer(), load.index(), 0)
                : part(a, 0);
        return code.vector(opcode, wide, source);
    }
}
