package tern.scheduler.operation;

import static java.util.Locale.ROOT;

import org.jspecify.annotations.Nullable;
import tern.ir.Op;

/// [BlockedAttention] of many tokens: a tile of tokens takes block after block, whose keys and values are widened once for all its queries.
///
/// ```
/// turned   [queries / TURN, D, TURN]   the tile's queries, those of TURN at a time next to each other
/// scores   [BLOCK, WIDE]               lanes are queries here too, so neither a score nor a sum of weights is put together across lanes
/// parts    [blocks, WIDE, D]           weighted values of each block
/// ```
///
/// The sums are those of [AttentionSplit], where lane l of 16 holds the products of the elements l, l + 16, ..., and lanes are folded in halves: here
/// each of these sums is a value of its own, and they are added in the same order.
final class AttentionTiles {

    private static final int BLOCK = Op.Attention.BLOCK;

    /// Queries of a tile, if one token has no more.
    private static final int QUERIES = 32;

    /// Keys whose scores are computed together.
    private static final int KEYS = 2;

    /// Elements whose products are written out, of [#KEYS] keys.
    private static final int UNROLLED = 128;

    /// Steps of copying loops that are written out.
    private static final int STEPS = 4;

    private final Op.Attention op;
    private final AttentionPlaces places;
    private final ProgramText text;
    private final int tokens, rows, wide, lanes, vectors, turn, together, columns;

    /// @param lanes     of a vector of floats
    /// @param registers values of [Op#LANES] floats that registers hold at a time, as sums
    /// @param together  queries whose weighted values are summed up at a time
    AttentionTiles(Op.Attention op, AttentionPlaces places, int lanes, int registers, int together) {
        this.op = op;
        this.places = places;
        this.text = places.text();
        this.lanes = lanes;
        this.together = together;
        int group = op.heads() / op.kvHeads();
        tokens = Math.clamp(QUERIES / group, 1, QUERIES);
        vectors = Math.clamp(registers * Op.LANES / (KEYS * lanes), 1, 4);
        turn = vectors * lanes;
        rows = Math.ceilDiv(tokens * group, together) * together;
        wide = Math.ceilDiv(rows, turn) * turn;
        columns = op.headDim() / lanes % 2 == 0 ? 2 : 1;
        text.let("TILE", tokens).let("WIDE", wide).let("TURN", turn).let("ROWS", rows);
    }

    void buffers() {
        int d = op.headDim(), blocks = Math.ceilDiv(op.context(), BLOCK);
        text.add("""
                core tileParts: f32[$TILEPARTS]
                core tileTops: f32[$TILETOPS]
                core tileSums: f32[$TILETOPS]
                core turned: f32[$TURNED]
                core ends: i32[$WIDE]
                core begins: i32[$WIDE]
                core tileScores: f32[$SCORES]
                core chains: f32[$CHAINS]
                core rowTops: f32[$WIDE]
                core rowSums: f32[$WIDE]
                core nearKeys: f32[$NEARKEYS]
                core nearVals: f32[$NEARVALS]
                """, "TILEPARTS", blocks * wide * d, "TILETOPS", wide * (blocks + Op.LANES), "TURNED", wide * d, "SCORES", BLOCK * wide,
                "CHAINS", Math.max(Op.LANES * lanes, 6 * KEYS * turn), "NEARKEYS", BLOCK * d, "NEARVALS", BLOCK * (d + Op.LANES));
    }

