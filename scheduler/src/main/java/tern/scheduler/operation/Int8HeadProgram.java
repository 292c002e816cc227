package tern.scheduler.operation;

import tern.ir.Element;
import tern.ir.Int8Head;
import tern.ir.Op;
import tern.ir.device.OpSignature;
import tern.ir.loop.Program;
import tern.ir.target.Target;

/// [Op.TopLogits] by way of the [Int8Head]: 8 bits of every row are read, and the table itself in those few rows that may be among the largest.
///
/// ```
/// round     x' = step * number, |number| <= limit; |x| and |x - x'|, rounded up
/// screen    for each row an exact i32 product with its 8 bits; from it the least and the most that its logit can be
/// floor     the count-th largest of the least (or of the largest of groups of rows, which is no higher)
/// exact     the logits of rows whose most is not below the floor, in the order of [Op.Head]
/// choose    of these the count largest
/// ```
///
/// Bytes that must move: the screen once for all tokens of a launch. The rows of a block are [#STREAMS] runs far apart, each read from its
/// beginning to its end; nobody asks for them ahead, since with so many streams the processor does so itself, and hints only take its buffers
/// (Zen 3, one thread: 22 ms for the screen of 2B4T without, 31 with). From [#SEVERAL] tokens on, arithmetic takes longer than reading: [#QUAD] tokens
/// share each widened row, two streams at a time, which is what registers hold. A sum has no order, since it is exact: `limit` is such that no i32 overflows.
///
/// The bound is that of [Int8Head] for a rounded x: with `d = |x - x'|`, a logit is within `bound * (|x| + d) + scale * LARGEST * sqrt(width) * d +
/// SMALLEST` of `sum * step * scale`.
public final class Int8HeadProgram {

    /// Runs of rows that are read side by side, and neighbouring rows of a run that a block takes.
    private static final int STREAMS = 8, NEIGHBOURS = 8, BLOCK = STREAMS * NEIGHBOURS;

    /// Tokens that share widened rows, and how many it takes for that to be worth it.
    private static final int QUAD = 4, SEVERAL = 3;

    /// Rows whose upper bounds are compared at once.
    private static final int TOGETHER = 16;

    private final Op.TopLogits op;
    private final Int8Head screen;
    /// Tokens of a launch: an expression, and the most there can be.
    private final String tokens;
    private final int most;
    /// Whether the machine multiplies pairs of i16, and i32 in a register.
    private final boolean pairs;
    private final int lanes;
    private final ProgramText text;

    /// @param most 0 = one token, whatever n is
    private Int8HeadProgram(Op.TopLogits op, int most, String name, Target.Cpu target) {
        this.op = op;
        this.most = Math.max(1, most);
        tokens = most == 0 ? "1" : "n";
        screen = new Int8Head(op.vocabulary(), op.width());
        pairs = target.machineCode();
        lanes = target.vectorBits() / Integer.SIZE;
        text = new ProgramText(name)
                .let("TOKENS", tokens).let("V", op.vocabulary()).let("W", op.width()).let("E", op.element()).let("COUNT", op.count())
                .let("STRIDE", screen.stride()).let("SCALES", screen.scales()).let("BOUNDS", screen.bounds())
                .let("LIMIT", limit()).let("BLOCKS", blocks()).let("SEPARATE", blocks() * NEIGHBOURS).let("PADDED", padded())
                .let("GROUPS", groups()).let("N", "x" + lanes).let("D", "x" + 2 * lanes).let("UP", ProgramText.real(up()));
    }

    public static Program of(Op.TopLogits op, Target.Cpu target) {
        return new Int8HeadProgram(op, 0, OpSignature.name(op), target).program();
    }

    /// Of several sequences' tokens.
    public static Program of(Op.TopLogits op, int slots, String name, Target.Cpu target) {
        return new Int8HeadProgram(op, slots, name, target).program();
    }

    /// Whether all is counted in an i32.
    public static boolean applies(Op.TopLogits op, int most) {
        Int8Head screen = new Int8Head(op.vocabulary(), op.width());
        return screen.bytes() < Integer.MAX_VALUE && (long) op.vocabulary() * op.width() < Integer.MAX_VALUE
                && (long) most * (op.vocabulary() + TOGETHER) < Integer.MAX_VALUE;
    }

    /// Of the numbers of x': a row's sum of products fits an i32.
    private int limit() {
        return Math.min(Short.MAX_VALUE, Integer.MAX_VALUE / (128 * screen.stride()));
    }

    private int blocks() {
        return op.vocabulary() / BLOCK;
    }

