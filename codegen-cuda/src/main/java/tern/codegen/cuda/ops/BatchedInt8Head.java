package tern.codegen.cuda.ops;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tern.ir.Int8Head;
import tern.ir.Op;
import tern.ir.loop.Program;

/// The largest logit of each of many tokens, from one reading of the [Int8Head] for up to 64 of them; the table itself is read where a row may be the
/// largest. The result has the bits of [Op.TopLogits]: the products of matrices only say where to look.
///
/// ```
/// vectors    x = high + low, two bf16, in the order in which mma wants them
/// norms      |x|
/// bounds     of 32 rows and a token: the largest near - reach and the largest near + reach, where every logit lies between these two
/// floors     of a token: the largest near - reach of all rows
/// exact      logits of the 32 rows wherever near + reach is not below the floor; of each slice the largest
/// ```
///
/// then [OpPrograms#top]. The 8-bit values of the screen are bf16 exactly. `near` is `scale * (q high + q low)`, and with
/// u = 2^-24 and m = width / 16 it is off from `scale * q x` by
///
/// - `2^-16 |x|` for what high and low leave of each element
/// - `2 m * 34 u` of the sum of absolute values for 2 m products, each charged with twice the roundings of its 17 summands since
///   hardware leaves these open; and 64 u for the scale and for forming the lower and the upper bound
///
/// where that sum is at most `scale * 127 sqrt(width) |x|` (Cauchy and Schwarz, every |q| at most 127). This and the screen's own bound make `reach`.
///
/// **Predicted, not measured**, for 2B4T and 64 tokens on an H200: the screen is 328 MB, 0.08 ms at 4.3 TB/s. Two products for each of its
/// 328 M numbers and 64 tokens are 84 G operations, 0.19 ms at 45 % of the 0.99 P of bf16, which is most of what `mma.sync` is known to reach;
/// the fragments of x, 655 KB, come 1,002 times from the second-level cache at the same time, 0.12 ms. If 40 blocks of 32 rows a token may
/// hold the largest, these are 420 MB more: 0.1 ms. One token after the other would read the f16 table 64 times: 9.8 ms.
public final class BatchedInt8Head {

    /// Tokens of a warp of [#bounds].
    private static final int TOKENS = 64;

    /// Rows that are looked at together.
    private static final int ROWS = 32;

    /// Rows of a slice, as [OpPrograms#slices] counts them.
    private static final int SLICE = 2048;

    private static final int WARPS = 4;

    private final Op.TopLogits op;
    private final int slots;
    /// Tiles of 8 tokens of a group, groups of tokens, blocks of rows, chunks of 32 elements.
    private final int tiles, groups, blocks, chunks;

    private BatchedInt8Head(Op.TopLogits op, int slots) {
        this.op = op;
        this.slots = slots;
        tiles = Math.min(TOKENS / 8, Math.ceilDiv(slots, 8));
        groups = Math.ceilDiv(slots, TOKENS);
        blocks = Math.ceilDiv(op.vocabulary(), ROWS);
        chunks = op.width() / 32;
    }

    /// Whether this takes an operation.
    public static boolean takes(Op.TopLogits op) {
        return op.count() == 1 && op.width() % 32 == 0;
    }

    /// @param slots tokens of a launch, at most
    public static BatchedInt8Head of(Op.TopLogits op, int slots) {
        return new BatchedInt8Head(op, slots);
    }

    /// Words of what [#vectors] makes.
    public long words() {
        return (long) groups * chunks * tiles * 2 * 128;
    }

    /// Floats of each of the lower and the upper bound that [#bounds] makes.
    public long boundCount() {
        return (long) groups * blocks * TOKENS;
    }

    private String fill(String text, Object... more) {
        return LoopText.fill(LoopText.fill(text, more),
                "MOST", slots, "NUMBERS", new Int8Head(op.vocabulary(), op.width()).bytes() / 4, "LAST", op.vocabulary() - 1, "ENDS", boundCount(),
                "WORDS", words(), "GROUPS", groups, "TILES", tiles, "BLOCKS", blocks, "CHUNKS", chunks, "TOKENS", TOKENS, "WARPS", WARPS,
                "SLICES", OpPrograms.slices(op), "E", op.element(), "V", op.vocabulary(), "W", op.width());
    }

