package tern.codegen.cuda.ops;

import java.util.List;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.device.OpSignature;
import tern.ir.loop.Program;

/// [Op.Attention] for a card with many multiprocessors: few tokens over a context cut into parts, or many tokens by tiles.
///
/// While the context is one part, few tokens have the bits of the reference. Else results differ, though they repeat bit for bit: the
/// order of each sum depends on n and the position alone. With u = 2^-24, p positions, D the largest distance of a score from the maximum
/// (weights below exp(-87) are taken for that), and S the largest `sum(|k| |q|) / sqrt(headDim)` of a position:
///
/// - a score of [#tiles] is summed in another order, and off by `2 headDim u S`; those of [#parts] have the reference's bits
/// - a weight `exp(s - max)` becomes a product of two or more exponentials, each within 2 units of the last place (4 u) of the
///   exponential of an argument that was rounded (D u); [#tiles] shrinks what it has with each higher maximum, at most p / 32 times
/// - numerator and denominator are sums of p products in another order, each off by p u of the sum of absolute values
///
/// so a result differs from the reference's by at most `2 (2 headDim S + (2 + p / 32) (D + 8) + 2 p) u sum(w |v|) / sum(w)`.
///
/// Parameters of all: those of the operation; a cache of bytes is followed by itself as floats, for its scales.
public final class AttentionPrograms {

    /// Positions of a part of the context.
    static final int PART = 64;

    /// Tokens that [#parts] takes at most.
    public static final int FEW = 8;

    private static final int WARPS = 4;

    /// Rows of queries, over tokens and heads that share keys, of a warp.
    private static final int ROWS = 8;

    private AttentionPrograms() {}

    /// Whether heads can be taken by tiles: a lane has some neighbouring columns of each row.
    public static boolean hasTiles(Op.Attention op) {
        return op.headDim() >= 32 && op.headDim() <= 256 && Integer.bitCount(op.headDim()) == 1;
    }

    static int parts(Op.Attention op) {
        return Math.ceilDiv(op.context(), PART);
    }

    /// Floats of what [#parts] hands to [#merge]: maxima, sums, and vectors.
    public static List<Long> scratch(Op.Attention op) {
        long rows = (long) FEW * op.heads() * parts(op);
        return List.of(rows, rows, rows * op.headDim());
    }

    private static int group(Op.Attention op) {
        return op.heads() / op.kvHeads();
    }

    /// Numbers and names that all the texts share.
    private static String fill(Op.Attention op, String text) {
        CacheLayout layout = op.layout();
        boolean scaled = layout.isScaled();
        String scales = scaled
                ? "in keyScales: f32[$BYTES]\nin valueScales: f32[$BYTES]\n".replace("$BYTES", Long.toString(layout.bytes() / 4))
                : "";
        return LoopText.fill(text,
                "SCALES", scales, "ROW", (op.heads() + 2 * op.kvHeads()) * op.headDim(), "CACHE",
                (long) op.kvHeads() * op.context() * op.headDim(), "E", op.cache(), "HEADS", op.heads(), "KVHEADS", op.kvHeads(),
                "GROUP", group(op), "MOST", parts(op), "STRIDE", op.context() * op.headDim(), "CONTEXT", op.context(), "D", op.headDim(),
                "FIRSTSCALE", scaled ? layout.scale(0, 0) / 4 : 0, "WARPS", WARPS, "PART", PART,
                "FACTOR", LoopText.real((float) (1 / Math.sqrt(op.headDim()))));
    }

    /// Keys of 32 positions, 16 elements at a time: a loop over `j`, in which `k0` to `k15` are the elements.
    private static LoopText keys(LoopText text, Op.Attention op, String positions) {
        text.add(fill(op, """
                let keyRow: i32x32 = ((kv * $STRIDE) splat i32x32) + $POSITIONS * $D:i32x32
                """.replace("$POSITIONS", positions)));
        if (op.layout().isScaled())
            text.add(fill(op, "let keyScale: f32x32 = gather(keyScales, ((kv * $CONTEXT + $FIRSTSCALE) splat i32x32) + $POSITIONS, 1)\n"
                    .replace("$POSITIONS", positions)));
        text.add(fill(op, "for j in 0..$D step 16 {\nlet piece: i32x32 = keyRow + (j splat i32x32)\n"));
        text.sixteen(op.layout().isScaled() ? "raw" : "k", "keys", op.cache(), "piece");
        if (op.layout().isScaled())
            for (int l = 0; l < 16; l++) text.add("let k$l: f32x32 = raw$l * keyScale\n", "l", l);
        return text;
    }

