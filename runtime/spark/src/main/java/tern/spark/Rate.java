package tern.spark;

import java.util.Locale;
import org.apache.spark.util.AccumulatorV2;

/// Tokens a second over all executors, from the first task's first moment to the last row; clocks of hosts are taken to agree.
final class Rate extends AccumulatorV2<Long, String> {

    private long tokens, first = Long.MAX_VALUE, last = Long.MIN_VALUE;

    /// @param count tokens that came just now
    @Override
    public void add(Long count) {
        long now = System.currentTimeMillis();
        count(count, now, now);
    }

    void count(long more, long from, long to) {
        tokens += more;
        first = Math.min(first, from);
        last = Math.max(last, to);
    }

    @Override
    public void merge(AccumulatorV2<Long, String> other) {
        if (other instanceof Rate rate) count(rate.tokens, rate.first, rate.last);
    }

    @Override
    public boolean isZero() {
        return last == Long.MIN_VALUE;
    }

    @Override
    public Rate copy() {
        var copy = new Rate();
        copy.count(tokens, first, last);
        return copy;
    }

    @Override
    public void reset() {
        tokens = 0;
        first = Long.MAX_VALUE;
        last = Long.MIN_VALUE;
    }

    /// A number with one digit after the point; 0.0 before any time has passed.
    @Override
    public String value() {
        return String.format(Locale.ROOT, "%.1f", last > first ? 1000.0 * tokens / (last - first) : 0);
    }
}