    /// Parameters: x f32 `[n, width]`, words u32 (out): of 8 elements of a thread the high parts, then the low ones, as two steps of k.
    public Program vectors(String name) {
        return new LoopText(name).add(fill("""
                n in 1..$MOST
                in x: f32[n * $W]
                out words: u32[$WORDS]
                {
                for group in 0..$GROUPS on blocks {
                for chunk in 0..$CHUNKS on blocks {
                for warp in 0..8 on warps {
                for tile in warp..$TILES step 8 {
                let token: i32x32 = min((lane(i32x32) >>> 2) + ((group * $TOKENS + tile * 8) splat i32x32), (n - 1) splat i32x32)
                let from: i32x32 = token * $W:i32x32 + (lane(i32x32) & 3:i32x32) * 8:i32x32 + ((chunk * 32) splat i32x32)
                let to: i32 = ((group * $CHUNKS + chunk) * $TILES + tile) * 256
                let own: f32x256 = gather(x, from, 8)
                let high: bf16x256 = own as bf16x256
                words[to +: 128] = high bits u32x128
                words[to + 128 +: 128] = (own - high as f32x256) as bf16x256 bits u32x128
                }
                }
                }
                }
                }
                """)).parse();
    }

    /// Parameters: x f32 `[n, width]`, norms f32 `[n]` (out), a little more than they are.
    public Program norms(String name) {
        return new LoopText(name).add(fill("""
                n in 1..$MOST
                in x: f32[n * $W]
                out norms: f32[n]
                {
                for token in 0..n on blocks {
                for warp in 0..1 on warps {
                var squares: f32x32 = 0.0:f32x32
                """)).byEights("k", op.width(), 32, fill("""
                        let x$s: f32x32 = x[token * $W + $i +: 32]
                        squares := fma(x$s, x$s, squares)
                        """))
                .add("norms[token] = sqrt(reduce_add(squares)) * $more\n}\n}\n}\n", "more", LoopText.real(1 + 0x1p-10f)).parse();
    }

    /// Parameters: words of [#vectors] (signed, as they are no weights that pass the first-level cache by), norms, the screen as words and as floats, the lower and the upper bounds f32 `[groups, blocks, 64]` (out).
    public Program bounds(String name) {
        Int8Head screen = new Int8Head(op.vocabulary(), op.width());
        LoopText text = new LoopText(name).add(fill("""
                n in 1..$MOST
                in words: i32[$WORDS]
                in norms: f32[n]
                in screen: u32[$NUMBERS]
                in numbers: f32[$NUMBERS]
                out lows: f32[$ENDS]
                out highs: f32[$ENDS]
                {
                for group in 0..$GROUPS on blocks {
                for part in 0..($BLOCKS + $WARPS - 1) / $WARPS on blocks {
                for warp in 0..$WARPS on warps {
                let block: i32 = part * $WARPS + warp
                if block < $BLOCKS {
                let first: i32 = block * 32
                let mine: i32x32 = (lane(i32x32) >>> 2) + (first splat i32x32)
                """));
        for (int i = 0; i < 4; i++)
            text.add(fill("let row$i: i32x32 = min(mine + $AT:i32x32, $LAST:i32x32) * $STRIDE:i32x32 + (lane(i32x32) & 3:i32x32) * 2:i32x32\n", "i", i,
                    "AT", 8 * i, "STRIDE", screen.stride() / 4));
        for (int r = 0; r < 2; r++) for (int t = 0; t < tiles; t++) text.add("var c$r_$t: f32x128 = 0.0:f32x128\n", "r", r, "t", t);
        text.add(fill("for chunk in 0..$CHUNKS {\n"));
        for (int i = 0; i < 4; i++)
            text.add("""
                    let q$i: u32x64 = gather(screen, row$i + ((chunk * 8) splat i32x32), 2)
                    let a$i: u32x128 = q$i bits i8x256 as f32x256 as bf16x256 bits u32x128
                    """, "i", i);
        products(text);
        text.add("}\n");
        bound(text, screen);
        return text.add("}\n}\n}\n}\n}\n").parse();
    }

