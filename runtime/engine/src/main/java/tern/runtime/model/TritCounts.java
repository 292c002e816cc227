package tern.runtime.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import tern.runtime.model.TensorNames.Shape;

/// How often each weight is in a ternary tensor.
///
/// @param minus,zero,plus weights that are -1, 0 and 1
public record TritCounts(long minus, long zero, long plus) {

    /// One tensor's.
    ///
    /// @param scale what a product is multiplied with
    public record OfTensor(Shape shape, TritCounts counts, float scale) {}

    /// Rows that one thread counts at a time.
    private static final int BAND = 256;

    /// Reads every weight of a model, with all processors.
    ///
    /// @param progress told how many weights were read, tensor after tensor
    /// @throws tern.runtime.ModelException if some code in the file means nothing
    public static List<OfTensor> of(ModelSource model, LongConsumer progress) {
        var counts = new ArrayList<OfTensor>();
        long read = 0;
        for (Shape shape : TensorNames.projections(model.config())) {
            Linear linear = model.linear(shape.name(), shape.m(), shape.k());
            counts.add(new OfTensor(shape, of(linear), linear.scale()));
            progress.accept(read += (long) shape.m() * shape.k());
        }
        return counts;
    }

    static TritCounts of(Linear linear) {
        return IntStream.range(0, Math.ceilDiv(linear.m(), BAND)).parallel()
                .mapToObj(band -> of(linear, band * BAND, Math.min((band + 1) * BAND, linear.m())))
                .reduce(new TritCounts(0, 0, 0), TritCounts::plus);
    }

    private static TritCounts of(Linear linear, int from, int to) {
        var digits = new byte[linear.k()];
        long sum = 0, nonzero = 0;
        for (int row = from; row < to; row++) {
            linear.rows().read(row, digits);
            int ofRow = 0, set = 0;
            for (byte digit : digits) {
                ofRow += digit;
                set += digit & 1; // -1 and 1 are odd
            }
            sum += ofRow;
            nonzero += set;
        }
        long plus = (nonzero + sum) / 2;
        return new TritCounts(nonzero - plus, (long) (to - from) * digits.length - nonzero, plus);
    }

    public TritCounts plus(TritCounts other) {
        return new TritCounts(minus + other.minus, zero + other.zero, plus + other.plus);
    }

    public long total() {
        return minus + zero + plus;
    }

    /// Share of zeros.
    public double sparsity() {
        return (double) zero / total();
    }

    /// Bits that a weight is worth, if nothing but these counts were known of it; log2(3) at most.
    public double entropy() {
        return bits(minus) + bits(zero) + bits(plus);
    }

    private double bits(long count) {
        double p = (double) count / total();
        return count == 0 ? 0 : -p * Math.log(p) / Math.log(2);
    }
}
