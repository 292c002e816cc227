package tern.ir.tensor;

import static java.util.Locale.ROOT;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tern.ir.CacheLayout;
import tern.ir.Element;
import tern.ir.Op;
import tern.ir.RopeTable;

/// Each [Op] as a tensor program.
public final class Operations {

    private static final String NORM = """
                r = 1 / sqrt(lanes(k < width: x[%1$s, k] * x[%1$s, k]) / width + epsilon)
            """;

    private static final String QUANTISE = """
                s = 127 / max(most(k < width: abs(%1$s)), 1e-5)
                for k < width: q[i, k] = min(max(round(%1$s * s), -128), 127)
                scale[i] = 1 / s
            """;

    private static final String QUANTISE_GROUPS = """
                for g < groups: s[g] = 127 / max(most(k in group * g .. min(group * g + group, width): abs(%1$s)), 1e-5)
                for g < groups, k in group * g .. min(group * g + group, width): q[i, k] = min(max(round(%1$s * s[g]), -128), 127)
                for g < groups: scale[i, g] = 1 / s[g]
            """;

    private static final String ROPE = """
            for i < n {
                let at = min(%1$s, context - 1)
                let slot = %2$s
                for h < heads, j < half:
                    qkv[i, h, %3$s], qkv[i, h, %4$s] =
                        qkv[i, h, %3$s] * cos[at, j] - qkv[i, h, %4$s] * sin[at, j],
                        qkv[i, h, %4$s] * cos[at, j] + qkv[i, h, %3$s] * sin[at, j]
                for g < kvHeads, j < half:
                    key[g, %3$s], key[g, %4$s] =
                        qkv[i, heads + g, %3$s] * cos[at, j] - qkv[i, heads + g, %4$s] * sin[at, j],
                        qkv[i, heads + g, %4$s] * cos[at, j] + qkv[i, heads + g, %3$s] * sin[at, j]
            """;

    private static final String APPEND = """
                for g < kvHeads, j < headDim: keys[%3$s, j] = key[g, j]
                for g < kvHeads, j < headDim: vals[%3$s, j] = qkv[i, heads + kvHeads + g, j]
            """;

    private static final String APPEND_SCALED = """
                for g < kvHeads: largest[g] = most(j < headDim: abs(%2$s))
                for g < kvHeads: %1$sScale[%3$s] = largest[g] / 127
                for g < kvHeads: factor[g] = where(3.4028235e38 < 127 / largest[g], 0, 127 / largest[g])
                for g < kvHeads, j < headDim: %1$s[%3$s, j] = round(%2$s * factor[g])
            """;

    private static final String ATTENTION = """
            for i < n, g < kvHeads {
                let seen = min(%1$s + 1, context)
                let slot = %2$s
                let blocks = (seen + 63) / 64
                for h < group, ALL: s[h, p] = lanes(j < headDim: %3$s * qkv[i, g * group + h, j]) * factor
                for BLOCKS, h < group: top[h, b] = most(p in FROM .. min(64 * b + 64, seen): s[h, p])
                for BLOCKS, h < group, p in FROM .. min(64 * b + 64, seen): e[h, p] = exp(s[h, p] - top[h, b])
                for h < group, p in BEFORE: e[h, p] = 0
                for BLOCKS, h < group: sum[b, h] = lanes(p in 64 * b .. min(64 * b + 64, seen): e[h, p])
                for BLOCKS, h < group, j < headDim: part[b, h, j] = chain(p in FROM .. min(64 * b + 64, seen): e[h, p] * %4$s)
                for h < group: largest[h] = most(BLOCKS: top[h, b])
                for BLOCKS, h < group: share[b, h] = exp(top[h, b] - largest[h])
                for h < group: total[h] = chain(BLOCKS: share[b, h] * sum[b, h])
                for h < group, j < headDim: y[i, g * group + h, j] = chain(BLOCKS: share[b, h] * part[b, h, j]) / total[h]
            }
            """;

    private Operations() {}

    /// A tensor program and the contents of its last parameters, which are tables that nobody passes in a launch.
    public record Operation(TensorProgram program, List<float[]> tables) {}

