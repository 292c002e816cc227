package tern.codegen.cuda.ops;

import tern.ir.Element;
import tern.ir.Exponential;
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

    Program parse() {
        return LoopParser.parse(new Source(name, text.toString()));
    }

    static String real(float value) {
        return Float.isInfinite(value) ? value > 0 ? "inf" : "-inf" : Float.toString(value);
    }

    /// A float in 32 lanes.
    static String all(float value) {
        return real(value) + ":f32x32";
    }

    /// `exp` of a variable, as [tern.ir.loop.Arithmetic#exp] spells it, as `to`.
    LoopText exp(String to, String x) {
        String p = all(Exponential.C5);
        for (float c : new float[] {Exponential.C4, Exponential.C3, Exponential.C2, Exponential.C1, Exponential.C0})
            p = "fma(" + p + ", rest, " + all(c) + ")";
        return add("""
                let bounded: f32x32 = min(max($x, $low), $high)
                let shifted: f32x32 = fma(bounded, $log2e, $round)
                let whole: f32x32 = shifted - $round
                let rest: f32x32 = fma(whole, $ln2low, fma(whole, $ln2high, bounded))
                let mantissa: f32x32 = fma($p, rest * rest, rest) + 1.0:f32x32
                let power: i32x32 = ((shifted bits i32x32) & 511:i32x32) + 127:i32x32
                let $to: f32x32 = mantissa * ((power << 23) bits f32x32)
                """, "x", x, "low", all(Exponential.LOWEST), "high", all(Exponential.HIGHEST), "log2e", all(Exponential.LOG2_E),
                "round", all(Exponential.ROUND), "ln2low", all(-Exponential.LN2_LOW), "ln2high", all(-Exponential.LN2_HIGH), "p", p,
                "to", to);
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
    /// @param body with `$i` for the index, and `$s` behind the names that it declares
    LoopText byEights(String index, Object to, int step, String body) {
        return add("""
                let $indexWhole: i32 = $to / $eight * $eight
                for $indexBlock in 0..$indexWhole step $eight {
                for $indexPart in 0..8 on unrolled {
                let $indexIn: i32 = $indexBlock + $indexPart * $step
                """, "index", index, "to", to, "eight", 8 * step, "step", step)
                .add(body, "i", index + "In", "s", "In")
                .add("}\n}\nfor $indexLast in $indexWhole..$to step $step {\n", "index", index, "to", to, "step", step)
                .add(body, "i", index + "Last", "s", "Last")
                .add("}\n");
    }
}