    private int padded() {
        return Math.ceilDiv(op.vocabulary(), TOGETHER) * TOGETHER;
    }

    /// Whether a block's largest lower bound stands for all of its rows: while there are many more blocks than wanted rows.
    private boolean isGrouped() {
        return 8L * op.count() <= blocks();
    }

    private int groups() {
        return isGrouped() ? blocks() + op.vocabulary() % BLOCK : op.vocabulary();
    }

    /// Makes up for the roundings of a sum of squares and what follows.
    private float up() {
        return 1 + (op.width() / 16 + 64) * 0x1p-23f;
    }

    private boolean hasQuads() {
        return pairs && most >= SEVERAL;
    }

    /// Tokens for which there is memory: a last quad may be of fewer tokens, and what it computes of others is nobody's.
    private int room() {
        return hasQuads() ? most + QUAD - 1 : most;
    }

    private Program program() {
        if (most > 1 || tokens.equals("n")) text.add("n in 1..$MOST\n", "MOST", most);
        text.add("""
                in x: f32[$TOKENS * $W]
                in table: $E[$TABLE]
                in screen: i8[$BYTES] values -128..127
                out rows: i32[$TOKENS * $COUNT]
                out logits: f32[$TOKENS * $COUNT]
                constant lane: i32[16] values 0..15 = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
                team numbers: $NUMBER[$NUMBERS] values -$LIMIT..$LIMIT
                team steps: f32[$MOST]
                team norms: f32[$MOST]
                team rests: f32[$MOST]
                team lows: i32[$LOWS]
                team highs: f32[$HIGHS]
                team floors: f32[$MOST]
                team exact: f32[$HIGHS]
                core sums: i32[$SUMS] values -$SUM..$SUM
                core found: i32[$FOUND] values 0..$V
                core keys: i32[$FOUND]
                {
                """, "TABLE", (long) op.vocabulary() * op.width(), "BYTES", screen.bytes(), "NUMBERS", room() * screen.stride(), "NUMBER",
                pairs ? "i16" : "i32", "MOST", most, "LOWS", most * groups() + TOGETHER, "HIGHS", most * padded(), "SUMS", room() * BLOCK, "SUM",
                128L * limit() * screen.stride(), "FOUND", padded() + 2 * TOGETHER);
        round();
        text.add("barrier cores\n");
        if (blocks() > 0) screenBlocks();
        if (op.vocabulary() % BLOCK > 0) screenRest();
        text.add("barrier cores\n");
        floor();
        text.add("barrier cores\n");
        exact();
        text.add("barrier cores\n");
        choose();
        return text.add("}\n").parse();
    }

    private void round() {
        text.add("""
                for token in 0..$TOKENS on cores {
                outline round {
                var top: f32x16 = 1.0E-15:f32x16
                var squares: f32x16 = 0.0:f32x16
                for i in 0..$W step 16 {
                let value: f32x16 = x[token * $W + i +: 16 below token * $W + $W]
                top := max(top, abs(value))
                squares := fma(value, value, squares)
                }
                let largest: f32 = reduce_max(top)
                let unit: f32 = largest / $LIMIT.0
                let inverse: f32 = $LIMIT.0 / largest
                let minus: f32 = -unit
                var missed: f32x16 = 0.0:f32x16
                for k in 0..$STRIDE step 16 {
                let own: f32x16 = x[token * $W + k +: 16 below token * $W + $W]
                let whole: f32x16 = min(max(round(own * (inverse splat f32x16)), -$LIMIT.0:f32x16), $LIMIT.0:f32x16)
                numbers[token * $STRIDE + k +: 16] = min(max(whole as i32x16, -$LIMIT:i32x16), $LIMIT:i32x16)$NARROW
                let rest: f32x16 = fma(whole, minus splat f32x16, own)
                missed := fma(rest, rest, missed)
                }
                let norm: f32 = sqrt(reduce_add(squares)) * $UP + 1.0E-15
                let distance: f32 = sqrt(reduce_add(missed)) * $UP + 1.0E-15
                steps[token] = unit
                norms[token] = min((norm + distance) * $UP, 3.0E38)
                rests[token] = min(distance * $FAR, 3.0E38)
                for pad in $V..$PADDED {
                highs[token * $PADDED + pad] = -inf
                }
                }
                }
                """, "NARROW", pairs ? " as i16x16" : "", "FAR",
                ProgramText.real((float) (Int8Head.LARGEST * Math.sqrt(op.width()) * (1 + 0x1p-10))));
    }

