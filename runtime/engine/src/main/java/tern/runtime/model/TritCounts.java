package tern.runtime.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import tern.ir.Scales;
import tern.runtime.model.TensorNames.Shape;

/// How often each weight is in a tensor of weights from -1 to 2.
///
/// @param minus,zero,plus,two weights that are -1, 0, 1 and 2
public record TritCounts(long minus, long zero, long plus, long two) {

    static final TritCounts NONE = new TritCounts(0, 0, 0, 0);

    /// Of ternary weights.
    public TritCounts(long minus, long zero, long plus) {
        this(minus, zero, plus, 0);
    }

    /// One tensor's.
    ///
    /// @param scales of the weights
    public record OfTensor(Shape shape, TritCounts counts, Scales scales) {

        /// The one scale, or how the scales are laid out.
        public String scale() {
            return scales instanceof Scales.One(float scale) ? String.valueOf(scale)
                    : scales.group() == 0 ? "of rows" : "of groups of " + scales.group();
        }
    }

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
            counts.add(new OfTensor(shape, of(linear), linear.scales()));
            progress.accept(read += (long) shape.m() * shape.k());
        }
        return counts;
    }

    static TritCounts of(Linear linear) {
        return IntStream.range(0, Math.ceilDiv(linear.m(), BAND)).parallel()
                .mapToObj(band -> of(linear, band * BAND, Math.min((band + 1) * BAND, linear.m())))
                .reduce(NONE, TritCounts::plus);
    }

    private static TritCounts of(Linear linear, int from, int to) {
        var digits = new byte[linear.k()];
        long sum = 0, odd = 0, two = 0;
        for (int row = from; row < to; row++) {
            linear.rows().read(row, digits);
            int ofRow = 0, set = 0, twos = 0;
            for (byte digit : digits) {
                ofRow += digit;
                set += digit & 1; // -1 and 1 are odd
                twos += digit >> 1 & ~(digit >> 31);
            }
            sum += ofRow;
            odd += set;
            two += twos;
        }
        long plus = (odd + sum - 2 * two) / 2;
        return new TritCounts(odd - plus, (long) (to - from) * digits.length - odd - two, plus, two);
    }

    public TritCounts plus(TritCounts other) {
        return new TritCounts(minus + other.minus, zero + other.zero, plus + other.plus, two + other.two);
    }

    public long total() {
        return minus + zero + plus + two;
    }

    /// Share of zeros.
    public double sparsity() {
        return (double) zero / total();
    }

    /// Bits that a weight is worth, if nothing but these counts were known of it; for ternary weights log2(3) at most.
    public double entropy() {
        return bits(minus) + bits(zero) + bits(plus) + bits(two);
    }

    private double bits(long count) {
        double p = (double) count / total();
        return count == 0 ? 0 : -p * Math.log(p) / Math.log(2);
    }
}