    /// A block takes one part of the context for all heads that share its keys: scores, their maximum, the weights, their sum, and the
    /// weighted sum of the values.
    public static Program parts(Op.Attention op, String name) {
        int places = PART / 32, split = group(op) % (WARPS / places) == 0 ? WARPS / places : 1, own = group(op) / split;
        LoopText text = new LoopText(name).add(fill(op, """
                n in 1..$FEW
                position in 0..1048576
                in qkv: f32[n * $ROW]
                in keys: $E[$CACHE]
                in stored: $E[$CACHE]
                $SCALESout tops: f32[$FEW * $HEADS * $MOST]
                out sums: f32[$FEW * $HEADS * $MOST]
                out vectors: f32[$FEW * $HEADS * $MOST * $D]
                core e: f32[$SCORES]
                core largest: f32[$PEAKS]
                {
                for token in 0..n on blocks {
                for kv in 0..$KVHEADS on blocks {
                for part in 0..(position + n + $LAST) / $PART on blocks {
                let seen: i32 = position + token + 1
                let first: i32 = part * $PART
                if first < seen {
                let end: i32 = min(first + $PART, seen)
                for warp in 0..$SCORERS on warps {
                let place: i32 = warp % $PLACES
                let head: i32 = warp / $PLACES * $OWN
                let p: i32 = first + place * 32
                if p >= end {
                """.replace("$FEW", "" + FEW).replace("$PLACES", "" + places).replace("$LAST", "" + (PART - 1))
                .replace("$SCORES", "" + group(op) * PART).replace("$PEAKS", "" + group(op) * places)
                .replace("$SCORERS", "" + places * split).replace("$OWN", "" + own)));
        for (int h = 0; h < own; h++) text.add("largest[(head + $h) * $P + place] = -inf\n", "h", h, "P", places);
        text.add("}\nif p < end {\nlet number: i32x32 = lane(i32x32) + (p splat i32x32)\n")
                .add("let bounded: i32x32 = min(number, (end - 1) splat i32x32)\n")
                .add(fill(op, "let query: i32 = token * $ROW + (kv * $GROUP + head) * $D\n"));
        for (int h = 0; h < own; h++)
            for (int l = 0; l < 16; l++) text.add("var acc$h_$l: f32x32 = 0.0:f32x32\n", "h", h, "l", l);
        keys(text, op, "bounded");
        for (int h = 0; h < own; h++)
            for (int l = 0; l < 16; l++)
                text.add(fill(op, "acc$h_$l := fma(k$l, qkv[query + $h * $D + j + $l] splat f32x32, acc$h_$l)\n"
                        .replace("$h", "" + h).replace("$l", "" + l)));
        text.add("}\n");
        for (int h = 0; h < own; h++) {
            for (int half = 8; half > 0; half /= 2)
                for (int l = 0; l < half; l++) text.add("acc$h_$a := acc$h_$a + acc$h_$b\n", "h", h, "a", l, "b", l + half);
            text.add(fill(op, """
                    let score$h: f32x32 = acc$h_0 * $FACTOR:f32x32
                    e[(head + $h) * $PART + place * 32 +: 32] = score$h
                    largest[(head + $h) * $PLACES + place] = reduce_max(select(number < (end splat i32x32), score$h, -inf:f32x32))
                    """.replace("$h", "" + h).replace("$PLACES", "" + places)));
        }
        text.add(fill(op, """
                }
                }
                barrier threads
                for raiser in 0..$WARPS on warps {
                for task in raiser..$TASKS step $WARPS {
                let at: i32 = task / $PLACES * $PART + task % $PLACES * 32
                if first + task % $PLACES * 32 < end {
                let top: f32 = reduce_max(largest[task / $PLACES * $PLACES +: $PLACES])
                let lower: f32x32 = e[at +: 32] - (top splat f32x32)
                """.replace("$TASKS", "" + group(op) * places).replace("$PLACES", "" + places)));
        text.exp("raised", "lower").add(fill(op, """
                e[at +: 32] = raised
                }
                }
                }
                barrier threads
                for adder in 0..$WARPS on warps {
                let count: i32 = end - first
                let row: i32 = (token * $HEADS + kv * $GROUP) * $MOST + part
                if adder == 0 {
                """));
        for (int h = 0; h < group(op); h++)
            text.add(fill(op, """
                    var lanes$h: f32x16 = 0.0:f32x16
                    for q$h in 0..count step 16 {
                    lanes$h := lanes$h + e[$h * $PART + q$h +: 16 below $h * $PART + count]
                    }
                    sums[row + $h * $MOST] = reduce_add(lanes$h)
                    tops[row + $h * $MOST] = reduce_max(largest[$h * $PLACES +: $PLACES])
                    """.replace("$h", "" + h).replace("$PLACES", "" + places)));
        text.add(fill(op, "}\nfor v in adder * 32..$D step $ACROSS {\n".replace("$ACROSS", "" + 32 * WARPS)));
        for (int h = 0; h < group(op); h++) text.add("var weighted$h: f32x32 = 0.0:f32x32\n", "h", h);
        text.add(fill(op, "let column: i32 = kv * $STRIDE + first * $D + v\nlet columns: i32 = kv * $STRIDE + first * $D + $D\n"));
        boolean scaled = op.layout().isScaled();
        var body = new StringBuilder(fill(op, "let value$s: f32x32 = stored[column + $i * $D +: 32 below columns + $i * $D]$WIDE$SCALE\n"
                .replace("$WIDE", op.cache() == Element.F32 ? "" : " as f32x32")
                .replace("$SCALE", scaled ? " * (valueScales[kv * $CONTEXT + $FIRSTSCALE + first + $i] splat f32x32)" : "")));
        for (int h = 0; h < group(op); h++)
            body.append(fill(op, "weighted$h := fma(e[$h * $PART + $i] splat f32x32, value$s, weighted$h)\n".replace("$h", "" + h)));
        text.byEights("t", "count", 1, body.toString());
        for (int h = 0; h < group(op); h++)
            text.add(fill(op, "vectors[(row + $h * $MOST) * $D + v +: 32 below (row + $h * $MOST) * $D + $D] = weighted$h\n"
                    .replace("$h", "" + h)));
        return text.add("}\n}\n}\n}\n}\n}\n}\n").parse();
    }