    /// Rows `block * NEIGHBOURS ...` of each stream.
    private void screenBlocks() {
        text.add("for block in 0..$BLOCKS on cores {\nfor neighbour in 0..$B {\nlet row: i32 = (block * $B + neighbour) * $STRIDE\n", "B", NEIGHBOURS);
        if (hasQuads()) {
            quads();
            text.add("if n < $SEVERAL {\n", "SEVERAL", SEVERAL);
        }
        text.add("for t in 0..$TOKENS {\noutline products {\n");
        products("row", STREAMS, "t", NEIGHBOURS, "neighbour");
        text.add(hasQuads() ? "}\n}\n}\n}\n" : "}\n}\n}\n").add("for who in 0..$TOKENS {\noutline bounds {\nvar low: f32x8 = -inf:f32x8\n");
        for (int s = 0; s < STREAMS; s++) {
            text.add("let v$s: i32 = block * $B + $s * $SEPARATE\n", "s", s, "B", NEIGHBOURS);
            bounds("v" + s, s, "who", "x8", "" + NEIGHBOURS * s);
            text.add("highs[who * $PADDED + v$s +: 8] = most$s\n", "s", s);
            if (isGrouped()) text.add("low := max(low, least$s)\n", "s", s);
            else {
                text.key("key" + s, "least" + s, 8).add("lows[who * $GROUPS + v$s +: 8] = key$s\n", "s", s);
            }
        }
        if (isGrouped()) text.add("let best: f32 = reduce_max(low)\n").key("bestKey", "best", 1).add("lows[who * $GROUPS + block] = bestKey\n");
        text.add("}\n}\n}\n");
    }

    /// The products of `row` in all streams with all tokens, [#QUAD] of them at a time, to `sums`.
    private void quads() {
        int step = 2 * lanes;
        text.add("if n >= $SEVERAL {\nfor q in 0..n step $QUAD {\nfor both in 0..$HALF {\noutline quad {\n", "SEVERAL", SEVERAL, "QUAD", QUAD, "HALF",
                STREAMS / 2)
                .add("let near: i32 = row + both * $TWICE\n", "TWICE", 2L * blocks() * NEIGHBOURS * screen.stride());
        for (int t = 0; t < QUAD; t++) for (int s = 0; s < 2; s++) text.add("var q$t_$s: i32$N = 0:i32$N\n".replace("$t", "" + t).replace("$s", "" + s));
        text.add("for qk in 0..$STRIDE step $UNROLLED {\n", "UNROLLED", 2 * step);
        for (int part = 0; part < 2 * step; part += step) {
            for (int s = 0; s < 2; s++)
                text.add("let w$s_$part: i16$D = screen[near + qk + $AT +: $STEP] as i16$D\n".replace("$s", "" + s).replace("$part", "" + part),
                        "AT", (long) s * blocks() * NEIGHBOURS * screen.stride() + part, "STEP", step);
            for (int t = 0; t < QUAD; t++) {
                text.add("let n$t_$part: i16$D = numbers[q * $STRIDE + qk + $AT +: $STEP]\n".replace("$t", "" + t).replace("$part", "" + part),
                        "AT", t * screen.stride() + part, "STEP", step);
                for (int s = 0; s < 2; s++)
                    text.add("q$t_$s := dot(q$t_$s, w$s_$part, n$t_$part)\n".replace("$t", "" + t).replace("$s", "" + s).replace("$part", "" + part));
            }
        }
        text.add("}\n");
        for (int t = 0; t < QUAD; t++)
            for (int s = 0; s < 2; s++)
                text.add("sums[q * $BLOCK + both * $PAIR + neighbour + $AT] = reduce_add(q$t_$s)\n".replace("$t", "" + t).replace("$s", "" + s),
                        "BLOCK", BLOCK, "PAIR", 2 * NEIGHBOURS, "AT", t * BLOCK + s * NEIGHBOURS);
        text.add("}\n}\n}\n}\n");
    }

    /// Rows that make up no block.
    private void screenRest() {
        text.add("for last in $FIRST..$V on cores {\nfor l in 0..$TOKENS {\noutline rest {\n", "FIRST", blocks() * BLOCK);
        products("last * $STRIDE", 1, "l", 0, "0");
        bounds("last", STREAMS, "l", "", "0");
        text.add("highs[l * $PADDED + last] = most$s\n", "s", STREAMS).key("lastKey", "least" + STREAMS, 1)
                .add("lows[l * $GROUPS + last - $SKIPPED] = lastKey\n}\n}\n}\n", "SKIPPED", isGrouped() ? blocks() * BLOCK - blocks() : 0);
    }

