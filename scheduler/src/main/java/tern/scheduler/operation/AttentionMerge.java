package tern.scheduler.operation;

import tern.ir.Op;

/// Puts the blocks of a query together, each with its share of the whole ([Op.Attention]).
///
/// @param vectors of [Op#LANES] elements that are summed up at a time
record AttentionMerge(Op.Attention op, AttentionPlaces places, int vectors) {

    static AttentionMerge of(Op.Attention op, AttentionPlaces places, int registers) {
        int all = op.headDim() / Op.LANES, vectors = Math.min(registers, all);
        while (all % vectors > 0) vectors--;
        return new AttentionMerge(op, places, vectors);
    }

    /// @param p     what names begin with
    /// @param seen  how many positions the query sees
    /// @param tops  of blocks, from `row` on; sums likewise
    /// @param parts of blocks, from `at` on, `apart` from one to the next
    /// @param to    of y
    void of(String p, String seen, String tops, String sums, String row, String parts, String at, String apart, String to) {
        ProgramText text = places.text();
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
                """, "p", p, "seen", seen, "tops", tops, "row", row, "BEGIN", places.begin(seen), "SEEN",
                places.visible("lane[0 +: 16]", "((" + p + "blocks - " + p + "b) splat i32x16)", "((" + p + "begin - " + p + "b) splat i32x16)"));
        text.exp(p + "e", p + "d", Op.LANES).add("""
                shares[$pc +: 16] = $pe
                }
                var $ptotal: f32 = 0.0
                for $pf in $pbegin..$pblocks {
                $ptotal := fma(shares[$pf], $sums[$row + $pf], $ptotal)
                }
                for $pj in 0..$D step $STEP {
                """, "p", p, "sums", sums, "row", row, "STEP", vectors * Op.LANES);
        for (int c = 0; c < vectors; c++) text.add("var $py$c: f32x16 = 0.0:f32x16\n", "p", p, "c", c);
        text.add("for $pi in $pbegin..$pblocks {\n", "p", p);
        for (int c = 0; c < vectors; c++)
            text.add("$py$c := fma(shares[$pi] splat f32x16, $parts[$at + $pi * $apart + $pj + $C +: 16], $py$c)\n", "p", p, "c", c, "C", c * Op.LANES,
                    "parts", parts, "at", at, "apart", apart);
        text.add("}\n");
        for (int c = 0; c < vectors; c++)
            text.add("y[$to + $pj + $C +: 16] = $py$c / ($ptotal splat f32x16)\n", "p", p, "c", c, "C", c * Op.LANES, "to", to);
        text.add("}\n}\n");
    }
}