    /// Of a chunk of 32 elements: two steps of k.
    private void products(LoopText text) {
        text.add(fill("let from: i32x32 = lane(i32x32) * 4:i32x32 + (((group * $CHUNKS + chunk) * $EACH) splat i32x32)\n", "EACH", tiles * 256));
        for (int t = 0; t < tiles; t++)
            for (int low = 0; low < 2; low++) {
                String b = "b" + t + "_" + low;
                text.add("let $b: i32x128 = gather(words, from + $at:i32x32, 4)\n", "b", b, "at", t * 256 + low * 128);
                for (int half = 0; half < 2; half++)
                    for (int r = 0; r < 2; r++) {
                        String upper = "a" + 2 * r, lower = "a" + (2 * r + 1);
                        text.add("c$r_$t := mma(c$r_$t, $0, $1, $2, $3, $4, $5)\n", "r", r, "t", t,
                                "0", word(upper, 2 * half), "1", word(lower, 2 * half),
                                "2", word(upper, 2 * half + 1), "3", word(lower, 2 * half + 1),
                                "4", word(b, 2 * half), "5", word(b, 2 * half + 1));
                    }
            }
    }

    /// A word of each thread, of the four that it has.
    private static String word(String of, int which) {
        return "shuffle(" + of + ", [" + which + ".." + (124 + which) + " step 4]) bits bf16x64";
    }

    /// The lower and the upper bound of each token, the largest of 32 rows.
    private void bound(LoopText text, Int8Head screen) {
        text.add("let number: i32x128 = lane(i32x128)\nlet own: i32x128 = (number >>> 4) + ((number >>> 1) & 1:i32x128) * 8:i32x128 + (first splat i32x128)\n");
        for (int r = 0; r < 2; r++)
            text.add(fill("""
                    let of$r: i32x128 = min(own + $AT:i32x128, $LAST:i32x128)
                    let scale$r: f32x128 = gather(numbers, of$r + $SCALES:i32x128, 1)
                    let wide$r: f32x128 = fma(scale$r, $FACTOR:f32x128, gather(numbers, of$r + $BOUNDS:i32x128, 1))
                    """, "r", r, "AT", 16 * r, "SCALES", screen.scales() / 4, "BOUNDS", screen.bounds() / 4, "FACTOR", LoopText.real(factor())));
        for (int t = 0; t < tiles; t++) {
            text.add(fill("""
                    let token$t: i32x128 = ((number >>> 2) & 3:i32x128) * 2:i32x128 + (number & 1:i32x128) + ((group * $TOKENS + $AT) splat i32x128)
                    let norm$t: f32x128 = gather(norms, min(token$t, (n - 1) splat i32x128), 1)
                    let at$t: i32 = (group * $BLOCKS + block) * $TOKENS + $AT
                    """, "t", t, "AT", 8 * t));
            for (int r = 0; r < 2; r++)
                text.add("""
                        let near$t_$r: f32x128 = c$r_$t * scale$r
                        let reach$t_$r: f32x128 = fma(wide$r, norm$t, $small:f32x128)
                        """, "r", r, "t", t, "small", LoopText.real(1e-30f));
            for (String end : new String[] {"low", "high"}) {
                text.add("let $end$t: f32x128 = max(near$t_0 $sign reach$t_0, near$t_1 $sign reach$t_1)\n", "end", end, "t", t, "sign",
                        end.equals("low") ? "-" : "+");
                text.add("let $end$t_0: f32x64 = max(shuffle($end$t, $a), shuffle($end$t, $b))\n", "end", end, "t", t, "a", rows(0), "b", rows(2));
                for (int i = 0; i < 3; i++)
                    text.add("let $end$t_$j: f32x64 = max($end$t_$i, shuffle($end$t_$i, $far))\n", "end", end, "t", t, "j", i + 1, "i", i, "far", far(8 << i));
                text.add("$ends[at$t +: 64 below at$t + 8] = $end$t_3\n", "end", end, "t", t);
            }
        }
    }

    private static String rows(int from) {
        return pattern(IntStream.range(0, 64).map(l -> l / 2 * 4 + l % 2 + from));
    }

    private static String far(int distance) {
        return pattern(IntStream.range(0, 64).map(l -> l ^ distance));
    }

