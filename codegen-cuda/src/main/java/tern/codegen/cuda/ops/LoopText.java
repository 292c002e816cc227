package tern.codegen.cuda.ops;

import java.util.ArrayList;
import tern.ir.Element;
import tern.ir.Exponential;
import tern.ir.loop.Buf;
import tern.ir.loop.Expr;
import tern.ir.loop.Loop;
import tern.ir.loop.Loop.GridAction;
import tern.ir.loop.LoopParser;
import tern.ir.loop.Program;
import tern.ir.text.Source;

/// A text of Loop IR as it grows. Names that begin with a dollar stand for numbers and names that are filled in.
final class LoopText {

    private final String name;
    private final StringBuilder text = new StringBuilder();

    LoopText(String name) {
        this.name = name;
        text.append("program ").append(name).append(" source \"").append(name).append("\"\n");
    }

    /// @param pairs what stands for what: a name without its dollar, its value, and so on
    LoopText add(String lines, Object... pairs) {
        text.append(fill(lines, pairs));
        return this;
    }

    static String fill(String lines, Object... pairs) {
        String filled = lines;
        for (int i = 0; i < pairs.length; i += 2) filled = filled.replace("$" + pairs[i], String.valueOf(pairs[i + 1]));
        return filled;
    }

    /// Lets launches after it begin, and waits for those before it; then what the text says.
    ///
    /// @param prefetched parameters of constant size that no launch writes: they are on their way before it waits
    Program parse(String... prefetched) {
        Program program = LoopParser.parse(new Source(name, text.toString()));
        var steps = new ArrayList<Loop>();
        steps.add(new Loop.GridDependency(GridAction.LAUNCH_DEPENDENTS));
        for (String wanted : prefetched)
            for (Buf buffer : program.parameters())
                if (buffer.name().equals(wanted) && buffer.extent() instanceof Expr.Int(_, long elements))
                    steps.add(new Loop.Prefetch(buffer, Expr.i32(0), (int) elements));
        steps.add(new Loop.GridDependency(GridAction.WAIT));
        steps.add(program.body());
        Loop body = Loop.block(steps);
        return new Program(program.name(), program.source(), program.scalars(), program.buffers(), body);
    }

    static String real(float value) {
        return Float.isInfinite(value) ? value > 0 ? "inf" : "-inf" : Float.toString(value);
    }

    /// A float in 32 lanes.
    static String all(float value) {
        return real(value) + ":f32x32";
    }

    /// `exp` of 32 lanes, as [tern.ir.loop.Arithmetic#exp] spells it, as `to`.
    LoopText exp(String to, String x) {
        return exp(to, x, 32);
    }

    LoopText exp(String to, String x, int lanes) {
        String of = lanes == 1 ? "" : "x" + lanes, p = real(Exponential.C5) + ":f32" + of;
        for (float c : new float[] {Exponential.C4, Exponential.C3, Exponential.C2, Exponential.C1, Exponential.C0})
            p = "fma(" + p + ", rest$to, " + real(c) + ":f32$x)";
        return add("""
                let bounded$to: f32$x = min(max($from, $low:f32$x), $high:f32$x)
                let shifted$to: f32$x = fma(bounded$to, $log2e:f32$x, $round:f32$x)
                let whole$to: f32$x = shifted$to - $round:f32$x
                let rest$to: f32$x = fma(whole$to, $ln2low:f32$x, fma(whole$to, $ln2high:f32$x, bounded$to))
                let mantissa$to: f32$x = fma($p, rest$to * rest$to, rest$to) + 1.0:f32$x
                let power$to: i32$x = ((shifted$to bits i32$x) & 511:i32$x) + 127:i32$x
                let $to: f32$x = mantissa$to * ((power$to << 23) bits f32$x)
                """, "from", x, "p", p, "x", of, "low", real(Exponential.LOWEST), "high", real(Exponential.HIGHEST), "log2e",
                real(Exponential.LOG2_E), "round", real(Exponential.ROUND), "ln2low", real(-Exponential.LN2_LOW), "ln2high",
                real(-Exponential.LN2_HIGH), "to", to);
    }

    /// Loads of 16 neighbouring elements in each lane, widened to f32: the variables `stem0` to `stem15`.
    ///
    /// @param at i32x32, a multiple of 16
    LoopText sixteen(String stem, String buffer, Element element, String at) {
        int run = 16 / element.bytes();
        for (int from = 0; from < 16; from += run) {
            add("let $stemFrom$from: $type = gather($buffer, $at + $from:i32x32, $run)\n", "stem", stem, "from", from,
                    "type", element + "x" + 32 * run, "buffer", buffer, "at", at, "run", run);
            for (int i = 0; i < run; i++)
                add("let $to: f32x32 = shuffle($stemFrom$from, [$first..$last step $run])$wide\n", "to", stem + (from + i), "stem", stem,
                        "from", from, "first", i, "last", 31 * run + i, "run", run,
                        "wide", element == Element.F32 ? "" : " as f32x32");
        }
        return this;
    }

    /// Declares 16 accumulators of each lane.
    LoopText accumulators() {
        for (int l = 0; l < 16; l++) add("var acc$l: f32x32 = 0.0:f32x32\n", "l", l);
        return this;
    }

    /// The upper half of the accumulators onto the lower half, until `acc0` is left.
    LoopText fold() {
        for (int half = 8; half > 0; half /= 2)
            for (int l = 0; l < half; l++) add("acc$a := acc$a + acc$b\n", "a", l, "b", l + half);
        return this;
    }

    /// A loop from 0 on, eight iterations written out at a time as long as there are eight.
    ///
    /// @param to   a variable or a number
    /// @param body with `$i` for the index, and `$s` after the names that it declares
    LoopText byEights(String index, Object to, int step, String body) {
        return byTurns(8, index, to, step, body);
    }

    /// The same with `count` iterations at a time.
    LoopText byTurns(int count, String index, Object to, int step, String body) {
        return add("""
                let $indexWhole: i32 = $to / $all * $all
                for $indexBlock in 0..$indexWhole step $all {
                for $indexPart in 0..$count on unrolled {
                let $indexIn: i32 = $indexBlock + $indexPart * $step
                """, "index", index, "to", to, "all", count * step, "count", count, "step", step)
                .add(body, "i", index + "In", "s", "In")
                .add("}\n}\nfor $indexLast in $indexWhole..$to step $step {\n", "index", index, "to", to, "step", step)
                .add(body, "i", index + "Last", "s", "Last")
                .add("}\n");
    }
}
