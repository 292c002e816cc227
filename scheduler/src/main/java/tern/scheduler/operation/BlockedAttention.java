package tern.scheduler.operation;

import static java.util.Locale.ROOT;

import java.util.stream.IntStream;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// [Op.Attention] by blocks of positions, in two ways of which the number of tokens decides:
///
/// ```
/// split   few tokens: every block of every token is somebody's work; then each head's blocks are put together
/// tiles   many tokens: a tile of tokens takes block after block, whose keys and values are widened once for all its queries
/// ```
///
/// Both compute blocks in the same way: the scores of some queries with some keys at a time, each in lanes of its own, so that keys are read
/// and widened once for the queries that share them; the weights; sums of weighted values, a vector of elements of some queries at a time.
/// A position that a token does not see has the weight 0, which changes no sum.
final class BlockedAttention {

    private static final int BLOCK = Op.Attention.BLOCK;

    /// Tokens of a launch that are split, at most; queries of a tile.
    private static final int FEW = 16, QUERIES = 32;

    /// Products of the innermost loop that are written out.
    private static final int UNROLLED = 64;

    private final Op.Attention op;
    /// Of what [#place] chooses: a slot's cache or a page.
    private final CacheLayout layout;
    private final int slots, pages, group, tokens, most, shared, together, several, lanes, columns;
    private final ProgramText text;

    /// @param slots     0 = all tokens are of one sequence
    /// @param pages     0 = keys and values of a sequence lie together
    /// @param registers values of [Op#LANES] floats that registers hold at a time, as sums
    /// @param vector    floats of a vector, where no order depends on it
    private BlockedAttention(Op.Attention op, int slots, int pages, String name, int registers, int vector) {
        this.op = op;
        this.slots = slots;
        this.pages = pages;
        layout = pages == 0 ? op.layout() : op.layout().page();
        group = op.heads() / op.kvHeads();
        tokens = Math.clamp(QUERIES / group, 1, 32);
        most = registers + registers / 4;
        int vectors = op.headDim() / Op.LANES;
        shared = Math.ceilDiv(group, Math.ceilDiv(group, most));
        together = Integer.highestOneBit(Math.max(1, most / shared));
        int chunks = Math.min(registers, vectors);
        while (vectors % chunks > 0) chunks--;
        several = chunks;
        lanes = vector;
        columns = op.headDim() / lanes % 2 == 0 ? 2 : 1;
        int bytes = op.cache().bytes();
        text = new ProgramText(name)
                .let("E", op.cache()).let("D", op.headDim()).let("HEADS", op.heads()).let("KV", op.kvHeads()).let("GROUP", group)
                .let("CONTEXT", op.context()).let("ROW", (op.heads() + 2 * op.kvHeads()) * op.headDim()).let("BLOCKS", blocks())
                .let("PADDED", blocks() + Op.LANES).let("B", BLOCK).let("FEW", FEW).let("TILE", tokens)
                .let("APART", layout.apart() / bytes).let("SCALES", layout.scale(0, 0))
                .let("ALL", queries()).let("FACTOR", ProgramText.real(op.factor()));
    }

    static boolean applies(Op.Attention op, int slots, int pages) {
        long bytes = pages == 0 ? slots * op.layout().apart() : pages * op.layout().page().apart(), elements = bytes / op.cache().bytes();
        long parts = (long) FEW * op.heads() * op.headDim() * Math.ceilDiv(op.context(), BLOCK);
        return op.headDim() % Op.LANES == 0 && op.headDim() <= 512 && elements < Integer.MAX_VALUE && parts < Integer.MAX_VALUE;
    }

    static Program of(Op.Attention op, int slots, int pages, String name, Target.Cpu target) {
        return new BlockedAttention(op, slots, pages, name, OperationLowering.registers(target),
                target.vectorBits() > 256 ? 16 : 8).program();
    }

    private int blocks() {
        return Math.ceilDiv(op.context(), BLOCK);
    }

    /// Of a tile, with those that fill up the last registers.
    private int queries() {
        return Math.ceilDiv(tokens * group, shared) * shared;
    }

