package tern.ir.loop;

import org.jspecify.annotations.Nullable;
import tern.ir.Interval;

/// What an integer may be: a value that it had before, shifted by a number of `shift`, or a number of `range`; at least one
/// of the two is there.
///
/// Shifted values are how a loop's growth is found: its body is walked once with each variable being itself + 0, and ends
/// with itself + what one iteration adds.
///
/// @param base whose value is shifted; null if none
record AbstractValue(@Nullable Base base, @Nullable Interval shift, @Nullable Interval range) {

    /// The value of `key`, a variable or region, at the beginning of the loop walk numbered `level`.
    record Base(Object key, int level) {}

    private static final Interval ZERO = Interval.of(0);

    static AbstractValue of(Interval range) {
        return new AbstractValue(null, null, range);
    }

    static AbstractValue unchanged(Base base) {
        return new AbstractValue(base, ZERO, null);
    }

    /// All values, where none is relative; null else.
    @Nullable
    Interval absolute() {
        return base == null ? range : null;
    }

    AbstractValue plus(Interval number) {
        return new AbstractValue(base, shift == null ? null : shift.plus(number), range == null ? null : range.plus(number));
    }

    /// One or the other; null if they are relative to different values.
    @Nullable
    AbstractValue union(AbstractValue other) {
        if (base != null && other.base != null && !base.equals(other.base)) return null;
        return new AbstractValue(base == null ? other.base : base, union(shift, other.shift), union(range, other.range));
    }

    /// The value after `trips` iterations, each of which turns the value before it into `each`.
    ///
    /// @param entry what it is before the first one
    /// @param skip  true if there may be no iteration at all
    static AbstractValue after(AbstractValue entry, AbstractValue each, long trips, boolean skip) {
        Interval growth = each.shift == null ? ZERO : each.shift.upTo(trips);
        boolean kept = skip || each.shift != null;
        Interval shift = kept && entry.shift != null ? entry.shift.plus(growth) : null;
        Interval range = union(kept ? entry.range : null, each.range);
        return new AbstractValue(shift == null ? null : entry.base, shift, range == null ? null : range.plus(growth));
    }

    private static @Nullable Interval union(@Nullable Interval a, @Nullable Interval b) {
        return a == null ? b : b == null ? a : a.union(b);
    }
}