    private static String pattern(IntStream lanes) {
        return lanes.mapToObj(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
    }

    /// What a scale is multiplied by to bound all that is not in the screen's own bound, for a vector of norm 1.
    private float factor() {
        double u = 0x1p-24;
        return (float) ((0x1p-16 + (2.0 * op.width() / 16 * 34 + 64) * u) * 127 * Math.sqrt(op.width()) * (1 + 0x1p-20));
    }

    /// Parameters: the lower bounds, floors f32 `[n]` (out).
    public Program floors(String name) {
        return new LoopText(name).add(fill("""
                n in 1..$MOST
                in lows: f32[$ENDS]
                out floors: f32[n]
                core tops: f32[8]
                {
                for token in 0..n on blocks {
                let from: i32 = token / $TOKENS * $SPAN + token % $TOKENS
                for warp in 0..8 on warps {
                var best: f32x32 = -inf:f32x32
                for block in warp * 32..$BLOCKS step 256 {
                let at: i32x32 = min(lane(i32x32) + (block splat i32x32), $LASTBLOCK:i32x32) * $TOKENS:i32x32
                best := max(best, gather(lows, at + (from splat i32x32), 1))
                }
                tops[warp] = reduce_max(best)
                }
                barrier threads
                for finisher in 0..8 on warps {
                if finisher == 0 {
                floors[token] = reduce_max(tops[0 +: 8])
                }
                }
                }
                }
                """, "SPAN", blocks * TOKENS, "LASTBLOCK", blocks - 1)).parse();
    }

    /// Parameters: x, table, the upper bounds, floors, rows i32 and largest f32 `[n, slices]` (out).
    public Program exact(String name) {
        LoopText text = new LoopText(name).add(fill("""
                n in 1..$MOST
                in x: f32[n * $W]
                in table: $E[$SIZE]
                in highs: f32[$ENDS]
                in floors: f32[n]
                out rows: i32[n * $SLICES]
                out largest: f32[n * $SLICES]
                core tops: f32[$WARPS]
                core places: i32[$WARPS]
                {
                for token in 0..n on blocks {
                for slice in 0..$SLICES on blocks {
                for warp in 0..$WARPS on warps {
                let from: i32 = token / $TOKENS * $SPAN + token % $TOKENS
                let floor: f32 = floors[token]
                let end: i32 = min(slice * $PER + $PER, $BLOCKS)
                var best: f32x32 = -inf:f32x32
                var place: i32x32 = 2147483647:i32x32
                for block in slice * $PER + warp..end step $WARPS {
                if highs[from + block * $TOKENS] >= floor {
                let number: i32x32 = lane(i32x32) + ((block * 32) splat i32x32)
                let row: i32x32 = min(number, $LAST:i32x32) * $W:i32x32
                let vector: i32 = token * $W
                """, "SIZE", (long) op.vocabulary() * op.width(), "SPAN", blocks * TOKENS, "PER", SLICE / ROWS));
        text.accumulators().add(fill("for k in 0..$W step 32 {\n"));
        for (int half = 0; half < 2; half++) {
            text.add("let part$h: i32x32 = row + ((k + $from) splat i32x32)\n", "h", half, "from", 16 * half);
            text.sixteen("t" + half + "_", "table", op.element(), "part" + half);
            for (int l = 0; l < 16; l += 4) {
                text.add("let x$h_$l: f32x128 = gather(x, (vector + k + $at) splat i32x32, 4)\n", "h", half, "l", l, "at", 16 * half + l);
                for (int i = 0; i < 4; i++)
                    text.add("acc$to := fma(t$h_$to, shuffle(x$h_$l, [$i..$last step 4]), acc$to)\n", "to", l + i, "h", half, "last", 124 + i, "l", l,
                            "i", i);
            }
        }
        return text.add("}\n").fold().add(fill("""
                let better: boolx32 = (acc0 > best) & (number < $V:i32x32)
                best := select(better, acc0, best)
                place := select(better, number, place)
                }
                }
                let top: f32 = reduce_max(best)
                tops[warp] = top
                places[warp] = reduce_min(select(best == (top splat f32x32), place, 2147483647:i32x32))
                }
                barrier threads
                for finisher in 0..$WARPS on warps {
                if finisher == 0 {
                let found: f32x$WARPS = tops[0 +: $WARPS]
                let most: f32 = reduce_max(found)
                largest[token * $SLICES + slice] = most
                rows[token * $SLICES + slice] = reduce_min(select(found == (most splat f32x$WARPS), places[0 +: $WARPS], 2147483647:i32x$WARPS))
                }
                }
                }
                }
                }
                """)).parse();
    }
}
