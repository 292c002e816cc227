package tern.ir;

/// e^x in f32, as one sequence of correctly rounded operations, so that every back end computes the same bits: scalar code
/// here, vectors and PTX elsewhere, [tern.ir.loop.Expr]s in lowered programs.
///
/// x = n ln 2 + r with |r| <= ln 2 / 2 (Cody and Waite, 1980: ln 2 in two parts, so that n times the first is exact), then
/// a polynomial in r and a multiplication by 2^n. The coefficients are those of Cephes' `expf`. Within 2 units in the last
/// place of the true value for x in [[#LOWEST], [#HIGHEST]]; beyond them it is the value at the bound, so it never
/// overflows, vanishes or leaves the normal numbers.
public final class Exponential {

    public static final float LOWEST = -87f;
    public static final float HIGHEST = 88f;

    public static final float LOG2_E = 1.44269504f;
    public static final float LN2_HIGH = 0.693359375f;
    public static final float LN2_LOW = -2.12194440e-4f;

    /// 1.5 * 2^23: adding it leaves the nearest integer, ties to even, in the low bits.
    public static final float ROUND = 0x1.8p23f;

    /// Of the polynomial that is multiplied by r^2, highest power first.
    public static final float C5 = 1.9875691500e-4f;
    public static final float C4 = 1.3981999507e-3f;
    public static final float C3 = 8.3334519073e-3f;
    public static final float C2 = 4.1665795894e-2f;
    public static final float C1 = 1.6666665459e-1f;
    public static final float C0 = 5.0000001201e-1f;

    private Exponential() {}

    public static float exp(float x) {
        float bounded = Math.min(Math.max(x, LOWEST), HIGHEST);
        float shifted = Math.fma(bounded, LOG2_E, ROUND);
        float n = shifted - ROUND;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, bounded));
        float p = Math.fma(C5, r, C4);
        p = Math.fma(p, r, C3);
        p = Math.fma(p, r, C2);
        p = Math.fma(p, r, C1);
        p = Math.fma(p, r, C0);
        float mantissa = Math.fma(p, r * r, r) + 1f;
        return mantissa * power(shifted);
    }

    /// 2^n: the low bits of `shifted` are n, and adding the bits of 1 moves it into the exponent.
    private static float power(float shifted) {
        return Float.intBitsToFloat((Float.floatToRawIntBits(shifted) << 23) + Float.floatToRawIntBits(1f));
    }
}
