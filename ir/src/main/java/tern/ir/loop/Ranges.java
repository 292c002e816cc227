package tern.ir.loop;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tern.ir.Interval;

/// What the integers of a program may be: the proof that no sum leaves its accumulator and no access its buffer.
///
/// Values come from the declared ranges of scalars and buffers. Ranges of two variables are not related, except that
/// indices are compared as affine numbers, so that `i * 64 + k` stays below `n * 64` for every i below n. A variable that a
/// loop adds to grows by what one iteration adds, times the iterations; so does memory that the loop has cleared before.
///
/// Integer ADD, SUBTRACT, MULTIPLY, NEGATE, ABS, DOT and sums of lanes must fit their element; so must a conversion, unless
/// its operand is a code: unsigned, a parameter of undeclared values, or what bit operations give. Shifts and bit
/// operations never wrap. What has wrapped is any number of its element from then on.
public final class Ranges {

    private final List<Problem> wraps, accesses, stores;
    private final Map<Var, Interval> variables;

    private Ranges(RangeState found) {
        wraps = List.copyOf(found.wraps);
        accesses = List.copyOf(found.accesses);
        stores = List.copyOf(found.stores);
        variables = Map.copyOf(found.seen);
    }

    /// @param program without problems of [LoopChecker#structure]
    public static Ranges of(Program program) {
        return new Ranges(RangeWalk.walk(program));
    }

    /// Operations whose results may not fit their element, in the order of the program.
    public List<Problem> wraps() {
        return wraps;
    }

    /// Loads, stores and copies that may lie outside of their buffer.
    public List<Problem> accesses() {
        return accesses;
    }

    /// Stores of numbers that a buffer's declared values do not hold.
    public List<Problem> stores() {
        return stores;
    }

    /// All of [#accesses] and [#stores].
    public List<Problem> outside() {
        return Stream.of(accesses, stores).flatMap(List::stream).toList();
    }

    /// All that could not be proved.
    public List<Problem> problems() {
        return Stream.of(accesses, stores, wraps).flatMap(List::stream).toList();
    }

    /// All numbers that an integer variable may be, over its whole life; any of its element if it is never set.
    public Interval of(Var var) {
        Interval seen = variables.get(var);
        return seen == null ? Interval.of(var.type().element()) : seen;
    }
}
