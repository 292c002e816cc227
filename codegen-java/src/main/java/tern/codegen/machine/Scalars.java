package tern.codegen.machine;

import static tern.codegen.machine.x86.Integers.*;

import tern.codegen.machine.x86.Condition;
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

/// Selects instructions for scalar integers and bools. They are kept in 64 bits, extended as their type says, so that comparing, dividing
/// and shifting right are the same for all; what may leave the type is wrapped after.
final class Scalars {

    private final Selection at;
    private final Code code;

    Scalars(Selection at) {
        this.at = at;
        this.code = at.code;
    }

    Register general(Expr expr) {
        Element element = expr.type().element();
        return switch (expr) {
            case Expr.Int(_, long value) -> code.number(canonical(element, value));
            case Expr.Ref(var var) -> switch (at.home(var)) {
                case Home.Sum(Terms terms) -> terms.constant() == 0 && terms.factors().size() == 1 && terms.factors().containsValue(1L)
                        ? at.addresses.value(terms)
                        : wrap(element, at.addresses.value(terms));
                case Home.Number(Register register) -> register;
                case Home.Lanes _ -> throw new IllegalArgumentException("no number: " + var);
            };
            case Expr.Load load -> load(load);
            case Expr.Unary(var op, Expr a) -> switch (op) {
                case NEGATE -> wrap(element, code.modify(NEG, general(a)));
                case NOT -> element == Element.BOOL
                        ? code.modify(XOR_I, general(a), new Immediate(1))
                        : wrap(element, code.modify(NOT, general(a)));
                case ABS -> element.isSigned() ? wrap(element, absolute(general(a))) : general(a);
                case SQRT, ROUND -> throw new IllegalArgumentException(op + " of " + element);
            };
            case Expr.Binary(var op, Expr a, Expr b) -> binary(op, element, a, b);
            case Expr.Compare compare -> compare(compare);
            case Expr.Select(Expr condition, Expr then, Expr otherwise) -> {
                Register holds = general(condition), yes = general(then), no = general(otherwise);
                Register result = code.copy(no);
                code.put(TEST, holds, holds);
                code.put(Condition.NOT_EQUAL.move(), result, yes);
                yield result;
            }
            case Expr.Convert(_, Expr a) -> a.type().element().isFloat()
                    ? toInteger(at.values.part(a, 0), element)
                    : fits(a.type().element(), element) ? general(a) : wrap(element, general(a));
            case Expr.Bitcast(_, Expr a) -> !isNumber(a.type())
                    ? wrap(element, at.values.toGeneral(at.values.part(a, 0), element.bits()))
                    : wrap(element, general(a));
            case Expr.Broadcast(_, Expr a) -> general(a);
            case Expr.Reduce(var op, Expr a) -> at.values.reductions.integer(op, a);
            case Expr.Lookup _, Expr.Shuffle _, Expr.Dot _ -> lowest(expr);
            case Expr.Real _, Expr.Fma _ -> throw new IllegalArgumentException("no integer: " + expr);
            case Expr.Warp _ -> throw at.refuse("warps");
        };
    }

    /// The first lane of what is computed as a vector.
    private Register lowest(Expr expr) {
        Element element = expr.type().element();
        if (element == Element.BOOL) return code.modify(AND_I, at.values.toGeneral(at.values.masks.mask(expr, 8, 0), 8), new Immediate(1));
        return wrap(element, at.values.toGeneral(at.values.lanesOf(expr, 0), element.bits()));
    }

    /// As [general] has numbers: wrapped and extended.
    static long canonical(Element element, long value) {
        if (element.bits() == 64) return value;
        long low = value << 64 - element.bits();
        return element.isSigned() ? low >> 64 - element.bits() : low >>> 64 - element.bits();
    }

    Register wrap(Element element, Register number) {
        return switch (element) {
            case BOOL, I64, U64 -> number;
            case I8 -> code.general(MOVSX8, number);
            case I16 -> code.general(MOVSX16, number);
            case I32 -> code.general(MOVSX32, number);
            case U8 -> code.general(MOVZX8, number);
            case U16, F16, BF16 -> code.general(MOVZX16, number);
            case U32, F32 -> code.general(MOV32, number);
        };
    }

    /// Whether each number of one type is one of the other.
    private static boolean fits(Element from, Element to) {
        if (from == Element.BOOL) return true;
        if (to.bits() == 64) return true;
        return from.isSigned() == to.isSigned() ? from.bits() <= to.bits() : !from.isSigned() && from.bits() < to.bits();
    }

    private Register absolute(Register a) {
        Register result = code.modify(NEG, a);
        code.put(TEST, a, a);
        code.put(Condition.GREATER.move(), result, a);
        return result;
    }

    // Memory