    /// Tiles in an order in which any run of them costs about the same: the first, the last, the second ...
    void program(AttentionMerge merge) {
        text.add("""
                let tiles: i32 = select(n <= $FEW, 0, (n + $TILE - 1) / $TILE)
                for which in 0..tiles * $KV on cores {
                let kv: i32 = which % $KV
                let turnOf: i32 = which / $KV
                let tile: i32 = select((turnOf & 1) == 0, turnOf >>> 1, max(tiles - 1 - (turnOf >>> 1), 0))
                let start: i32 = min(tile * $TILE, n - 1)
                """);
        if (places.slots() == 0) text.add("let from: i32 = start\nlet number: i32 = min($TILE, n - start)\n");
        else ofOneSequence();
        boolean ragged = places.slots() > 0;
        text.add("let last: i32 = $LAST\nlet full: i32 = min((last + $B - 1) / $B, $BLOCKS)\nlet queryRows: i32 = min(number * $GROUP, $WIDE)\n",
                "LAST", ragged ? "max(min(furthest, $CONTEXT), 1)" : "min(position + start + number, $CONTEXT)");
        gather();
        text.add("for block in " + places.begin(ragged ? "nearest" : "position + start + 1")
                + "..full {\nlet near: i32 = min(last - block * $B, $B)\nlet placed: i32 = $PLACE\n", "PLACE", places.place("from", "block"));
        widen("K", "keys", "nearKeys", "$D");
        widen("V", "vals", "nearVals", "$D + 16");
        // Values are taken by twos: after the last one comes a row whose weight is 0, and 0 times anything must be 0.
        text.add("""
                if near < $B {
                for jN in 0..$D step 16 {
                nearVals[max(min(near, $B - 1), 0) * ($D + 16) + jN +: 16] = 0.0:f32x16
                }
                }
                """);
        scores();
        weights();
        values();
        text.add("}\nfor row in 0..min(queryRows, $ROWS) {\nlet member: i32 = min(from + row / $GROUP, n - 1)\n");
        places.seen("range", "member");
        merge.of("r", "range", "tileTops", "tileSums", "row * $PADDED", "tileParts", "row * $D", "$WIDE * $D",
                "(member * $HEADS + kv * $GROUP + row % $GROUP) * $D");
        text.add(ragged ? "}\n}\n}\n" : "}\n}\n");
    }

    /// A tile if its tokens are of one sequence, else token by token; and what they see.
    private void ofOneSequence() {
        text.add("""
                var alike: i32 = 1
                for other in 0..$TILE {
                let same: i32 = min(start + other, n - 1)
                alike := select(places[2 * same] == places[2 * start], alike, 0)
                }
                let number: i32 = select(alike == 1, min($TILE, n - start), 1)
                for sub in 0..select(alike == 1, 1, min($TILE, n - start)) {
                let from: i32 = min(start + sub, n - 1)
                var furthest: i32 = 1
                var nearest: i32 = $CONTEXT
                for peer in 0..number {
                let peerToken: i32 = min(from + peer, n - 1)
                """);
        places.seen("peerSeen", "peerToken");
        text.add("furthest := max(min(max(furthest, peerSeen), $CONTEXT), 1)\nnearest := max(min(nearest, peerSeen), 1)\n}\n");
    }

    private void gather() {
        text.add("outline tgather {\nfor tr in 0..queryRows {\nlet ttoken: i32 = min(from + tr / $GROUP, n - 1)\n");
        places.seen("tseen", "ttoken");
        text.add("""
                ends[tr] = tseen
                begins[tr] = tseen - $WINDOW
                let thead: i32 = ttoken * $ROW + (kv * $GROUP + tr % $GROUP) * $D
                let tturned: i32 = tr / $TURN * ($D * $TURN) + tr % $TURN
                for tj in 0..$D {
                turned[tturned + tj * $TURN] = qkv[thead + tj]
                }
                }
                }
                """, "WINDOW", op.window());
    }

    /// A block of a cache as floats.
    private void widen(String p, String buffer, String to, String stride) {
        text.add("outline widen$p {\nfor at$p in 0..near {\nlet row$p: i32 = $ROWOF\n", "p", p, "ROWOF", places.row("kv", "block", "at" + p));
        places.scale("scale" + p, buffer, "row" + p, "placed");
        int step = Op.LANES;
        while (step < STEPS * Op.LANES && op.headDim() % (2 * step) == 0) step *= 2;
        text.add("for j$p in 0..$D step $STEP {\n", "p", p, "STEP", step);
        for (int j = 0; j < step; j += Op.LANES)
            text.add("$to[at$p * ($stride) + j$p + $J +: 16] = $VALUE\n", "p", p, "to", to, "stride", stride, "J", j,
                    "VALUE", places.element(buffer, "row" + p, "placed", "j" + p + " + " + j, "scale" + p, Op.LANES));
        text.add("}\n}\n}\n");
    }