    private Program program() {
        int d = op.headDim();
        text.add("""
                n in 1..$MOST
                position in 0..1073741823
                in qkv: f32[n * $ROW]
                in keys: $E[$CACHED]$BYTES
                in vals: $E[$CACHED]$BYTES
                out y: f32[n * $HEADS * $D]
                $PLACESconstant lane: i32[$B] values 0..$LAST = {$LANES}
                team parts: f32[$PARTS]
                team tops: f32[$TOPS]
                team sums: f32[$TOPS]
                core tileParts: f32[$TILEPARTS]
                core tileTops: f32[$TILETOPS]
                core tileSums: f32[$TILETOPS]
                core queries: f32[$QUERIES]
                core scores: f32[$SCORES]
                core nearKeys: f32[$NEAR]
                core nearVals: f32[$NEARVALS]
                core shares: f32[$PADDED]
                {
                let few: i32 = select(n <= $FEW, min(n, $FEW), 0)
                let width: i32 = max(few, 1)
                """, "PARTS", FEW * blocks() * op.heads() * d, "TOPS", FEW * op.heads() * (blocks() + Op.LANES), "TILEPARTS", blocks() * queries() * d,
                "TILETOPS", queries() * (blocks() + Op.LANES), "QUERIES", queries() * d, "SCORES", queries() * BLOCK, "NEAR", BLOCK * d, "NEARVALS",
                BLOCK * (d + Op.LANES), "CACHED", (pages == 0 ? Math.max(1, slots) : pages) * (layout.apart() / op.cache().bytes()),
                "MOST", Math.min(1 << 16, Integer.MAX_VALUE / ((op.heads() + 2 * op.kvHeads()) * op.headDim())),
                "PLACES",
                (slots == 0 ? "" : "in places: i32[n * 2]\n") + (pages == 0 ? "" : "in table: i32[" + slots * blocks() + "]\n"), "BYTES",
                op.cache() == Element.I8 ? " values -128..127" : "",
                "LANES", String.join(", ", IntStream.range(0, BLOCK).mapToObj(Integer::toString).toList()), "LAST", BLOCK - 1);
        split();
        text.add("barrier cores\n");
        merge();
        tiles();
        return text.add("}\n").parse();
    }

    /// Every block of every token; those of the same keys one after the other.
    private void split() {
        String most = slots == 0 ? "position + n" : "position + 1";
        text.add("""
                let count: i32 = min((min($MOSTSEEN, $CONTEXT) + $LAST) / $B, $BLOCKS)
                for each in 0..few * $KV * count on cores {
                let token: i32 = min(each % width, n - 1)
                let item: i32 = each / width
                let g: i32 = min(item / count, $KV - 1)
                let z: i32 = item % count
                let b: i32 = min($ORDER, $BLOCKS - 1)
                """, "MOSTSEEN", most, "LAST", BLOCK - 1,
                "ORDER", slots == 0 ? "z" : "select((z & 1) == 0, z >>> 1, max(count - 1 - (z >>> 1), 0))");
        seen("seen", "token");
        text.add("let there: i32 = min(seen - b * $B, $B)\nif $SOME {\n", "SOME",
                op.window() == 0 ? "there > 0" : "(there > 0) & ((b + 1) * $B > seen - " + op.window() + ")");
        text.add("let place: i32 = $PLACE\n", "PLACE", place("token", "b"));
        gather("s", "token", "1", "g");
        scores("s", "1", "there", false);
        weights("s", "1", "token", "tops", "(token * $HEADS + g * $GROUP)", "sums");
        values("s", "1", "there", false, "parts", "((token * $BLOCKS + b) * $HEADS + g * $GROUP)");
        text.add("}\n}\n");
    }

    /// Puts the blocks of few tokens together.
    private void merge() {
        text.add("for one in 0..few * $HEADS on cores {\nlet whose: i32 = min(one / $HEADS, min(n, $FEW) - 1)\nlet head: i32 = one % $HEADS\n");
        seen("known", "whose");
        together("m", "known", "tops", "sums", "(whose * $HEADS + head) * $PADDED", "parts", "(whose * $BLOCKS * $HEADS + head) * $D", "$HEADS * $D",
                "(whose * $HEADS + head) * $D");
        text.add("}\n");
    }

