package tern.runtime.model;

import java.util.function.Function;
import tern.ir.Rows;

/// Ternary weights of one projection as a model file has them.
///
/// @param m     outputs
/// @param k     inputs
/// @param rows  the digits, `[m, k]`
/// @param scale what a product is multiplied with
public record Linear(int m, int k, Rows rows, float scale) {

    /// Rows of an untrusted file: where a code means nothing, reading says so.
    ///
    /// @param wrong makes an exception that names the tensor
    static Rows checked(Rows rows, Function<String, RuntimeException> wrong) {
        return (row, digits) -> {
            try {
                rows.read(row, digits);
            } catch (IllegalArgumentException e) {
                throw wrong.apply(String.valueOf(e.getMessage()));
            }
        };
    }

    /// Several projections of one input, row under row.
    static Rows stack(Linear... parts) {
        return (row, digits) -> {
            int rest = row;
            for (Linear part : parts) {
                if (rest < part.m) {
                    part.rows.read(rest, digits);
                    return;
                }
                rest -= part.m;
            }
            throw new IndexOutOfBoundsException("row " + row);
        };
    }

    /// One scale for each row of the stack.
    static float[] scales(Linear... parts) {
        int m = 0;
        for (Linear part : parts) m += part.m;
        float[] scales = new float[m];
        int row = 0;
        for (Linear part : parts) for (int i = 0; i < part.m; i++) scales[row++] = part.scale;
        return scales;
    }
}
