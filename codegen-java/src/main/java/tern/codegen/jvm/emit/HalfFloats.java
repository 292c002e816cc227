package tern.codegen.jvm.emit;

import tern.ir.Element;
import tern.ir.loop.Expr;
import tern.ir.loop.Expr.Binary.Operation;
import tern.ir.loop.Expr.Compare.Relation;
import tern.ir.loop.Type;

/// f16 and bf16 vectors, spelled in integer operations: the Vector API of JDK 25 has neither.
final class HalfFloats {

    private final Emission emission;

    HalfFloats(Emission emission) {
        this.emission = emission;
    }

    /// .. -> .. vector. A bf16 is the upper half of an f32.
    void widenBfloat16(Expr a, int first, int lanes) {
        Expr bits = Expr.convert(Element.U32, new Expr.Bitcast(a.type().withElement(Element.U16), a));
        emission.vectors.emit(floats(Expr.shiftLeft(bits, 16)), first, lanes);
    }

    /// .. -> .. vector. The exponent is too small by 112, which a product mends exactly, for subnormal numbers as well;
    /// infinity and NaN need their exponent filled.
    void widenFloat16(Expr a, int first, int lanes) {
        int mark = emission.frame.mark();
        Shape ints = new Shape(Lane.INT, lanes);
        Expr half = Expr.convert(Element.I32, new Expr.Bitcast(a.type().withElement(Element.U16), a));
        Expr h = emission.integers.shared(half, first, ints);
        Type type = h.type();
        Expr magnitude = emission.integers.shared(Expr.mask(h, 0x7fff), 0, ints);
        Expr sign = Expr.shiftLeft(Expr.mask(h, 0x8000), 16);
        Expr scaled = Expr.multiply(floats(Expr.shiftLeft(magnitude, 13)), new Expr.Real(f32(type), 0x1p112f));
        Expr special = new Expr.Compare(Relation.GE, magnitude, new Expr.Int(type, 0x7c00));
        Expr full = Expr.binary(Operation.OR, Expr.shiftLeft(magnitude, 13), new Expr.Int(type, 0x7f80_0000));
        Expr bits = new Expr.Select(special, full, new Expr.Bitcast(type, scaled));
        emission.vectors.emit(floats(Expr.binary(Operation.OR, bits, sign)), 0, lanes);
        emission.frame.release(mark);
    }

    /// .. -> .. vector, rounded to nearest, ties to even.
    void narrowBfloat16(Expr a, int first, int lanes) {
        narrow(a, first, lanes, x -> {
            Expr last = Expr.mask(Expr.shiftRight(x, 16), 1);
            Expr rounded = Expr.shiftRight(Expr.add(Expr.add(x, new Expr.Int(x.type(), 0x7fff)), last), 16);
            Expr quiet = Expr.binary(Operation.OR, Expr.shiftRight(x, 16), new Expr.Int(x.type(), 0x40));
            return new Expr.Select(isNan(Expr.mask(x, 0x7fff_ffff)), quiet, rounded);
        });
    }

    /// .. -> .. vector, rounded to nearest, ties to even. Numbers that become subnormal are rounded by adding 0.5, whose
    /// last bit is worth 2^-24, as theirs is.
    void narrowFloat16(Expr a, int first, int lanes) {
        narrow(a, first, lanes, x -> {
            Type type = x.type();
            Shape ints = new Shape(Lane.INT, type.lanes());
            Expr magnitude = emission.integers.shared(Expr.mask(x, 0x7fff_ffff), 0, ints);
            Expr last = Expr.mask(Expr.shiftRight(magnitude, 13), 1);
            Expr normal = Expr.shiftRight(
                    Expr.add(Expr.add(magnitude, new Expr.Int(type, 0xfff - 0x3800_0000)), last), 13);
            Expr clamped = Expr.binary(Operation.MIN, normal, new Expr.Int(type, 0x7c00));
            Expr shifted = Expr.add(floats(magnitude), new Expr.Real(f32(type), 0.5f));
            Expr subnormal = Expr.subtract(new Expr.Bitcast(type, shifted), new Expr.Int(type, 0x3f00_0000));
            Expr small = new Expr.Compare(Relation.LT, magnitude, new Expr.Int(type, 0x3880_0000));
            Expr finite = new Expr.Select(small, subnormal, clamped);
            Expr nan = Expr.binary(Operation.OR, Expr.mask(Expr.shiftRight(magnitude, 13), 0x3ff),
                    new Expr.Int(type, 0x7e00));
            Expr unsigned = new Expr.Select(isNan(magnitude), nan, finite);
            return Expr.binary(Operation.OR, unsigned, Expr.mask(Expr.shiftRight(x, 16), 0x8000));
        });
    }

    private interface Bits {
        /// The bits of the narrow float in an i32, from those of an f32.
        Expr of(Expr bits);
    }

    private void narrow(Expr a, int first, int lanes, Bits bits) {
        int most = emission.machine.lanes(Element.F32);
        emission.conversions.pieces(new Shape(Lane.SHORT, lanes), most, (at, count) -> {
            int mark = emission.frame.mark();
            Expr x = new Expr.Bitcast(a.type().withElement(Element.I32), a);
            Expr shared = emission.integers.shared(x, first + at, new Shape(Lane.INT, count));
            emission.vectors.emit(Expr.convert(Element.I16, bits.of(shared)), 0, count);
            emission.frame.release(mark);
        });
    }

    private static Expr isNan(Expr magnitude) {
        return new Expr.Compare(Relation.GT, magnitude, new Expr.Int(magnitude.type(), 0x7f80_0000));
    }

    private static Expr floats(Expr bits) {
        return new Expr.Bitcast(f32(bits.type()), bits);
    }

    private static Type f32(Type type) {
        return type.withElement(Element.F32);
    }
}