    /// @throws IllegalArgumentException if it is [Op.TopLogits], which is no formula
    public static Operation of(Op op) {
        return switch (op) {
            case Op.Embed e -> plain("embed(tokens: i32[n], table: %s[vocabulary, width], x: f32[n, width])".formatted(e.element()), """
                    for i < n {
                        let row = min(max(tokens[i], 0), vocabulary - 1)
                        for k < width: x[i, k] = table[row, k]%s
                    }
                    """.formatted(e.factor() == 1 ? "" : " * factor"),
                    Map.of("vocabulary", e.vocabulary(), "width", e.width(), "factor", e.factor()));
            case Op.Norm(int width, float epsilon, boolean last) -> plain(
                    "norm(x: f32[n, width], weight: f32[width], y: f32[%s, width])".formatted(last ? "1" : "n"),
                    last ? "for i < 1 {" + NORM.formatted("n - 1") + "for k < width: y[0, k] = x[n - 1, k] * r * weight[k] }"
                            : "for i < n {" + NORM.formatted("i") + "for k < width: y[i, k] = x[i, k] * r * weight[k] }",
                    Map.of("width", width, "epsilon", epsilon));
            case Op.NormQuantise(int width, float epsilon, int group) -> quantise("normquantise(x: f32[n, width], weight: f32[width]",
                    NORM.formatted("i") + "for k < width: a[k] = x[i, k] * r * weight[k]\n", "a[k]", width, epsilon, group);
            case Op.Quantise(int width, int group) -> quantise("quantise(x: f32[n, width]", "", "x[i, k]", width, 0, group);
            case Op.NormAdd(int width, float epsilon) -> plain(
                    "normadd(x: f32[n, width], weight: f32[width], y: f32[n, width])",
                    "for i < n {" + NORM.formatted("i") + "for k < width: y[i, k] = y[i, k] + x[i, k] * r * weight[k] }",
                    Map.of("width", width, "epsilon", epsilon));
            case Op.HeadNorm(int heads, int kvHeads, int headDim, float epsilon) -> plain(
                    "headnorm(qkv: f32[n, heads + 2 * kvHeads, headDim], query: f32[headDim], key: f32[headDim])", """
                    for i < n {
                        for h < heads + kvHeads: r[h] = 1 / sqrt(lanes(k < headDim: qkv[i, h, k] * qkv[i, h, k]) / headDim + epsilon)
                        for h < heads, k < headDim: qkv[i, h, k] = qkv[i, h, k] * r[h] * query[k]
                        for g < kvHeads, k < headDim: qkv[i, heads + g, k] = qkv[i, heads + g, k] * r[heads + g] * key[k]
                    }
                    """, Map.of("heads", heads, "kvHeads", kvHeads, "headDim", headDim, "epsilon", epsilon));
            case Op.Gate(int width, Op.Activation activation) -> plain(
                    "gate(gate: f32[n, width], up: f32[n, width], y: f32[n, width])",
                    "for i < n { for k < width: y[i, k] = " + switch (activation) {
                        case SQUARED_RELU -> "max(gate[i, k], 0) * max(gate[i, k], 0)";
                        case SILU -> "gate[i, k] / (1 + exp(-1 * gate[i, k]))";
                        case GELU ->
                            "gate[i, k] / (1 + exp(-1.5957692 * (gate[i, k] + 0.044715 * gate[i, k] * gate[i, k] * gate[i, k])))";
                    } + " * up[i, k] }", Map.of("width", width));
            case Op.Join(int q, int kv) -> plain(
                    "join(queries: f32[n, q], keys: f32[n, kv], vals: f32[n, kv], qkv: f32[n, q + 2 * kv])", """
                    for i < n {
                        for k < q: qkv[i, k] = queries[i, k]
                        for k < kv: qkv[i, q + k] = keys[i, k]
                        for k < kv: qkv[i, q + kv + k] = vals[i, k]
                    }
                    """, Map.of("q", q, "kv", kv));
            case Op.Head(int vocabulary, int width, Element element, boolean last) -> plain(
                    "head(x: f32[rows, width], table: %s[vocabulary, width], logits: f32[rows, vocabulary])"
                            .formatted(element).replace("rows", last ? "1" : "n"),
                    "for b < blocks { for i < %s, v in 64 * b .. min(64 * b + 64, vocabulary):".formatted(last ? "1" : "n")
                            + " logits[i, v] = lanes(k < width: table[v, k] * x[i, k]) }",
                    Map.of("vocabulary", vocabulary, "width", width, "blocks", Math.ceilDiv(vocabulary, 64)));
            case Op.RopeAppend rope -> rope(rope, 0, 0);
            case Op.Attention attention -> attention(attention, 0, 0);
            case Op.RaggedBatch(Op.RopeAppend rope, int slots, int pages) -> rope(rope, slots, pages);
            case Op.RaggedBatch(Op.Attention attention, int slots, int pages) -> attention(attention, slots, pages);
            case Op.TopLogits _, Op.RaggedBatch _ -> throw new IllegalArgumentException(op + " is no formula");
        };
    }

    private static Operation plain(String head, String body, Map<String, ? extends Number> constants) {
        return new Operation(TensorParser.parse(head + " {\n" + body + "}\n", constants), List.of());
    }

    /// @param before what `value` needs
    /// @param group  neighbours that share a scale; 0 = all
    private static Operation quantise(String head, String before, String value, int width, float epsilon, int group) {
        return plain(head + ", q: i8[n, width], scale: f32[n" + (group == 0 ? "])" : ", groups])"),
                "for i < n {" + before + (group == 0 ? QUANTISE : QUANTISE_GROUPS).formatted(value) + "}",
                Map.of("width", width, "epsilon", epsilon, "group", group, "groups", group == 0 ? 1 : Math.ceilDiv(width, group)));
    }

