package tern.runtime.model;

import static java.lang.Math.abs;

import java.util.function.Function;
import tern.ir.Rows;

/// A matrix of floating-point weights made ternary.
///
/// Weights of which all that are not zero have one magnitude are ternary already: the magnitude is their scale. Others are the master
/// weights of training, quantised by absmean: `g = max(mean(|W|), 1e-5)`, `w = clamp(round_half_even(W / g), -1, 1)`, which is 1 where
/// W / g is above 1/2. The mean is summed in f64, row after row.
///
/// Source: BitNet b1.58 2B4T report, section 2; huggingface/transformers integrations/bitnet.py, `WeightQuant`.
///
/// @param isExact true if the weights were ternary already
record Ternary(Floats weights, int m, int k, boolean isExact, float scale) {

    private static final float LEAST = 1e-5f;

    /// @param wrong makes an exception of what is wrong
    static Ternary of(Floats weights, int m, int k, Function<String, RuntimeException> wrong) {
        var row = new float[k];
        double sum = 0;
        float magnitude = 0;
        boolean exact = true;
        for (int r = 0; r < m; r++) {
            weights.read((long) r * k, row);
            double ofRow = 0;
            for (float w : row) {
                float a = abs(w);
                ofRow += a;
                if (a != 0 && a != magnitude) {
                    exact &= magnitude == 0;
                    magnitude = a;
                }
            }
            if (!(ofRow <= Double.MAX_VALUE)) throw wrong.apply("row %d holds a NaN or an infinity".formatted(r));
            sum += ofRow;
        }
        float mean = (float) Math.max(sum / ((double) m * k), LEAST);
        return new Ternary(weights, m, k, exact, exact ? magnitude : mean);
    }

    Linear linear() {
        Rows rows = (r, digits) -> {
            var row = new float[k];
            weights.read((long) r * k, row);
            for (int i = 0; i < k; i++) digits[i] = digit(row[i]);
        };
        return new Linear(m, k, rows, scale);
    }

    private byte digit(float w) {
        if (isExact) return (byte) Math.signum(w);
        return (byte) Math.clamp(Math.rint(w / scale), -1, 1);
    }
}