    /// Tiles in an order in which any run of them costs about the same: the first, the last, the second ...
    private void tiles() {
        text.add("""
                let tiles: i32 = select(n <= $FEW, 0, (n + $TILE - 1) / $TILE)
                for which in 0..tiles * $KV on cores {
                let kv: i32 = which % $KV
                let turn: i32 = which / $KV
                let tile: i32 = select((turn & 1) == 0, turn >>> 1, max(tiles - 1 - (turn >>> 1), 0))
                let start: i32 = min(tile * $TILE, n - 1)
                """);
        if (slots == 0) {
            text.add("let from: i32 = start\nlet number: i32 = min($TILE, n - start)\n");
        } else {
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
            seen("peerSeen", "peerToken");
            text.add("furthest := max(min(max(furthest, peerSeen), $CONTEXT), 1)\nnearest := max(min(nearest, peerSeen), 1)\n}\n");
        }
        String nearest = slots == 0 ? "position + start + 1" : "nearest";
        text.add("let last: i32 = $LAST\nlet full: i32 = min((last + $B - 1) / $B, $BLOCKS)\n",
                "LAST", slots == 0 ? "min(position + start + number, $CONTEXT)" : "max(min(furthest, $CONTEXT), 1)");
        gather("t", "from", "number", "kv");
        text.add("for block in " + begin(nearest) + "..full {\nlet near: i32 = min(last - block * $B, $B)\nlet placed: i32 = $PLACE\n", "PLACE",
                place("from", "block"));
        widen("K", "keys", "nearKeys", "$D");
        widen("V", "vals", "nearVals", "$D + 16");
        scores("t", "number", "near", true);
        weights("t", "number", "from", "tileTops", "0", "tileSums");
        values("t", "number", "near", true, "tileParts", "(block * $ALL)");
        text.add("}\nfor row in 0..min(number, $TILE) * $GROUP {\nlet member: i32 = min(from + row / $GROUP, n - 1)\n");
        seen("range", "member");
        together("r", "range", "tileTops", "tileSums", "row * $PADDED", "tileParts", "row * $D", "$ALL * $D",
                "(member * $HEADS + kv * $GROUP + row % $GROUP) * $D");
        text.add(slots == 0 ? "}\n}\n" : "}\n}\n}\n");
    }

    private void seen(String to, String token) {
        text.add("let $to: i32 = $VALUE\n", "to", to,
                "VALUE", slots == 0 ? "min(position + " + token + " + 1, $CONTEXT)" : "min(max(places[" + token + " * 2 + 1], 0), $CONTEXT - 1) + 1");
    }

    /// The first block that a token sees.
    private String begin(String seen) {
        return op.window() == 0 ? "0" : String.format(ROOT, "(max(%s - %d, 0) / $B)", seen, op.window());
    }

    /// Which lanes from `at` on, of a block or of numbers of blocks, a token sees.
    private String visible(String at, String end, String begin) {
        String below = "(lane[%s +: 16] < (%s splat i32x16))".formatted(at, end);
        return op.window() == 0 ? below : below + " & (lane[%s +: 16] >= (%s splat i32x16))".formatted(at, begin);
    }

    /// Which cache, or which page, a block of a token lies in.
    private String place(String token, String block) {
        String slot = slots == 0 ? "0" : "min(max(places[" + token + " * 2], 0), " + (slots - 1) + ")";
        return pages == 0 ? slot : String.format(ROOT, "min(max(table[%s * $BLOCKS + %s], 0), %d)", slot, block, pages - 1);
    }

    /// The row of a position of a block within its cache or page.
    private String row(String head, String block, String at) {
        return pages == 0 ? "%s * $CONTEXT + %s * $B + %s".formatted(head, block, at) : "%s * $B + %s".formatted(head, at);
    }

    private void gather(String p, String first, String number, String g) {
        text.add("""
                outline $pgather {
                for $pt in 0..min($number, $TILE) {
                let $ptoken: i32 = min($first + $pt, n - 1)
                for $ph in 0..$GROUP {
                for $pj in 0..$D step 16 {
                queries[($pt * $GROUP + $ph) * $D + $pj +: 16] = qkv[$ptoken * $ROW + ($g * $GROUP + $ph) * $D + $pj +: 16]
                }
                }
                }
                }
                """, "p", p, "first", first, "number", number, "g", g);
    }

