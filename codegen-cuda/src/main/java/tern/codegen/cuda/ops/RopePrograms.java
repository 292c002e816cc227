package tern.codegen.cuda.ops;

import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.device.OpSignature;
import tern.ir.loop.Program;

/// [Op.RopeAppend]: a warp for each head of a token. Parameters: those of the operation; for a cache of bytes keys and values once more, as
/// floats, for their scales; then the cosines and sines of a [tern.ir.RopeTable].
public final class RopePrograms {

    private RopePrograms() {}

    public static Program ropeAppend(Op.RopeAppend op) {
        int d = op.headDim(), pairs = d / 2, all = op.heads() + 2 * op.kvHeads();
        CacheLayout layout = op.layout();
        LoopText text = new LoopText(OpSignature.name(op)).add("""
                n in 1..1048576
                position in 0..1048576
                inout qkv: f32[n * $row]
                inout keys: $E[$cache]
                inout stored: $E[$cache]
                $SCALESin cos: f32[$angles]
                in sin: f32[$angles]
                {
                for token in 0..n on blocks {
                for head in 0..$all on blocks {
                let from: i32 = token * $row + head * $d
                let angle: i32 = (position + token) * $pairs
                for warp in 0..1 on warps {
                """,
                "row", all * d, "E", op.cache(), "cache", (long) op.kvHeads() * op.context() * d,
                "SCALES", layout.isScaled() ? "inout keyScales: f32[$bytes]\ninout valueScales: f32[$bytes]\n" : "", "bytes",
                layout.bytes() / 4, "angles", op.context() * pairs, "all", all, "d", d, "pairs", pairs);
        text.add("if head < $heads {\n", "heads", op.heads());
        rotated(text, op, "Query", at -> at.stores("qkv", "from", ""));
        text.add("}\nif head >= $heads {\nif head < $end {\nlet key: i32 = ((head - $heads) * $context + position + token) * $d\n", "heads",
                op.heads(), "end", op.heads() + op.kvHeads(), "context", op.context(), "d", d);
        if (layout.isScaled()) {
            text.add("var bigKey: f32x32 = 0.0:f32x32\n");
            rotated(text, op, "Sized", at -> at.largest("bigKey"));
            scale(text, op, "Key", "keyScales", op.heads());
        }
        rotated(text, op, "Kept", at -> at.stores("keys", "key", layout.isScaled() ? "factorKey" : narrow(op.cache())));
        text.add("}\n}\nif head >= $values {\nlet value: i32 = ((head - $values) * $context + position + token) * $d\n", "values",
                op.heads() + op.kvHeads(), "context", op.context(), "d", d);
        if (layout.isScaled()) {
            text.add("""
                    var bigValue: f32x32 = 0.0:f32x32
                    for l in 0..$d step 32 {
                    bigValue := max(bigValue, abs(qkv[from + l +: 32 below from + $d]))
                    }
                    """, "d", d);
            scale(text, op, "Value", "valueScales", op.heads() + op.kvHeads());
        }
        return text.add("""
                for j in 0..$d step 32 {
                stored[value + j +: 32 below value + $d] = $what
                }
                }
                }
                }
                }
                }
                """, "what", layout.isScaled() ? quantised("qkv[from + j +: 32 below from + $d]", "factorValue")
                : "qkv[from + j +: 32 below from + $d]" + narrow(op.cache()), "d", d).parse();
    }

    private static String narrow(Element element) {
        return element == Element.F32 ? "" : " as " + element + "x32";
    }

    /// As [CacheLayout#quantised].
    private static String quantised(String x, String factor) {
        return "((" + x + " * (" + factor + " splat f32x32) + " + LoopText.all(CacheLayout.ROUND) + ") bits i32x32) as i8x32";
    }

