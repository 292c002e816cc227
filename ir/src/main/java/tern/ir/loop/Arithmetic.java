package tern.ir.loop;

import static tern.ir.loop.Expr.binary;

import tern.ir.Element;
import tern.ir.Exponential;
import tern.ir.loop.Expr.Binary.Operation;

/// Functions that Loop IR lacks, spelled in the operations that it has.
public final class Arithmetic {

    private Arithmetic() {}

    /// Names a value that is used more than once, usually by a [Loop.Let].
    public interface Naming {
        /// @param stem what the value is
        /// @return a reference to the named value
        Expr named(String stem, Expr value);
    }

    /// [Exponential#exp], operation by operation and so to the bit, in each lane of an f32 value.
    ///
    /// @throws IllegalArgumentException if `x` is not f32
    public static Expr exp(Expr x, Naming naming) {
        Type type = x.type();
        if (type.element() != Element.F32) throw new IllegalArgumentException("exp of " + type);
        Expr bounded = naming.named("bounded", binary(
                Operation.MIN,
                binary(Operation.MAX, x, real(type, Exponential.LOWEST)),
                real(type, Exponential.HIGHEST)));
        Expr shifted = naming.named(
                "shifted", new Expr.Fma(bounded, real(type, Exponential.LOG2_E), real(type, Exponential.ROUND)));
        Expr n = naming.named("n", binary(Operation.SUBTRACT, shifted, real(type, Exponential.ROUND)));
        Expr high = new Expr.Fma(n, real(type, -Exponential.LN2_HIGH), bounded);
        Expr r = naming.named("r", new Expr.Fma(n, real(type, -Exponential.LN2_LOW), high));
        Expr p = real(type, Exponential.C5);
        for (float c : new float[] {
            Exponential.C4, Exponential.C3, Exponential.C2, Exponential.C1, Exponential.C0
        }) p = new Expr.Fma(p, r, real(type, c));
        Expr mantissa = binary(
                Operation.ADD, new Expr.Fma(p, binary(Operation.MULTIPLY, r, r), r), real(type, 1));
        return binary(Operation.MULTIPLY, mantissa, power(shifted));
    }

    /// `x / (1 + exp(-x))`.
    ///
    /// @throws IllegalArgumentException if `x` is not f32
    public static Expr silu(Expr x, Naming naming) {
        Expr value = naming.named("x", x);
        Expr e = exp(new Expr.Unary(Expr.Unary.Operation.NEGATE, value), naming);
        return binary(Operation.DIVIDE, value, binary(Operation.ADD, real(x.type(), 1), e));
    }

    /// 2^n: the low bits of `shifted` are n, which goes into the exponent. Masked, so that [Ranges] sees that the sum does
    /// not wrap; the shift drops what is above the 9 bits.
    private static Expr power(Expr shifted) {
        Type bits = shifted.type().withElement(Element.I32);
        Expr n = Expr.mask(new Expr.Bitcast(bits, shifted), 0x1ff);
        Expr biased = binary(Operation.ADD, n, new Expr.Int(bits, 127));
        return new Expr.Bitcast(shifted.type(), Expr.shiftLeft(biased, 23));
    }

    private static Expr real(Type type, float value) {
        return new Expr.Real(type, value);
    }
}