    /// Elements of a row of the cache as f32.
    private String element(String buffer, String row, String place, String j, String scale, int lanes) {
        String stored = String.format(ROOT, "%s[%s * $APART + %s * $D + %s +: %d]", buffer, place, row, j, lanes);
        return switch (op.cache()) {
            case F32 -> stored;
            case I8 -> String.format(ROOT, "(%s as f32x%d) * (%s splat f32x%d)", stored, lanes, scale, lanes);
            default -> String.format(ROOT, "(%s as f32x%d)", stored, lanes);
        };
    }

    /// The scale of a row, if rows have one.
    private void scale(String to, String buffer, String row, String place) {
        if (layout.isScaled()) text.add("let $to: f32 = $buffer[$place * $APART + $SCALES + 4 * ($row) +: 4] bits f32\n",
                "to", to, "buffer", buffer, "row", row, "place", place);
    }

    /// A block of a cache as floats.
    private void widen(String p, String buffer, String to, String stride) {
        text.add("outline widen$p {\nfor at$p in 0..near {\nlet row$p: i32 = $ROWOF\n", "p", p, "ROWOF", row("kv", "block", "at" + p));
        scale("scale" + p, buffer, "row" + p, "placed");
        text.add("for j$p in 0..$D step 16 {\n$to[at$p * ($stride) + j$p +: 16] = $VALUE\n}\n}\n}\n", "p", p, "to", to, "stride", stride,
                "VALUE", element(buffer, "row" + p, "placed", "j" + p, "scale" + p, Op.LANES));
    }

    /// How often some queries at a time make up all of some tokens.
    private String tiles(String number, int queries) {
        return number.equals("1") ? "" + Math.ceilDiv(group, queries)
                : String.format(ROOT, "min(%s * %d + %d, $ALL) / %d", number, group, queries - 1, queries);
    }

    /// Of all queries with the keys of a block.
    private void scores(String p, String number, String there, boolean near) {
        int ahead = near ? 2 : together, queries = near ? Math.max(1, most / 2) : shared;
        while (queries() % queries > 0) queries--;
        text.add("outline $pscores {\nfor $pp in 0..$there step $AHEAD {\n", "p", p, "there", there, "AHEAD", ahead);
        for (int k = 0; k < ahead; k++) {
            text.add("let $pat$k: i32 = $AT\n", "p", p, "k", k, "AT", k == 0 ? p + "p" : String.format(ROOT, "min(%sp + %d, $B - 1)", p, k));
            if (near) continue;
            text.add("let $prow$k: i32 = $ROWOF\n", "p", p, "k", k, "ROWOF",
                    k == 0 || pages > 0 ? row("g", "b", p + "at" + k) : "g * $CONTEXT + min(b * $B + " + p + "at" + k + ", $CONTEXT - 1)");
            scale(p + "Scale" + k, "keys", p + "row" + k, "place");
            for (int line = 0; line < op.headDim() * op.cache().bytes(); line += 64)
                text.add("prefetch vals[place * $APART + $prow$k * $D + $AT +: 16]\n", "p", p, "k", k, "AT", line / op.cache().bytes());
        }
        text.add("for $pc in 0..$TILES {\n", "p", p, "TILES", tiles(number, queries));
        boolean unrolled = ahead * queries * op.headDim() / Op.LANES <= UNROLLED;
        for (int k = 0; k < ahead && !unrolled; k++)
            for (int q = 0; q < queries; q++)
                text.add("var $pa$k_$q: f32x16 = 0.0:f32x16\n".replace("$k", "" + k).replace("$q", "" + q), "p", p);
        if (!unrolled) text.add("for $pj in 0..$D step 16 {\n", "p", p + "s");
        for (int chunk = 0; chunk < (unrolled ? op.headDim() : Op.LANES); chunk += Op.LANES) {
            String j = unrolled ? "" + chunk : p + "sj", id = unrolled ? "" + chunk : "";
            for (int k = 0; k < ahead; k++)
                text.add("let $pk$id_$k: f32x16 = $KEY\n".replace("$id", id).replace("$k:", k + ":"), "p", p, "KEY",
                        near ? "nearKeys[" + p + "at" + k + " * $D + " + j + " +: 16]"
                                : element("keys", p + "row" + k, "place", j, p + "Scale" + k, Op.LANES));
            for (int q = 0; q < queries; q++) {
                text.add("let $pq$id_$q: f32x16 = queries[($pc * $Q + $q) * $D + $j +: 16]\n".replace("$id", id).replace("$q", "" + q), "p", p, "Q", queries,
                        "j", j);
                for (int k = 0; k < ahead; k++)
                    // A sum that begins with a product instead of 0 differs in the sign of a zero at most, which no weight shows.
                    text.add((unrolled && chunk == 0 ? "var $pa$k_$q: f32x16 = $pk$id_$k * $pq$id_$q\n"
                            : "$pa$k_$q := fma($pk$id_$k, $pq$id_$q, $pa$k_$q)\n").replace("$id", id).replace("$k", "" + k).replace("$q", "" + q), "p", p);
            }
        }
        if (!unrolled) text.add("}\n");
        for (int k = 0; k < ahead; k++)
            for (int q = 0; q < queries; q++)
                text.add("scores[($pc * $Q + $q) * $B + $pat$k] = reduce_add($pa$k_$q) * $FACTOR\n".replace("$k", "" + k).replace("$q", "" + q), "p", p, "Q",
                        queries);
        text.add("}\n}\n}\n");
    }

