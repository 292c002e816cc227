package tern.codegen.machine;

import tern.codegen.machine.x86.Integers;
import tern.codegen.machine.x86.Opcode;
import tern.codegen.machine.x86.Operand.Immediate;
import tern.codegen.machine.x86.Operand.Register;
import tern.codegen.machine.x86.Vectors;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;

/// Vectors of bool: lanes of which all bits are set, or none, as wide as whoever asks wants them.
final class Masks {

    private final Selection at;
    private final Code code;
    private final Values values;

    Masks(Selection at, Values values) {
        this.at = at;
        this.code = at.code;
        this.values = values;
    }

    /// Bits of a lane, as the expression gives them at least cost.
    int width(Expr expr) {
        return switch (expr) {
            case Expr.Compare(_, Expr a, _) -> a.type().element().bits();
            case Expr.Unary(_, Expr a) -> width(a);
            case Expr.Binary(_, Expr a, Expr b) -> Math.max(width(a), width(b));
            case Expr.Ref(var var) when at.home(var) instanceof Home.Lanes lanes -> lanes.laneBits();
            default -> 8;
        };
    }

    /// Part i of the mask, its lanes being `bits` wide.
    Register mask(Expr expr, int bits, int i) {
        int lanes = expr.type().lanes();
        boolean wide = Values.isWide(lanes, bits);
        return switch (expr) {
            case Expr.Int(_, long value) -> code.vector(Vectors.LOAD, wide, code.constant(8, -value));
            case Expr.Compare compare when lanes > 1 || compare.a().type().element().isFloat() -> {
                int own = compare.a().type().element().bits();
                yield resized(part -> compare(compare, part), lanes, own, bits, i);
            }
            case Expr.Ref(var var) when at.home(var) instanceof Home.Lanes(int own, var parts) -> resized(parts::get, lanes, own, bits, i);
            case Expr.Load load when lanes > 1 -> resized(part -> ofBytes(values.memory.load(load, part), lanes), lanes, 8, bits, i);
            case Expr.Unary(_, Expr a) when lanes > 1 -> code.vector(Vectors.XOR, wide, mask(a, bits, i), code.constant(8, -1));
            case Expr.Binary(var op, Expr a, Expr b) when lanes > 1 -> {
                Register x = mask(a, bits, i);
                yield code.vector(logic(op), wide, x, mask(b, bits, i));
            }
            case Expr.Select(Expr condition, Expr then, Expr otherwise) when lanes > 1 -> {
                Register c = mask(condition, bits, i), yes = mask(then, bits, i);
                yield code.vector(Vectors.BLENDV, wide, mask(otherwise, bits, i), yes, c);
            }
            case Expr.Broadcast(_, Expr a) -> every(at.scalars.general(a), wide);
            case Expr.Shuffle(Expr a, var pattern) -> resized(part -> values.lanesOf(expr, part), lanes, 8, bits, i);
            default -> {
                if (lanes > 1) throw at.refuse("such a mask: " + expr);
                yield every(at.scalars.general(expr), wide);
            }
        };
    }

    private Register resized(java.util.function.IntFunction<Register> own, int lanes, int from, int to, int i) {
        return from == to ? own.apply(i) : values.resizing.mask(own, lanes, from, to, i);
    }

    private static Opcode logic(Operation op) {
        return Values.arithmetic(op, 8);
    }

    private Register every(Register bool, boolean wide) {
        Register all = code.modify(Integers.NEG, bool);
        return code.vector(Vectors.BROADCAST_Q, wide, values.fromGeneral(all, 64));
    }

    private Register ofBytes(Register bytes, int lanes) {
        boolean wide = Values.isWide(lanes, 8);
        Register bit = code.vector(Vectors.AND, wide, bytes, code.constant(8, 1));
        return code.vector(Vectors.CMPEQB, wide, bit, code.constant(8, 1));
    }

    private Register compare(Expr.Compare compare, int i) {
        Expr a = compare.a(), b = compare.b();
        Element element = a.type().element();
        boolean wide = Values.isWide(a.type());
        if (element.isFloat()) {
            Register x = values.part(a, i);
            int predicate = switch (compare.relation()) {
                case EQ -> Values.EQUAL;
                case NE -> Values.NOT_EQUAL;
                case LT -> Values.LESS;
                case LE -> Values.LESS_OR_EQUAL;
                case GT -> Values.GREATER;
                case GE -> Values.GREATER_OR_EQUAL;
            };
            return code.vector(Vectors.CMPPS, wide, x, values.operand(b, i), new Immediate(predicate));
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

    private Register not(Register mask, boolean wide) {
        return code.vector(Vectors.XOR, wide, mask, code.constant(8, -1));
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
}
