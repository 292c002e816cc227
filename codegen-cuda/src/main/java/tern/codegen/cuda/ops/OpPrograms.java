package tern.codegen.cuda.ops;

import tern.ir.Element;
import tern.ir.Op;
import tern.ir.device.CompileException;
import tern.ir.device.OpSignature;
import tern.ir.loop.Program;

/// Operations as programs whose parameters are the operation's arguments, in order; [Op.TopLogits] has two programs of its own. What has to
/// do with the key-value cache is in [RopePrograms] and [AttentionPrograms].
public final class OpPrograms {

    /// Warps of a block.
    private static final int WARPS = 8;

    /// Scores of one head in shared memory.
    private static final int SCORES = 11_000;

    private OpPrograms() {}

    public static Program embed(Op.Embed op) {
        return new LoopText(OpSignature.name(op)).add("""
                n in 1..1048576
                in tokens: i32[n] values 0..$most
                in table: $E[$VW]
                out x: f32[n * $W]
                {
                for token in 0..n on blocks {
                let row: i32 = tokens[token] * $W
                for warp in 0..8 on warps {
                for at in warp * 32..$W step 256 {
                x[token * $W + at +: 32 below token * $W + $W] = table[row + at +: 32 below row + $W]$wide
                }
                }
                }
                }
                """, "most", op.vocabulary() - 1, "VW", (long) op.vocabulary() * op.width(), "W", op.width(), "E", op.element(), "wide", wide(op.element()))
                .parse();
    }

    private static String wide(Element element) {
        return element == Element.F32 ? "" : " as f32x32";
    }

    /// Widest row that is kept in shared memory.
    private static final int KEPT = 11_000;

    /// Warps of a block that has a row to itself: all loads of a short row are under way together.
    private static int warps(int width) {
        return Math.clamp(Integer.highestOneBit(Math.max(1, width / 32)), 2, 32);
    }

    /// Squares of a lane that are written out: each waits for the one before, but not for its load.
    private static final int SQUARES = 32;

    /// What a block needs to keep its row.
    private static String memory(int width) {
        return width <= KEPT ? "core own: f32[" + width + "]\n" : "";
    }

    /// Brings a row to shared memory by all warps at once: else each sum would wait for the card's memory again and again.
    private static LoopText keep(LoopText text, int width) {
        return width > KEPT ? text : text.add("""
                for keeper in 0..$N on warps {
                for c in keeper * 32..$W step $STEP {
                own[c +: 32 below $W] = x[row + c +: 32 below row + $W]
                }
                }
                barrier threads
                """, "W", width, "N", warps(width), "STEP", 32 * warps(width));
    }

    /// Some elements of the row of a block.
    private static String own(int width, String at, int lanes) {
        String from = width <= KEPT ? "own[" : "x[row + ", below = width <= KEPT ? "" : "row + ";
        return from + at + " +: " + lanes + " below " + below + width + "]";
    }

    /// `r`, by which a row is multiplied before its weights. One warp finds it: more would only take turns at shared memory.
    private static LoopText root(LoopText text, int width, float epsilon) {
        return text.add("for rooter in 0..$N on warps {\nif rooter == 0 {\nvar squares: f32x16 = 0.0:f32x16\n", "N", warps(width))
                .byTurns(SQUARES, "k", width, 16, """
                        let x$s: f32x16 = $own
                        squares := fma(x$s, x$s, squares)
                        """.replace("$own", own(width, "$i", 16)))
                .add("root[0] = 1.0 / sqrt(reduce_add(squares) / $W + $epsilon)\n}\n}\nbarrier threads\nlet r: f32 = root[0]\n",
                        "W", LoopText.real(width), "epsilon", LoopText.real(epsilon));
    }

    public static Program norm(Op.Norm op) {
        LoopText text = new LoopText(OpSignature.name(op)).add("""
                n in 1..1048576
                in x: f32[n * $W]
                in weight: f32[$W]
                out y: f32[$rows * $W]
                core root: f32[1]
                $MEMORY{
                for token in 0..$rows on blocks {
                let row: i32 = $row * $W
                """, "MEMORY", memory(op.width()), "rows", op.lastOnly() ? 1 : "n", "row", op.lastOnly() ? "(n - 1)" : "token", "W", op.width());
        return root(keep(text, op.width()), op.width(), op.epsilon()).add("""
                for warp in 0..$N on warps {
                for at in warp * 32..$W step $STEP {
                y[token * $W + at +: 32 below token * $W + $W] = $own * (r splat f32x32) * weight[at +: 32 below $W]
                }
                }
                }
                }
                """, "W", op.width(), "own", own(op.width(), "at", 32), "N", warps(op.width()), "STEP", 32 * warps(op.width())).parse("weight");
    }