    /// From scores, which they replace, with what they are relative to and their sum.
    private void weights(String p, String number, String first, String tops, String to, String sums) {
        String block = p.equals("s") ? "b" : "block";
        text.add("outline $pweights {\nfor $pr in 0..min($number * $GROUP, $ALL) {\nlet $pof: i32 = min($first + $pr / $GROUP, n - 1)\n",
                "p", p, "number", number, "first", first);
        seen(p + "Seen", p + "of");
        text.add("let $pvis: i32 = min(max($pSeen - $BLOCK * $B, 0), $B)\nlet $pfirst: i32 = $pSeen - $WINDOW - $BLOCK * $B\n", "p", p, "BLOCK", block,
                "WINDOW", op.window());
        String seenAgain = visible(p + "v", p + "vis", p + "first");
        text.add("""
                var $pmost: f32x16 = -3.4028235E38:f32x16
                for $pu in 0..$B step 16 {
                $pmost := max($pmost, select($SEEN, scores[$pr * $B + $pu +: 16], -3.4028235E38:f32x16))
                }
                let $ptop: f32 = reduce_max($pmost)
                var $psum: f32x16 = 0.0:f32x16
                for $pv in 0..$B step 16 {
                let $pd: f32x16 = select($AGAIN, scores[$pr * $B + $pv +: 16], -3.4028235E38:f32x16) - ($ptop splat f32x16)
                """, "p", p, "SEEN", visible(p + "u", p + "vis", p + "first"), "AGAIN", seenAgain);
        text.exp(p + "e", p + "d", Op.LANES).add("""
                let $pw: f32x16 = select($AGAIN, $pe, 0.0:f32x16)
                scores[$pr * $B + $pv +: 16] = $pw
                $psum := $psum + $pw
                }
                $tops[($to + $pr) * $PADDED + $BLOCK] = $ptop
                $sums[($to + $pr) * $PADDED + $BLOCK] = reduce_add($psum)
                }
                }
                """, "p", p, "AGAIN", seenAgain, "tops", tops, "to", to, "sums", sums, "BLOCK", block);
    }

