package tern.codegen.cuda.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.loop.Program;

/// [Op.Attention] of many tokens over a bf16 cache by products of matrices: what a prompt needs.
///
/// A warp has 16 tokens of one head; the warps of a block have the heads that share keys and values, which come to shared memory by
/// asynchronous copies, 64 positions at a time: the values of a tile while its scores are computed, the keys of the next one while the values
/// are summed up. The maximum is raised as it goes: "Online normalizer calculation for softmax", Milakov and Gimelshein, 2018. Scores stay
/// in registers: as `mma` leaves them, two tiles of scores are one operand of the next product.
///
/// Shared memory has rows of `headDim / 2 + 4` words, so that the 32 words that a warp reads at once lie in 32 banks. Values are read as
/// pairs of columns, where the product wants pairs of positions: two words of neighbouring positions make the operands of two
/// products, one of the even columns, one of the odd ones.
///
/// **Error.** v = 2^-8 and u = 2^-24 are half a unit in the last place of bf16 and f32. Queries and weights are rounded to bf16; keys and values
/// are what the cache holds. A product adds 16 summands to a sum; hardware may cut each off below the largest, so one is charged with `34 u` of
/// the sum of absolute values (twice the roundings of 17 summands). With p positions, S the largest `sum(|k| |q|) / sqrt(headDim)` of a
/// position and D the largest distance of a score from the maximum:
///
/// - a score is off by `s = (v + 34 u headDim / 16 + 4 u) S` at most, so a weight relative to all others by a factor `exp(2 s)`
/// - a weight is 2^x of an x that was rounded: `(D + 8) u` and 3 u of the polynomial, at each of p / 64 raises of the maximum again
/// - it is rounded to bf16 for the numerator, v, and not for the denominator
/// - numerator and denominator are sums in another order: `(34 p / 16 + p / 64 + 2) u`
///
/// so a result differs from the exact one by at most
/// `(exp(2 s) - 1 + v + (2 + p / 32) (D + 12) u + 5 p u) * (1 + 2 v) * sum(w |v|) / sum(w)`. It does not depend on the tokens
/// of a launch: a token gets the same bits in any prompt that is cut differently.
///
/// **Predicted, not measured**, for a prompt of 2,048 tokens of 2B4T (20 heads of 128, 5 of keys, 30 layers), H200: 30 * 20 * 2048^2 / 2 * 128 * 4 =
/// 0.64 T operations, 3 % more for the tiles on the diagonal. A tile of 16 rows and 64 positions costs a warp 128 products, 256 loads from shared
/// memory, 352 instructions of exponentials, 64 of scaling and about 300 others: 1,100 issue slots, and 256 cycles of a multiprocessor's shared
/// memory. With four schedulers busy that is at most 0.44 P operations a second, 45 % of the 0.99 P of bf16: 1.5 ms; at half of it,
/// as latencies and barriers may cost, 3 ms. Keys and values come from the second-level cache: 640 blocks of half a MB a layer, 10 GB in
/// all, 1.9 ms at 5.5 TB/s, at the same time as the products.
public final class MatrixAttention {

    /// Tokens of a launch from which on this is worth it.
    public static final int MANY = 16;

    /// Positions of a tile.
    private static final int TILE = 64;

    /// Tokens of a warp: the rows of a product.
    private static final int ROWS = 16;

    /// Warps of a block, at most: what they have in registers at the end must fit the shared memory.
    private static final int WARPS = 4;

    /// Words from one tile of results to the next in shared memory, where the columns of a row are collected.
    private static final int RESULTS = 132;

    /// 2^x = 1 + x (C1 + x (C2 + ...)) within 3 units of 2^-24 for |x| <= 1/2: least squares, weighted towards the smallest maximum.
    private static final float C1 = 0.693147f, C2 = 0.24022242f, C3 = 0.055507336f, C4 = 0.009671513f, C5 = 0.001326472f;

    private final Op.Attention op;
    /// Heads of a block, warps, words of a row of shared memory, words of a row of the cache.
    private final int heads, warps, stride, words;

    private MatrixAttention(Op.Attention op) {
        this.op = op;
        heads = heads(op);
        warps = heads * Math.max(1, WARPS / heads);
        words = op.headDim() / 2;
        stride = words + 4;
    }

    /// Whether this takes an operation.
    public static boolean takes(Op.Attention op) {
        return op.cache() == Element.BF16 && (op.headDim() == 32 || op.headDim() == 64 || op.headDim() == 128);
    }

