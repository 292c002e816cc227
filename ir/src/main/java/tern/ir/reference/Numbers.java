package tern.ir.reference;

import tern.ir.Element;

/// Machine numbers inside a `long`: signed ones sign-extended, unsigned ones and bool zero-extended (u64: all 64 bits).
/// f16 and bf16 are floats that fit their type.
final class Numbers {

    private Numbers() {}

    /// The low bits of `value`, read as `element`: what wrap-around leaves.
    static long wrap(Element element, long value) {
        return switch (element) {
            case BOOL -> value & 1;
            case I8 -> (byte) value;
            case U8 -> value & 0xff;
            case I16 -> (short) value;
            case U16 -> value & 0xffff;
            case I32 -> (int) value;
            case U32 -> value & 0xffff_ffffL;
            case I64, U64 -> value;
            case F16, BF16, F32 -> throw new IllegalArgumentException("no integer: " + element);
        };
    }

    /// The bits of an integer, the rest zero.
    static long bits(Element element, long value) {
        return element.bits() == 64 ? value : value & (1L << element.bits()) - 1;
    }

    static long multiplyHigh(Element element, long a, long b) {
        return switch (element) {
            case I64 -> Math.multiplyHigh(a, b);
            case U64 -> Math.unsignedMultiplyHigh(a, b);
            case U32 -> a * b >>> 32;
            default -> wrap(element, a * b >> element.bits());
        };
    }

    static int compare(Element element, long a, long b) {
        return element == Element.U64 ? Long.compareUnsigned(a, b) : Long.compare(a, b);
    }

    /// An integer as the nearest f32, ties to even.
    static float toFloat(Element element, long value) {
        if (element != Element.U64 || value >= 0) return value;
        // Halved with a sticky last bit, so that the one rounding is the right one.
        return 2f * (float) (value >>> 1 | value & 1);
    }

    /// Towards zero; outside the range of i32 (64-bit elements and u32: of i64) to its end, NaN to 0; then the low bits.
    static long toInteger(Element element, float value) {
        return switch (element) {
            case U32, I64, U64 -> wrap(element, (long) value);
            default -> wrap(element, (int) value);
        };
    }

    /// An f32 rounded to `element`, ties to even.
    static float round(Element element, float value) {
        return switch (element) {
            case F32 -> value;
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(value));
            case BF16 -> Float.intBitsToFloat(bf16(value) << 16);
            default -> throw new IllegalArgumentException("no float: " + element);
        };
    }

    /// The bits of a float that fits `element`, zero-extended.
    static long floatBits(Element element, float value) {
        return switch (element) {
            case F32 -> Float.floatToRawIntBits(value) & 0xffff_ffffL;
            case F16 -> Float.floatToFloat16(value) & 0xffff;
            case BF16 -> bf16(value);
            default -> throw new IllegalArgumentException("no float: " + element);
        };
    }

    static float ofFloatBits(Element element, long bits) {
        return switch (element) {
            case F32 -> Float.intBitsToFloat((int) bits);
            case F16 -> Float.float16ToFloat((short) bits);
            case BF16 -> Float.intBitsToFloat((int) bits << 16);
            default -> throw new IllegalArgumentException("no float: " + element);
        };
    }

    private static int bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) return bits >>> 16 | 0x40;
        return bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
    }
}
