package tern.codegen.machine;

import tern.codegen.machine.code.Operand.Register;
import tern.ir.loop.Expr;

/// Vectors of bool: lanes of which all bits are set, or none, as wide as whoever asks wants them.
final class Masks {

    private final Selection at;
    private final Values values;
    private final Lanes lanes;

    Masks(Selection at, Values values, Lanes lanes) {
        this.at = at;
        this.values = values;
        this.lanes = lanes;
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
        int count = expr.type().lanes();
        boolean wide = Values.isWide(count, bits);
        return switch (expr) {
            case Expr.Int(_, long value) -> lanes.everyBit(value != 0, wide);
            case Expr.Compare compare when count > 1 || compare.a().type().element().isFloat() -> {
                int own = compare.a().type().element().bits();
                yield resized(part -> lanes.compare(compare, part), count, own, bits, i);
            }
            case Expr.Ref(var var) when at.home(var) instanceof Home.Lanes(int own, var parts) -> resized(parts::get, count, own, bits, i);
            case Expr.Load load when count > 1 ->
                resized(part -> lanes.maskOfBytes(values.memory.load(load, part), Values.isWide(count, 8)), count, 8, bits, i);
            case Expr.Unary(_, Expr a) when count > 1 -> lanes.not(mask(a, bits, i), wide);
            case Expr.Binary(var op, Expr a, Expr b) when count > 1 -> {
                Register x = mask(a, bits, i);
                yield lanes.logic(op, x, mask(b, bits, i), wide);
            }
            case Expr.Select(Expr condition, Expr then, Expr otherwise) when count > 1 -> {
                Register c = mask(condition, bits, i), yes = mask(then, bits, i);
                yield lanes.select(c, yes, mask(otherwise, bits, i), wide);
            }
            case Expr.Broadcast(_, Expr a) -> every(at.scalars.general(a), wide);
            case Expr.Shuffle(Expr a, var pattern) -> resized(part -> values.lanesOf(expr, part), count, 8, bits, i);
            default -> {
                if (count > 1) throw at.refuse("such a mask: " + expr);
                yield every(at.scalars.general(expr), wide);
            }
        };
    }

    private Register resized(java.util.function.IntFunction<Register> own, int count, int from, int to, int i) {
        return from == to ? own.apply(i) : lanes.resize(own, count, from, to, i);
    }

    private Register every(Register bool, boolean wide) {
        return lanes.every(at.general.negate(bool), wide);
    }
}