    /// As many of the heads that share keys as warps can be.
    private static int heads(Op.Attention op) {
        int group = op.heads() / op.kvHeads();
        for (int heads = WARPS; heads > 1; heads--) if (group % heads == 0) return heads;
        return 1;
    }

    /// Parameters: those of the operation, keys and values as words of two elements.
    ///
    /// @param op that [#takes] says yes to
    public static Program program(Op.Attention op, String name) {
        return new MatrixAttention(op).program(name);
    }

    private int d() {
        return op.headDim();
    }

    private String fill(String text, Object... more) {
        String own = LoopText.fill(text, more);
        return LoopText.fill(own,
                "ROW", (op.heads() + 2 * op.kvHeads()) * d(), "CACHE", (long) op.kvHeads() * op.context() * words, "WIDTH", op.heads() * d(),
                "PACKS", op.heads() / heads, "SPLIT", op.heads() / op.kvHeads() / heads, "HEADS", heads, "ALL", warps / heads * ROWS,
                "WARPS", warps, "TILES", 2 * TILE * stride, "TILE", TILE, "LAST", op.context() - 1, "CONTEXT", op.context(), "WORDS", words,
                "STRIDE", stride, "VALUES", TILE * stride, "OWN", d() / 8 * RESULTS, "D", d());
    }

    private Program program(String name) {
        LoopText text = new LoopText(name).add(fill("""
                n in 1..1048576
                position in 0..1048576
                in qkv: f32[n * $ROW]
                in keys: u32[$CACHE]
                in stored: u32[$CACHE]
                out y: f32[n * $WIDTH]
                core tiles: u32[$TILES]
                {
                for back in 0..(n + $ALL - 1) / $ALL on blocks {
                for pack in 0..$PACKS on blocks {
                let first: i32 = ((n + $ALL - 1) / $ALL - 1 - back) * $ALL
                let most: i32 = position + min(first + $ALL, n)
                let cached: i32 = pack / $SPLIT * $CONTEXT
                for warp in 0..$WARPS on warps {
                let head: i32 = (pack * $HEADS + warp % $HEADS) * $D
                let token: i32 = first + warp / $HEADS * 16
                let group: i32x32 = lane(i32x32) >>> 2
                let four: i32x32 = lane(i32x32) & 3:i32x32
                let low: i32x32 = min(group + (token splat i32x32), (n - 1) splat i32x32) * $ROW:i32x32 + four * 2:i32x32 + (head splat i32x32)
                let high: i32x32 = min(group + ((token + 8) splat i32x32), (n - 1) splat i32x32) * $ROW:i32x32 + four * 2:i32x32 + (head splat i32x32)
                let key: i32x32 = group * $STRIDE:i32x32 + four
                let value: i32x32 = four * $TWO:i32x32 + group + $VALUES:i32x32
                var top: f32x64 = -inf:f32x64
                var sum: f32x64 = 0.0:f32x64
                """, "TWO", 2 * stride));
        for (int k = 0; k < d() / 16; k++)
            for (int i = 0; i < 4; i++)
                text.add("let q$k_$i: bf16x64 = gather(qkv, $row + $at:i32x32, 2) as bf16x64\n", "k", k, "i", i, "row", i % 2 == 0 ? "low" : "high",
                        "at", 16 * k + i / 2 * 8);
        for (int j = 0; j < d() / 8; j++) text.add("var o$j: f32x128 = 0.0:f32x128\n", "j", j);
        copies(text, "keys", "0", 0);
        text.add(fill("for p in 0..most step $TILE {\nwait 0\nbarrier threads\n"));
        copies(text, "stored", "p", TILE * stride);
        scores(text);
        weights(text);
        text.add(fill("wait 0\nbarrier threads\nif p + $TILE < most {\n"));
        copies(text, "keys", fill("p + $TILE"), 0);
        text.add("}\n");
        values(text);
        text.add("}\n");
        results(text);
        return text.add("}\n}\n}\n}\n").parse();
    }

    /// The rows of a tile, the warps in turn; past the cache's end its last row.
    private void copies(LoopText text, String from, String position, int to) {
        boolean ends = op.context() % TILE != 0;
        for (int row = 0; row < TILE; row += warps) {
            String at = ends
                    ? fill("(cached + min($P + warp + $R, $LAST)) * $WORDS", "P", position, "R", row)
                    : fill("(cached + $P + warp) * $WORDS + $R", "P", position, "R", row * words);
            String copy = fill("copy tiles[warp * $STRIDE + $TO +: $WORDS] = $FROM[$AT +: $WORDS]\n", "TO", to + row * stride, "FROM", from,
                    "AT", at);
            text.add(row + warps <= TILE ? copy : "if warp + " + row + " < " + TILE + " {\n" + copy + "}\n");
        }
    }

