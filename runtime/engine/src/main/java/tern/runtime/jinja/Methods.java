package tern.runtime.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tern.runtime.jinja.Arguments.Bound;
import tern.runtime.jinja.Value.Bool;
import tern.runtime.jinja.Value.Function;
import tern.runtime.jinja.Value.Int;
import tern.runtime.jinja.Value.Items;
import tern.runtime.jinja.Value.None;
import tern.runtime.jinja.Value.Undefined;

/// Methods of Python's texts, lists and dictionaries that change nothing in place.
final class Methods {

    private Methods() {}

    // ---- dictionaries and lists ----

    static Optional<Value> of(Map<String, Value> all, String name, Meter meter) {
        return switch (name) {
            case "items", "keys", "values" -> Optional.of(new Function(name, given -> {
                given.bind(name);
                meter.spend(all.size());
                return Items.list(all.entrySet().stream().map(one -> switch (name) {
                    case "items" -> Items.tuple(Text.input(one.getKey()), one.getValue());
                    case "keys" -> Text.input(one.getKey());
                    default -> one.getValue();
                }).toList());
            }));
            case "get" -> Optional.of(new Function(name, given -> {
                Bound b = given.bind(name, "key", "default");
                Value found = b.get("key") instanceof Text key ? all.get(key.toString()) : null;
                return found == null ? b.get("default", None.NONE) : found;
            }));
            default -> Optional.empty();
        };
    }

    static Value of(List<Value> all, String name, Meter meter) {
        return switch (name) {
            case "index", "count" -> new Function(name, given -> {
                Value wanted = given.bind(name, "value").get("value");
                int[] places = IntStream.range(0, all.size()).filter(i -> Operators.equal(all.get(i), wanted, meter)).toArray();
                if (name.equals("count")) return Int.of(places.length);
                if (places.length == 0) throw new JinjaException("the value is not in the list");
                return Int.of(places[0]);
            });
            default -> new Undefined(name);
        };
    }

    // ---- texts ----

    /// The method of a text, or undefined.
    static Value of(Text text, String name, Meter meter) {
        return METHODS.contains(name) ? new Function(name, given -> call(text, name, given, meter)) : new Undefined(name);
    }

    private static final List<String> METHODS = List.of(
            "upper", "lower", "capitalize", "title", "strip", "lstrip", "rstrip", "startswith", "endswith", "split", "rsplit", "splitlines",
            "partition", "rpartition", "replace", "find", "rfind", "index", "count", "join", "format", "removeprefix", "removesuffix", "isdigit",
            "isalpha", "isalnum", "isspace", "isupper", "islower", "zfill");

    private static Value call(Text text, String name, Arguments given, Meter meter) {
        meter.spend(text.length());
        return switch (name) {
            case "upper" -> text.mapped(Character::toUpperCase);
            case "lower" -> text.mapped(Character::toLowerCase);
            case "capitalize" -> capitalized(text);
            case "title" -> titled(text);
            case "strip" -> strip(text, given, true, true);
            case "lstrip" -> strip(text, given, true, false);
            case "rstrip" -> strip(text, given, false, true);
            case "startswith" -> new Bool(any(given.bind(name, "prefix").get("prefix"), one -> text.matches(one, 0, meter)));
            case "endswith" -> new Bool(any(given.bind(name, "suffix").get("suffix"), one -> text.matches(one, text.length() - one.length(), meter)));
            case "split", "rsplit" -> split(text, given.bind(name, "sep", "maxsplit"), name.equals("rsplit"), meter);
            case "splitlines" -> lines(text);
            case "partition", "rpartition" -> partition(text, given.bind(name, "sep").text("sep"), name.equals("rpartition"), meter);
            case "replace" -> {
                Bound b = given.bind(name, "old", "new", "count");
                yield replace(text, b.text("old"), b.text("new"), b.integer("count", -1), meter);
            }
            case "find", "index" -> find(text, name, given.bind(name, "sub", "start"), meter);
            case "rfind" -> Int.of(text.findLast(given.bind(name, "sub").text("sub"), meter));
            case "count" -> Int.of(pieces(text, given.bind(name, "sub").text("sub"), Integer.MAX_VALUE, meter).size() - 1);
            case "join" -> {
                Value parts = given.bind(name, "iterable").get("iterable");
                for (Value one : Operators.all(parts, meter))
                    if (!(one instanceof Text)) throw new JinjaException("join found %s, expected str".formatted(one.kind()));
                yield Filters.join(parts, text, meter);
            }
            case "format" -> Formats.braces(text, given, meter);
            case "removeprefix" -> {
                Text prefix = given.bind(name, "prefix").text("prefix");
                yield text.matches(prefix, 0, meter) ? text.part(prefix.length()) : text;
            }
            case "removesuffix" -> {
                Text suffix = given.bind(name, "suffix").text("suffix");
                int at = text.length() - suffix.length();
                yield text.matches(suffix, at, meter) ? text.part(0, at) : text;
            }
            case "zfill" -> {
                int width = given.bind(name, "width").integer("width", 0);
                yield new Text.Builder(meter)
                        .add(Operators.binary("*", Text.of("0"), Int.of(width - text.length()), meter) instanceof Text zeros ? zeros : text).add(text).text();
            }
            case "isupper" -> new Bool(isCase(text, Character::isUpperCase, Character::isLowerCase));
            case "islower" -> new Bool(isCase(text, Character::isLowerCase, Character::isUpperCase));
            default -> new Bool(isAll(text, kind(name)));
        };
    }

    private static IntPredicate kind(String name) {
        return switch (name) {
            case "isdigit" -> Character::isDigit;
            case "isalpha" -> Character::isLetter;
            case "isalnum" -> Character::isLetterOrDigit;
            case "isspace" -> Text::isSpace;
            default -> throw new IllegalStateException(name);
        };
    }

