package tern.ir.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.antlr.v4.runtime.tree.TerminalNode;
import org.jspecify.annotations.Nullable;
import tern.ir.Codec;
import tern.ir.CodeBook;
import tern.ir.text.grammar.TernBaseVisitor;
import tern.ir.text.grammar.TernParser.CodecContext;
import tern.ir.text.grammar.TernParser.MapContext;
import tern.ir.text.grammar.TernParser.PlanesContext;
import tern.ir.text.grammar.TernParser.RadixContext;
import tern.ir.text.grammar.TernParser.RowContext;
import tern.ir.text.grammar.TernParser.SignedContext;
import tern.ir.text.grammar.TernParser.TableContext;
import tern.ir.text.grammar.TernParser.TwosContext;
import tern.ir.text.grammar.TernParser.WidthContext;

/// From the syntax of a codec to the codec, checked by writing its [CodeBook].
final class CodecReader extends TernBaseVisitor<Codec> {

    private final Diagnostics problems;
    private final String name;
    /// Of a code with several fields.
    private List<Codec.Field> parts = List.of();

    private CodecReader(Diagnostics problems, String name) {
        this.problems = problems;
        this.name = name;
    }

    /// @return null if it is none, which is then reported
    static @Nullable Codec read(CodecContext context, Diagnostics problems) {
        try {
            var reader = new CodecReader(problems, context.name().getText());
            Codec codec = reader.visit(context.meaning());
            if (!reader.parts.isEmpty()) codec = new Codec.Split(codec, reader.parts);
            CodeBook.of(codec);
            return codec;
        } catch (IllegalArgumentException e) {
            problems.add(context.meaning(), "%s", e.getMessage());
            return null;
        }
    }

    private int number(TerminalNode node) {
        return Numbers.of(node.getSymbol(), problems);
    }

    /// Bits of a code.
    private int bits(WidthContext context) {
        if (context.INT() != null) return number(context.INT());
        parts = context.part().stream().map(part -> new Codec.Field(part.name().getText(), number(part.INT()))).toList();
        return parts.stream().mapToInt(Codec.Field::bits).sum();
    }

    private int base(TerminalNode node) {
        String digits = node.getText().substring("base".length());
        return digits.length() > 6 ? Integer.MAX_VALUE : Integer.parseInt(digits);
    }

    @Override
    public Codec visitMap(MapContext context) {
        var values = new ArrayList<@Nullable Integer>();
        for (var entry : context.entry())
            values.add(entry.integer() == null ? null : (Integer) Numbers.of(entry.integer(), problems));
        return new Codec.Map(name, bits(context.width()), values);
    }

    @Override
    public Codec visitRadix(RadixContext context) {
        int base = base(context.BASE());
        List<TerminalNode> numbers = context.INT();
        int digits = number(numbers.getFirst()), bits = bits(context.width());
        int places = numbers.size() == 2 ? number(numbers.get(1)) : digits;
        int low = context.integer() == null ? centred(base) : Numbers.of(context.integer(), problems);
        return new Codec.Radix(name, base, low, digits, places, bits, context.mostFirst != null, context.fixedPoint != null);
    }

    /// The lowest digit unless a text says otherwise: -1 for base 3, -2 for base 5, -1 for base 4.
    static int centred(int base) {
        return -((base - 1) / 2);
    }

    @Override
    public Codec visitSigned(SignedContext context) {
        return new Codec.Signed(name, base(context.BASE()), number(context.INT(0)), number(context.INT(1)));
    }

    @Override
    public Codec visitPlanes(PlanesContext context) {
        return new Codec.Planes(name);
    }

    @Override
    public Codec visitTwos(TwosContext context) {
        return new Codec.Twos(name, bits(context.width()));
    }

    @Override
    public Codec visitTable(TableContext context) {
        int digits = number(context.INT()), bits = bits(context.width());
        var rows = new ArrayList<@Nullable List<Integer>>();
        for (RowContext row : context.row()) {
            int code = number(row.INT());
            if (bits > Codec.MAX_BITS || code >= 1 << bits) {
                problems.add(row.INT().getSymbol(), "code %d does not fit %d bits", code, bits);
                continue;
            }
            while (rows.size() <= code) rows.add(null);
            if (rows.get(code) != null) problems.add(row.INT().getSymbol(), "code %d is listed twice", code);
            List<Integer> values = row.integer().stream().map(value -> Numbers.of(value, problems)).toList();
            if (values.size() != digits) problems.add(row, "code %d has %d digits, expected %d", code, values.size(), digits);
            else rows.set(code, values);
        }
        return new Codec.Table(name, digits, bits, rows);
    }
}