    /// Of [#KEYS] keys with [#turn] queries: for the elements u, u + 4, u + 8 and u + 12 of each sixteen a sum, then these four, then those of four u.
    private void scores() {
        text.add("outline tscores {\nfor tq in 0..min((queryRows + $TURN - 1) / $TURN, $WIDE / $TURN) {\nfor tk0 in 0..near step $KEYS {\n", "KEYS", KEYS);
        for (int k = 1; k < KEYS; k++) text.add("let tk$k: i32 = min(tk0 + $k, $B - 1)\n", "k", k);
        text.add("for tu in 0..4 {\n");
        sums("a", 0, chain(0), "$SUM");
        sums("b", 8, chain(0), chain(0) + " + $SUM");
        sums("c", 4, chain(1), "$SUM");
        sums("d", 12, null, chain(0) + " + (" + chain(1) + " + $SUM)");
        text.add("}\n");
        each((k, v) -> text.add("tileScores[tk$k * $WIDE + tq * $TURN + $V +: $L] = (($A + $C) + ($E + $F)) * ($FACTOR splat f32x$L)\n", "k", k, "V", v * lanes,
                "A", ofStep("0", k, v), "C", ofStep("2", k, v), "E", ofStep("1", k, v), "F", ofStep("3", k, v)));
        text.add("}\n}\n}\n");
    }

    private interface Each {
        void of(int key, int vector);
    }

    private void each(Each each) {
        for (int k = 0; k < KEYS; k++) for (int v = 0; v < vectors; v++) each.of(k, v);
    }

    /// Of the elements `u + first`, `u + first + 16`, ...
    ///
    /// @param to    null = where a step's sums are kept
    /// @param value to put there, of the sum
    private void sums(String name, int first, @Nullable String to, String value) {
        boolean loop = op.headDim() > UNROLLED;
        text.add("outline tsums" + name + " {\n");
        if (loop) {
            each((k, v) -> text.add("var t$name$k_$v: f32x$L = 0.0:f32x$L\n".replace("$name", name).replace("$k", "" + k).replace("$v", "" + v)));
            text.add("for tc$name in 0..$D step 16 {\n".replace("$name", name));
        }
        for (int chunk = 0; chunk < (loop ? Op.LANES : op.headDim()); chunk += Op.LANES) {
            String id = name + chunk, at = "tu + " + (chunk + first) + (loop ? " + tc" + name : "");
            for (int v = 0; v < vectors; v++)
                text.add("let tq$id_$v: f32x$L = turned[(tq * $D + $AT) * $TURN + $V +: $L]\n".replace("$id", id).replace("$v", "" + v), "AT", at, "V",
                        v * lanes);
            for (int k = 0; k < KEYS; k++) {
                text.add("let tk$id_$k: f32x$L = nearKeys[tk$k * $D + $AT] splat f32x$L\n".replace("$id", id).replace("$k", "" + k), "AT", at);
                for (int v = 0; v < vectors; v++)
                    // A sum that begins with a product instead of 0 differs in the sign of a zero at most, which no weight shows.
                    text.add((loop || chunk > 0 ? "t$name$k_$v := fma(tk$id_$k, tq$id_$v, t$name$k_$v)\n" : "var t$name$k_$v: f32x$L = tk$id_$k * tq$id_$v\n")
                            .replace("$name", name).replace("$id", id).replace("$k", "" + k).replace("$v", "" + v));
            }
        }
        if (loop) text.add("}\n");
        each((k, v) -> text.add((to == null ? ofStep("tu", k, v) : to) + " = " + value + "\n", "AT", k * turn + v * lanes, "SUM", "t" + name + k + "_" + v));
        text.add("}\n");
    }

    private String chain(int number) {
        return String.format(ROOT, "chains[%d + $AT +: $L]", number * KEYS * turn);
    }

    private String ofStep(String u, int k, int v) {
        return String.format(ROOT, "chains[(%s + 2) * %d + %d +: $L]", u, KEYS * turn, k * turn + v * lanes);
    }

