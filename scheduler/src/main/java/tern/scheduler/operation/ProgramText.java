package tern.scheduler.operation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import tern.ir.Element;
import tern.ir.loop.Arithmetic;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.LoopParser;
import tern.ir.loop.LoopPrinter;
import tern.ir.loop.Program;
import tern.ir.loop.Type;
import tern.ir.loop.Var;
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
            filled = once(filled, all);
        }
        return filled;
    }

    /// @param longest first
    private static String once(String lines, List<Value> longest) {
        var out = new StringBuilder();
        for (int at = 0; at < lines.length(); ) {
            Value named = null;
            if (lines.charAt(at) == '$') for (Value value : longest) if (named == null && lines.startsWith(value.name, at + 1)) named = value;
            out.append(named == null ? lines.substring(at, at + 1) : named.text);
            at += named == null ? 1 : 1 + named.name.length();
        }
        return out.toString();
    }

    /// The key of a float: an i32 in the same order, from which the same formula makes the float's bits.
    ProgramText key(String to, String from, int lanes) {
        String l = lanes == 1 ? "" : "x" + lanes;
        return add("let $tobits: i32$l = $from bits i32$l\nlet $to: i32$l = $tobits ^ (($tobits >> 31) & 2147483647:i32$l)\n",
                "tobits", to + "Bits", "to", to, "from", from, "l", l);
    }

    /// `exp` of an f32 value of some lanes, as [Arithmetic#exp] spells it.
    ProgramText exp(String to, String from, int lanes) {
        var type = new Type(Element.F32, lanes);
        Expr value = Arithmetic.exp(Expr.ref(Var.value(from, type)), (stem, part) -> named(to + stem, part));
        named(to, value);
        return this;
    }

    private Expr named(String to, Expr value) {
        var var = Var.value(to, value.type());
        text.append(LoopPrinter.print(new Loop.Let(var, value)).strip()).append("\n");
        return Expr.ref(var);
    }

    Program parse() {
        return LoopParser.parse(new Source(name, text.toString()));
    }

    static String real(float value) {
        return Float.isInfinite(value) ? value > 0 ? "inf" : "-inf" : Float.toString(value);
    }
}
