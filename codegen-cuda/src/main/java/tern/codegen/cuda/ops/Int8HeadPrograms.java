package tern.codegen.cuda.ops;

import tern.ir.Element;
import tern.ir.Int8Head;
import tern.ir.Op;
import tern.ir.loop.Program;

/// [Op.TopLogits] by way of the [Int8Head]: most rows of the table are never read.
///
///     split      x as step * (256 * high + low), bytes both; its norm; what that leaves out
///     near       for each row the least and the most that its logit can be
///     (largest)  floor = the count-th largest of the least
///     exact      the logits of rows that can reach the floor; those of all others become -infinity
///     (largest)  of these
///
/// With x' = step * (256 * high + low), a row's `near` is that of [Int8Head] for x', whose sums of bytes are exact, and which is rounded but a
/// few times on its way to f32. A row of bytes of at most 127 times what x' leaves out is at most `127 * sum|x - x'|`, so that its
/// logit is within `bound * |x| + 127 * scale * sum|x - x'| + SMALLEST` of `near`.
public final class Int8HeadPrograms {

    private static final int WARPS = 8;

    /// Bytes of a row that a warp takes at once, 16 a lane.
    private static final int STEP = 512;

    /// Rows whose loads are under way together.
    private static final int TOGETHER = 4;

    /// Steps of x whose bytes a lane keeps in registers.
    private static final int KEPT = 6;

    /// A 16-bit number whose upper byte, rounded, is 127.
    private static final float LARGEST = 127 * 256;

    /// A sum of up to 2^20 floats is off by less than a thousandth part.
    private static final String ROUNDED_UP = "1.001";

    /// Less than any x that matters, more than what is lost where a square of f32 becomes 0.
    private static final String LEAST = "1.0E-15";

    /// Shared memory for rows of the table.
    private static final int ROWS_BYTES = 40 << 10;

    private Int8HeadPrograms() {}

    /// Whether the screen's bytes can be counted in an i32, and a row of the table fits shared memory.
    public static boolean applies(Op.TopLogits op) {
        return new Int8Head(op.vocabulary(), op.width()).bytes() < Integer.MAX_VALUE && op.width() * 4 <= ROWS_BYTES && op.width() % 16 == 0
                && (long) op.vocabulary() * op.width() < Integer.MAX_VALUE;
    }

    private static int steps(Op.TopLogits op) {
        return Math.ceilDiv(new Int8Head(op.vocabulary(), op.width()).stride(), STEP);
    }

    /// Bytes of each half of x.
    public static int bytes(Op.TopLogits op) {
        return steps(op) * STEP;
    }

    /// Parameters: x f32 `[width]`, its upper and lower bytes i8 `[bytes]` (out), and step, norm and 127 times what is left out, f32 `[4]` (out).
    public static Program split(Op.TopLogits op, String name) {
        return new LoopText(name).add("""
                in x: f32[$W]
                out high: i8[$P]
                out low: i8[$P]
                out facts: f32[4]
                core largest: f32[8]
                core squares: f32[8]
                core missed: f32[8]
                {
                for block in 0..1 on blocks {
                for warp in 0..8 on warps {
                var big: f32x32 = $LEAST:f32x32
                var square: f32x32 = 0.0:f32x32
                for at in warp * 32..$W step 256 {
                let v: f32x32 = x[at +: 32 below $W]
                big := max(big, abs(v))
                square := fma(v, v, square)
                }
                largest[warp] = reduce_max(big)
                squares[warp] = reduce_add(square)
                }
                barrier threads
                for splitter in 0..8 on warps {
                let top: f32 = reduce_max(largest[0 +: 8])
                let unit: f32 = top / $LARGEST
                let inverse: f32 = $LARGEST / top
                let minus: f32 = -unit
                var rest: f32x32 = 0.0:f32x32
                for from in splitter * 32..$P step 256 {
                let a: f32x32 = x[from +: 32 below $W]
                let whole: f32x32 = min(max(round(a * (inverse splat f32x32)), -$LARGEST:f32x32), $LARGEST:f32x32)
                let number: i32x32 = whole as i32x32
                let upper: i32x32 = (number + 128:i32x32) >> 8
                high[from +: 32] = upper as i8x32
                low[from +: 32] = (number - (upper << 8)) as i8x32
                rest := rest + abs(fma(whole, minus splat f32x32, a))
                }
                missed[splitter] = reduce_add(rest)
                }
                barrier threads
                for last in 0..8 on warps {
                if last == 0 {
                facts[0] = reduce_max(largest[0 +: 8]) / $LARGEST
                facts[1] = min(sqrt(reduce_add(squares[0 +: 8])) * $UP + $LEAST, 3.0E38)
                facts[2] = min((reduce_add(missed[0 +: 8]) * $UP + 1.0E-30) * 127.5, 3.0E38)
                facts[3] = 0.0
                }
                }
                }
                }
                """, "W", op.width(), "P", bytes(op), "LARGEST", LoopText.real(LARGEST), "LEAST", LEAST, "UP", ROUNDED_UP).parse();
    }