    public static Program normQuantise(Op.NormQuantise op) {
        LoopText text = new LoopText(OpSignature.name(op)).add("""
                n in 1..1048576
                in x: f32[n * $W]
                in weight: f32[$W]
                out q: i8[n * $W]
                out scale: f32[n]
                core largest: f32[$N]
                core root: f32[1]
                $MEMORY{
                for token in 0..n on blocks {
                let row: i32 = token * $W
                """, "MEMORY", memory(op.width()), "W", op.width(), "N", warps(op.width()));
        return quantised(root(keep(text, op.width()), op.width(), op.epsilon()), op.width(), LoopText.fill(
                " * (r splat f32x32) * weight[$at +: 32 below $W]", "W", op.width()), "weight");
    }

    public static Program quantise(Op.Quantise op) {
        LoopText text = new LoopText(OpSignature.name(op)).add("""
                n in 1..1048576
                in x: f32[n * $W]
                out q: i8[n * $W]
                out scale: f32[n]
                core largest: f32[$N]
                $MEMORY{
                for token in 0..n on blocks {
                let row: i32 = token * $W
                """, "MEMORY", memory(op.width()), "W", op.width(), "N", warps(op.width()));
        return quantised(keep(text, op.width()), op.width(), "");
    }

    /// The largest of a row, its scale, its bytes.
    ///
    /// @param factors that an element is multiplied by, `$at` for its index
    /// @param prefetched parameters that no launch writes
    private static Program quantised(LoopText text, int width, String factors, String... prefetched) {
        return text.add("""
                for warp in 0..$N on warps {
                var big: f32x32 = 1.0E-5:f32x32
                for at in warp * 32..$W step $STEP {
                big := max(big, abs($own$factors))
                }
                largest[warp] = reduce_max(big)
                }
                barrier threads
                """, "own", own(width, "at", 32), "W", width, "factors", factors.replace("$at", "at"), "N", warps(width), "STEP", 32 * warps(width)).add("""
                for finisher in 0..$N on warps {
                let s: f32 = 127.0 / reduce_max(largest[0 +: $N])
                for from in finisher * 32..$W step $STEP {
                let a: f32x32 = $own$factors
                let rounded: f32x32 = round(a * (s splat f32x32))
                q[row + from +: 32 below row + $W] = min(max(rounded, -128.0:f32x32), 127.0:f32x32) as i8x32
                }
                if finisher == 0 {
                scale[token] = 1.0 / s
                }
                }
                }
                }
                """, "own", own(width, "from", 32), "W", width, "factors", factors.replace("$at", "from"), "N", warps(width), "STEP", 32 * warps(width))
                .parse(prefetched);
    }

    private static void requireFloats(Op op, Element cache) {
        if (!cache.isFloat()) throw new CompileException(OpSignature.name(op), "the GPU's key-value cache holds f32 or bf16, not " + cache);
    }

