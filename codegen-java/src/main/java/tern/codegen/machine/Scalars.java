package tern.codegen.machine;

import tern.codegen.machine.code.Condition;
import tern.codegen.machine.code.Operand.Memory;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.Element;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;

/// Selects instructions for scalar integers and bools. They are kept in 64 bits, extended as their type says, so that comparing, dividing
/// and shifting right are the same for all; what may leave the type is wrapped after.
final class Scalars {

    private final Selection at;
    private final Code code;
    private final General general;

    Scalars(Selection at) {
        this.at = at;
        this.code = at.code;
        this.general = at.general;
    }

    Register general(Expr expr) {
        Element element = expr.type().element();
        return switch (expr) {
            case Expr.Int(_, long value) -> general.number(canonical(element, value));
            case Expr.Ref(var var) -> switch (at.home(var)) {
                case Home.Sum(Terms terms) -> terms.constant() == 0 && terms.factors().size() == 1 && terms.factors().containsValue(1L)
                        ? at.addresses.value(terms)
                        : wrap(element, at.addresses.value(terms));
                case Home.Number(Register register) -> register;
                case Home.Lanes _ -> throw new IllegalArgumentException("no number: " + var);
            };
            case Expr.Load load -> load(load);
            case Expr.Unary(var op, Expr a) -> switch (op) {
                case NEGATE -> wrap(element, general.negate(general(a)));
                case NOT -> element == Element.BOOL
                        ? general.compute(Operation.XOR, general(a), 1)
                        : wrap(element, general.complement(general(a)));
                case ABS -> element.isSigned() ? wrap(element, absolute(general(a))) : general(a);
                case SQRT, ROUND -> throw new IllegalArgumentException(op + " of " + element);
            };
            case Expr.Binary(var op, Expr a, Expr b) -> binary(op, element, a, b);
            case Expr.Compare compare -> compare(compare);
            case Expr.Select(Expr condition, Expr then, Expr otherwise) -> {
                Register holds = general(condition), yes = general(then), no = general(otherwise);
                Register result = code.copy(no);
                general.compareWithZero(holds);
                general.replace(Condition.NOT_EQUAL, result, yes);
                yield result;
            }
            case Expr.Convert(_, Expr a) -> a.type().element().isFloat()
                    ? wrap(element, general.toInteger(at.values.part(a, 0), element))
                    : fits(a.type().element(), element) ? general(a) : wrap(element, general(a));
            case Expr.Bitcast(_, Expr a) -> !isNumber(a.type())
                    ? wrap(element, at.values.lanes.toGeneral(at.values.part(a, 0), element.bits()))
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
        if (element == Element.BOOL) return general.compute(Operation.AND, at.values.lanes.toGeneral(at.values.masks.mask(expr, 8, 0), 8), 1);
        return wrap(element, at.values.lanes.toGeneral(at.values.lanesOf(expr, 0), element.bits()));
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
            case I8, I16, I32, U8, U16, F16, BF16, U32, F32 -> general.extend(element.bits(), element.isSigned() && element.isInteger(), number);
        };
    }

    /// Whether each number of one type is one of the other.
    private static boolean fits(Element from, Element to) {
        if (from == Element.BOOL) return true;
        if (to.bits() == 64) return true;
        return from.isSigned() == to.isSigned() ? from.bits() <= to.bits() : !from.isSigned() && from.bits() < to.bits();
    }

    private Register absolute(Register a) {
        Register result = general.negate(a);
        general.compareWithZero(a);
        general.replace(Condition.GREATER, result, a);
        return result;
    }

    // Memory

    private Register load(Expr.Load load) {
        Memory place = at.addresses.of(load.buffer(), load.index(), 0);
        if (load.limit() == null) return load(load.type().element(), place);
        Register result = general.number(0);
        int end = code.label();
        outside(load.index(), load.limit(), end);
        code.move(result, load(load.type().element(), place));
        code.place(end);
        return result;
    }

    Register load(Element element, Memory place) {
        Register number = general.load(element.bits(), element.isSigned() && element.isInteger(), place);
        return element == Element.BOOL ? general.compute(Operation.AND, number, 1) : number;
    }

    /// Jumps if an index is at its limit or beyond.
    void outside(Expr index, Expr limit, int label) {
        general.compare(general(index), general(limit));
        code.jump(Condition.GREATER_OR_EQUAL, label);
    }

    // Arithmetic

