package tern.ir.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.jspecify.annotations.Nullable;
import tern.ir.Codec;
import tern.ir.Element;
import tern.ir.Packing;
import tern.ir.Packing.Order;
import tern.ir.Packing.Scale;
import tern.ir.Packing.Section;
import tern.ir.Packing.TileLayout;
import tern.ir.Packing.Where;
import tern.ir.PackingCheck;
import tern.ir.ScaleType;
import tern.ir.text.grammar.TernParser.CodecContext;
import tern.ir.text.grammar.TernParser.DigitContext;
import tern.ir.text.grammar.TernParser.FieldContext;
import tern.ir.text.grammar.TernParser.NameContext;
import tern.ir.text.grammar.TernParser.OrderContext;
import tern.ir.text.grammar.TernParser.PackingContext;
import tern.ir.text.grammar.TernParser.PackingItemContext;
import tern.ir.text.grammar.TernParser.RangeContext;
import tern.ir.text.grammar.TernParser.ScaleContext;
import tern.ir.text.grammar.TernParser.SectionContext;
import tern.ir.text.grammar.TernParser.SectionItemContext;
import tern.ir.text.grammar.TernParser.SpreadContext;
import tern.ir.text.grammar.TernParser.TileContext;
import tern.ir.text.grammar.TernParser.TileScaleContext;
import tern.ir.text.grammar.TernParser.UseCodecContext;
import tern.ir.text.grammar.TernParser.WholeTileContext;
import tern.ir.text.grammar.TernParser.WordContext;

/// From the syntax of a packing to the packing, which [PackingCheck] then proves.
final class PackingReader {

    private final Diagnostics problems;
    private final Function<String, @Nullable Codec> codecs;
    private final PackingContext context;
    private final Sizes sizes;
    /// Statements that may occur once, by their name.
    private final Map<String, PackingItemContext> once = new HashMap<>();
    private final Map<ScaleContext, Where> scales = new LinkedHashMap<>();
    private final List<SectionItemContext> wholeTile = new ArrayList<>();

    private PackingReader(PackingContext context, Sizes sizes, Function<String, @Nullable Codec> codecs, Diagnostics problems) {
        this.context = context;
        this.sizes = sizes;
        this.codecs = codecs;
        this.problems = problems;
    }

    /// All instances of a packing: one for each combination of values of its parameters. Those that are none are reported, and the first of
    /// them is the last that is looked at.
    static List<Packing> read(PackingContext context, Function<String, @Nullable Codec> codecs, Diagnostics problems) {
        var packings = new ArrayList<Packing>();
        for (Sizes sizes : Sizes.instances(context, problems)) {
            Packing packing = new PackingReader(context, sizes, codecs, problems).read();
            if (packing == null) break;
            packings.add(packing);
        }
        return packings;
    }

    private @Nullable Packing read() {
        int before = problems.count();
        context.packingItem().forEach(this::sort);
        if (!(once.get("tile") instanceof TileContext tile)) {
            problems.add(context.name(), "packing %s has no tile", context.name().getText());
            return null;
        }
        int rows = sizes.positive(tile.size(0)), columns = sizes.positive(tile.size(1));
        if ((long) rows * columns > PackingCheck.MAX_WEIGHTS) {
            problems.add(tile, "a tile of %d x %d weights; at most %d weights", rows, columns, PackingCheck.MAX_WEIGHTS);
            return null;
        }
        Element word = once.get("word") instanceof WordContext w ? element(w.name()) : Element.I8;
        List<Section> sections = sections(rows, columns);
        context.head().forEach(head -> head.scale().forEach(scale -> scales.put(scale, Where.HEAD)));
        context.tail().forEach(tail -> tail.scale().forEach(scale -> scales.put(scale, Where.TAIL)));
        int headBytes = context.head().isEmpty() ? 0 : sizes.of(context.head(0).size());
        int tailBytes = context.tail().isEmpty() ? 0 : sizes.of(context.tail(0).size());
        if (context.head().size() > 1) problems.add(context.head(1), "a packing has one head");
        if (context.tail().size() > 1) problems.add(context.tail(1), "a packing has one tail");
        Scale scale = scale(rows, columns);
        if (word == null || sections == null || problems.count() != before) return null;
        int tileBytes = tile.size().size() == 3 ? sizes.of(tile.size(2)) : needed(sections, scale, word);
        var packing = new Packing(sizes.name(context), rows, columns, word, tileBytes, sections, scale, order(),
                once.containsKey("spread"), headBytes, tailBytes);
        return problems.count() == before && isSound(packing) ? packing : null;
    }

    private boolean isSound(Packing packing) {
        List<String> found = PackingCheck.of(packing).problems();
        for (String problem : found)
            problems.add(context.name(), "%s", sizes.values().isEmpty() ? problem : sizes.values() + ": " + problem);
        return found.isEmpty();
    }

    private void sort(PackingItemContext item) {
        switch (item) {
            case TileContext tile -> once("tile", tile);
            case WordContext word -> once("word", word);
            case OrderContext order -> once("tiles", order);
            case SpreadContext spread -> once("spread", spread);
            case TileScaleContext scale -> scales.put(scale.scale(), Where.TILE);
            case WholeTileContext whole -> wholeTile.add(whole.sectionItem());
            default -> throw new AssertionError(item.getClass());
        }
    }

    private void once(String statement, PackingItemContext item) {
        if (once.put(statement, item) != null) problems.add(item, "a second '%s'", statement);
    }

    private Order order() {
        if (!(once.get("tiles") instanceof OrderContext order)) return Order.K_INNERMOST;
        String inner = order.name(0).getText(), outer = order.name(1).getText();
        if (inner.equals("k") && outer.equals("rows")) return Order.K_INNERMOST;
        if (inner.equals("rows") && outer.equals("k")) return Order.ROWS_INNERMOST;
        problems.add(order, "tiles lie 'k within rows' or 'rows within k'");
        return Order.K_INNERMOST;
    }