    /// Blocks of [#near]: 32 rows a warp.
    private static int blocks(Op.TopLogits op) {
        return Math.ceilDiv(op.vocabulary(), 32 * WARPS);
    }

    /// Parameters: the bytes of x i8 `[bytes]` each, what [#split] found f32 `[4]`, the screen as words, the screen as floats, the least and
    /// the most that each logit can be, f32 `[vocabulary]` both (out).
    public static Program near(Op.TopLogits op, String name) {
        var screen = new Int8Head(op.vocabulary(), op.width());
        int steps = steps(op);
        LoopText text = new LoopText(name).add("""
                in high: i8[$P]
                in low: i8[$P]
                in facts: f32[4]
                in screen: u32[$WORDS]
                in numbers: f32[$WORDS]
                out least: f32[$V]
                out most: f32[$V]
                {
                for block in 0..$BLOCKS on blocks {
                for warp in 0..$WARPS on warps {
                let first: i32 = (block * $WARPS + warp) * 32
                if first < $V {
                var uppers: i32x32 = 0:i32x32
                var lowers: i32x32 = 0:i32x32
                """, "P", bytes(op), "WORDS", screen.bytes() / 4, "V", op.vocabulary(), "BLOCKS", blocks(op), "WARPS", WARPS);
        if (steps <= KEPT) for (int s = 0; s < steps; s++) halves(text, s, "" + s * STEP);
        text.add("for r in 0..32 step $T {\n", "T", TOGETHER);
        for (int t = 0; t < TOGETHER; t++)
            text.add("""
                    let row$t: i32x32 = (min(first + r + $t, $V - 1) * $STRIDE) splat i32x32
                    var upper$t: i32x128 = 0:i32x128
                    var lower$t: i32x128 = 0:i32x128
                    """, "t", t, "V", op.vocabulary(), "STRIDE", screen.stride() / 4);
        if (steps <= KEPT) {
            for (int s = 0; s < steps; s++) for (int t = 0; t < TOGETHER; t++) words(text, screen, t, s, s * STEP / 4 + ":i32x32");
            for (int s = 0; s < steps; s++) for (int t = 0; t < TOGETHER; t++) dots(text, t, s);
        } else {
            text.add("for s in 0..$S {\n", "S", steps);
            for (int t = 0; t < TOGETHER; t++) words(text, screen, t, 0, "((s * " + STEP / 4 + ") splat i32x32)");
            halves(text, 0, "s * " + STEP);
            for (int t = 0; t < TOGETHER; t++) dots(text, t, 0);
            text.add("}\n");
        }
        for (int t = 0; t < TOGETHER; t++)
            text.add("""
                    let own$t: boolx32 = lane(i32x32) == ((r + $t) splat i32x32)
                    uppers := select(own$t, reduce_add(upper$t) splat i32x32, uppers)
                    lowers := select(own$t, reduce_add(lower$t) splat i32x32, lowers)
                    """, "t", t);
        return text.add("""
                }
                let scale: f32x32 = numbers[$SCALES + first +: 32 below $SCALES + $V]
                let bound: f32x32 = numbers[$BOUNDS + first +: 32 below $BOUNDS + $V]
                let sum: f32x32 = fma(uppers as f32x32, 256.0:f32x32, lowers as f32x32)
                let near: f32x32 = sum * ((facts[0] splat f32x32) * scale)
                let reach: f32x32 = fma(bound, facts[1] splat f32x32, fma(scale, facts[2] splat f32x32, $SMALLEST:f32x32))
                least[first +: 32 below $V] = near - reach
                most[first +: 32 below $V] = near + reach
                }
                }
                }
                }
                """, "SCALES", screen.scales() / 4, "BOUNDS", screen.bounds() / 4, "V", op.vocabulary(), "SMALLEST",
                LoopText.real(2 * Int8Head.SMALLEST)).parse();
    }

