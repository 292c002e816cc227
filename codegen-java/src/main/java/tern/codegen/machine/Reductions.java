package tern.codegen.machine;

import java.util.function.IntFunction;
import tern.codegen.machine.code.Operand.Register;
import tern.ir.Element;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr;
import tern.ir.loop.Type;

/// Folds all lanes into one, the upper half onto the lower half until one is left: registers first, then halves of a register.
final class Reductions {

    private final Selection at;
    private final Values values;
    private final Lanes lanes;

    Reductions(Selection at, Values values, Lanes lanes) {
        this.at = at;
        this.values = values;
        this.lanes = lanes;
    }

    Register integer(Operation op, Expr a) {
        Element element = a.type().element();
        if (a.type().isScalar()) return at.scalars.general(a);
        if (element == Element.BOOL) {
            Register mask = fold(op, new Type(Element.I8, a.type().lanes()), part -> values.masks.mask(a, 8, part));
            return at.general.compute(Operation.AND, lanes.toGeneral(mask, 8), 1);
        }
        return at.scalars.wrap(element, lanes.toGeneral(fold(op, a), element.bits()));
    }

    /// @return the result in the lowest lane
    Register fold(Operation op, Expr a) {
        return fold(op, a.type(), part -> values.part(a, part));
    }

    private Register fold(Operation op, Type type, IntFunction<Register> parts) {
        Register sum = registers(op, type.element(), parts, 0, 1, at.parts(type.lanes(), type.element().bits()));
        for (int bits = at.partBits(type); bits > type.element().bits(); bits /= 2)
            sum = lanes.combine(op, type.element(), sum, lanes.upperHalf(sum, bits), bits > 256);
        return sum;
    }

    /// Lane by lane over registers `first`, `first + stride`, and so on; the nearer ones are computed last, so that few wait.
    private Register registers(Operation op, Element element, IntFunction<Register> parts, int first, int stride, int count) {
        if (stride == count) return parts.apply(first);
        Register lower = registers(op, element, parts, first, 2 * stride, count);
        Register upper = registers(op, element, parts, first + stride, 2 * stride, count);
        return lanes.combine(op, element, lower, upper, true);
    }
}