    private static boolean isAll(Text text, IntPredicate kind) {
        for (int i = 0; i < text.length(); i++) if (!kind.test(text.point(i))) return false;
        return text.length() > 0;
    }

    /// Whether it has letters of this case and none of the other.
    private static boolean isCase(Text text, IntPredicate wanted, IntPredicate other) {
        int[] points = text.toString().codePoints().toArray();
        return Arrays.stream(points).anyMatch(wanted) && Arrays.stream(points).noneMatch(other);
    }

    private static boolean any(Value affix, Predicate<Text> fits) {
        List<Value> all = affix instanceof Items(var items, var tuple) && tuple ? items : List.of(affix);
        return all.stream().anyMatch(one -> {
            if (one instanceof Text text) return fits.test(text);
            throw new JinjaException("found %s, expected str".formatted(one.kind()));
        });
    }

    static Text capitalized(Text text) {
        boolean[] inside = {false};
        return text.mapped(point -> {
            int changed = inside[0] ? Character.toLowerCase(point) : Character.toTitleCase(point);
            inside[0] = true;
            return changed;
        });
    }

    static Text titled(Text text) {
        boolean[] inside = {false};
        return text.mapped(point -> {
            int changed = inside[0] ? Character.toLowerCase(point) : Character.toTitleCase(point);
            inside[0] = Character.isLetter(point);
            return changed;
        });
    }

    private static Text strip(Text text, Arguments given, boolean left, boolean right) {
        return strip(text, given.bind("strip", "chars").textOrNull("chars"), left, right);
    }

    /// @param chars null for white space
    static Text strip(Text text, @Nullable Text chars, boolean left, boolean right) {
        if (chars == null) return text.strip(Text::isSpace, left, right);
        String all = chars.toString();
        return text.strip(point -> all.indexOf(point) >= 0, left, right);
    }

    private static Value find(Text text, String name, Bound b, Meter meter) {
        int start = b.integer("start", 0);
        int at = text.find(b.text("sub"), Math.clamp(start < 0 ? (long) start + text.length() : start, 0, text.length()), text.length(), meter);
        if (at < 0 && name.equals("index")) throw new JinjaException("the text is not in the other");
        return Int.of(at);
    }

    /// Parts between a separator, of which at most so many count.
    private static List<Text> pieces(Text text, Text separator, int most, Meter meter) {
        if (separator.length() == 0) throw new JinjaException("a separator is empty");
        var all = new ArrayList<Text>();
        int begin = 0;
        for (int at = text.find(separator, 0, text.length(), meter); at >= 0 && all.size() < most; at = text.find(separator, begin, text.length(), meter)) {
            all.add(text.part(begin, at));
            begin = at + separator.length();
        }
        all.add(text.part(begin));
        return all;
    }

    private static Value split(Text text, Bound b, boolean fromRight, Meter meter) {
        int most = b.integer("maxsplit", -1);
        int limit = most < 0 ? Integer.MAX_VALUE : most;
        @Nullable Text separator = b.textOrNull("sep");
        if (separator == null) return Items.list(words(text, limit, fromRight));
        List<Text> all = pieces(text, separator, fromRight ? Integer.MAX_VALUE : limit, meter);
        if (!fromRight || all.size() - 1 <= limit) return Items.list(all);
        int first = all.size() - limit - 1;
        var joined = new ArrayList<Text>(List.of(Filters.join(Items.list(all.subList(0, first + 1)), separator, meter)));
        joined.addAll(all.subList(first + 1, all.size()));
        return Items.list(joined);
    }

    /// Parts between white space.
    private static List<Text> words(Text text, int limit, boolean fromRight) {
        var all = new ArrayList<Text>();
        Text rest = text.strip(Text::isSpace, !fromRight, fromRight);
        while (rest.length() > 0 && all.size() < limit) {
            int at = fromRight ? rest.length() : 0;
            while (fromRight ? at > 0 && !Text.isSpace(rest.point(at - 1)) : at < rest.length() && !Text.isSpace(rest.point(at))) at += fromRight ? -1 : 1;
            all.add(fromRight ? rest.part(at) : rest.part(0, at));
            rest = (fromRight ? rest.part(0, at) : rest.part(at)).strip(Text::isSpace, !fromRight, fromRight);
        }
        if (rest.length() > 0) all.add(rest);
        return fromRight ? all.reversed() : all;
    }

    private static Value lines(Text text) {
        var all = new ArrayList<Text>();
        int begin = 0;
        for (int i = 0; i < text.length(); i++) {
            if ("\n\r".indexOf(text.point(i)) < 0) continue;
            all.add(text.part(begin, i));
            if (text.point(i) == '\r' && i + 1 < text.length() && text.point(i + 1) == '\n') i++;
            begin = i + 1;
        }
        if (begin < text.length()) all.add(text.part(begin));
        return Items.list(all);
    }

    private static Value partition(Text text, Text separator, boolean fromRight, Meter meter) {
        int at = fromRight ? text.findLast(separator, meter) : text.find(separator, 0, text.length(), meter);
        if (at < 0) return fromRight ? Items.tuple(Text.EMPTY, Text.EMPTY, text) : Items.tuple(text, Text.EMPTY, Text.EMPTY);
        return Items.tuple(text.part(0, at), separator, text.part(at + separator.length()));
    }

    static Text replace(Text text, Text old, Text with, int count, Meter meter) {
        List<Text> all = pieces(text, old, count < 0 ? Integer.MAX_VALUE : count, meter);
        return Filters.join(Items.list(all), with, meter);
    }
}