    private static void halves(LoopText text, int s, String at) {
        text.add("let high$s: i8x512 = high[$at +: 512]\nlet low$s: i8x512 = low[$at +: 512]\n", "s", s, "at", at);
    }

    /// 16 bytes a lane; lanes beyond the row read its end again, and x is 0 there.
    private static void words(LoopText text, Int8Head screen, int t, int s, String at) {
        text.add("let words$t_$s: u32x128 = gather(screen, row$t + min(lane(i32x32) * 4:i32x32 + $at, $END:i32x32), 4)\n".replace("$t_$s", t + "_" + s),
                "t", t, "at", at, "END", screen.stride() / 4 - 4);
    }

    private static void dots(LoopText text, int t, int s) {
        text.add("upper$t := dot(upper$t, $words bits i8x512, high$s)\nlower$t := dot(lower$t, $words bits i8x512, low$s)\n",
                "words", "words" + t + "_" + s, "t", t, "s", s);
    }

    /// Parameters: x f32 `[width]`, the table, the most that each logit can be f32 `[vocabulary]`, the largest of the least f32 `[count]`, logits
    /// f32 `[vocabulary]` (out).
    public static Program exact(Op.TopLogits op, String name) {
        int bytes = op.width() * op.element().bytes(), warps = Math.min(WARPS, Integer.highestOneBit(ROWS_BYTES / bytes));
        LoopText text = new LoopText(name).add("""
                in x: f32[$W]
                in table: $E[$VW]
                in most: f32[$V]
                in floors: f32[$COUNT]
                out logits: f32[$V]
                core kept: $E[$KEPT]
                {
                for block in 0..$BLOCKS on blocks {
                for warp in 0..$WARPS on warps {
                let first: i32 = (block * $WARPS + warp) * 32
                if first < $V {
                let floor: f32 = floors[$LAST]
                let own: i32 = warp * $W
                let high: f32x32 = most[first +: 32 below $V]
                let number: i32x32 = lane(i32x32) + (first splat i32x32)
                let reaches: boolx32 = (high >= (floor splat f32x32)) & (number < $V:i32x32)
                var found: f32x32 = -inf:f32x32
                let next: i32 = reduce_min(select(reaches, number, $V:i32x32))
                if next < $V {
                for r in 0..32 {
                let v: i32 = first + r
                let isCandidate: i32 = reduce_max(select(reaches & (number == (v splat i32x32)), 1:i32x32, 0:i32x32))
                if isCandidate == 1 {
                for at in 0..$W step 32 {
                kept[own + at +: 32 below own + $W] = table[v * $W + at +: 32 below v * $W + $W]
                }
                var sums: f32x16 = 0.0:f32x16
                """, "WARPS", warps, "W", op.width(), "E", op.element(), "VW", (long) op.vocabulary() * op.width(), "V", op.vocabulary(), "COUNT", op.count(),
                "LAST", op.count() - 1, "KEPT", warps * op.width(), "BLOCKS", Math.ceilDiv(op.vocabulary(), 32 * warps));
        return text.byEights("k", op.width(), 16, LoopText.fill("""
                        let t$s: f32x16 = kept[own + $i +: 16]$wide
                        sums := fma(t$s, x[$i +: 16], sums)
                        """, "wide", op.element() == Element.F32 ? "" : " as f32x16"))
                .add("""
                        found := select(number == (v splat i32x32), reduce_add(sums) splat f32x32, found)
                        }
                        }
                        }
                        logits[first +: 32 below $V] = found
                        }
                        }
                        }
                        }
                        """, "V", op.vocabulary()).parse();
    }
}
