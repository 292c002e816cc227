package tern.ir.loop;

import java.util.List;
import java.util.Map;
import tern.ir.Element;
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

    /// Bytes behind a parameter that may be read, see [tern.ir.device.Device#allocate(long)].
    static final int SLACK_BYTES = 64;

    private final List<Wrap> wraps;
    private final List<Problem> accesses, stores;
    private final Map<Var, Interval> variables;

    /// An operation whose result may not fit its element.
    ///
    /// @param statement  that it stands in, as printed
    /// @param expression the operation, as printed
    /// @param values     what it may be
    public record Wrap(String statement, String expression, Interval values, Element element) {
        @Override
        public String toString() {
            return "%s: %s may be %s, which %s does not hold".formatted(statement, expression, values, element);
        }
    }

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

    /// Operations that may wrap, in the order of the program.
    public List<Wrap> wraps() {
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

    /// All numbers that an integer variable may be, over its whole life; any of its element if it is never set.
    public Interval of(Var var) {
        Interval seen = variables.get(var);
        return seen == null ? Interval.of(var.type().element()) : seen;
    }
}
