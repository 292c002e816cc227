package tern.codegen.machine;

import static tern.codegen.machine.x86.Vectors.*;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.Element;
import tern.ir.Interval;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr;
import tern.ir.loop.Var;

/// Sums of a few products in each lane ([Expr.Dot]). `vpmaddubsw` saturates, so it is taken only where what is known of the factors says that
/// no pair can; where nothing is known, products are computed in 16-bit lanes.
final class Products {

    private final Code code;
    private final Values values;
    private final Avx2Lanes lanes;
    private final Emulations emulations;
    private final Set<Feature> features;
    private final Map<Var, Interval> known = new HashMap<>();

    Products(Selection at, Values values, Avx2Lanes lanes, Emulations emulations, Set<Feature> features) {
        this.code = at.code;
        this.values = values;
        this.lanes = lanes;
        this.emulations = emulations;
        this.features = features;
    }

    /// Remembers what a variable that stays may be.
    void note(Var var, Expr value) {
        if (!var.mutable() && var.type().element().isInteger()) known.put(var, bounds(value));
    }

    Register part(Expr.Dot dot, int i) {
        boolean wide = Values.isWide(dot.type());
        if (dot.a().type().element().bits() == 16) {
            Register x = values.part(dot.a(), i);
            return add(ADDD, dot.sum(), code.vector(MADDWD, wide, x, lanes.operand(dot.b(), i)), i, wide);
        }
        if (isUnsigned(dot.a()) && isSigned(dot.b())) return bytes(dot, dot.a(), dot.b(), i, wide);
        if (isUnsigned(dot.b()) && isSigned(dot.a())) return bytes(dot, dot.b(), dot.a(), i, wide);
        return expanded(dot, i, wide);
    }

    /// An unsigned factor and a signed one.
    private Register bytes(Expr.Dot dot, Expr unsigned, Expr signed, int i, boolean wide) {
        boolean fours = dot.terms() == 4;
        if (fours && features.contains(Feature.AVX_VNNI)) {
            Register x = values.part(unsigned, i), result = code.copy(values.part(dot.sum(), i));
            code.put(DPBUSD, wide, result, x, lanes.operand(signed, i));
            return result;
        }
        if (!bounds(unsigned).times(bounds(signed)).upTo(2).fits(Element.I16)) return expanded(dot, i, wide);
        Register x = values.part(unsigned, i);
        Register pairs = code.vector(MADDUBSW, wide, x, lanes.operand(signed, i));
        if (fours) return add(ADDD, dot.sum(), code.vector(MADDWD, wide, pairs, code.constant(16, 1)), i, wide);
        return add(ADDW, dot.sum(), pairs, i, wide);
    }

    /// Even bytes with even ones, odd with odd.
    private Register expanded(Expr.Dot dot, int i, boolean wide) {
        boolean signedA = dot.a().type().element().isSigned(), signedB = dot.b().type().element().isSigned(), fours = dot.terms() == 4;
        Register x = values.part(dot.a(), i), y = values.part(dot.b(), i);
        var multiply = fours ? MADDWD : MULLW;
        var plus = fours ? ADDD : ADDW;
        Register even = code.vector(multiply, wide, emulations.even(signedA, x, wide), emulations.even(signedB, y, wide));
        Register odd = code.vector(multiply, wide, emulations.odd(signedA, x, wide), emulations.odd(signedB, y, wide));
        return add(plus, dot.sum(), code.vector(plus, wide, even, odd), i, wide);
    }

    private Register add(tern.codegen.machine.x86.Opcode plus, Expr sum, Register products, int i, boolean wide) {
        if (sum instanceof Expr.Int(_, long zero) && zero == 0) return products;
        return code.vector(plus, wide, products, lanes.operand(sum, i));
    }

    // What is known

    private boolean isUnsigned(Expr factor) {
        return bounds(factor).low() >= 0;
    }

    private boolean isSigned(Expr factor) {
        return factor.type().element().isSigned() || bounds(factor).high() <= Byte.MAX_VALUE;
    }

    private Interval bounds(Expr expr) {
        Element element = expr.type().element();
        Interval all = Interval.of(element);
        Interval found = switch (expr) {
            case Expr.Int(_, long value) -> Interval.of(Scalars.canonical(element, value));
            case Expr.Ref(var var) -> known.getOrDefault(var, all);
            case Expr.Load load -> load.buffer().values() == null ? all
                    : load.limit() == null ? load.buffer().values() : load.buffer().values().union(Interval.of(0));
            case Expr.Binary(var op, Expr a, Expr.Int(_, long mask)) when op == Operation.AND && mask >= 0 ->
                Interval.of(0, bounds(a).low() >= 0 ? Math.min(mask, bounds(a).high()) : mask);
            case Expr.Binary(var op, _, Expr.Int(_, long count)) when op == Operation.SHIFT_RIGHT_LOGICAL && count > 0 ->
                Interval.of(0, (1L << element.bits() - count) - 1);
            default -> all;
        };
        return all.contains(found) ? found : all;
    }
}
