package tern.codegen.jvm;

/// Scalar operations that neither the JVM nor its library has; generated code calls them.
final class Arithmetic {

    private Arithmetic() {}

    /// Upper half of the product of two u32.
    static int multiplyHigh(int a, int b) {
        return (int) (Integer.toUnsignedLong(a) * Integer.toUnsignedLong(b) >>> 32);
    }

    /// A u64 as the nearest f32.
    static float unsignedToFloat(long a) {
        // Halved with a sticky last bit, so that the one rounding is the right one.
        return a >= 0 ? (float) a : 2f * (float) (a >>> 1 | a & 1);
    }

    /// The bits of the nearest bf16, ties to even.
    static int floatToBfloat16(float a) {
        int bits = Float.floatToRawIntBits(a);
        if (Float.isNaN(a)) return bits >>> 16 | 0x40;
        return bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
    }
}
