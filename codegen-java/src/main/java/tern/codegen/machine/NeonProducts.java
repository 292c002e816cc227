package tern.codegen.machine;

import static tern.codegen.machine.arm64.Vectors.*;

import java.util.List;
import java.util.Set;
import tern.codegen.machine.arm64.Opcode;
import tern.codegen.machine.code.Feature;
import tern.codegen.machine.code.Operand.Immediate;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.Element;
import tern.ir.loop.Expr;

/// Avx2Products on NEON, of which [Expr.Dot] is a sum of a few. Factors of one sign have instructions; of others the lanes are widened first.
final class NeonProducts {

    private final Selection at;
    private final Values values;
    private final NeonLanes lanes;
    private final Bounds bounds;
    private final Set<Feature> features;

    NeonProducts(Selection at, Values values, NeonLanes lanes, Set<Feature> features) {
        this.at = at;
        this.values = values;
        this.lanes = lanes;
        this.bounds = values.bounds;
        this.features = features;
    }

    Register part(Expr.Dot dot, int i) {
        Expr a = dot.a(), b = dot.b();
        boolean signed = bounds.isSigned(a) && bounds.isSigned(b), unsigned = bounds.isUnsigned(a) && bounds.isUnsigned(b);
        if (dot.terms() == 4) return fours(dot, signed, unsigned, i);
        Register x = values.part(a, i), y = values.part(b, i);
        int bits = a.type().element().bits();
        // Sums wrap in their width, so that the sign of lanes as wide does not matter.
        if (bits == 16 || signed || unsigned) return add(dot, pairs(bits, bits == 16 || signed, x, y), bits, i);
        boolean signedA = a.type().element().isSigned(), signedB = b.type().element().isSigned();
        List<Opcode> multiply = MUL;
        Register low = lanes.write(multiply.get(at(16)), lower(signedA, x), lower(signedB, y));
        Register high = lanes.write(multiply.get(at(16)), upper(signedA, x), upper(signedB, y));
        return add(dot, lanes.write(ADDP.get(at(16)), low, high), bits, i);
    }

    /// Sums of the products of neighbours, in lanes twice as wide.
    private Register pairs(int bits, boolean signed, Register x, Register y) {
        Register low = lanes.write((signed ? SMULL : UMULL).get(at(bits)), x, y), high = lanes.write((signed ? SMULL2 : UMULL2).get(at(bits)), x, y);
        return lanes.write(ADDP.get(at(2 * bits)), low, high);
    }

    private Register add(Expr.Dot dot, Register products, int bits, int i) {
        if (dot.sum() instanceof Expr.Int(_, long zero) && zero == 0) return products;
        return lanes.write(ADD.get(at(2 * bits)), products, values.part(dot.sum(), i));
    }

    private Register fours(Expr.Dot dot, boolean signed, boolean unsigned, int i) {
        Expr a = dot.a(), b = dot.b();
        if ((signed || unsigned) && features.contains(Feature.DOTPROD)) return dot(signed ? SDOT : UDOT, dot, a, b, i);
        if (features.contains(Feature.I8MM) && bounds.isUnsigned(a) && bounds.isSigned(b)) return dot(USDOT, dot, a, b, i);
        if (features.contains(Feature.I8MM) && bounds.isUnsigned(b) && bounds.isSigned(a)) return dot(USDOT, dot, b, a, i);
        Register x = values.part(a, i), y = values.part(b, i);
        if (signed && bounds.of(a).times(bounds.of(b)).upTo(2).fits(Element.I16)) {
            Register two = pairs(8, true, x, y);
            return dot.sum() instanceof Expr.Int(_, long zero) && zero == 0
                    ? lanes.write(SADDLP, two)
                    : lanes.change(SADALP, values.part(dot.sum(), i), two);
        }
        boolean signedA = a.type().element().isSigned(), signedB = b.type().element().isSigned();
        Register low = pairs(16, true, lower(signedA, x), lower(signedB, y)), high = pairs(16, true, upper(signedA, x), upper(signedB, y));
        return add(dot, lanes.write(ADDP.get(at(32)), low, high), 16, i);
    }

    private Register dot(Opcode opcode, Expr.Dot dot, Expr first, Expr second, int i) {
        Register x = values.part(first, i), y = values.part(second, i);
        return lanes.change(opcode, values.part(dot.sum(), i), x, y);
    }

    private Register lower(boolean signed, Register bytes) {
        return lanes.write((signed ? SXTL : UXTL).get(at(8)), bytes);
    }

    private Register upper(boolean signed, Register bytes) {
        return lanes.write((signed ? SXTL2 : UXTL2).get(at(8)), bytes);
    }

    // Whole products

    /// `low(a) * low(b) + ((high(a) * low(b) + low(a) * high(b)) << 32)`
    Register multiply64(Register a, Register b) {
        Register crossed = lanes.write(MUL.get(at(32)), a, lanes.write(REV64, b));
        Register upper = lanes.write(SHL.get(at(64)), lanes.write(UADDLP, crossed), new Immediate(32));
        Register lowA = lanes.write(UZP1.get(at(32)), a, a), lowB = lanes.write(UZP1.get(at(32)), b, b);
        return lanes.write(ADD.get(at(64)), lanes.write(UMULL.get(at(32)), lowA, lowB), upper);
    }

    /// The upper half of each product of twice the width.
    Register high(Element element, Register a, Register b, int count) {
        int bits = element.bits();
        if (bits == 64) return new LaneByLane(at, values).multiplyHigh(element, a, b, Math.min(count, 2));
        Register low = lanes.write((element.isSigned() ? SMULL : UMULL).get(at(bits)), a, b);
        Register high = lanes.write((element.isSigned() ? SMULL2 : UMULL2).get(at(bits)), a, b);
        return lanes.write(UZP2.get(at(bits)), low, high);
    }
}