    /// Where keys, or values, of the slots or pages lie.
    private static String cache(String name, CacheLayout whole, int slots, int pages) {
        CacheLayout layout = pages == 0 ? whole : whole.page();
        int all = pages == 0 ? Math.max(1, slots) : pages;
        String rows = String.format(ROOT, "%s: %s[%d, kvHeads, %d, headDim] apart %d", name, layout.element(), all, layout.context(), layout.apart());
        return layout.isScaled()
                ? String.format(ROOT, "%s, %sScale: f32[%d, kvHeads, %d] of %s at %d apart %d",
                        rows, name, all, layout.context(), name, layout.scale(0, 0), layout.apart())
                : rows;
    }

    private static String places(CacheLayout layout, int slots, int pages) {
        return (slots == 0 ? "" : ", places: i32[n, 2]") + (pages == 0 ? "" : String.format(ROOT, ", table: i32[%d, %d]", slots, layout.pages()));
    }

    /// The first indices of a row of key-value head g.
    private static String row(String position, int pages) {
        return pages == 0 ? "slot, g, " + position
                : String.format(ROOT, "min(max(table[slot, %1$s / %2$d], 0), %3$d), g, %1$s %% %2$d", position, Op.Attention.BLOCK, pages - 1);
    }

    /// @param slots 0 = there is one sequence
    private static String before(int slots) {
        return slots == 0 ? "(position + i)" : "min(max(places[i, 1], 0), context - 1)";
    }

    private static String slot(int slots) {
        return slots == 0 ? "0" : String.format(ROOT, "min(max(places[i, 0], 0), %d)", slots - 1);
    }

    private static Operation rope(Op.RopeAppend op, int slots, int pages) {
        boolean halves = op.pairs() == Op.RopePairs.HALVES;
        String head = "rope(qkv: f32[n, heads + 2 * kvHeads, headDim], %s, %s%s, cos: f32[context, half], sin: f32[context, half])".formatted(
                cache("keys", op.layout(), slots, pages), cache("vals", op.layout(), slots, pages), places(op.layout(), slots, pages));
        String row = row("at", pages);
        String append = op.layout().isScaled()
                ? APPEND_SCALED.formatted("keys", "key[g, j]", row)
                        + APPEND_SCALED.formatted("vals", "qkv[i, heads + kvHeads + g, j]", row).replace("largest", "most2").replace("factor", "factor2")
                : APPEND.formatted("", "", row);
        String body = ROPE.formatted(before(slots), slot(slots), halves ? "j" : "2 * j", halves ? "j + half" : "2 * j + 1") + append + "}";
        Map<String, Integer> constants = sizes(op.heads(), op.kvHeads(), op.headDim(), op.context());
        RopeTable table = RopeTable.of(op.context(), op.headDim(), op.angles());
        return new Operation(TensorParser.parse(head + " {\n" + body + "}\n", constants), List.of(table.cos(), table.sin()));
    }

    private static Operation attention(Op.Attention op, int slots, int pages) {
        boolean scaled = op.layout().isScaled();
        String head = "attention(qkv: f32[n, heads + 2 * kvHeads, headDim], %s, %s, y: f32[n, heads, headDim]%s)".formatted(
                cache("keys", op.layout(), slots, pages), cache("vals", op.layout(), slots, pages), places(op.layout(), slots, pages));
        String place = row("p", pages), row = "CACHE[" + place + ", j]" + (scaled ? " * CACHEScale[" + place + "]" : "");
        String body = ATTENTION.formatted(before(slots), slot(slots), "(" + row.replace("CACHE", "keys") + ")", "(" + row.replace("CACHE", "vals") + ")");
        boolean all = op.window() == 0;
        body = body.replace("ALL", all ? "p < seen" : "p in first .. seen").replace("BLOCKS", all ? "b < blocks" : "b in first / 64 .. blocks")
                .replace("FROM", all ? "64 * b" : "max(64 * b, first)")
                .replace("let slot", all ? "let slot" : String.format(ROOT, "let first = max(seen - %d, 0)\nlet slot", op.window()))
                .replace("for h < group, p in BEFORE: e[h, p] = 0\n", all ? "" : "for h < group, p in first / 64 * 64 .. first: e[h, p] = 0\n");
        Map<String, Number> constants = new HashMap<>(sizes(op.heads(), op.kvHeads(), op.headDim(), op.context()));
        constants.put("factor", op.factor());
        return new Operation(TensorParser.parse(head + " {\n" + body + "}\n", constants), List.of());
    }

    private static Map<String, Integer> sizes(int heads, int kvHeads, int headDim, int context) {
        return Map.of("heads", heads, "kvHeads", kvHeads, "headDim", headDim, "half", headDim / 2, "context", context, "group", heads / kvHeads);
    }
}
