package tern.scheduler.operation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import tern.ir.loop.LoopParser;
import tern.ir.loop.Program;
import tern.ir.text.Source;

/// A text of Loop IR as it grows. Names that begin with a dollar stand for what they were given; the longest name that fits is meant.
final class ProgramText {

    private record Value(String name, String text) {}

    private final String name;
    private final StringBuilder text = new StringBuilder();
    private final List<Value> values = new ArrayList<>();

    ProgramText(String name) {
        this.name = name;
        text.append("program ").append(name).append(" source \"").append(name).append("\"\n");
    }

    /// A name for all that follows.
    ProgramText let(String name, Object value) {
        values.add(new Value(name, String.valueOf(value)));
        return this;
    }

    /// @param pairs names of these lines alone, each before its value
    ProgramText add(String lines, Object... pairs) {
        text.append(fill(lines, pairs));
        return this;
    }

    private String fill(String lines, Object... pairs) {
        var all = new ArrayList<Value>();
        for (int i = 0; i < pairs.length; i += 2) all.add(new Value((String) pairs[i], String.valueOf(pairs[i + 1])));
        all.addAll(values);
        all.sort(Comparator.comparingInt((Value value) -> -value.name.length()));
        // Values may hold names of their own.
        String before = "", filled = lines;
        while (!filled.equals(before)) {
            before = filled;
            for (Value value : all) filled = filled.replace("$" + value.name, value.text);
        }
        return filled;
    }

    /// The key of a float: an i32 in the same order, from which the same formula makes the float's bits.
    ProgramText key(String to, String from, int lanes) {
        String l = lanes == 1 ? "" : "x" + lanes;
        return add("let $tobits: i32$l = $from bits i32$l\nlet $to: i32$l = $tobits ^ (($tobits >> 31) & 2147483647:i32$l)\n",
                "tobits", to + "Bits", "to", to, "from", from, "l", l);
    }

    Program parse() {
        return LoopParser.parse(new Source(name, text.toString()));
    }

    static String real(float value) {
        return Float.isInfinite(value) ? value > 0 ? "inf" : "-inf" : Float.toString(value);
    }
}
