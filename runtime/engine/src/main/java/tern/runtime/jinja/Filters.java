package tern.runtime.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import tern.runtime.jinja.Arguments.Bound;
import tern.runtime.jinja.Value.Int;
import tern.runtime.jinja.Value.Items;
import tern.runtime.jinja.Value.None;
import tern.runtime.jinja.Value.Real;
import tern.runtime.jinja.Value.Table;
import tern.runtime.jinja.Value.Undefined;

/// Jinja's filters, as far as chat templates use them. Source: Jinja's documentation, "List of Builtin Filters"; `tojson` is transformers'.
final class Filters {

    private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);

    private Filters() {}

    static Value apply(String name, Evaluator e, Value of, Arguments given) {
        Meter meter = e.meter;
        return switch (name) {
            case "abs" -> of instanceof Real(var x) ? new Real(Math.abs(x)) : new Int(number(of).abs());
            case "capitalize" -> Methods.capitalized(text(of, meter));
            case "count", "length" -> Int.of(length(of, meter));
            case "d", "default" -> byDefault(of, given.bind(name, "default_value", "boolean"));
            case "dictsort" -> sortedEntries(of, given.bind(name, "case_sensitive", "by", "reverse"), e);
            case "e", "escape" -> escaped(text(of, meter), meter);
            case "first" -> all(of, meter).stream().findFirst().orElse(new Undefined("the first item"));
            case "last" -> all(of, meter).isEmpty() ? new Undefined("the last item") : all(of, meter).getLast();
            case "float" -> real(of, given.bind(name, "default"));
            case "format" -> Formats.percent(text(of, meter), given.named().isEmpty() ? given.placed() : List.of(new Table(given.named())), meter);
            case "groupby" -> groups(of, given.bind(name, "attribute", "default"), e);
            case "indent" -> indented(text(of, meter), given.bind(name, "width", "first", "blank"), meter);
            case "int" -> integer(of, given.bind(name, "default", "base"));
            case "items" -> of instanceof Undefined ? Items.list(List.of()) : e.call(e.attribute(of, "items"), Arguments.NONE);
            case "join" -> joined(of, given.bind(name, "d", "attribute"), e);
            case "list" -> Items.list(all(of, meter));
            case "lower" -> text(of, meter).mapped(Character::toLowerCase);
            case "upper" -> text(of, meter).mapped(Character::toUpperCase);
            case "title" -> Methods.titled(text(of, meter));
            case "map" -> mapped(of, given, e);
            case "max", "min" -> extreme(of, given.bind(name, "case_sensitive", "attribute"), name.equals("max"), e);
            case "select", "reject" -> selected(of, given, name.equals("select"), false, e);
            case "selectattr", "rejectattr" -> selected(of, given, name.equals("selectattr"), true, e);
            case "replace" -> replaced(text(of, meter), given.bind(name, "old", "new", "count"), meter);
            case "reverse" -> of instanceof Text text ? reversed(text) : Items.list(all(of, meter).reversed());
            case "round" -> rounded(of, given.bind(name, "precision", "method"));
            case "safe", "string" -> text(of, meter);
            case "sort" -> sorted(of, given.bind(name, "reverse", "case_sensitive", "attribute"), e);
            case "sum" -> sum(of, given.bind(name, "attribute", "start"), e);
            case "tojson" -> json(of, given.bind(name, "ensure_ascii", "indent", "separators", "sort_keys"), meter);
            case "trim" -> Methods.strip(text(of, meter), given.bind(name, "chars").textOrNull("chars"), true, true);
            case "unique" -> unique(of, given.bind(name, "case_sensitive", "attribute"), e);
            case "wordcount" -> Int.of(WORD.matcher(text(of, meter).toString()).results().count());
            default -> throw new JinjaException("there is no filter '%s'".formatted(name));
        };
    }

    private static Text text(Value value, Meter meter) {
        return Printing.text(value, meter);
    }

    private static List<Value> all(Value value, Meter meter) {
        return Operators.all(value, meter);
    }

    private static int length(Value of, Meter meter) {
        return of instanceof Text text ? text.length() : all(of, meter).size();
    }

    private static BigInteger number(Value of) {
        return Operators.whole(of).orElseThrow(() -> new JinjaException("found %s, expected a number".formatted(of.kind())));
    }

    private static Value byDefault(Value of, Bound b) {
        boolean isMissing = of instanceof Undefined || b.flag("boolean", false) && !of.isTrue();
        return isMissing ? b.get("default_value", Text.EMPTY) : of;
    }

    // ---- texts ----

    private static Text reversed(Text text) {
        return text.only(Operators.places(text.length(), Optional.empty(), Optional.empty(), -1));
    }

    private static Text escaped(Text text, Meter meter) {
        Text escaped = text;
        for (String[] one : new String[][] {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&#34;"}, {"'", "&#39;"}})
            escaped = Methods.replace(escaped, Text.of(one[0]), Text.of(one[1]), -1, meter);
        return escaped;
    }

    private static Text replaced(Text text, Bound b, Meter meter) {
        return Methods.replace(text, text(b.get("old"), meter), text(b.get("new"), meter),
                b.get("count", None.NONE) instanceof None ? -1 : b.integer("count", -1), meter);
    }

    private static Text indented(Text text, Bound b, Meter meter) {
        Text indent =
                b.get("width", Int.of(4)) instanceof Text given ? given : text(Operators.binary("*", Text.of(" "), b.get("width", Int.of(4)), meter), meter);
        boolean blank = b.flag("blank", false);
        var out = new Text.Builder(meter);
        if (b.flag("first", false)) out.add(indent);
        for (int i = 0; i < text.length(); i++) {
            out.add(text.part(i, i + 1));
            boolean more = text.point(i) == '\n' && i + 1 < text.length();
            if (more && (blank || text.point(i + 1) != '\n')) out.add(indent);
        }
        return out.text();
    }

    static Text join(Value parts, Text between, Meter meter) {
        var out = new Text.Builder(meter);
        boolean first = true;
        for (Value one : all(parts, meter)) {
            if (!first) out.add(between);
            out.add(text(one, meter));
            first = false;
        }
        return out.text();
    }

    private static Text joined(Value of, Bound b, Evaluator e) {
        Function<Value, Value> key = attribute(b, e);
        return join(Items.list(all(of, e.meter).stream().map(key).toList()), text(b.get("d", Text.EMPTY), e.meter), e.meter);
    }

    private static Text json(Value of, Bound b, Meter meter) {
        Value indent = b.get("indent", None.NONE), separators = b.get("separators", None.NONE);
        Text level = indent instanceof None ? null : indent instanceof Text given ? given : text(Operators.binary("*", Text.of(" "), indent, meter), meter);
        Text between = Text.of(level == null ? ", " : ","), behind = Text.of(": ");
        if (separators instanceof Items(var two, _) && two.size() == 2) {
            between = text(two.getFirst(), meter);
            behind = text(two.getLast(), meter);
        }
        Text json = Printing.json(of, new Printing.Style(level, between, behind, b.flag("sort_keys", false)), meter);
        return b.flag("ensure_ascii", false) ? Printing.ascii(json, meter) : json;
    }

    // ---- numbers ----

    private static Value real(Value of, Bound b) {
        Optional<Double> number = Operators.number(of);
        if (number.isPresent()) return new Real(number.get());
        String digits = of instanceof Text text ? text.toString().strip() : "";
        return digits.matches("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?") ? new Real(Double.parseDouble(digits)) : b.get("default", new Real(0));
    }

    private static Value integer(Value of, Bound b) {
        Optional<BigInteger> whole = Operators.whole(of);
        if (whole.isPresent()) return new Int(whole.get());
        int base = b.integer("base", 10);
        String digits = of instanceof Text text ? text.toString().strip() : "";
        if (base >= 2 && base <= 36 && digits.length() < 1000) {
            String plain = base == 16 ? digits.replaceFirst("^([-+]?)0[xX]", "$1") : digits;
            try {
                return Operators.checked(new BigInteger(plain, base));
            } catch (NumberFormatException e) { // then perhaps a fraction
            }
        }
        Value real = of instanceof Real ? of : real(of, new Bound("int", Map.of("default", None.NONE)));
        if (!(real instanceof Real(var x)) || Double.isNaN(x) || Double.isInfinite(x)) return b.get("default", Int.of(0));
        return Operators.checked(new BigDecimal(x).toBigInteger());
    }

    private static Value rounded(Value of, Bound b) {
        double x = Operators.number(of).orElseThrow(() -> new JinjaException("found %s, expected a number".formatted(of.kind())));
        boolean isWhole = of instanceof Int && b.integer("precision", 0) >= 0;
        String method = text(b.get("method", Text.of("common")), new Meter()).toString();
        RoundingMode mode = switch (method) {
            case "common" -> RoundingMode.HALF_EVEN;
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> throw new JinjaException("round has no method '%s'".formatted(method));
        };
        if (isWhole && mode == RoundingMode.HALF_EVEN) return of;
        return new Real(new BigDecimal(x).setScale(Math.clamp(b.integer("precision", 0), -300, 300), mode).doubleValue());
    }

    private static Value sum(Value of, Bound b, Evaluator e) {
        Value sum = b.get("start", Int.of(0));
        Function<Value, Value> key = attribute(b, e);
        for (Value one : all(of, e.meter)) sum = Operators.binary("+", sum, key.apply(one), e.meter);
        return sum;
    }

    // ---- lists ----

    /// What `attribute='a.b'` takes of an item; the item itself if none is named.
    private static Function<Value, Value> attribute(Bound b, Evaluator e) {
        Value path = b.get("attribute", None.NONE);
        if (path instanceof None) return one -> one;
        Value absent = b.get("default", None.NONE);
        return one -> {
            Value found = member(one, path, e);
            return found instanceof Undefined && !(absent instanceof None) ? absent : found;
        };
    }

    private static Value member(Value of, Value path, Evaluator e) {
        if (!(path instanceof Text text)) return e.item(of, path);
        Value found = of;
        for (String name : text.toString().split("\\.", -1))
            found = found instanceof Undefined ? found : e.item(found, name.matches("\\d{1,9}") ? Int.of(Long.parseLong(name)) : Text.of(name));
        return found;
    }

    private static Value mapped(Value of, Arguments given, Evaluator e) {
        if (given.placed().isEmpty()) return Items.list(all(of, e.meter).stream().map(attribute(given.bind("map", "attribute", "default"), e)).toList());
        String name = text(given.placed().getFirst(), e.meter).toString();
        return Items.list(all(of, e.meter).stream().map(one -> apply(name, e, one, given.after(1))).toList());
    }

    private static Value selected(Value of, Arguments given, boolean keeps, boolean byAttribute, Evaluator e) {
        int first = byAttribute ? 1 : 0;
        if (given.placed().size() < first) throw new JinjaException("an attribute has to be named");
        var chosen = new ArrayList<Value>();
        for (Value one : all(of, e.meter)) {
            Value looked = byAttribute ? member(one, given.placed().getFirst(), e) : one;
            boolean holds = given.placed().size() == first
                    ? looked.isTrue()
                    : Tests.holds(text(given.placed().get(first), e.meter).toString(), e, looked, given.after(first + 1));
            if (holds == keeps) chosen.add(one);
        }
        return Items.list(chosen);
    }

    /// Of keys; texts in lower case unless case counts.
    private static Comparator<Value> order(Bound b, Function<Value, Value> key, Meter meter) {
        boolean isCase = b.flag("case_sensitive", false);
        Comparator<Value> order = Comparator.comparing(one -> folded(key.apply(one), isCase), (x, y) -> Operators.order(x, y, meter));
        return b.flag("reverse", false) ? order.reversed() : order;
    }

    private static Value folded(Value value, boolean isCase) {
        return value instanceof Text text && !isCase ? text.mapped(Character::toLowerCase) : value;
    }

    private static Value sorted(Value of, Bound b, Evaluator e) {
        return Items.list(all(of, e.meter).stream().sorted(order(b, attribute(b, e), e.meter)).toList());
    }

    private static Value sortedEntries(Value of, Bound b, Evaluator e) {
        if (!(of instanceof Table)) throw new JinjaException("found %s, expected dict".formatted(of.kind()));
        int part = text(b.get("by", Text.of("key")), e.meter).toString().equals("value") ? 1 : 0;
        Value entries = e.call(e.attribute(of, "items"), Arguments.NONE);
        return Items.list(all(entries, e.meter).stream().sorted(order(b, one -> e.item(one, Int.of(part)), e.meter)).toList());
    }

    private static Value extreme(Value of, Bound b, boolean most, Evaluator e) {
        Comparator<Value> order = order(b, attribute(b, e), e.meter);
        Value found = new Undefined("an item");
        for (Value one : all(of, e.meter))
            if (found instanceof Undefined || (most ? order.compare(one, found) > 0 : order.compare(one, found) < 0)) found = one;
        return found;
    }

    private static Value unique(Value of, Bound b, Evaluator e) {
        Function<Value, Value> key = attribute(b, e);
        boolean isCase = b.flag("case_sensitive", false);
        var kept = new ArrayList<Value>();
        var seen = new ArrayList<Value>();
        for (Value one : all(of, e.meter)) {
            Value mine = folded(key.apply(one), isCase);
            if (seen.stream().anyMatch(other -> Operators.equal(mine, other, e.meter))) continue;
            seen.add(mine);
            kept.add(one);
        }
        return Items.list(kept);
    }

    private static Value groups(Value of, Bound b, Evaluator e) {
        Function<Value, Value> key = attribute(b, e);
        var groups = new ArrayList<Value>();
        List<Value> sorted = all(sorted(of, new Bound("groupby", b.all()), e), e.meter);
        for (int i = 0; i < sorted.size();) {
            int begin = i;
            Value mine = key.apply(sorted.get(begin));
            while (i < sorted.size() && Operators.equal(folded(key.apply(sorted.get(i)), false), folded(mine, false), e.meter)) i++;
            groups.add(Items.tuple(mine, Items.list(sorted.subList(begin, i))));
        }
        return Items.list(groups);
    }
}
