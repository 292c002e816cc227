package tern.runtime.jinja;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Python's two ways to put values into a text: `'%s' % x` and `'{}'.format(x)`, without the rarer forms of either.
final class Formats {

    private static final Pattern PERCENT = Pattern.compile("%(?:\\((\\w+)\\))?([-0+ ]*)(\\d{0,3})(?:\\.(\\d{1,2}))?([sdifrx%])"),
            BRACE = Pattern.compile("\\{\\{|}}|\\{(\\w*)}|[{}]");

    private Formats() {}

    static Text percent(Text format, List<Value> values, Meter meter) {
        var out = new Text.Builder(meter);
        String plain = format.toString();
        Matcher found = PERCENT.matcher(plain);
        int end = 0, next = 0;
        while (found.find()) {
            out.add(literal(format, plain, end, found.start()));
            end = found.end();
            meter.spend(end);
            if (found.group(5).equals("%")) {
                out.add("%");
                continue;
            }
            Value value;
            if (found.group(1) != null) value = values.getFirst() instanceof Value.Table(var all)
                    ? all.getOrDefault(found.group(1), new Value.Undefined(found.group(1))) : values.getFirst();
            else if (next < values.size()) value = values.get(next++);
            else throw new JinjaException("a format has more places than values");
            out.add(padded(shown(value, found, meter), found, meter));
        }
        return out.add(literal(format, plain, end, plain.length())).text();
    }

    private static Text literal(Text format, String plain, int begin, int end) {
        if (plain.substring(begin, end).indexOf('%') >= 0) throw new JinjaException("a format has a place that is not known");
        return part(format, plain, begin, end);
    }

    private static Text shown(Value value, Matcher found, Meter meter) {
        String sign = found.group(2).contains("+") ? "+" : "";
        return switch (found.group(5)) {
            case "s" -> Printing.text(value, meter);
            case "r" -> Printing.repr(value, meter);
            case "f" -> {
                int digits = found.group(4) == null ? 6 : Integer.parseInt(found.group(4));
                double x = Operators.number(value).orElseThrow(() -> new JinjaException("found %s for %%f".formatted(value.kind())));
                yield Text.of(String.format(Locale.ROOT, "%" + sign + "." + digits + "f", x));
            }
            default -> {
                double x = Operators.number(value).orElseThrow(() -> new JinjaException("found %s for %%d".formatted(value.kind())));
                yield Text.of(String.format(Locale.ROOT, found.group(5).equals("x") ? "%x" : "%" + sign + "d", Operators.whole(value).orElseGet(
                        () -> new java.math.BigDecimal(x).toBigInteger())));
            }
        };
    }

    private static Text padded(Text text, Matcher found, Meter meter) {
        int width = found.group(3).isEmpty() ? 0 : Integer.parseInt(found.group(3));
        boolean left = found.group(2).contains("-"), zeros = found.group(2).contains("0") && !left && !found.group(5).equals("s");
        Text fill = Text.of((zeros ? "0" : " ").repeat(Math.max(0, width - text.length())));
        if (left) return new Text.Builder(meter).add(text).add(fill).text();
        boolean signed = zeros && text.length() > 0 && "+-".indexOf(text.point(0)) >= 0;
        return new Text.Builder(meter).add(text.part(0, signed ? 1 : 0)).add(fill).add(text.part(signed ? 1 : 0)).text();
    }

    static Text braces(Text format, Arguments given, Meter meter) {
        var out = new Text.Builder(meter);
        String plain = format.toString();
        Matcher found = BRACE.matcher(plain);
        int end = 0, next = 0;
        while (found.find()) {
            out.add(part(format, plain, end, found.start()));
            end = found.end();
            meter.spend(end);
            String name = found.group(1);
            if (name == null) {
                if (found.group().length() == 1) throw new JinjaException("a format has a single brace, or more in it than a name");
                out.add(found.group().substring(1));
                continue;
            }
            out.add(Printing.text(
                    name.isEmpty() ? placed(given, next++) : name.matches("\\d{1,4}") ? placed(given, Integer.parseInt(name)) : named(given, name), meter));
        }
        return out.add(part(format, plain, end, plain.length())).text();
    }

    private static Value placed(Arguments given, int at) {
        if (at >= given.placed().size()) throw new JinjaException("a format has more places than values");
        return given.placed().get(at);
    }

    private static Value named(Arguments given, String name) {
        Value found = given.named().get(name);
        if (found == null) throw new JinjaException("a format lacks its value '%s'".formatted(name));
        return found;
    }

    /// Places of the plain text are those of chars.
    private static Text part(Text text, String plain, int begin, int end) {
        return text.part(plain.codePointCount(0, begin), plain.codePointCount(0, end));
    }
}