    /// From scores, which they replace, with what they are relative to and their sum.
    private void weights() {
        text.add("outline tweights {\nfor wq in 0..min((queryRows + $L - 1) / $L, $WIDE / $L) {\n");
        relative("wend", "ends");
        if (op.window() > 0) relative("wbegin", "begins");
        text.add("""
                var wmost: f32x$L = -3.4028235E38:f32x$L
                for wm in 0..near {
                wmost := max(wmost, select($SEEN, $SCORE, -3.4028235E38:f32x$L))
                }
                for wu in 0..16 {
                """, "SEEN", visible("wm"), "SCORE", score("wm"));
        for (int at = 0; at < BLOCK; at += Op.LANES) {
            text.add("let wd$at: f32x$L = select($SEEN, $SCORE, -3.4028235E38:f32x$L) - wmost\n", "at", at, "SEEN", visible("wu + " + at), "SCORE",
                    score("wu + " + at));
            text.exp("we" + at, "wd" + at, lanes).add("let ww$at: f32x$L = select($SEEN, we$at, 0.0:f32x$L)\n$SCORE = ww$at\n", "at", at,
                    "SEEN", visible("wu + " + at), "SCORE", score("wu + " + at));
        }
        text.add("chains[wu * $L +: $L] = ");
        StringBuilder sum = new StringBuilder("ww0");
        for (int at = Op.LANES; at < BLOCK; at += Op.LANES) sum.insert(0, "(").append(" + ww").append(at).append(")");
        text.add(sum + "\n}\n");
        for (int half = Op.LANES / 2; half > 1; half /= 2)
            text.add("for wh$H in 0..$H {\nchains[wh$H * $L +: $L] = chains[wh$H * $L +: $L] + chains[(wh$H + $H) * $L +: $L]\n}\n", "H", half);
        text.add("""
                rowTops[wq * $L +: $L] = wmost
                rowSums[wq * $L +: $L] = chains[0 +: $L] + chains[$L +: $L]
                }
                for wr in 0..min(queryRows, $ROWS) {
                tileTops[wr * $PADDED + block] = rowTops[wr]
                tileSums[wr * $PADDED + block] = rowSums[wr]
                }
                }
                """);
    }

    /// A border of what queries see, counted from the block.
    private void relative(String to, String borders) {
        text.add("let $to: i32x$L = max(min($of[wq * $L +: $L], $CONTEXT:i32x$L), $LEAST:i32x$L) - ((block * $B) splat i32x$L)\n", "to", to, "of", borders,
                "LEAST", -op.window());
    }

    private String visible(String at) {
        return places.visible("(lane[" + at + "] splat i32x$L)", "wend", "wbegin");
    }

    private String score(String at) {
        return "tileScores[(" + at + ") * $WIDE + wq * $L +: $L]";
    }

    /// Weighted, of a block: [#together] queries at a time, and [#columns] vectors of elements.
    private void values() {
        text.add("outline tvalues {\nfor vx in 0..$D step $STEP {\nfor vy in 0..min((queryRows + $Q - 1) / $Q, $ROWS / $Q) {\n", "STEP", columns * lanes,
                "Q", together);
        for (int q = 0; q < together; q++)
            for (int c = 0; c < columns; c++) text.add("var vo$q_$c: f32x$L = 0.0:f32x$L\n".replace("$q", "" + q), "c", c);
        text.add("for vz0 in 0..near step $KEYS {\n", "KEYS", KEYS);
        for (int z = 0; z < KEYS; z++) {
            if (z > 0) text.add("let vz$z: i32 = min(vz0 + $z, $B - 1)\n", "z", z);
            for (int c = 0; c < columns; c++)
                text.add("let vv$z_$c: f32x$L = nearVals[vz$z * ($D + 16) + vx + $C +: $L]\n".replace("$z", "" + z), "c", c, "C", c * lanes);
            for (int q = 0; q < together; q++) {
                text.add("let ve$z_$q: f32x$L = tileScores[vz$z * $WIDE + vy * $Q + $q] splat f32x$L\n".replace("$z", "" + z), "Q", together, "q", q);
                for (int c = 0; c < columns; c++)
                    text.add("vo$q_$c := fma(ve$z_$q, vv$z_$c, vo$q_$c)\n".replace("$z", "" + z).replace("$q", "" + q), "c", c);
            }
        }
        text.add("}\n");
        for (int q = 0; q < together; q++)
            for (int c = 0; c < columns; c++)
                text.add("tileParts[(block * $WIDE + vy * $Q + $q) * $D + vx + $C +: $L] = vo$q_$c\n".replace("$q", "" + q), "c", c, "C", c * lanes, "Q",
                        together);
        text.add("}\n}\n}\n");
    }
}
