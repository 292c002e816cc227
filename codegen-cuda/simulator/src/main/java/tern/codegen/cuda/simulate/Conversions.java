package tern.codegen.cuda.simulate;

import org.jspecify.annotations.Nullable;

/// `cvt` and `cvt.pack` (PTX ISA, "Data Movement and Conversion Instructions: cvt").
final class Conversions {

    private Conversions() {}

    static Action decode(Site site) {
        if (site.take("pack")) return pack(site);
        Rounding whole = Rounding.named(site.takeOneOf("rni", "rzi", "rmi", "rpi"));
        Rounding rounding = Rounding.named(site.takeOneOf("rn", "rz", "rm", "rp"));
        boolean flush = site.take("ftz");
        boolean clamp = site.take("sat");
        boolean positive = site.take("relu");
        Type to = site.type();
        Type from = site.type();
        site.done();
        if (to.kind == Type.Kind.PAIR) return pair(site, to, from, rounding, positive);
        if (to.kind == Type.Kind.BITS || from.kind == Type.Kind.BITS || from.kind == Type.Kind.PAIR)
            throw site.statement.unsupported();
        site.count(2);
        if (from.isInteger() && to.isInteger() && !clamp) {
            Operand.Register target = site.target(site.operand(0), to, true);
            return Elementwise.convert(site.statement, to, from, Type.mask(target.bits()), target.slot(), site.source(site.operand(1), from, true));
        }
        Lanes.One f;
        if (from.isInteger()) {
            if (to.isFloat() && rounding == null) throw site.error("a rounding is missing");
            f = to.isFloat() ? wholeToFloat(site, to, from, rounding, clamp) : a -> saturated(to, from, from.extend(a));
        } else if (to.isInteger()) {
            if (whole == null) throw site.error("a rounding is missing");
            f = a -> floatToWhole(to, from, whole, flushed(Rounding.value(from, a), flush && from == Type.F32));
        } else {
            f = floatToFloat(site, to, from, rounding, whole, flush, clamp, positive);
        }
        Operand.Register target = site.target(site.operand(0), to, !to.isFloat());
        long keep = Type.mask(target.bits());
        long mask = from.mask();
        return Lanes.one(site.statement, target.slot(), site.source(site.operand(1), from, true),
                a -> f.of(a & mask) & keep);
    }

    private static double flushed(double value, boolean flush) {
        return flush && Math.abs(value) < Float.MIN_NORMAL ? Math.copySign(0, value) : value;
    }

    private static long least(Type type) {
        return type.isSigned() ? -1L << type.bits - 1 : 0;
    }

    /// Of u64, as its bits.
    private static long most(Type type) {
        return type.isSigned() ? Type.mask(type.bits - 1) : type.mask();
    }

    /// @param value a signed number, or for u64 its bits
    static long saturated(Type to, Type from, long value) {
        boolean huge = from == Type.U64 && value < 0;
        if (huge) return to == Type.U64 ? value : most(to);
        if (to == Type.U64) return Math.max(value, 0);
        return Math.clamp(value, least(to), most(to));
    }

    private static Lanes.One wholeToFloat(Site site, Type to, Type from, @Nullable Rounding rounding, boolean clamp) {
        if (rounding != Rounding.NEAREST && from.bits > 32) throw site.statement.unsupported();
        if (clamp || from == Type.U64) throw site.statement.unsupported();
        // What a double does not hold exactly is rounded once, by the conversion itself.
        if (from.bits == 64 && to == Type.F32) return a -> Float.floatToRawIntBits((float) a) & 0xffff_ffffL;
        if (from.bits == 64 && to != Type.F64) throw site.statement.unsupported();
        Rounding mode = java.util.Objects.requireNonNull(rounding);
        return a -> mode.bits(to, (double) from.extend(a));
    }

    /// Out of range is clamped. NaN is 0, but for the 64-bit ones and f64, where it is the bit of the sign.
    private static long floatToWhole(Type to, Type from, Rounding rounding, double value) {
        if (Double.isNaN(value)) return to.bits < 64 && from != Type.F64 ? 0 : 1L << to.bits - 1;
        double whole = rounding.whole(value);
        if (to == Type.U64) {
            if (whole <= 0) return 0;
            if (whole >= 0x1p64) return -1;
            return whole >= 0x1p63 ? (long) (whole - 0x1p63) + Long.MIN_VALUE : (long) whole;
        }
        // (long) clamps to 64 bits.
        return Math.clamp((long) whole, least(to), most(to));
    }

    private static Lanes.One floatToFloat(Site site, Type to, Type from, @Nullable Rounding rounding, @Nullable Rounding whole,
            boolean flush, boolean clamp, boolean positive) {
        boolean narrows = to.bits < from.bits || to.bits == 16 && from.bits == 16 && to != from;
        if (narrows && rounding == null) throw site.error("a rounding is missing");
        // Between bf16 and f32 since 8.0, other types since 9.0 ("cvt", "Target ISA Notes").
        if (to == Type.BF16 || from == Type.BF16) site.needs(to == Type.F32 || from == Type.F32 ? 80 : 90);
        Rounding mode = rounding == null ? Rounding.NEAREST : rounding;
        return a -> {
            double value = flushed(Rounding.value(from, a), flush && from == Type.F32);
            if (whole != null && !Double.isInfinite(value) && !Double.isNaN(value))
                value = Math.copySign(whole.whole(value), value);
            if (clamp) value = Double.isNaN(value) ? 0 : Math.clamp(value, 0.0, 1.0);
            if (positive && !(value > 0) && !Double.isNaN(value)) value = 0;
            long bits = mode.bits(to, value);
            return flush && to == Type.F32 && (bits & 0x7f80_0000) == 0 ? bits & 0x8000_0000L : bits;
        };
    }

    /// `cvt.rn.f16x2.f32 d, a, b`: a is the upper half.
    private static Action pair(Site site, Type to, Type from, @Nullable Rounding rounding, boolean positive) {
        boolean floats = to == Type.F16X2 || to == Type.BF16X2;
        if (!floats || from != Type.F32 || rounding == null) throw site.statement.unsupported();
        site.needs(80);
        site.count(3);
        Lanes.One f = floatToFloat(site, to.half(), from, rounding, null, false, false, positive);
        return Lanes.two(site.statement, site.target(0, to), site.source(1, from), site.source(2, from),
                (a, b) -> f.of(a) << 16 | f.of(b));
    }

    /// Two saturated numbers side by side, the first one above; 8-bit ones below the lower half of `c` (PTX ISA, "cvt.pack").
    private static Action pack(Site site) {
        if (!site.take("sat")) throw site.statement.unsupported();
        Type to = site.type(Type.U16, Type.S16, Type.U8, Type.S8);
        Type from = site.type(Type.S32, Type.U32);
        boolean third = to.bits == 8;
        if (third) site.type(Type.B32);
        site.needs(72);
        site.done();
        site.count(third ? 4 : 3);
        Lanes.Two two = (a, b) -> (saturated(to, from, from.extend(a)) & to.mask()) << to.bits
                | saturated(to, from, from.extend(b)) & to.mask();
        int d = site.target(0, Type.B32);
        int a = site.source(1, from);
        int b = site.source(2, from);
        if (!third) return Lanes.two(site.statement, d, a, b, two);
        return Lanes.three(site.statement, d, a, b, site.source(3, Type.B32),
                (x, y, c) -> two.of(x, y) | (c & 0xffff) << 16);
    }
}