    /// [Op.Attention] for heads that [AttentionPrograms] does not take, bit for bit.
    ///
    /// @throws CompileException if the cache holds bytes, heads are no multiple of 16, or the context is too long for shared memory
    public static Program attention(Op.Attention op) {
        requireFloats(op, op.cache());
        int d = op.headDim();
        if (d % 16 != 0 || op.context() > SCORES)
            throw new CompileException(OpSignature.name(op), "the GPU's attention takes heads of a multiple of 16 and contexts up to " + SCORES);
        float factor = (float) (1 / Math.sqrt(d));
        LoopText text = new LoopText(OpSignature.name(op)).add("""
                n in 1..1048576
                position in 0..1048576
                in qkv: f32[n * $row]
                in keys: $E[$cache]
                in stored: $E[$cache]
                out y: f32[n * $out]
                core e: f32[$context]
                core largest: f32[8]
                {
                for token in 0..n on blocks {
                for head in 0..$heads on blocks {
                let seen: i32 = position + token + 1
                let query: i32 = token * $row + head * $d
                let cached: i32 = head / $group * $stride
                for warp in 0..8 on warps {
                var big: f32x32 = -inf:f32x32
                for p in warp * 32..seen step 256 {
                let number: i32x32 = lane(i32x32) + (p splat i32x32)
                let key: i32x32 = (cached splat i32x32) + min(number, (seen - 1) splat i32x32) * $d:i32x32
                """, "row", (op.heads() + 2 * op.kvHeads()) * d, "E", op.cache(), "cache", (long) op.kvHeads() * op.context() * d,
                "out", op.heads() * d, "context", op.context(), "heads", op.heads(), "group", op.heads() / op.kvHeads(),
                "stride", op.context() * d, "d", d);
        text.accumulators().add("for j in 0..$d step 16 {\nlet part: i32x32 = key + (j splat i32x32)\n", "d", d).sixteen("k", "keys", op.cache(), "part");
        for (int l = 0; l < 16; l++) text.add("acc$l := fma(k$l, qkv[query + j + $l] splat f32x32, acc$l)\n", "l", l);
        text.add("}\n").fold().add("""
                let score: f32x32 = acc0 * $factor
                e[p +: 32 below seen] = score
                big := max(big, select(number < (seen splat i32x32), score, -inf:f32x32))
                }
                largest[warp] = reduce_max(big)
                }
                barrier threads
                for raiser in 0..8 on warps {
                let top: f32 = reduce_max(largest[0 +: 8])
                for at in raiser * 32..seen step 256 {
                let lower: f32x32 = e[at +: 32 below seen] - (top splat f32x32)
                """, "factor", LoopText.all(factor));
        text.exp("raised", "lower").add("""
                e[at +: 32 below seen] = raised
                }
                }
                barrier threads
                for adder in 0..8 on warps {
                var sums: f32x16 = 0.0:f32x16
                for q in 0..seen step 16 {
                sums := sums + e[q +: 16 below seen]
                }
                let sum: f32 = reduce_add(sums)
                for v in adder * 32..$d step 256 {
                var weighted: f32x32 = 0.0:f32x32
                let column: i32 = cached + v
                let end: i32 = cached + $d
                """, "d", d);
        return text.byEights("t", "seen", 1, LoopText.fill("""
                        let row$s: f32x32 = stored[column + $i * $d +: 32 below end + $i * $d]$wide
                        weighted := fma(e[$i] splat f32x32, row$s, weighted)
                        """, "d", d, "wide", wide(op.cache())))
                .add("""
                        let to: i32 = (token * $heads + head) * $d
                        y[to + v +: 32 below to + $d] = weighted / (sum splat f32x32)
                        }
                        }
                        }
                        }
                        }
                        """, "heads", op.heads(), "d", d).parse();
    }

    public static Program head(Op.Head op) {
        int width = op.width();
        if (width % 16 != 0) throw new CompileException(OpSignature.name(op), "the GPU's head takes widths of a multiple of 16");
        LoopText text = new LoopText(OpSignature.name(op)).add("""
                n in 1..1048576
                in x: f32[$tokens * $W]
                in table: $E[$VW]
                out logits: f32[$tokens * $V]
                {
                for token in 0..$tokens on blocks {
                for block in 0..$blocks on blocks {
                for warp in 0..$warps on warps {
                let first: i32 = (block * $warps + warp) * 32
                if first < $V {
                let row: i32x32 = min(lane(i32x32) + (first splat i32x32), $last:i32x32) * $W:i32x32
                let vector: i32 = token * $W
                """, "tokens", op.lastOnly() ? 1 : "n", "blocks", Math.ceilDiv(op.vocabulary(), 32 * WARPS), "warps", WARPS,
                "last", op.vocabulary() - 1, "E", op.element(), "VW", (long) op.vocabulary() * width, "V", op.vocabulary(), "W", width);
        text.accumulators().add("for k in 0..$W step 16 {\nlet part: i32x32 = row + (k splat i32x32)\n", "W", width)
                .sixteen("t", "table", op.element(), "part");
        for (int l = 0; l < 16; l++) text.add("acc$l := fma(t$l, x[vector + k + $l] splat f32x32, acc$l)\n", "l", l);
        return text.add("}\n").fold().add("""
                logits[token * $V + first +: 32 below token * $V + $V] = acc0
                }
                }
                }
                }
                }
                """, "V", op.vocabulary()).parse();
    }