    /// Writes the scale of a row whose largest elements lie in `big`, and declares the factor of its elements.
    private static void scale(LoopText text, Op.RopeAppend op, String of, String scales, int firstHead) {
        text.add("""
                let largest$of: f32 = reduce_max(big$of)
                $scales[$first + (head - $head) * $context + position + token] = largest$of / $most
                let factor$of: f32 = select(largest$of == 0.0, 0.0, $most / largest$of)
                """, "of", of, "scales", scales, "first", op.layout().scale(0, 0) / 4, "head", firstHead, "context", op.context(), "most",
                LoopText.real(CacheLayout.LARGEST));
    }

    /// Where a rotated pair is, and what becomes of it.
    private record Turned(LoopText text, Op.RopeAppend op, String suffix) {

        /// @param as how an element is narrowed, or the name of a factor
        void stores(String buffer, String at, String as) {
            int d = op.headDim();
            String first = "first" + suffix, second = "second" + suffix;
            boolean scaled = as.startsWith("factor");
            Object[] pairs = {"buffer", buffer, "at", at, "index", "i" + suffix, "pairs", d / 2, "d", d,
                "first", scaled ? quantised(first, as) : first + as, "second", scaled ? quantised(second, as) : second + as};
            switch (op.pairs()) {
                case HALVES -> text.add("""
                        $buffer[$at + $index +: 32 below $at + $pairs] = $first
                        $buffer[$at + $pairs + $index +: 32 below $at + $d] = $second
                        """, pairs);
                case NEIGHBOURS -> text.add("$buffer[$at + $index +: 32 below $at + $d] = $first\n", pairs);
            }
        }

        /// Lanes beyond the head are zero.
        void largest(String big) {
            switch (op.pairs()) {
                case HALVES -> text.add("$big := max($big, max(abs(first$s), abs(second$s)))\n", "big", big, "s", suffix);
                case NEIGHBOURS -> text.add("$big := max($big, abs(first$s))\n", "big", big, "s", suffix);
            }
        }
    }

    private interface Use {
        void of(Turned at);
    }

    /// A loop over 32 pairs, or elements, at once.
    private static void rotated(LoopText text, Op.RopeAppend op, String suffix, Use use) {
        int d = op.headDim(), pairs = d / 2;
        switch (op.pairs()) {
            case HALVES -> text.add("""
                    for i$s in 0..$pairs step 32 {
                    let a$s: f32x32 = qkv[from + i$s +: 32 below from + $pairs]
                    let b$s: f32x32 = qkv[from + $pairs + i$s +: 32 below from + $d]
                    let c$s: f32x32 = cos[angle + i$s +: 32 below angle + $pairs]
                    let n$s: f32x32 = sin[angle + i$s +: 32 below angle + $pairs]
                    let first$s: f32x32 = a$s * c$s - b$s * n$s
                    let second$s: f32x32 = b$s * c$s + a$s * n$s
                    """, "pairs", pairs, "d", d, "s", suffix);
            case NEIGHBOURS -> text.add("""
                    for i$s in 0..$d step 32 {
                    let a$s: f32x32 = qkv[from + i$s +: 32 below from + $d]
                    let b$s: f32x32 = shuffle(a$s, $neighbours)
                    let pair$s: i32x32 = min((lane(i32x32) + (i$s splat i32x32)) >>> 1, $last:i32x32) + (angle splat i32x32)
                    let c$s: f32x32 = gather(cos, pair$s, 1)
                    let n$s: f32x32 = gather(sin, pair$s, 1)
                    let turned$s: f32x32 = b$s * n$s
                    let first$s: f32x32 = a$s * c$s + select((lane(i32x32) & 1:i32x32) == 0:i32x32, -turned$s, turned$s)
                    """, "d", d, "last", pairs - 1, "neighbours", neighbours(), "s", suffix);
        }
        use.of(new Turned(text, op, suffix));
        text.add("}\n");
    }

    /// Each lane's neighbour within its pair.
    private static String neighbours() {
        var lanes = new StringBuilder("[");
        for (int lane = 0; lane < 32; lane++) lanes.append(lane == 0 ? "" : ", ").append(lane ^ 1);
        return lanes.append(']').toString();
    }
}
