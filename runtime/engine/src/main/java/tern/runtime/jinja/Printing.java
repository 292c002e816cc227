package tern.runtime.jinja;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tern.runtime.jinja.Value.Items;
import tern.runtime.jinja.Value.Table;

/// Values as texts: Python's `str`, `repr` and `json.dumps`.
final class Printing {

    private final Meter meter;
    private final Text.Builder out;

    private Printing(Meter meter) {
        this.meter = meter;
        out = new Text.Builder(meter);
    }

    /// As it is put into a result.
    static Text text(Value value, Meter meter) {
        if (value instanceof Text text) return text;
        if (value instanceof Value.Undefined) return Text.EMPTY;
        return repr(value, meter);
    }

    static Text repr(Value value, Meter meter) {
        var printing = new Printing(meter);
        printing.write(value);
        return printing.out.text();
    }

    private void write(Value value) {
        meter.enter();
        switch (value) {
            case Text text -> quote(text);
            case Value.Int(var n) -> out.add(n.toString());
            case Value.Real(var x) -> out.add(real(x));
            case Value.Bool(var yes) -> out.add(yes ? "True" : "False");
            case Value.None _ -> out.add("None");
            case Value.Undefined _ -> out.add("Undefined");
            case Items(var all, var tuple) -> {
                out.add(tuple ? "(" : "[");
                for (int i = 0; i < all.size(); i++) {
                    if (i > 0) out.add(", ");
                    write(all.get(i));
                }
                out.add(tuple ? all.size() == 1 ? ",)" : ")" : "]");
            }
            case Table(var all) -> {
                String between = "{";
                for (Map.Entry<String, Value> one : all.entrySet()) {
                    out.add(between);
                    quote(Text.input(one.getKey()));
                    out.add(": ");
                    write(one.getValue());
                    between = ", ";
                }
                out.add(all.isEmpty() ? "{}" : "}");
            }
            case Value.Space _ -> out.add("<Namespace>");
            case Value.Function(var name, _) -> out.add("<function " + name + ">");
        }
        meter.leave();
    }

    private void quote(Text text) {
        String plain = text.toString();
        int mark = plain.indexOf('\'') >= 0 && plain.indexOf('"') < 0 ? '"' : '\'';
        out.add(Character.toString(mark));
        for (int i = 0; i < text.length(); i++) {
            int point = text.point(i);
            int known = "\n\r\t\\".indexOf(point);
            if (known >= 0) out.add(List.of("\\n", "\\r", "\\t", "\\\\").get(known));
            else if (point == mark) out.add("\\").add(text.part(i, i + 1));
            else if (point < 32 || point == 127) out.add(String.format(Locale.ROOT, "\\x%02x", point));
            else out.add(text.part(i, i + 1));
        }
        out.add(Character.toString(mark));
    }

    /// The shortest digits that read as the same number.
    static String real(double x) {
        if (Double.isNaN(x)) return "nan";
        if (Double.isInfinite(x)) return x > 0 ? "inf" : "-inf";
        if (x == 0) return 1 / x < 0 ? "-0.0" : "0.0";
        BigDecimal exact = new BigDecimal(Double.toString(x)).stripTrailingZeros();
        int exponent = exact.precision() - exact.scale() - 1;
        if (exponent >= -4 && exponent < 16) return exact.scale() <= 0 ? exact.toPlainString() + ".0" : exact.toPlainString();
        String digits = exact.unscaledValue().abs().toString();
        String point = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return (x < 0 ? "-" : "") + point + String.format(Locale.ROOT, "e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
    }

    // ---- JSON ----

    /// @param indent         of a level; null for one line
    /// @param between,behind separators: between parts, and after names
    record Style(@Nullable Text indent, Text between, Text behind, boolean sorted) {}

    static Text json(Value value, Style style, Meter meter) {
        var printing = new Printing(meter);
        printing.json(value, style, 0);
        return printing.out.text();
    }

    private void json(Value value, Style style, int level) {
        meter.enter();
        switch (value) {
            case Text text -> jsonText(text);
            case Value.Int(var n) -> out.add(n.toString());
            case Value.Real(var x) -> out.add(Double.isNaN(x) ? "NaN" : Double.isInfinite(x) ? x > 0 ? "Infinity" : "-Infinity" : real(x));
            case Value.Bool(var yes) -> out.add(yes ? "true" : "false");
            case Value.None _ -> out.add("null");
            case Items(var all, _) -> {
                out.add("[");
                for (int i = 0; i < all.size(); i++) {
                    separate(style, i == 0, level + 1);
                    json(all.get(i), style, level + 1);
                }
                end(style, all.isEmpty(), level, "]");
            }
            case Table(var all) -> {
                out.add("{");
                boolean first = true;
                for (Map.Entry<String, Value> one : (style.sorted ? new TreeMap<>(all) : all).entrySet()) {
                    separate(style, first, level + 1);
                    jsonText(Text.input(one.getKey()));
                    out.add(style.behind);
                    json(one.getValue(), style, level + 1);
                    first = false;
                }
                end(style, all.isEmpty(), level, "}");
            }
            case Value.Undefined _, Value.Space _, Value.Function _ -> throw new JinjaException(value.kind() + " cannot be written as JSON");
        }
        meter.leave();
    }

    private void separate(Style style, boolean first, int level) {
        if (!first) out.add(style.between);
        line(style, level);
    }

    private void end(Style style, boolean isEmpty, int level, String bracket) {
        if (!isEmpty) line(style, level);
        out.add(bracket);
    }

    private void line(Style style, int level) {
        if (style.indent == null) return;
        out.add("\n");
        for (int i = 0; i < level; i++) out.add(style.indent);
    }

    private void jsonText(Text text) {
        out.add("\"");
        for (int i = 0; i < text.length(); i++) {
            int point = text.point(i), known = "\"\\\n\r\t\b\f".indexOf(point);
            if (known >= 0) out.add("\\" + "\"\\nrtbf".charAt(known));
            else if (point < 32) out.add(String.format(Locale.ROOT, "\\u%04x", point));
            else out.add(text.part(i, i + 1));
        }
        out.add("\"");
    }

    /// With `\\u` escapes for all that is not ASCII.
    static Text ascii(Text json, Meter meter) {
        var out = new Text.Builder(meter);
        for (int i = 0; i < json.length(); i++) {
            if (json.point(i) < 128) out.add(json.part(i, i + 1));
            else for (char unit : Character.toChars(json.point(i))) out.add(String.format(Locale.ROOT, "\\u%04x", (int) unit));
        }
        return out.text();
    }
}
