package tern.codegen.cuda.simulate;

import org.jspecify.annotations.Nullable;

/// From exact numbers to floats of 16 and 32 bits (PTX ISA, "Rounding Modifiers").
enum Rounding {
    /// To the nearest, ties to even.
    NEAREST {
        @Override
        double whole(double x) {
            return Math.rint(x);
        }
    },
    ZERO {
        @Override
        double whole(double x) {
            return x < 0 ? Math.ceil(x) : Math.floor(x);
        }
    },
    DOWN {
        @Override
        double whole(double x) {
            return Math.floor(x);
        }
    },
    UP {
        @Override
        double whole(double x) {
            return Math.ceil(x);
        }
    };

    /// The whole number that this mode takes for `x`.
    abstract double whole(double x);

    /// `rn`, `rz`, `rm`, `rp`, with an `i` after it or not; null for none.
    static @Nullable Rounding named(@Nullable String name) {
        if (name == null) return null;
        return switch (name.charAt(1)) {
            case 'n' -> NEAREST;
            case 'z' -> ZERO;
            case 'm' -> DOWN;
            default -> UP;
        };
    }

    /// Bits of the float of a type that this mode takes for `value`. A NaN becomes the type's canonical one.
    ///
    /// @param value exact, or [rounded to odd][#oddSum] from what is exact
    long bits(Type type, double value) {
        if (type == Type.F64) return Double.doubleToLongBits(value);
        if (Double.isNaN(value)) return canonicalNaN(type);
        if (type == Type.F32 && this == NEAREST) return Float.floatToRawIntBits((float) value) & 0xffff_ffffL;
        int precision = type == Type.F32 ? 24 : type == Type.F16 ? 11 : 8;
        int least = type == Type.F16 ? -14 : -126;
        int most = type == Type.F16 ? 15 : 127;
        double rounded = value;
        if (!Double.isInfinite(value) && value != 0) {
            int scale = precision - 1 - Math.max(Math.getExponent(value), least);
            rounded = Math.scalb(whole(Math.scalb(value, scale)), -scale);
            double largest = Math.scalb(2 - Math.scalb(1.0, 1 - precision), most);
            if (Math.abs(rounded) > largest) rounded = overflow(value, largest);
            rounded = Math.copySign(rounded, value);
        }
        return encode(type, (float) rounded);
    }

    /// Of a number beyond the largest one.
    private double overflow(double value, double largest) {
        boolean stays = this == ZERO || this == DOWN && value > 0 || this == UP && value < 0;
        return stays ? largest : Double.POSITIVE_INFINITY;
    }

    static long canonicalNaN(Type type) {
        return type == Type.F32 ? 0x7fff_ffffL : type == Type.F64 ? 0x7fff_ffff_ffff_ffffL : 0x7fff;
    }

    /// @param value one that the type holds
    private static long encode(Type type, float value) {
        int bits = Float.floatToRawIntBits(value);
        return switch (type) {
            case F16 -> Float.floatToFloat16(value) & 0xffff;
            case BF16 -> bits >>> 16;
            default -> bits & 0xffff_ffffL;
        };
    }

    /// The number that a float's bits stand for.
    static double value(Type type, long bits) {
        return switch (type) {
            case F16 -> Float.float16ToFloat((short) bits);
            case BF16 -> Float.intBitsToFloat((int) bits << 16);
            case F64 -> Double.longBitsToDouble(bits);
            default -> Float.intBitsToFloat((int) bits);
        };
    }

    /// `a + b` so rounded that rounding it once more, to fewer bits, gives what rounding the exact sum gives: if it is not exact, its
    /// last bit is 1 ("round to odd").
    static double oddSum(double a, double b) {
        double sum = a + b;
        if (Double.isNaN(sum) || Double.isInfinite(sum)) return sum;
        // Two-sum: what is missing, exactly.
        double part = sum - a;
        double missing = (a - (sum - part)) + (b - part);
        boolean even = (Double.doubleToRawLongBits(sum) & 1) == 0;
        if (missing == 0 || !even) return sum;
        return missing > 0 ? Math.nextUp(sum) : Math.nextDown(sum);
    }
}