    /// Logits that a block looks through.
    private static final int SLICE = 2048;

    /// Blocks of [#slices].
    public static int slices(Op.TopLogits op) {
        return Math.ceilDiv(op.vocabulary(), SLICE);
    }

    /// The largest logits of each slice of the vocabulary. Parameters: logits f32 `[vocabulary]`, rows i32 `[slices, count]` (out), largest f32
    /// `[slices, count]` (out); where a slice has too few, a row beyond all.
    public static Program slices(Op.TopLogits op, String name) {
        return largest(op, name, "", slices(op), 8, "let from: i32 = slice * $SLICE\nlet to: i32 = min(from + $SLICE, $V)\n"
                .replace("$SLICE", "" + SLICE).replace("$V", "" + op.vocabulary()), op.vocabulary(),
                "lane(i32x32) + (v splat i32x32)");
    }

    /// From the largest of all slices to the largest of all. Parameters: largest f32 and rows i32, `[slices, count]` both, rows i32 `[count]`
    /// (out), largest f32 `[count]` (out).
    public static Program top(Op.TopLogits op, String name) {
        int all = slices(op) * op.count();
        return largest(op, name, "in candidates: i32[" + all + "]\n", 1, 16,
                "let from: i32 = 0\nlet to: i32 = " + all + "\n", all, "candidates[v +: 32 below to]");
    }

    /// @param blocks  each of which finds `count` of its logits
    /// @param bounds  declares the first logit of a block, and the one after its last
    /// @param entries all logits
    /// @param row     of the logits from `v` on
    private static Program largest(
            Op.TopLogits op, String name, String buffers, int blocks, int warps, String bounds, int entries, String row) {
        return new LoopText(name).add("""
                in logits: f32[$ENTRIES]
                $BUFFERSout rows: i32[$BLOCKS * $count]
                out largest: f32[$BLOCKS * $count]
                core tops: f32[$WARPS]
                core places: i32[$WARPS]
                core last: f32[1]
                core lastRow: i32[1]
                {
                for slice in 0..$BLOCKS on blocks {
                $BOUNDSfor starter in 0..$WARPS on warps {
                if starter == 0 {
                last[0] = inf
                lastRow[0] = -1
                }
                }
                for i in 0..$count {
                barrier threads
                for warp in 0..$WARPS on warps {
                let limit: f32x32 = last[0] splat f32x32
                let limitRow: i32x32 = lastRow[0] splat i32x32
                var big: f32x32 = -inf:f32x32
                var place: i32x32 = 2147483647:i32x32
                for v in from + warp * 32..to step $STEP {
                let x: f32x32 = logits[v +: 32 below to]
                let row: i32x32 = $ROW
                let inside: boolx32 = lane(i32x32) + (v splat i32x32) < (to splat i32x32)
                let fresh: boolx32 = ((x < limit) | ((x == limit) & (row > limitRow))) & inside
                let better: boolx32 = (x > big) | ((x == big) & (row < place))
                let taken: boolx32 = better & fresh
                big := select(taken, x, big)
                place := select(taken, row, place)
                }
                let top: f32 = reduce_max(big)
                tops[warp] = top
                places[warp] = reduce_min(select(big == (top splat f32x32), place, 2147483647:i32x32))
                }
                barrier threads
                for finisher in 0..$WARPS on warps {
                if finisher == 0 {
                let found: f32x$WARPS = tops[0 +: $WARPS]
                let best: f32 = reduce_max(found)
                let bestRow: i32 = reduce_min(select(found == (best splat f32x$WARPS), places[0 +: $WARPS], 2147483647:i32x$WARPS))
                rows[slice * $count + i] = bestRow
                largest[slice * $count + i] = best
                last[0] = best
                lastRow[0] = bestRow
                }
                }
                }
                }
                }
                """, "BUFFERS", buffers, "BOUNDS", bounds, "ENTRIES", entries, "BLOCKS", blocks, "count", op.count(), "STEP", 32 * warps,
                "WARPS", warps, "ROW", row).parse();
    }
}
