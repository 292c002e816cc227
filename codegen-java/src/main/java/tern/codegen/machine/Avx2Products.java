package tern.codegen.machine;

import static tern.codegen.machine.x86.Vectors.*;

import java.util.Set;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Operand.Register;
import tern.codegen.machine.x86.Avx512;
import tern.codegen.machine.x86.Opcode;
import tern.ir.Element;
import tern.ir.loop.Expr;

/// Sums of a few products in each lane ([Expr.Dot]). `vpmaddubsw` saturates, so it is taken only where what is known of the factors says that
/// no pair can; where nothing is known, products are computed in 16-bit lanes.
final class Avx2Products {

    private final Code code;
    private final Values values;
    private final Avx2Lanes lanes;
    private final Avx2Emulations emulations;
    private final Set<Feature> features;
    private final Bounds bounds;

    Avx2Products(Selection at, Values values, Avx2Lanes lanes, Avx2Emulations emulations, Set<Feature> features) {
        this.code = at.code;
        this.values = values;
        this.lanes = lanes;
        this.emulations = emulations;
        this.features = features;
        this.bounds = values.bounds;
    }

    Register part(Expr.Dot dot, int i) {
        boolean wide = Values.isWide(dot.type());
        if (dot.a().type().element().bits() == 16) {
            Register x = values.part(dot.a(), i);
            return add(ADDD, dot.sum(), code.vector(MADDWD, wide, x, lanes.operand(dot.b(), i)), i, wide);
        }
        if (bounds.isUnsigned(dot.a()) && bounds.isSigned(dot.b())) return bytes(dot, dot.a(), dot.b(), i, wide);
        if (bounds.isUnsigned(dot.b()) && bounds.isSigned(dot.a())) return bytes(dot, dot.b(), dot.a(), i, wide);
        return expanded(dot, i, wide);
    }

    /// An unsigned factor and a signed one.
    private Register bytes(Expr.Dot dot, Expr unsigned, Expr signed, int i, boolean wide) {
        boolean fours = dot.terms() == 4;
        Opcode four = features.contains(Feature.AVX512_VNNI) ? Avx512.DPBUSD : features.contains(Feature.AVX512) ? null
                : features.contains(Feature.AVX_VNNI) ? DPBUSD : null;
        if (fours && four != null) {
            Register x = values.part(unsigned, i), result = code.copy(values.part(dot.sum(), i));
            code.put(four, wide, result, x, lanes.operand(signed, i));
            return result;
        }
        if (!bounds.of(unsigned).times(bounds.of(signed)).upTo(2).fits(Element.I16)) return expanded(dot, i, wide);
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

    private Register add(Opcode plus, Expr sum, Register products, int i, boolean wide) {
        if (sum instanceof Expr.Int(_, long zero) && zero == 0) return products;
        return code.vector(plus, wide, products, lanes.operand(sum, i));
    }
}