    /// Adds up the parts of each head in their order. Parameters: maxima, sums, vectors, y f32 `[n, heads * headDim]` (out).
    public static Program merge(Op.Attention op, String name) {
        LoopText text = new LoopText(name).add(fill(op, """
                n in 1..$FEW
                position in 0..1048576
                in tops: f32[$FEW * $HEADS * $MOST]
                in sums: f32[$FEW * $HEADS * $MOST]
                in vectors: f32[$FEW * $HEADS * $MOST * $D]
                out y: f32[n * $HEADS * $D]
                core factors: f32[$WHOLE]
                {
                for token in 0..n on blocks {
                for head in 0..$HEADS on blocks {
                let parts: i32 = (position + token + $PART) / $PART
                let row: i32 = (token * $HEADS + head) * $MOST
                for starter in 0..$WARPS on warps {
                if starter == 0 {
                var big: f32x32 = -inf:f32x32
                for s in 0..parts step 32 {
                let own: boolx32 = lane(i32x32) + (s splat i32x32) < (parts splat i32x32)
                big := max(big, select(own, tops[row + s +: 32 below row + parts], -inf:f32x32))
                }
                let top: f32 = reduce_max(big)
                for f in 0..parts step 32 {
                let lower: f32x32 = tops[row + f +: 32 below row + parts] - (top splat f32x32)
                """.replace("$FEW", "" + FEW).replace("$WHOLE", "" + Math.ceilDiv(parts(op), 32) * 32)));
        text.exp("raised", "lower");
        return text.add(fill(op, """
                factors[f +: 32] = raised
                }
                }
                }
                barrier threads
                for warp in 0..$WARPS on warps {
                for v in warp * 32..$D step $ACROSS {
                var sum: f32 = 0.0
                var weighted: f32x32 = 0.0:f32x32
                """.replace("$ACROSS", "" + 32 * WARPS)))
                .byEights("t", "parts", 1, fill(op, """
                        let vector$s: f32x32 = vectors[(row + $i) * $D + v +: 32 below (row + $i) * $D + $D]
                        sum := fma(factors[$i], sums[row + $i], sum)
                        weighted := fma(factors[$i] splat f32x32, vector$s, weighted)
                        """))
                .add(fill(op, """
                        let to: i32 = (token * $HEADS + head) * $D
                        y[to + v +: 32 below to + $D] = weighted / (sum splat f32x32)
                        }
                        }
                        }
                        }
                        }
                        """)).parse();
    }