    /// The products of rows of several streams with one token, to `sums`.
    private void products(String row, int streams, String token, int apart, String neighbour) {
        String id = token;
        for (int s = 0; s < streams; s++) text.add("var sum$s_$i: i32$N = 0:i32$N\n".replace("$s", "" + s), "i", id);
        int step = pairs ? 2 * lanes : lanes;
        // HotSpot compiles no long methods; a row is a multiple of 64.
        int unrolled = Math.min(64, pairs ? 4 * step : 2 * step);
        text.add("for $ik in 0..$STRIDE step $UNROLLED {\n", "i", id, "UNROLLED", unrolled);
        for (int part = 0; part < unrolled; part += step) {
            text.add("let x$i_$part: $T = numbers[$i * $STRIDE + $ik + $part +: $STEP]\n".replace("$part", "" + part), "i", id, "T",
                    pairs ? "i16$D" : "i32$N", "STEP", step);
            for (int s = 0; s < streams; s++) {
                String weights = "screen[" + row + " + $ik + " + ((long) s * blocks() * NEIGHBOURS * screen.stride() + part) + " +: $STEP]";
                text.add((pairs
                        ? "sum$s_$i := dot(sum$s_$i, $WEIGHTS as i16$D, x$i_$part)\n"
                        : "sum$s_$i := sum$s_$i + ($WEIGHTS as i32$N) * x$i_$part\n")
                        .replace("$WEIGHTS", weights).replace("$s", "" + s).replace("$part", "" + part), "i", id, "STEP", step);
            }
        }
        text.add("}\n");
        for (int s = 0; s < streams; s++)
            text.add("sums[$i * $BLOCK + $at + $neighbour] = reduce_add(sum$s_$i)\n".replace("$at", "" + s * apart).replace("$s", "" + s),
                    "i", id, "BLOCK", BLOCK, "neighbour", neighbour);
    }

    /// The least and the most that the logits of some rows can be.
    private void bounds(String v, int s, String token, String lanes, String at) {
        int count = lanes.isEmpty() ? 1 : NEIGHBOURS;
        text.add("""
                let scale$s: f32$L = screen[$SCALES + 4 * $v +: $FOUR] bits f32$L
                let bound$s: f32$L = screen[$BOUNDS + 4 * $v +: $FOUR] bits f32$L
                let near$s: f32$L = (sums[$token * $BLOCK + $at +: $COUNTED] as f32$L) * steps[$token]$SPLAT * scale$s
                let reach$s: f32$L = fma(bound$s, norms[$token]$SPLAT, fma(scale$s, rests[$token]$SPLAT, $SMALLEST:f32$L))
                let least$s: f32$L = near$s - reach$s
                let most$s: f32$L = near$s + reach$s
                """, "SPLAT", lanes.isEmpty() ? "" : " splat f32" + lanes, "s", s, "L", lanes, "v", v, "token", token, "at", at, "FOUR", 4 * count,
                "COUNTED", count, "BLOCK", BLOCK, "SMALLEST", ProgramText.real(2 * Int8Head.SMALLEST));
    }

    /// A float's key is an i32 in the same order.
    private void floor() {
        text.add("for whose in 0..$TOKENS on cores {\noutline floor {\n");
        largest("floor", "lows", "whose * $GROUPS", "$GROUPS");
        text.add("floors[whose] = (floor ^ ((floor >> 31) & 2147483647)) bits f32\n}\n}\n");
    }

    /// The count-th largest of some keys, bit by bit from the top: `to` is a variable.
    private void largest(String to, String keys, String from, String number) {
        text.add("""
                var $to: i32 = -2147483648
                for $tobit in 0..32 {
                let $totried: i32 = select($tobit == 0, 0, $to | (1073741824 >>> max($tobit - 1, 0)))
                var $toabove: i32x16 = 0:i32x16
                for $toi in 0..$NUMBER step 16 {
                let $tokey: i32x16 = $keys[$FROM + $toi +: 16]
                let $towithin: i32x16 = lane[0 +: 16] + ($toi splat i32x16)
                $toabove := $toabove + select(($tokey >= ($totried splat i32x16)) & ($towithin < (($NUMBER) splat i32x16)), 1:i32x16, 0:i32x16)
                }
                let $toenough: boolx1 = reduce_add($toabove) >= $COUNT
                $to := select(reduce_add($toabove) >= $COUNT, $totried, $to)
                }
                """.replace("let $toenough: boolx1 = reduce_add($toabove) >= $COUNT\n", ""), "tobit", to + "Bit", "totried", to + "Tried", "toabove",
                to + "Above", "toi", to + "At", "tokey", to + "Key", "towithin", to + "Within", "to", to, "keys", keys, "FROM", from, "NUMBER", number);
    }