    /// Queries times keys: `s0` to `s7`, of 8 positions each. What a token does not see becomes -inf.
    private void scores(LoopText text) {
        for (int j = 0; j < TILE / 8; j++) text.add("var s$j: f32x128 = 0.0:f32x128\n", "j", j);
        for (int k = 0; k < d() / 16; k++)
            for (int j = 0; j < TILE / 8; j++) {
                int at = 8 * j * stride + 8 * k;
                text.add("s$j := mma(s$j, q$k_0, q$k_1, q$k_2, q$k_3, $a, $b)\n", "a", pair("key", at), "b", pair("key", at + 4), "j", j, "k", k);
            }
        text.add(fill("""
                if p + $TILE > position + token + 1 {
                let number: i32x128 = lane(i32x128)
                let row: i32x128 = (number >>> 4) + ((number >>> 1) & 1:i32x128) * 8:i32x128 + (token splat i32x128)
                let seen: i32x128 = min(row, (n - 1) splat i32x128) + ((position + 1 - p) splat i32x128)
                let column: i32x128 = ((number >>> 2) & 3:i32x128) * 2:i32x128 + (number & 1:i32x128)
                """));
        for (int j = 0; j < TILE / 8; j++)
            text.add("s$j := select(column + $at:i32x128 < seen, s$j, -inf:f32x128)\n", "j", j, "at", 8 * j);
        text.add("}\n");
    }

    private static String pair(String of, int at) {
        return "gather(tiles, " + of + " + " + at + ":i32x32, 1) bits bf16x64";
    }

    /// Lanes of a pattern.
    private static String lanes(int count, IntFunction<Integer> lane) {
        return IntStream.range(0, count).mapToObj(lane).map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
    }

    /// Of the two rows of a thread, an operation on all four threads that share them.
    private static void quad(LoopText text, String name, String op) {
        text.add("let $nameTwo: f32x64 = $op($name, shuffle($name, $near))\n", "name", name, "op", op, "near", lanes(64, l -> l ^ 2));
        text.add("let $nameFour: f32x64 = $op($nameTwo, shuffle($nameTwo, $far))\n", "name", name, "op", op, "far", lanes(64, l -> l ^ 4));
    }

    /// One number a row becomes one for each of its lanes.
    private static String wide(String rows) {
        return "shuffle(" + rows + ", " + lanes(128, l -> l / 2) + ")";
    }

    /// One of two neighbouring columns.
    private static String half(String of, int which) {
        return "shuffle(" + of + ", " + lanes(64, l -> 2 * l + which) + ")";
    }

    /// The maximum, and the weights, rounded as four operands of the next product; what was summed so far is scaled by `shrunk`.
    private void weights(LoopText text) {
        float factor = (float) (1 / Math.sqrt(d()) / Math.log(2));
        String peak = "s0";
        for (int j = 1; j < TILE / 8; j++) peak = "max(" + peak + ", s" + j + ")";
        text.add("let peaks: f32x128 = $peak\nlet peak: f32x64 = max($a, $b)\n", "peak", peak, "a", half("peaks", 0), "b", half("peaks", 1));
        quad(text, "peak", "max");
        text.add("let higher: f32x64 = max(top, peakFour * $factor:f32x64)\nlet fallen: f32x64 = top - higher\n", "factor", LoopText.real(factor));
        power(text, "shrunk", "fallen", 64);
        text.add("top := higher\nlet less: f32x128 = -$wide\nlet shrunkAll: f32x128 = $shrunk\n", "wide", wide("higher"), "shrunk", wide("shrunk"));
        for (int j = 0; j < TILE / 8; j++) {
            text.add("let x$j: f32x128 = fma(s$j, $factor:f32x128, less)\n", "j", j, "factor", LoopText.real(factor));
            power(text, "e" + j, "x" + j, 128);
            if (j % 2 == 0) continue;
            text.add("let all$j: f32x128 = $soFare$i + e$j\n", "j", j, "i", j - 1, "soFar", j == 1 ? "" : "all" + (j - 2) + " + ");
            for (int i = 0; i < 4; i++) {
                int from = i % 2 * 2;
                text.add("let w$k_$i: bf16x64 = shuffle(e$j, $lanes) as bf16x64\n", "k", j / 2, "i", i, "j", j - 1 + i / 2,
                        "lanes", lanes(64, l -> l / 2 * 4 + l % 2 + from));
            }
        }
        text.add("sum := fma(sum, shrunk, $a + $b)\n", "a", half("all7", 0), "b", half("all7", 1));
    }

