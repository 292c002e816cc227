package tern.ir.device;

import static java.util.Locale.ROOT;

import java.util.Arrays;

/// The same thing, measured several times.
public final class Samples {

    private final double[] sorted;

    private Samples(double[] sorted) {
        this.sorted = sorted;
    }

    /// @throws IllegalArgumentException if there is none
    public static Samples of(double... values) {
        if (values.length == 0) throw new IllegalArgumentException("nothing was measured");
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Samples(sorted);
    }

    /// These and others.
    public Samples and(Samples others) {
        double[] all = Arrays.copyOf(sorted, sorted.length + others.sorted.length);
        System.arraycopy(others.sorted, 0, all, sorted.length, others.sorted.length);
        return of(all);
    }

    /// From the smallest on.
    public double[] toArray() {
        return sorted.clone();
    }

    public int count() {
        return sorted.length;
    }

    public double median() {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    public double min() {
        return sorted[0];
    }

    public double max() {
        return sorted[sorted.length - 1];
    }

    /// How wide the middle half of the samples is, as a share of the median: the noise.
    public double spread() {
        return (sorted[sorted.length * 3 / 4] - sorted[sorted.length / 4]) / median();
    }

    @Override
    public String toString() {
        return String.format(ROOT, "%d samples, median %s, from %s to %s", count(), median(), min(), max());
    }
}