    private void exact() {
        text.add("""
                for part in 0..$PARTS on cores {
                outline exact {
                for of in 0..$TOKENS {
                let floor: f32 = floors[of]
                let reaching: i32x16 = select(highs[of * $PADDED + part * 16 +: 16] >= (floor splat f32x16), 1:i32x16, 0:i32x16)
                if reduce_max(reaching) == 1 {
                for within in 0..16 {
                let candidate: i32 = min(part * 16 + within, $V - 1)
                if (part * 16 + within < $V) & (highs[of * $PADDED + candidate] >= floor) {
                var sum: f32x16 = 0.0:f32x16
                for j in 0..$WHOLE step 16 {
                sum := fma(table[candidate * $W + j +: 16]$WIDE, x[of * $W + j +: 16], sum)
                }
                """.replace("floor:", "least:").replace("(floor splat", "(least splat").replace(">= floor)", ">= least)"),
                "PARTS", padded() / TOGETHER, "WHOLE", op.width() / 16 * 16, "WIDE", op.element() == Element.F32 ? "" : " as f32x16");
        if (op.width() % 16 > 0)
            text.add("""
                    let tail: f32x16 = fma(table[candidate * $W + $WHOLE +: 16 below candidate * $W + $W]$WIDE, x[of * $W + $WHOLE +: 16 below of * $W + $W], sum)
                    sum := select(lane[0 +: 16] < $TAIL:i32x16, tail, sum)
                    """, "WHOLE", op.width() / 16 * 16, "WIDE", op.element() == Element.F32 ? "" : " as f32x16", "TAIL", op.width() % 16);
        text.add("exact[of * $PADDED + candidate] = reduce_add(sum)\n}\n}\n}\n}\n}\n}\n");
    }

    /// Gathers the candidates' keys, drops what is below the count-th or equal to it and too many, and gives each the place that the
    /// number of better ones says.
    private void choose() {
        text.add("""
                for chooser in 0..$TOKENS on cores {
                outline choose {
                var total: i32 = 0
                for piece in 0..$PARTS {
                let edge: f32 = floors[chooser]
                let reached: i32x16 = select(highs[chooser * $PADDED + piece * 16 +: 16] >= (edge splat f32x16), 1:i32x16, 0:i32x16)
                if reduce_max(reached) == 1 {
                for inside in 0..16 {
                let number: i32 = min(piece * 16 + inside, $V - 1)
                if (piece * 16 + inside < $V) & (highs[chooser * $PADDED + number] >= edge) {
                let logit: f32 = exact[chooser * $PADDED + number]
                """, "PARTS", padded() / TOGETHER);
        text.key("logitKey", "logit", 1).add("""
                found[total] = number
                keys[total] = logitKey
                total := max(min(total + 1, $PADDED), 0)
                }
                }
                }
                }
                """);
        largest("threshold", "keys", "0", "total");
        text.add("""
                var kept: i32 = 0
                var equal: i32 = 0
                for c in 0..total {
                let ownKey: i32 = keys[c]
                let ownRow: i32 = found[c]
                if (ownKey > threshold) | ((ownKey == threshold) & (equal < $COUNT)) {
                equal := select(ownKey == threshold, min(equal + 1, $COUNT), equal)
                keys[kept] = ownKey
                found[kept] = ownRow
                kept := max(min(kept + 1, $PADDED), 0)
                }
                }
                keys[kept +: 16] = -2147483648:i32x16
                found[kept +: 16] = $V:i32x16
                for m in 0..kept {
                let mine: i32 = keys[m]
                let mineRow: i32 = found[m]
                var better: i32x16 = 0:i32x16
                for o in 0..kept step 16 {
                let theirs: i32x16 = keys[o +: 16]
                let theirRows: i32x16 = found[o +: 16]
                better := better + select((theirs > (mine splat i32x16)) | ((theirs == (mine splat i32x16)) & (theirRows < (mineRow splat i32x16))), 1:i32x16, 0:i32x16)
                }
                let place: i32 = reduce_add(better)
                if place < $COUNT {
                rows[chooser * $COUNT + place] = mineRow
                logits[chooser * $COUNT + place] = (mine ^ ((mine >> 31) & 2147483647)) bits f32
                }
                }
                }
                }
                """);
    }
}