    private Register load(Expr.Load load) {
        Memory place = at.addresses.of(load.buffer(), load.index(), 0);
        if (load.limit() == null) return load(load.type().element(), place);
        Register result = code.number(0);
        int end = code.label();
        outside(load.index(), load.limit(), end);
        code.move(result, load(load.type().element(), place));
        code.place(end);
        return result;
    }

    Register load(Element element, Memory place) {
        return switch (element) {
            case I8 -> code.general(MOVSX8, place);
            case U8 -> code.general(MOVZX8, place);
            case BOOL -> code.modify(AND_I, code.general(MOVZX8, place), new Immediate(1));
            case I16 -> code.general(MOVSX16, place);
            case U16, F16, BF16 -> code.general(MOVZX16, place);
            case I32 -> code.general(MOVSX32, place);
            case U32, F32 -> code.general(MOV32, place);
            case I64, U64 -> code.general(MOV, place);
        };
    }

    void store(int bits, Memory place, Register value) {
        code.put(switch (bits) {
            case 8 -> STORE8;
            case 16 -> STORE16;
            case 32 -> STORE32;
            default -> STORE64;
        }, place, value);
    }

    /// Jumps if an index is at its limit or beyond.
    void outside(Expr index, Expr limit, int label) {
        code.put(CMP, general(index), general(limit));
        code.jump(Condition.GREATER_OR_EQUAL, label);
    }

    // Arithmetic

    private Register binary(Operation op, Element element, Expr a, Expr b) {
        return switch (op) {
            case ADD -> wrap(element, arithmetic(ADD, ADD_I, a, b));
            case SUBTRACT -> wrap(element, arithmetic(SUB, SUB_I, a, b));
            case AND -> arithmetic(AND, AND_I, a, b);
            case OR -> code.modify(OR, general(a), general(b));
            case XOR -> arithmetic(XOR, XOR_I, a, b);
            case MULTIPLY -> wrap(element, b instanceof Expr.Int(_, long value) && value == (int) value
                    ? code.general(IMUL_I, general(a), new Immediate(canonical(element, value)))
                    : code.modify(IMUL, general(a), general(b)));
            case MULTIPLY_HIGH -> multiplyHigh(element, general(a), general(b));
            case DIVIDE, REMAINDER -> wrap(element, divide(op, element, a, b));
            case SHIFT_LEFT -> wrap(element, shift(SHLX, SHL_I, general(a), b));
            case SHIFT_RIGHT -> shift(SARX, SAR_I, general(a), b);
            case SHIFT_RIGHT_LOGICAL -> wrap(element, shift(SHRX, SHR_I, bits(element, general(a)), b));
            case MIN -> least(Condition.of(Expr.Compare.Relation.LT, element != Element.U64), general(a), general(b));
            case MAX -> least(Condition.of(Expr.Compare.Relation.GT, element != Element.U64), general(a), general(b));
        };
    }

    private Register arithmetic(Opcode registers, Opcode immediate, Expr a, Expr b) {
        if (b instanceof Expr.Int(var type, long value)) {
            long number = canonical(type.element(), value);
            if (number == (int) number) return code.modify(immediate, general(a), new Immediate(number));
        }
        Register x = general(a), y = general(b);
        return code.modify(registers, x, y);
    }

    /// Extended by zeros.
    private Register bits(Element element, Register number) {
        return switch (element) {
            case I8 -> code.general(MOVZX8, number);
            case I16 -> code.general(MOVZX16, number);
            case I32 -> code.general(MOV32, number);
            case BOOL, U8, U16, U32, I64, U64, F16, BF16, F32 -> number;
        };
    }

    private Register shift(Opcode registers, Opcode immediate, Register a, Expr count) {
        if (count instanceof Expr.Int(_, long value)) return code.modify(immediate, a, new Immediate(value));
        return code.general(registers, a, general(count));
    }

    /// `a` if the condition holds between it and `b`, else `b`.
    private Register least(Condition condition, Register a, Register b) {
        Register result = code.copy(b);
        code.put(CMP, a, b);
        code.put(condition.move(), result, a);
        return result;
    }

    Register multiplyHigh(Element element, Register a, Register b) {
        if (element.bits() < 64) {
            Register product = code.modify(IMUL, a, b);
            return wrap(element, code.modify(element.isSigned() ? SAR_I : SHR_I, product, new Immediate(element.bits())));
        }
        Register low = code.fixed(Code.RAX), high = code.fixed(Code.RDX);
        code.move(low, a);
        code.put(element.isSigned() ? IMUL_WIDE : MUL, b, low, high);
        return code.copy(high);
    }