    /// 2^x: of -inf exactly 0, of 0 exactly 1. Below -126 the result is off by less than 2^-126.
    private static void power(LoopText text, String to, String x, int lanes) {
        String type = "f32x" + lanes, p = LoopText.real(C5) + ":" + type;
        for (float c : new float[] {C4, C3, C2, C1, 1}) p = "fma(" + p + ", rest$TO, " + LoopText.real(c) + ":$T)";
        text.add(LoopText.fill("""
                let bounded$TO: $T = max($X, -127.0:$T)
                let shifted$TO: $T = bounded$TO + $ROUND:$T
                let rest$TO: $T = bounded$TO - (shifted$TO - $ROUND:$T)
                let mantissa$TO: $T = $P
                let $TO: $T = ((mantissa$TO bits $I) + ((shifted$TO bits $I) << 23)) bits $T
                """, "P", p, "TO", to, "X", x, "ROUND", LoopText.real(0x1.8p23f), "I", "i32x" + lanes, "T", type));
    }

    /// Weights times values.
    private void values(LoopText text) {
        for (int j = 0; j < d() / 8; j++) text.add("o$j := o$j * shrunkAll\n", "j", j);
        for (int k = 0; k < TILE / 16; k++) {
            for (int j = 0; j < d() / 16; j++) {
                String of = k + "_" + j;
                List<String> pairs = new ArrayList<>();
                int at = 16 * k * stride + 8 * j;
                for (int row : new int[] {0, 1, 8, 9})
                    text.add("let v$of_$row: u32x32 = gather(tiles, value + $at:i32x32, 1)\n", "of", of, "row", row, "at", at + row * stride);
                for (int row : new int[] {0, 8})
                    pairs.add(LoopText.fill("((v$of_$a & 65535:u32x32) | (v$of_$b << 16)) bits bf16x64", "of", of, "a", row, "b", row + 1));
                for (int row : new int[] {0, 8})
                    pairs.add(LoopText.fill("((v$of_$a >>> 16) | (v$of_$b & 4294901760:u32x32)) bits bf16x64", "of", of, "a", row, "b", row + 1));
                for (int odd = 0; odd < 2; odd++)
                    text.add("o$j := mma(o$j, w$k_0, w$k_1, w$k_2, w$k_3, $a, $b)\n", "j", 2 * j + odd, "k", k, "a", pairs.get(2 * odd), "b",
                            pairs.get(2 * odd + 1));
            }
        }
    }

    /// Results lie by columns, even and odd ones separate, in the threads of a warp: by way of shared memory they become rows.
    private void results(LoopText text) {
        text.add("let ownTwo: f32x64 = sum + shuffle(sum, $near)\nlet whole: f32x64 = ownTwo + shuffle(ownTwo, $far)\n",
                "near", lanes(64, l -> l ^ 2), "far", lanes(64, l -> l ^ 4));
        text.add("let inverse: f32x64 = 1.0:f32x64 / whole\nlet inverseAll: f32x128 = $wide\nbarrier threads\n", "wide", wide("inverse"));
        for (int j = 0; j < d() / 8; j++)
            text.add(fill("tiles[warp * $OWN + $at +: 128] = (o$j * inverseAll) bits u32x128\n", "at", j * RESULTS, "j", j));
        text.add(fill("""
                let place: i32x$D = lane(i32x$D)
                let pairs: i32x$D = (place >>> 4) * $GROUP:i32x$D + (place & 1:i32x$D) * $ONE:i32x$D
                let from: i32x$D = pairs + ((place >>> 2) & 3:i32x$D) * 4:i32x$D + ((place >>> 1) & 1:i32x$D) + ((warp * $OWN) splat i32x$D)
                """, "GROUP", 2 * RESULTS, "ONE", RESULTS));
        for (int r = 0; r < ROWS; r++)
            text.add(fill("""
                    if token + $r < n {
                    y[(token + $r) * $WIDTH + head +: $D] = gather(tiles, from + $at:i32x$D, 1) bits f32x$D
                    }
                    """, "r", r, "at", r % 8 * 16 + r / 8 * 2));
    }
}
