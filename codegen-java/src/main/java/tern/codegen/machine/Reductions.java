package tern.codegen.machine;

import static tern.codegen.machine.x86.Vectors.*;

import java.util.function.IntFunction;
import tern.codegen.machine.x86.Integers;
import tern.codegen.machine.x86.Operand.Immediate;
import tern.codegen.machine.x86.Operand.Register;
import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Type;

/// Folds all lanes into one, the upper half onto the lower half until one is left: registers first, then halves of a register.
final class Reductions {

    private final Selection at;
    private final Code code;
    private final Values values;

    Reductions(Selection at, Values values) {
        this.at = at;
        this.code = at.code;
        this.values = values;
    }

    Register integer(Operation op, Expr a) {
        Element element = a.type().element();
        if (a.type().isScalar()) return at.scalars.general(a);
        if (element == Element.BOOL) {
            Register mask = fold(op, new Type(Element.I8, a.type().lanes()), part -> values.masks.mask(a, 8, part));
            return code.modify(Integers.AND_I, values.toGeneral(mask, 8), new Immediate(1));
        }
        return at.scalars.wrap(element, values.toGeneral(fold(op, a), element.bits()));
    }

    /// @return the result in the lowest lane
    Register fold(Operation op, Expr a) {
        return fold(op, a.type(), part -> values.part(a, part));
    }

    private Register fold(Operation op, Type type, IntFunction<Register> parts) {
        Register sum = registers(op, type.element(), parts, 0, 1, Values.parts(type.lanes(), type.element().bits()));
        int bits = Statements.partBits(type);
        if (bits == 256) {
            sum = values.combine(op, type.element(), sum, code.vector(EXTRACT128, true, sum, new Immediate(1)), false);
            bits = 128;
        }
        for (; bits > type.element().bits(); bits /= 2) {
            Register upper = code.vector(BYTES_RIGHT, false, sum, new Immediate(bits / 16));
            sum = values.combine(op, type.element(), sum, upper, false);
        }
        return sum;
    }

    /// Lane by lane over registers `first`, `first + stride`, and so on; the nearer ones are computed last, so that few wait.
    private Register registers(Operation op, Element element, IntFunction<Register> parts, int first, int stride, int count) {
        if (stride == count) return parts.apply(first);
        Register lower = registers(op, element, parts, first, 2 * stride, count);
        Register upper = registers(op, element, parts, first + stride, 2 * stride, count);
        return values.combine(op, element, lower, upper, true);
    }
}
