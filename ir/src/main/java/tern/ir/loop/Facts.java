package tern.ir.loop;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tern.ir.Interval;
import tern.ir.loop.Affine.Atom;

/// What is known about run-time numbers, and proofs from it.
///
/// Each atom has bounds in terms of earlier ones: `0 <= i <= n - 1`. To bound `64 * i + k - 64 * n`, the latest atom is
/// replaced by its bound, then the next, until a constant is left. That is exact for loops over rectangles and triangles.
final class Facts {

    /// Replacements tried for one proof, at most.
    private static final int BUDGET = 4000;

    /// `times * atom <= value`, for an upper bound; `>=` for a lower one.
    private record Bound(long times, Affine value) {}

    private static final class Known {
        Interval interval;
        List<Bound> lower = List.of(), upper = List.of();
        @Nullable
        Affine definition;
        @Nullable
        Entry entry;

        Known(Interval interval) {
            this.interval = interval;
        }
    }

    /// By the order of the atoms.
    private final List<Known> known = new ArrayList<>();
    private final Deque<Runnable> undo = new ArrayDeque<>();
    private int tried;

    /// A new number, of which an interval is known.
    Atom atom(String name, Interval interval) {
        var atom = new Atom(known.size(), name);
        known.add(new Known(interval));
        return atom;
    }

    private Known known(Atom atom) {
        return known.get(atom.order());
    }

    /// What an atom may be for as long as it lives, also after the scope in which its bounds are known.
    void narrow(Atom atom, Interval interval) {
        known(atom).interval = interval;
    }

    /// A number of a constant: `table[index]`.
    record Entry(Buf table, Affine index) {}

    /// `atom = table[index]`.
    void define(Atom atom, Entry entry) {
        known(atom).entry = entry;
    }

    @Nullable
    Entry entry(Atom atom) {
        return known(atom).entry;
    }

    /// `atom = definition`.
    void define(Atom atom, Affine definition) {
        known(atom).definition = definition;
    }

    /// `times * atom <= upper`.
    void atMost(Atom atom, long times, Affine upper) {
        Known about = known(atom);
        var before = about.upper;
        about.upper = with(before, new Bound(times, upper));
        undo.push(() -> about.upper = before);
    }

    /// `times * atom >= lower`.
    void atLeast(Atom atom, long times, Affine lower) {
        Known about = known(atom);
        var before = about.lower;
        about.lower = with(before, new Bound(times, lower));
        undo.push(() -> about.lower = before);
    }

    private static List<Bound> with(List<Bound> bounds, Bound another) {
        var all = new ArrayList<>(bounds);
        all.add(another);
        return all;
    }

    /// Assumes `number <= 0` as far as it bounds the number's latest atom.
    void assume(Affine number) {
        if (number.isConstant()) return;
        Atom atom = number.last();
        long factor = number.factor(atom);
        Affine rest = number.rest();
        if (factor > 0) atMost(atom, factor, rest.times(-1));
        else atLeast(atom, -factor, rest);
    }

    /// What an atom is known to be at most, in terms of others; nothing of other numbers.
    List<Affine> upper(Affine number) {
        return number.isAtom() ? known(number.last()).upper.stream().filter(bound -> bound.times == 1).map(Bound::value).toList() : List.of();
    }

    /// What is known now, to come back to with [#forget].
    int mark() {
        return undo.size();
    }

    /// Forgets bounds learnt since `mark`.
    void forget(int mark) {
        while (undo.size() > mark) undo.pop().run();
    }

    /// Definitions put in the place of what they define.
    Affine expand(Affine number) {
        for (Atom atom : number.atoms().reversed()) {
            Affine definition = known(atom).definition;
            if (definition != null) return expand(number.substitute(atom, definition));
        }
        return number;
    }

    /// A lower bound that speaks of `index` and what was declared before it only.
    Affine lowest(Affine number, Atom index) {
        return highest(number.times(-1), index).times(-1);
    }

    /// An upper bound that speaks of `index` and what was declared before it only.
    Affine highest(Affine number, Atom index) {
        if (number.isConstant() || number.last().compareTo(index) <= 0) return number;
        Atom atom = number.last();
        Interval interval = known(atom).interval;
        return highest(number.substitute(atom, Affine.of(number.factor(atom) > 0 ? interval.high() : interval.low())), index);
    }

    /// The least upper bound that is found; `Long.MAX_VALUE` if none.
    long max(Affine number) {
        tried = 0;
        return bound(number);
    }

    long min(Affine number) {
        long max = max(number.times(-1));
        return max == Long.MAX_VALUE ? Long.MIN_VALUE : -max;
    }

    Interval interval(Affine number) {
        long low = min(number), high = max(number);
        return low <= high ? Interval.of(low, high) : Interval.of(high, low);
    }

    private long bound(Affine number) {
        if (number.isConstant()) return number.constant();
        if (++tried > BUDGET) return Long.MAX_VALUE;
        Atom atom = number.last();
        Known about = known(atom);
        long factor = number.factor(atom), best = Long.MAX_VALUE;
        try {
            Affine rest = number.rest();
            for (Bound bound : factor > 0 ? about.upper : about.lower)
                if (factor % bound.times == 0) best = Math.min(best, bound(rest.plus(bound.value, factor / bound.times)));
            if (about.definition != null) return Math.min(best, bound(rest.plus(about.definition, factor)));
            long end = factor > 0 ? about.interval.high() : about.interval.low();
            return Math.min(best, bound(rest.plus(Math.multiplyExact(factor, end))));
        } catch (ArithmeticException _) {
            return best;
        }
    }
}
