package tern.runtime.cli;

import java.util.Arrays;

/// Median, smallest and largest of some measurements.
record Statistics(double median, double min, double max) {

    /// @throws IllegalArgumentException if there is none
    static Statistics of(double... values) {
        if (values.length == 0) throw new IllegalArgumentException("nothing was measured");
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Statistics(median, sorted[0], sorted[sorted.length - 1]);
    }
}