    private @Nullable Element element(NameContext name) {
        try {
            return Element.of(name.getText());
        } catch (IllegalArgumentException e) {
            problems.add(name, "%s", e.getMessage());
            return null;
        }
    }

    /// The packing's one scale statement, null if there is none or it is wrong.
    private @Nullable Scale scale(int rows, int columns) {
        if (scales.isEmpty()) return null;
        ScaleContext context = scales.keySet().iterator().next();
        scales.keySet().stream().skip(1).limit(1).forEach(second -> problems.add(second, "a packing has one scale statement"));
        String wanted = context.name().getText();
        ScaleType type = Arrays.stream(ScaleType.values()).filter(t -> t.toString().equals(wanted)).findFirst().orElse(null);
        if (type == null) problems.add(context.name(), "a scale is f16, bf16, f32 or e8m0, not %s", wanted);
        TileLayout place = new TileLayoutReader(problems, sizes, rows, columns).read(context.place());
        return type == null || place == null ? null : new Scale(type, scales.values().iterator().next(), place);
    }

    /// Whole words that hold all fields and scales: the tile's size unless the text gives it.
    static int needed(List<Section> sections, @Nullable Scale scale, Element word) {
        long bits = 1;
        for (Section section : sections)
            for (int f = 0; f < section.fields().size(); f++)
                bits = Math.max(bits, last(section.fields().get(f)) + section.codec().fields().get(f).bits());
        if (scale != null && scale.where() == Where.TILE) bits = Math.max(bits, 8L * (last(scale.place()) + scale.type().bytes()));
        return Math.toIntExact(Math.ceilDiv(bits, word.bits()) * word.bytes());
    }

    private static long last(TileLayout place) {
        return (long) place.row().cosize() - 1 + place.column().cosize() - 1;
    }

    private @Nullable List<Section> sections(int rows, int columns) {
        if (context.section().isEmpty()) {
            Section whole = section(context.name(), wholeTile, 0, rows, 0, columns);
            return whole == null ? null : List.of(whole);
        }
        for (SectionItemContext item : wholeTile) problems.add(item, "this packing has sections; this belongs into one of them");
        var sections = new ArrayList<Section>();
        boolean complete = wholeTile.isEmpty();
        for (SectionContext part : context.section()) {
            int[] row = {0, rows}, column = {0, columns};
            for (RangeContext range : part.range()) {
                int[] bounds = range.axis.getText().equals("k") ? column : row;
                int limit = bounds[1];
                bounds[0] = sizes.of(range.size(0));
                bounds[1] = sizes.of(range.size(1));
                if (bounds[0] < bounds[1] && bounds[1] <= limit) continue;
                problems.add(range, "%d..%d is no range within 0..%d", bounds[0], bounds[1], limit);
                return null;
            }
            if (part.range().size() == 2 && part.range(0).axis.getText().equals(part.range(1).axis.getText()))
                problems.add(part.range(1), "a second range of %s", part.range(1).axis.getText());
            Section section = section(part, part.sectionItem(), row[0], row[1] - row[0], column[0], column[1] - column[0]);
            if (section == null) complete = false;
            else sections.add(section);
        }
        return complete ? sections : null;
    }

    private @Nullable Section section(
            ParserRuleContext at, List<SectionItemContext> items, int row0, int rows, int column0, int columns) {
        var places = new TileLayoutReader(problems, sizes, rows, columns);
        Codec codec = null;
        boolean codecGiven = false;
        Map<String, TileLayout> fields = new HashMap<>();
        TileLayout digit = null;
        boolean sound = true;
        for (SectionItemContext item : items) {
            switch (item) {
                case UseCodecContext use -> {
                    if (codecGiven) problems.add(use, "a second 'codec'");
                    codecGiven = true;
                    codec = codecs.apply(use.name().getText());
                    if (codec == null) problems.add(use.name(), "no codec is named %s", use.name().getText());
                }
                case DigitContext d -> {
                    if (digit != null) problems.add(d, "a second 'digit'");
                    digit = places.read(d.place());
                    sound &= digit != null;
                }
                case FieldContext f -> {
                    TileLayout place = places.read(f.place());
                    sound &= place != null;
                    if (place != null && fields.put(f.name().getText(), place) != null)
                        problems.add(f.name(), "a second '%s'", f.name().getText());
                }
                default -> throw new AssertionError(item.getClass());
            }
        }
        if (!codecGiven) problems.add(at.getStart(), "no codec is given");
        if (codec == null || !sound) return null;
        if (digit == null) digit = places.zero();
        List<TileLayout> ordered = ordered(at.getStart(), codec, fields, items);
        return ordered == null ? null : new Section(row0, rows, column0, columns, codec, digit, ordered);
    }

    private @Nullable List<TileLayout> ordered(
            Token at, Codec codec, Map<String, TileLayout> fields, List<SectionItemContext> items) {
        var ordered = new ArrayList<TileLayout>();
        boolean complete = true;
        for (Codec.Field field : codec.fields()) {
            TileLayout place = fields.remove(field.name());
            if (place == null) {
                problems.add(at, "codec %s has a field '%s', which has no place here", codec.name(), field.name());
                complete = false;
            } else ordered.add(place);
        }
        for (SectionItemContext item : items)
            if (item instanceof FieldContext f && fields.containsKey(f.name().getText())) {
                problems.add(f.name(), "codec %s has no field '%s'", codec.name(), f.name().getText());
                complete = false;
            }
        return complete ? ordered : null;
    }
}
