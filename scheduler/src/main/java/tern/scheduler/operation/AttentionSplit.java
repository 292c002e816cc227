package tern.scheduler.operation;

import static java.util.Locale.ROOT;

import tern.ir.Op;

/// [BlockedAttention] of few tokens: every block of every token is somebody's work; then each head's blocks are put together.
///
/// The scores of some queries with some keys at a time, each in lanes of its own, so that keys are read and widened once for the queries that share
/// them; weights, in lanes of positions; sums of weighted values, a vector of elements of some queries at a time.
final class AttentionSplit {

    /// At most.
    static final int TOKENS = 16;

    private static final int BLOCK = Op.Attention.BLOCK;

    /// Products of the innermost loop that are written out.
    private static final int UNROLLED = 64;

    private final Op.Attention op;
    private final AttentionPlaces places;
    private final ProgramText text;
    private final int group, queries, keys, lanes, columns;

    /// @param lanes   of a vector of floats
    /// @param queries that are computed at a time
    /// @param keys    of each of them
    AttentionSplit(Op.Attention op, AttentionPlaces places, int lanes, int queries, int keys) {
        this.op = op;
        this.places = places;
        this.text = places.text();
        this.lanes = lanes;
        this.queries = queries;
        this.keys = keys;
        group = op.heads() / op.kvHeads();
        columns = op.headDim() / lanes % 2 == 0 ? 2 : 1;
    }

    void buffers() {
        int blocks = Math.ceilDiv(op.context(), BLOCK), rows = Math.ceilDiv(group, queries) * queries;
        text.add("""
                team parts: f32[$PARTS]
                team tops: f32[$TOPS]
                team sums: f32[$TOPS]
                core queries: f32[$QUERIES]
                core scores: f32[$SCORES]
                """, "PARTS", TOKENS * blocks * op.heads() * op.headDim(), "TOPS", TOKENS * op.heads() * (blocks + Op.LANES), "QUERIES",
                rows * op.headDim(), "SCORES", rows * BLOCK);
    }

    /// Every block of every token, those of the same keys one after the other; then every head of every token.
    void program(AttentionMerge merge) {
        boolean ragged = places.slots() > 0;
        text.add("""
                let width: i32 = max(few, 1)
                let count: i32 = min((min($SEEN, $CONTEXT) + $B - 1) / $B, $BLOCKS)
                for each in 0..few * $KV * count on cores {
                let token: i32 = min(each % width, n - 1)
                let item: i32 = each / width
                let g: i32 = min(item / count, $KV - 1)
                let z: i32 = item % count
                let b: i32 = min($ORDER, $BLOCKS - 1)
                """, "SEEN", ragged ? "position + 1" : "position + n",
                "ORDER", ragged ? "select((z & 1) == 0, z >>> 1, max(count - 1 - (z >>> 1), 0))" : "z");
        places.seen("seen", "token");
        text.add("let there: i32 = min(seen - b * $B, $B)\nif $SOME {\nlet place: i32 = $PLACE\n", "SOME",
                op.window() == 0 ? "there > 0" : "(there > 0) & ((b + 1) * $B > seen - " + op.window() + ")", "PLACE", places.place("token", "b"));
        gather();
        scores();
        weights();
        values();
        text.add("""
                }
                }
                barrier cores
                for one in 0..few * $HEADS on cores {
                let whose: i32 = min(one / $HEADS, min(n, $FEW) - 1)
                let head: i32 = one % $HEADS
                """);
        places.seen("known", "whose");
        merge.of("m", "known", "tops", "sums", "(whose * $HEADS + head) * $PADDED", "parts", "(whose * $BLOCKS * $HEADS + head) * $D", "$HEADS * $D",
                "(whose * $HEADS + head) * $D");
        text.add("}\n");
    }

    private void gather() {
        text.add("""
                outline sgather {
                for sh in 0..$GROUP {
                for sj in 0..$D step 16 {
                queries[sh * $D + sj +: 16] = qkv[token * $ROW + (g * $GROUP + sh) * $D + sj +: 16]
                }
                }
                }
                """);
    }