    /// Weighted, of a block.
    private void values(String p, String number, String there, boolean near, String parts, String to) {
        text.add("outline $pvalues {\nfor $px in 0..$D step $STEP {\nfor $py in 0..$TILES {\n", "p", p, "STEP", columns * lanes, "TILES",
                tiles(number, shared));
        for (int q = 0; q < shared; q++)
            for (int c = 0; c < columns; c++) text.add("var $po$q_$c: f32x$L = 0.0:f32x$L\n".replace("$q", "" + q), "p", p, "c", c, "L", lanes);
        text.add("for $pz in 0..$there {\n", "p", p, "there", there);
        if (!near) {
            text.add("let $pzrow: i32 = $ROWOF\n", "p", p, "ROWOF", row("g", "b", p + "z"));
            scale(p + "zScale", "vals", p + "zrow", "place");
        }
        for (int c = 0; c < columns; c++)
            text.add("let $pzv$c: f32x$L = $VALUE\n", "p", p, "c", c, "L", lanes, "VALUE", near
                    ? String.format(ROOT, "nearVals[%sz * ($D + 16) + %sx + %d +: %d]", p, p, c * lanes, lanes)
                    : element("vals", p + "zrow", "place", p + "x + " + c * lanes, p + "zScale", lanes));
        for (int q = 0; q < shared; q++) {
            text.add("let $pe$q: f32x$L = scores[($Y * $Q + $q) * $B + $Z] splat f32x$L\n".replace("$q", "" + q), "p", p + "z", "Y", p + "y", "Z", p + "z", "Q",
                    shared, "L", lanes);
            for (int c = 0; c < columns; c++)
                text.add("$po$q_$c := fma($pze$q, $pzv$c, $po$q_$c)\n".replace("$q", "" + q), "p", p, "c", c);
        }
        text.add("}\n");
        for (int q = 0; q < shared; q++) {
            boolean all = near || group % shared == 0;
            if (!all) text.add("if $py * $Q + $q < $GROUP {\n", "p", p, "q", q, "Q", shared);
            for (int c = 0; c < columns; c++)
                text.add("$parts[($to + $ROWOF) * $D + $px + $C +: $L] = $po$q_$c\n".replace("$q", "" + q), "p", p, "c", c, "C", c * lanes, "L", lanes,
                        "parts", parts, "to", to, "ROWOF", all ? p + "y * " + shared + " + " + q : String.format(ROOT, "min(%sy * %d + %d, $GROUP - 1)",
                                p, shared, q));
            if (!all) text.add("}\n");
        }
        text.add("}\n}\n}\n");
    }

    /// A query's blocks, each with its share of the whole.
    private void together(String p, String seen, String tops, String sums, String row, String parts, String at, String apart, String to) {
        text.add("""
                outline $pmerge {
                let $pblocks: i32 = min(($seen + $B - 1) / $B, $BLOCKS)
                let $pbegin: i32 = $BEGIN
                var $pmost: f32x16 = -3.4028235E38:f32x16
                for $pb in 0..$pblocks step 16 {
                $pmost := max($pmost, select($SEEN, $tops[$row + $pb +: 16], -3.4028235E38:f32x16))
                }
                let $plargest: f32 = reduce_max($pmost)
                for $pc in 0..$pblocks step 16 {
                let $pd: f32x16 = $tops[$row + $pc +: 16] - ($plargest splat f32x16)
                """, "p", p, "seen", seen, "tops", tops, "row", row, "BEGIN", begin(seen), "SEEN",
                visible("0", "(" + p + "blocks - " + p + "b)", "(" + p + "begin - " + p + "b)"));
        text.exp(p + "e", p + "d", Op.LANES).add("""
                shares[$pc +: 16] = $pe
                }
                var $ptotal: f32 = 0.0
                for $pf in $pbegin..$pblocks {
                $ptotal := fma(shares[$pf], $sums[$row + $pf], $ptotal)
                }
                for $pj in 0..$D step $STEP {
                """, "p", p, "sums", sums, "row", row, "STEP", several * Op.LANES);
        for (int c = 0; c < several; c++) text.add("var $py$c: f32x16 = 0.0:f32x16\n", "p", p, "c", c);
        text.add("for $pi in $pbegin..$pblocks {\n", "p", p);
        for (int c = 0; c < several; c++)
            text.add("$py$c := fma(shares[$pi] splat f32x16, $parts[$at + $pi * $apart + $pj + $C +: 16], $py$c)\n", "p", p, "c", c, "C", c * Op.LANES,
                    "parts", parts, "at", at, "apart", apart);
        text.add("}\n");
        for (int c = 0; c < several; c++)
            text.add("y[$to + $pj + $C +: 16] = $py$c / ($ptotal splat f32x16)\n", "p", p, "c", c, "C", c * Op.LANES, "to", to);
        text.add("}\n}\n");
    }
}
