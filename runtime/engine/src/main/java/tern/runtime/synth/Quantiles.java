package tern.runtime.synth;

/// The normal distribution as 2^16 equally probable numbers, the quantiles `(i + 1/2) / 2^16`: 16 random bits and a look into
/// a table make a normal number. The largest is 4.3.
///
/// Source of the approximation: P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution
/// function", 2003; relative error below 1.15e-9. [StrictMath]: the same table on every machine.
final class Quantiles {

    static final int BITS = 16, COUNT = 1 << BITS;

    private static final double[] A = {
        -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
        1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239e+00
    };
    private static final double[] B = {
        -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01, -1.328068155288572e+01, 1
    };
    private static final double[] C = {
        -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
        -2.549732539343734e+00, 4.374664141464968e+00, 2.938163982698783e+00
    };
    private static final double[] D = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1};

    /// Below it the distribution's tail has an approximation of its own.
    private static final double TAIL = 0.02425;

    private static final float[] STANDARD = standard();

    private Quantiles() {}

    /// Quantile `index` of N(mean, deviation), rounded to f32.
    static float of(int index, float mean, float deviation) {
        return mean + deviation * STANDARD[index];
    }

    private static float[] standard() {
        float[] quantiles = new float[COUNT];
        for (int i = 0; i < COUNT / 2; i++) {
            quantiles[i] = (float) lower((i + 0.5) / COUNT);
            quantiles[COUNT - 1 - i] = -quantiles[i];
        }
        return quantiles;
    }

    /// @param p below 1/2
    private static double lower(double p) {
        if (p < TAIL) {
            double q = StrictMath.sqrt(-2 * StrictMath.log(p));
            return polynomial(C, q) / polynomial(D, q);
        }
        double q = p - 0.5, r = q * q;
        return polynomial(A, r) * q / polynomial(B, r);
    }

    /// @param coefficients highest power first
    private static double polynomial(double[] coefficients, double x) {
        double sum = 0;
        for (double c : coefficients) sum = sum * x + c;
        return sum;
    }
}
