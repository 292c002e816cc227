package tern.runtime.grammar;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A schema split up: alternatives of which each is one object of keywords, without `$ref`, `allOf`, `anyOf` and `oneOf`. What holds
/// together, such as a `$ref` and keywords next to it, is one object; parts of properties and items that hold together stay `allOf`.
final class SchemaParts {

    /// Of one schema, after all combinations.
    private static final int MOST = 10_000;

    private static final Set<String> COMBINING = Set.of("$ref", "allOf", "anyOf", "oneOf");

    private final SchemaFile file;

    SchemaParts(SchemaFile file) {
        this.file = file;
    }

    /// @throws IllegalArgumentException if a keyword is not what it must be, or two cannot be kept to at once
    List<ObjectNode> of(JsonNode schema, String path) {
        return of(schema, path, new HashSet<>());
    }

    private List<ObjectNode> of(JsonNode schema, String path, Set<String> followed) {
        if (schema.isBoolean()) return schema.booleanValue() ? List.of(object()) : List.of();
        if (!schema.isObject()) throw file.wrong(path, "found no schema, expected an object, true or false");
        ObjectNode own = object();
        for (var entry : schema.properties())
            if (!COMBINING.contains(entry.getKey()) && !JsonSchema.DESCRIBING.contains(entry.getKey())) own.set(entry.getKey(), entry.getValue());
        List<ObjectNode> all = List.of(own);
        if (schema.has("$ref")) {
            String to = file.text(schema.get("$ref"), path + "/$ref");
            var further = new HashSet<>(followed);
            if (!further.add(to)) throw file.wrong(path, "a $ref leads back to itself");
            all = both(all, of(file.at(to, path + "/$ref"), to.substring(1), further), path);
        }
        int i = 0;
        for (JsonNode part : file.list(schema, "allOf", path)) all = both(all, of(part, path + "/allOf/" + i++, followed), path);
        for (String key : List.of("anyOf", "oneOf"))
            if (schema.has(key)) all = both(all, ways(schema, key, path, followed), path);
        return all;
    }

    private List<ObjectNode> ways(JsonNode schema, String key, String path, Set<String> followed) {
        List<List<ObjectNode>> ways = new ArrayList<>();
        for (JsonNode way : file.list(schema, key, path)) ways.add(of(way, path + "/" + key + "/" + ways.size(), followed));
        if (ways.isEmpty()) throw file.wrong(path + "/" + key, "found no list, or an empty one");
        if (key.equals("oneOf")) new Disjoint(file).require(ways, path + "/oneOf");
        return ways.stream().flatMap(List::stream).toList();
    }

    private List<ObjectNode> both(List<ObjectNode> some, List<ObjectNode> others, String path) {
        if ((long) some.size() * others.size() > MOST) throw file.wrong(path, "more than %d combinations".formatted(MOST));
        var all = new ArrayList<ObjectNode>();
        for (ObjectNode a : some) for (ObjectNode b : others) if (!Disjoint.types(a, b)) all.add(merged(a, b, path));
        return all;
    }

    // ---- two objects of keywords at once ----

    private ObjectNode merged(ObjectNode a, ObjectNode b, String path) {
        if (a.isEmpty()) return b;
        if (b.isEmpty()) return a;
        ObjectNode both = a.deepCopy();
        for (var entry : b.properties()) {
            String key = entry.getKey();
            if (!a.has(key)) both.set(key, entry.getValue());
            else if (!a.get(key).equals(entry.getValue())) both.set(key, merged(key, a.get(key), entry.getValue(), path));
        }
        constants(a, b, both);
        if (Members.isObject(a) || Members.isObject(b)) Members.merge(a, b, both);
        if (Members.isTuple(a) || Members.isTuple(b)) Members.mergeItems(a, b, both);
        return both;
    }

    private JsonNode merged(String key, JsonNode a, JsonNode b, String path) {
        return switch (key) {
            case "type" -> Disjoint.common(a, b);
            case "required" -> union(a, b);
            case "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties" ->
                file.number(a, path + "/" + key).compareTo(file.number(b, path + "/" + key)) >= 0 ? a : b;
            case "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties" ->
                file.number(a, path + "/" + key).compareTo(file.number(b, path + "/" + key)) <= 0 ? a : b;
            case "items", "additionalProperties" -> and(a, b);
            case "properties", "prefixItems", "additionalItems", "const", "enum" -> a; // merged with what stands next to them
            default -> throw file.wrong(path, "two %s at once are not supported".formatted(key));
        };
    }

    /// A constant that both allow is in both lists.
    private static void constants(ObjectNode a, ObjectNode b, ObjectNode both) {
        List<JsonNode> some = constants(a), others = constants(b);
        if (some.isEmpty() && others.isEmpty()) return;
        both.remove("const");
        ArrayNode common = both.putArray("enum");
        for (JsonNode one : some.isEmpty() ? others : some)
            if (some.isEmpty() || others.isEmpty() || others.stream().anyMatch(other -> same(one, other))) common.add(one);
    }

    /// Those that a schema names by `const`, else by `enum`.
    static List<JsonNode> constants(JsonNode schema) {
        var all = new ArrayList<JsonNode>();
        if (schema.has("const")) {
            JsonNode one = schema.get("const");
            boolean isListed = !schema.has("enum");
            for (JsonNode other : schema.path("enum")) isListed |= same(one, other);
            if (isListed) all.add(one);
        } else {
            schema.path("enum").forEach(all::add);
        }
        return all;
    }

    /// 1 and 1.0 are the same number.
    static boolean same(JsonNode a, JsonNode b) {
        if (a.isNumber() && b.isNumber()) return new BigDecimal(a.toString()).compareTo(new BigDecimal(b.toString())) == 0;
        if (a.isArray() && b.isArray() && a.size() == b.size()) {
            for (int i = 0; i < a.size(); i++) if (!same(a.get(i), b.get(i))) return false;
            return true;
        }
        if (a.isObject() && b.isObject() && a.size() == b.size()) {
            for (var entry : a.properties()) if (!b.has(entry.getKey()) || !same(entry.getValue(), b.get(entry.getKey()))) return false;
            return true;
        }
        return a.equals(b);
    }

    static JsonNode and(JsonNode a, JsonNode b) {
        if (a.equals(b) || isAny(b)) return a;
        if (isAny(a)) return b;
        ObjectNode both = object();
        both.putArray("allOf").add(a).add(b);
        return both;
    }

    private static boolean isAny(JsonNode schema) {
        return schema.isBoolean() && schema.booleanValue() || schema.isObject() && schema.isEmpty();
    }

    private static ArrayNode union(JsonNode a, JsonNode b) {
        var names = new LinkedHashSet<JsonNode>();
        a.forEach(names::add);
        b.forEach(names::add);
        ArrayNode all = JsonMapper.shared().createArrayNode();
        names.forEach(all::add);
        return all;
    }

    static ObjectNode object() {
        return JsonMapper.shared().createObjectNode();
    }
}
