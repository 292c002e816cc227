package tern.runtime.model;

import java.util.function.Function;
import tern.ir.Interval;
import tern.ir.Rows;
import tern.ir.Scales;

/// Weights of one projection as a model file has them: small integers, and the scales of rows or of groups along k.
///
/// @param m       outputs
/// @param k       inputs
/// @param rows    the digits, `[m, k]`
/// @param scales  what weights, or products with them, are multiplied with
/// @param weights what the digits may be
public record Linear(int m, int k, Rows rows, Scales scales, Interval weights) {

    public static final Interval TRITS = Interval.of(-1, 1);

    /// Ternary weights with one scale.
    public Linear(int m, int k, Rows rows, float scale) {
        this(m, k, rows, Scales.one(scale), TRITS);
    }

    /// The one scale of all weights.
    ///
    /// @throws IllegalStateException if there may be several: see [#hasOneScale()]
    public float scale() {
        if (scales instanceof Scales.One(float scale)) return scale;
        throw new IllegalStateException("a tensor with several scales");
    }

    public boolean hasOneScale() {
        return scales instanceof Scales.One;
    }

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
}