    /// A warp takes some tokens with all heads that share their keys, and goes through the context by 32 positions, raising its maximum as
    /// it goes: "Online normalizer calculation for softmax", Milakov and Gimelshein, 2018.
    public static Program tiles(Op.Attention op, String name) {
        int tokens = Math.max(1, ROWS / group(op)), rows = tokens * group(op);
        LoopText text = new LoopText(name).add(fill(op, """
                n in 1..1048576
                position in 0..1048576
                in qkv: f32[n * $ROW]
                in keys: $E[$CACHE]
                in stored: $E[$CACHE]
                $SCALESout y: f32[n * $HEADS * $D]
                core q: f32[$QUERIES]
                core e: f32[$WEIGHTS]
                {
                for tile in 0..(n + $ALL - 1) / $ALL on blocks {
                for kv in 0..$KVHEADS on blocks {
                for warp in 0..$WARPS on warps {
                let token: i32 = (tile * $WARPS + warp) * $TOKENS
                if token < n {
                let query: i32 = warp * $WARPQ
                let weight: i32 = warp * $WARPE
                let most: i32 = position + min(token + $TOKENS, n)
                """.replace("$QUERIES", "" + WARPS * rows * op.headDim()).replace("$WEIGHTS", "" + WARPS * rows * 32)
                .replace("$ALL", "" + WARPS * tokens).replace("$TOKENS", "" + tokens)
                .replace("$WARPQ", "" + rows * op.headDim()).replace("$WARPE", "" + rows * 32)));
        String lanes = "f32x" + op.headDim();
        for (int r = 0; r < rows; r++)
            text.add(fill(op, """
                    let token$r: i32 = min(token + $OF, n - 1)
                    let seen$r: i32 = position + token$r + 1
                    q[query + $r * $D +: $D] = qkv[token$r * $ROW + (kv * $GROUP + $WHICH) * $D +: $D]
                    var top$r: f32 = -inf
                    var sum$r: f32x32 = 0.0:f32x32
                    var weighted$r: $LANES = 0.0:$LANES
                    """.replace("$r", "" + r).replace("$OF", "" + r / group(op)).replace("$WHICH", "" + r % group(op))
                    .replace("$LANES", lanes)));
        text.add("for p in 0..most step 32 {\nlet number: i32x32 = lane(i32x32) + (p splat i32x32)\n")
                .add("let bounded: i32x32 = min(number, (most - 1) splat i32x32)\n");
        // One sum a row: the reference's 16 would not fit the registers.
        for (int r = 0; r < rows; r++) text.add("var acc$r: f32x32 = 0.0:f32x32\n", "r", r);
        keys(text, op, "bounded");
        for (int r = 0; r < rows; r++)
            for (int l = 0; l < 16; l += 4) {
                text.add(fill(op, "let four$r_$l: f32x128 = gather(q, (query + $r * $D + j + $l) splat i32x32, 4)\n"
                        .replace("$r", "" + r).replace("$l", "" + l)));
                for (int i = 0; i < 4; i++)
                    text.add("acc$r := fma(k$k, shuffle(four$r_$l, [$i..$last step 4]), acc$r)\n", "r", r, "k", l + i,
                            "last", 124 + i, "l", l, "i", i);
            }
        text.add("}\n");
        for (int r = 0; r < rows; r++) {
            text.add(fill(op, """
                    let sees$r: boolx32 = number < (seen$r splat i32x32)
                    let score$r: f32x32 = select(sees$r, acc$r * $FACTOR:f32x32, -inf:f32x32)
                    let higher$r: f32 = max(top$r, reduce_max(score$r))
                    let lower$r: f32x32 = score$r - (higher$r splat f32x32)
                    let before$r: f32 = top$r - higher$r
                    """.replace("$r", "" + r)));
            text.exp("raised" + r, "lower" + r).exp("shrunk" + r, "before" + r, 1);
            text.add("""
                    let taken$r: f32x32 = select(sees$r, raised$r, 0.0:f32x32)
                    top$r := higher$r
                    sum$r := fma(sum$r, shrunk$r splat f32x32, taken$r)
                    weighted$r := weighted$r * (shrunk$r splat $LANES)
                    e[weight + $r * 32 +: 32] = taken$r
                    """.replace("$r", "" + r).replace("$LANES", lanes));
        }
        text.add("let count: i32 = min(most - p, 32)\n").add(fill(op, "let column: i32 = kv * $STRIDE + p * $D\n"));
        boolean scaled = op.layout().isScaled();
        var body = new StringBuilder(fill(op, "let value$s: $LANES = stored[column + $i * $D +: $D]$WIDE$SCALE\n"
                .replace("$WIDE", op.cache() == Element.F32 ? "" : " as $LANES")
                .replace("$SCALE", scaled ? " * (valueScales[kv * $CONTEXT + $FIRSTSCALE + p + $i] splat $LANES)" : "")
                .replace("$LANES", lanes)));
        for (int r = 0; r < rows; r++)
            body.append("weighted$r := fma(e[weight + $r * 32 + $i] splat $LANES, value$s, weighted$r)\n"
                    .replace("$r", "" + r).replace("$LANES", lanes));
        text.byEights("t", "count", 1, body.toString()).add("}\n");
        for (int r = 0; r < rows; r++)
            text.add(fill(op, """
                    let all$r: f32 = reduce_add(sum$r)
                    if token + $OF < n {
                    y[(token$r * $HEADS + kv * $GROUP + $WHICH) * $D +: $D] = weighted$r / (all$r splat $LANES)
                    }
                    """.replace("$r", "" + r).replace("$OF", "" + r / group(op)).replace("$WHICH", "" + r % group(op))
                    .replace("$LANES", lanes)));
        return text.add("}\n}\n}\n}\n}\n").parse();
    }

    /// Names of the programs of an operation.
    public static String name(Op.Attention op, String what) {
        return OpSignature.name(op) + "_" + what;
    }
}