    private Register binary(Operation op, Element element, Expr a, Expr b) {
        return switch (op) {
            case ADD -> wrap(element, arithmetic(op, a, b));
            case SUBTRACT -> wrap(element, arithmetic(op, a, b));
            case AND, XOR -> arithmetic(op, a, b);
            case OR -> general.compute(op, general(a), general(b));
            case MULTIPLY -> wrap(element, b instanceof Expr.Int(_, long value) && value == (int) value
                    ? general.compute(op, general(a), canonical(element, value))
                    : general.compute(op, general(a), general(b)));
            case MULTIPLY_HIGH -> multiplyHigh(element, general(a), general(b));
            case DIVIDE, REMAINDER -> wrap(element, b instanceof Expr.Int(_, long value) && Long.bitCount(value) == 1 && value > 0
                    ? divide(op, element, general(a), Long.numberOfTrailingZeros(value))
                    : divide(op, element, a, b));
            case SHIFT_LEFT -> wrap(element, shift(op, general(a), b));
            case SHIFT_RIGHT -> shift(op, general(a), b);
            case SHIFT_RIGHT_LOGICAL -> wrap(element, shift(op, bits(element, general(a)), b));
            case MIN -> least(Condition.of(Expr.Compare.Relation.LT, element != Element.U64), general(a), general(b));
            case MAX -> least(Condition.of(Expr.Compare.Relation.GT, element != Element.U64), general(a), general(b));
        };
    }

    private Register arithmetic(Operation op, Expr a, Expr b) {
        Register x = general(a);
        return b instanceof Expr.Int(var type, long value)
                ? general.compute(op, x, canonical(type.element(), value))
                : general.compute(op, x, general(b));
    }

    /// Extended by zeros.
    private Register bits(Element element, Register number) {
        return switch (element) {
            case I8, I16, I32 -> general.extend(element.bits(), false, number);
            case BOOL, U8, U16, U32, I64, U64, F16, BF16, F32 -> number;
        };
    }

    private Register shift(Operation op, Register a, Expr count) {
        return count instanceof Expr.Int(_, long value) ? general.shift(op, a, value) : general.shift(op, a, general(count));
    }

    /// `a` if the condition holds between it and `b`, else `b`.
    private Register least(Condition condition, Register a, Register b) {
        Register result = code.copy(b);
        general.compare(a, b);
        general.replace(condition, result, a);
        return result;
    }

    Register multiplyHigh(Element element, Register a, Register b) {
        if (element.bits() == 64) return general.multiplyHigh(element.isSigned(), a, b);
        Register product = general.compute(Operation.MULTIPLY, a, b);
        return wrap(element, general.shift(element.isSigned() ? Operation.SHIFT_RIGHT : Operation.SHIFT_RIGHT_LOGICAL, product, element.bits()));
    }

    /// Truncating, by 2 to the power of `bits`.
    private Register divide(Operation op, Element element, Register a, int bits) {
        Register rounded = a;
        if (element.isSigned() && bits > 0)
            rounded = general.compute(Operation.ADD, a, general.shift(Operation.SHIFT_RIGHT_LOGICAL, general.shift(Operation.SHIFT_RIGHT, a, 63), 64 - bits));
        Register quotient = general.shift(element.isSigned() ? Operation.SHIFT_RIGHT : Operation.SHIFT_RIGHT_LOGICAL, rounded, bits);
        return op == Operation.DIVIDE ? quotient : general.compute(Operation.SUBTRACT, a, general.shift(Operation.SHIFT_LEFT, quotient, bits));
    }

    /// Truncating. The processor traps where the divisor is 0, and where the quotient of two i64 is not one.
    private Register divide(Operation op, Element element, Expr a, Expr b) {
        Register x = general(a), y = general(b), result = code.general();
        int done = code.label(), divides = code.label();
        if (!(b instanceof Expr.Int(_, long value) && value != 0)) {
            general.compareWithZero(y);
            int fine = code.label();
            code.jump(Condition.NOT_EQUAL, fine);
            general.storeNumber(at.frame.status(), FrameLayout.DIVIDED_BY_ZERO);
            code.jump(null, at.exit);
            code.place(fine);
        }
        if (element == Element.I64) {
            general.compare(y, -1);
            code.jump(Condition.NOT_EQUAL, divides);
            code.move(result, op == Operation.DIVIDE ? general.negate(x) : general.number(0));
            code.jump(null, done);
            code.place(divides);
        }
        code.move(result, general.divide(element != Element.U64, op == Operation.REMAINDER, x, y));
        code.place(done);
        return result;
    }

    // Conditions

    private Register compare(Expr.Compare compare) {
        if (compare.a().type().element().isFloat())
            return general.compute(Operation.AND, at.values.lanes.toGeneral(at.values.masks.mask(compare, 32, 0), 32), 1);
        return general.set(flags(compare));
    }

    private Condition flags(Expr.Compare compare) {
        Element element = compare.a().type().element();
        Register a = general(compare.a());
        if (compare.b() instanceof Expr.Int(_, long value)) general.compare(a, canonical(element, value));
        else general.compare(a, general(compare.b()));
        return Condition.of(compare.relation(), element != Element.U64);
    }

    /// Jumps if the condition does not hold.
    void unless(Expr condition, int label) {
        if (condition instanceof Expr.Compare compare && compare.type().isScalar() && !compare.a().type().element().isFloat()) {
            code.jump(flags(compare).opposite(), label);
            return;
        }
        Register holds = general(condition);
        general.compareWithZero(holds);
        code.jump(Condition.EQUAL, label);
    }

    static boolean isNumber(Type type) {
        return type.isScalar() && !type.element().isFloat();
    }
}