    /// Truncating. The processor traps where the divisor is 0, and where the quotient of two i64 is not one.
    private Register divide(Operation op, Element element, Expr a, Expr b) {
        Register x = general(a), y = general(b), result = code.general();
        int done = code.label(), divides = code.label();
        if (!(b instanceof Expr.Int(_, long value) && value != 0)) {
            code.put(TEST, y, y);
            int fine = code.label();
            code.jump(Condition.NOT_EQUAL, fine);
            code.put(MOV_I, at.frame.status(), new Immediate(FrameLayout.DIVIDED_BY_ZERO));
            code.jump(null, at.exit);
            code.place(fine);
        }
        if (element == Element.I64) {
            code.put(CMP_I, y, new Immediate(-1));
            code.jump(Condition.NOT_EQUAL, divides);
            code.move(result, op == Operation.DIVIDE ? code.modify(NEG, x) : code.number(0));
            code.jump(null, done);
            code.place(divides);
        }
        Register quotient = code.fixed(Code.RAX), remainder = code.fixed(Code.RDX);
        code.move(quotient, x);
        if (element == Element.U64) {
            code.put(MOV_I, remainder, new Immediate(0));
            code.put(DIV, y, quotient, remainder);
        } else {
            code.put(CQO, quotient, remainder);
            code.put(IDIV, y, quotient, remainder);
        }
        code.move(result, op == Operation.DIVIDE ? quotient : remainder);
        code.place(done);
        return result;
    }

    // Conditions

    private Register compare(Expr.Compare compare) {
        if (compare.a().type().element().isFloat())
            return code.modify(AND_I, at.values.toGeneral(at.values.masks.mask(compare, 32, 0), 32), new Immediate(1));
        Condition condition = flags(compare);
        Register result = code.general();
        code.put(condition.set(), result);
        return code.general(MOVZX8, result);
    }

    private Condition flags(Expr.Compare compare) {
        Element element = compare.a().type().element();
        Register a = general(compare.a());
        Operand b = compare.b() instanceof Expr.Int(_, long value) && canonical(element, value) == (int) canonical(element, value)
                ? new Immediate(canonical(element, value))
                : general(compare.b());
        code.put(b instanceof Immediate ? CMP_I : CMP, a, b);
        return Condition.of(compare.relation(), element != Element.U64);
    }

    /// Jumps if the condition does not hold.
    void unless(Expr condition, int label) {
        if (condition instanceof Expr.Compare compare && compare.type().isScalar() && !compare.a().type().element().isFloat()) {
            code.jump(flags(compare).opposite(), label);
            return;
        }
        Register holds = general(condition);
        code.put(TEST, holds, holds);
        code.jump(Condition.EQUAL, label);
    }

    // Floats

    /// An integer as the nearest f32, ties to even.
    Register toFloat(Register number, Element element) {
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

    /// Towards zero; beyond i32, or for u32 and 64 bits i64, its end; NaN is 0; then the low bits.
    Register toInteger(Register value, Element element) {
        boolean large = element == Element.U32 || element.bits() == 64;
        Register limit = code.vector(Vectors.LOAD, false, code.constant(32, Float.floatToRawIntBits(large ? 0x1p63f : 0x1p31f)));
        Register result = code.general(Vectors.CVTTSS2SI, value);
        if (!large) result = clamp(value, result);
        Register tooLarge = code.vector(Vectors.CMPPS, false, limit, value, new Immediate(Values.LESS_OR_EQUAL));
        Register isNumber = code.vector(Vectors.CMPPS, false, value, value, new Immediate(Values.ORDERED));
        if (large) {
            // Beyond i64 the instruction gives its lower end, one below the upper one.
            Register mask = code.general(MOVSX32, code.general(Vectors.TO_D, tooLarge));
            result = code.modify(XOR, result, mask);
        }
        Register mask = code.general(MOVSX32, code.general(Vectors.TO_D, isNumber));
        return wrap(element, code.modify(AND, result, mask));
    }

    /// What was rounded to i64 as i32. What does not fit i64 is its lower end, whichever side it is on.
    private Register clamp(Register value, Register rounded) {
        Register high = code.vector(Vectors.LOAD, false, code.constant(32, Float.floatToRawIntBits(0x1p31f)));
        Register tooLarge = code.vector(Vectors.CMPPS, false, high, value, new Immediate(Values.LESS_OR_EQUAL));
        Register top = code.number(Integer.MAX_VALUE), bottom = code.number(Integer.MIN_VALUE);
        Register result = least(Condition.GREATER, rounded, bottom);
        Register mask = code.general(Vectors.TO_D, tooLarge);
        code.put(TEST, mask, mask);
        code.put(Condition.NOT_EQUAL.move(), result, top);
        return result;
    }

    static boolean isNumber(Type type) {
        return type.isScalar() && !type.element().isFloat();
    }
}