    /// Of all queries with the keys of a block.
    private void scores() {
        text.add("outline sscores {\nfor sp in 0..there step $KEYS {\n", "KEYS", keys);
        for (int k = 0; k < keys; k++) {
            text.add("let sat$k: i32 = $AT\nlet srow$k: i32 = $ROWOF\n", "k", k, "AT", k == 0 ? "sp" : String.format(ROOT, "min(sp + %d, $B - 1)", k), "ROWOF",
                    k == 0 || places.pages() > 0 ? places.row("g", "b", "sat" + k) : "g * $CONTEXT + min(b * $B + sat" + k + ", $CONTEXT - 1)");
            places.scale("sScale" + k, "keys", "srow" + k, "place");
            for (int line = 0; line < op.headDim() * op.cache().bytes(); line += 64)
                text.add("prefetch vals[place * $APART + srow$k * $D + $AT +: 16]\n", "k", k, "AT", line / op.cache().bytes());
        }
        text.add("for sc in 0..$TILES {\n", "TILES", Math.ceilDiv(group, queries));
        boolean unrolled = keys * queries * op.headDim() / Op.LANES <= UNROLLED;
        if (!unrolled) {
            for (int k = 0; k < keys; k++) for (int q = 0; q < queries; q++) text.add(named("var sa$k_$q: f32x16 = 0.0:f32x16\n", "", k, q));
            text.add("for sj2 in 0..$D step 16 {\n");
        }
        for (int chunk = 0; chunk < (unrolled ? op.headDim() : Op.LANES); chunk += Op.LANES) {
            String j = unrolled ? "" + chunk : "sj2", id = unrolled ? "" + chunk : "";
            for (int k = 0; k < keys; k++)
                text.add(named("let sk$id_$k: f32x16 = $KEY\n", id, k, 0), "KEY", places.element("keys", "srow" + k, "place", j, "sScale" + k, Op.LANES));
            for (int q = 0; q < queries; q++) {
                text.add(named("let sq$id_$q: f32x16 = queries[(sc * $Q + $q) * $D + $J +: 16]\n", id, 0, q), "Q", queries, "J", j);
                for (int k = 0; k < keys; k++)
                    // A sum that begins with a product instead of 0 differs in the sign of a zero at most, which no weight shows.
                    text.add(named(unrolled && chunk == 0 ? "var sa$k_$q: f32x16 = sk$id_$k * sq$id_$q\n"
                            : "sa$k_$q := fma(sk$id_$k, sq$id_$q, sa$k_$q)\n", id, k, q));
            }
        }
        if (!unrolled) text.add("}\n");
        for (int k = 0; k < keys; k++)
            for (int q = 0; q < queries; q++)
                text.add(named("scores[(sc * $Q + $q) * $B + sat$k] = reduce_add(sa$k_$q) * $FACTOR\n", "", k, q), "Q", queries);
        text.add("}\n}\n}\n");
    }

    private static String named(String line, String id, int k, int q) {
        return line.replace("$id", id).replace("$k", "" + k).replace("$q", "" + q);
    }

    /// From scores, which they replace, with what they are relative to and their sum.
    private void weights() {
        String begin = "(sfirst splat i32x16)", end = "(svis splat i32x16)";
        text.add("""
                outline sweights {
                for sr in 0..$GROUP {
                let sat: i32 = (token * $HEADS + g * $GROUP + sr) * $PADDED + b
                let svis: i32 = min(max(seen - b * $B, 0), $B)
                let sfirst: i32 = seen - $WINDOW - b * $B
                var smost: f32x16 = -3.4028235E38:f32x16
                for su in 0..$B step 16 {
                smost := max(smost, select($SEEN, scores[sr * $B + su +: 16], -3.4028235E38:f32x16))
                }
                let stop: f32 = reduce_max(smost)
                var ssum: f32x16 = 0.0:f32x16
                for sv in 0..$B step 16 {
                let sd: f32x16 = select($AGAIN, scores[sr * $B + sv +: 16], -3.4028235E38:f32x16) - (stop splat f32x16)
                """, "WINDOW", op.window(), "SEEN", places.visible("lane[su +: 16]", end, begin), "AGAIN", places.visible("lane[sv +: 16]", end, begin));
        text.exp("se", "sd", Op.LANES).add("""
                let sw: f32x16 = select($AGAIN, se, 0.0:f32x16)
                scores[sr * $B + sv +: 16] = sw
                ssum := ssum + sw
                }
                tops[sat] = stop
                sums[sat] = reduce_add(ssum)
                }
                }
                """, "AGAIN", places.visible("lane[sv +: 16]", end, begin));
    }

    /// Weighted, of a block.
    private void values() {
        text.add("outline svalues {\nfor sx in 0..$D step $STEP {\nfor sy in 0..$TILES {\n", "STEP", columns * lanes, "TILES", Math.ceilDiv(group, queries));
        for (int q = 0; q < queries; q++) for (int c = 0; c < columns; c++) text.add(named("var so$q_$id: f32x$L = 0.0:f32x$L\n", "" + c, 0, q));
        text.add("for sz in 0..there {\nlet szrow: i32 = $ROWOF\n", "ROWOF", places.row("g", "b", "sz"));
        places.scale("szScale", "vals", "szrow", "place");
        for (int c = 0; c < columns; c++)
            text.add("let szv$c: f32x$L = $VALUE\n", "c", c, "VALUE", places.element("vals", "szrow", "place", "sx + " + c * lanes, "szScale", lanes));
        for (int q = 0; q < queries; q++) {
            text.add(named("let sze$q: f32x$L = scores[(sy * $Q + $q) * $B + sz] splat f32x$L\n", "", 0, q), "Q", queries);
            for (int c = 0; c < columns; c++) text.add(named("so$q_$id := fma(sze$q, szv$id, so$q_$id)\n", "" + c, 0, q));
        }
        text.add("}\n");
        for (int q = 0; q < queries; q++) {
            boolean all = group % queries == 0;
            if (!all) text.add(named("if sy * $Q + $q < $GROUP {\n", "", 0, q), "Q", queries);
            for (int c = 0; c < columns; c++)
                text.add(named("parts[((token * $BLOCKS + b) * $HEADS + g * $GROUP + $ROWOF) * $D + sx + $C +: $L] = so$q_$id\n", "" + c, 0, q), "C", c * lanes,
                        "ROWOF", all ? "sy * " + queries + " + " + q : String.format(ROOT, "min(sy * %d + %d, $GROUP - 1)", queries, q));
            if (!all) text.add("}\n");
        }
        text.add("}\n}\n}\n");
    }
}
