package tern.runtime.server;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tern.runtime.Quote;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The members of a JSON object in a request. A null counts as absent.
///
/// @param at where the object stands, for messages; empty for the request itself
record Fields(JsonNode node, String at) {

    private static final JsonMapper MAPPER = new JsonMapper();

    /// @throws ApiError if it is no JSON object
    static Fields read(byte[] body) {
        JsonNode node;
        try {
            node = MAPPER.readTree(body);
        } catch (JacksonException e) {
            throw ApiError.wrong(null, "the body is not JSON");
        }
        if (!node.isObject()) throw ApiError.wrong(null, "the body is no JSON object");
        return new Fields(node, "");
    }

    private String path(String name) {
        return at.isEmpty() ? name : at + "." + name;
    }

    boolean has(String name) {
        return !get(name).isMissingNode();
    }

    /// A missing node if it is absent.
    JsonNode get(String name) {
        JsonNode found = node.path(name);
        return found.isNull() ? node.path("no such member, since it is null") : found;
    }

    ApiError wrong(String name, String problem) {
        return ApiError.wrong(path(name), path(name) + ": " + problem);
    }

    Optional<String> text(String name) {
        if (!has(name)) return Optional.empty();
        if (!get(name).isString()) throw wrong(name, "expected a string");
        return Optional.of(get(name).stringValue());
    }

    String needText(String name) {
        return text(name).orElseThrow(() -> wrong(name, "is missing"));
    }

    boolean flag(String name, boolean absent) {
        if (!has(name)) return absent;
        if (!get(name).isBoolean()) throw wrong(name, "expected true or false");
        return get(name).booleanValue();
    }

    double number(String name, double absent, double least, double most) {
        if (!has(name)) return absent;
        if (!get(name).isNumber()) throw wrong(name, "expected a number");
        double value = get(name).doubleValue();
        if (!(value >= least && value <= most)) throw wrong(name, "found %s, expected %s to %s".formatted(get(name), plain(least), plain(most)));
        return value;
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    long whole(String name, long absent, long least, long most) {
        if (!has(name)) return absent;
        if (!get(name).isIntegralNumber() || !get(name).canConvertToLong()) throw wrong(name, "expected a whole number");
        long value = get(name).longValue();
        if (value < least || value > most) throw wrong(name, String.format(ROOT, "found %d, expected %d to %d", value, least, most));
        return value;
    }

    int count(String name, int absent, int least, int most) {
        return (int) whole(name, absent, least, most);
    }

    /// A string, or several.
    List<String> texts(String name) {
        JsonNode found = get(name);
        if (found.isMissingNode()) return List.of();
        if (found.isString()) return List.of(found.stringValue());
        if (!found.isArray()) throw wrong(name, "expected a string or a list of strings");
        var all = new ArrayList<String>();
        for (JsonNode one : found) {
            if (!one.isString()) throw wrong(name, "expected a string or a list of strings");
            all.add(one.stringValue());
        }
        return List.copyOf(all);
    }

    Optional<Fields> object(String name) {
        if (!has(name)) return Optional.empty();
        if (!get(name).isObject()) throw wrong(name, "expected an object");
        return Optional.of(new Fields(get(name), path(name)));
    }

    /// Members of an object by name; none if it is absent.
    Map<String, JsonNode> values(String name) {
        var all = new LinkedHashMap<String, JsonNode>();
        object(name).ifPresent(found -> found.node.forEachEntry(all::put));
        return all;
    }

    /// Objects of a list; none if it is absent.
    List<Fields> objects(String name) {
        if (!has(name)) return List.of();
        if (!get(name).isArray()) throw wrong(name, "expected a list");
        var all = new ArrayList<Fields>();
        for (JsonNode one : get(name)) {
            String here = path(name) + "[" + all.size() + "]";
            if (!one.isObject()) throw ApiError.wrong(here, here + ": expected an object");
            all.add(new Fields(one, here));
        }
        return List.copyOf(all);
    }

    /// What is asked for, but not done here, is refused by name: an answer that quietly ignores it would be a wrong one.
    ///
    /// @param neutral values that ask for nothing
    void refuse(String name, Set<String> neutral) {
        if (has(name) && !neutral.contains(get(name).toString()))
            throw wrong(name, "found %s, which is not supported".formatted(Quote.of(get(name).toString(), 40)));
    }
}
