package tern.ir;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// How a packing stores a scale, little endian. A float is rounded to nearest, ties to even.
public enum ScaleType {
    F16("f16", 2),
    BF16("bf16", 2),
    F32("f32", 4),
    /// A power of two from 2^-127 to 2^127: its exponent plus 127; 255 is NaN. Source: OCP Microscaling Formats 1.0, section 5.4.1.
    E8M0("e8m0", 1);

    private static final ValueLayout.OfShort I16 = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int E8M0_BIAS = 127, E8M0_NAN = 255;

    private final String text;
    private final int bytes;

    ScaleType(String text, int bytes) {
        this.text = text;
        this.bytes = bytes;
    }

    public int bytes() {
        return bytes;
    }

    @Override
    public String toString() {
        return text;
    }

    float read(MemorySegment from, long at) {
        return switch (this) {
            case F16 -> Float.float16ToFloat(from.get(I16, at));
            case BF16 -> Float.intBitsToFloat(from.get(I16, at) << 16);
            case F32 -> Float.intBitsToFloat(from.get(I32, at));
            case E8M0 -> {
                int exponent = from.get(JAVA_BYTE, at) & 0xff;
                yield exponent == E8M0_NAN ? Float.NaN : (float) Math.scalb(1.0, exponent - E8M0_BIAS);
            }
        };
    }

    void write(MemorySegment to, long at, float scale) {
        switch (this) {
            case F16 -> to.set(I16, at, Float.floatToFloat16(scale));
            case BF16 -> to.set(I16, at, roundToBf16(scale));
            case F32 -> to.set(I32, at, Float.floatToRawIntBits(scale));
            case E8M0 -> to.set(JAVA_BYTE, at, (byte) roundToPower(scale));
        }
    }

    private static short roundToBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) return (short) (bits >>> 16 | 0x40);
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    /// The nearest power of two, halfway the lower one; what is no positive number becomes NaN.
    private static int roundToPower(float value) {
        if (!(value > 0) || Float.isInfinite(value)) return E8M0_NAN;
        double wide = value; // no subnormals
        int exponent = Math.getExponent(wide);
        if (wide > 1.5 * Math.scalb(1.0, exponent)) exponent++;
        return Math.clamp(exponent + E8M0_BIAS, 0, E8M0_NAN - 1);
    }
}
