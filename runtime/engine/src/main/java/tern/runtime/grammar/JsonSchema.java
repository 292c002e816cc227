package tern.runtime.grammar;

import static tern.runtime.grammar.Expression.choice;
import static tern.runtime.grammar.Expression.sequence;
import static tern.runtime.grammar.JsonRules.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tern.runtime.Quote;
import tern.runtime.grammar.Expression.Rule;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/// A JSON schema as rules: whatever follows them validates. They allow less than the schema where that is simpler: members come in the
/// order of `properties`, and others only where `additionalProperties` is a schema and there are no `properties`.
///
/// Known: `type` (one or several), `properties`, `required`, `additionalProperties`, `items`, `minItems`, `maxItems`, `minLength`, `maxLength`,
/// `enum`, `const`, `anyOf`, `$ref` into the same file, `$defs`, `definitions`, and all that only describes. Anything else is refused by name.
///
/// Source: JSON Schema 2020-12.
final class JsonSchema {

    static final long LONGEST = 1 << 20;

    private static final int MOST_REPEATS = 10_000;

    private static final Set<String> DESCRIBING = Set.of("title", "description", "default", "examples", "$schema", "$id", "$comment", "deprecated",
            "readOnly", "writeOnly", "$defs", "definitions");

    /// Keywords that constrain, by the types that they constrain.
    private static final Map<String, Set<String>> OF_TYPE = Map.of(
            "object", Set.of("properties", "required", "additionalProperties"),
            "array", Set.of("items", "minItems", "maxItems"),
            "string", Set.of("minLength", "maxLength"),
            "number", Set.of(),
            "integer", Set.of(),
            "boolean", Set.of(),
            "null", Set.of());

    private final String file;
    private final JsonNode root;
    private final Map<String, Expression> rules = new LinkedHashMap<>(JsonRules.all());
    private final Map<String, String> references = new HashMap<>();
    private int made;

    private JsonSchema(String file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    /// @param file for messages
    /// @throws IllegalArgumentException if the schema says something that is not known here
    static Rules rules(String file, JsonNode schema) {
        var compiled = new JsonSchema(file, schema);
        compiled.rules.put(Rules.ROOT, compiled.reference("#", ""));
        try {
            var all = new Rules(compiled.rules);
            LeftRecursion.find(all).ifPresent(_ -> {
                throw compiled.wrong("", "a $ref leads back to itself");
            });
            return all;
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException(file + ": nested too deeply", e);
        }
    }

    /// @param path of the schema, a JSON pointer
    private Expression value(JsonNode schema, String path) {
        if (schema.isBoolean()) {
            if (schema.booleanValue()) return JsonRules.VALUE;
            throw wrong(path, "nothing validates against false");
        }
        if (!schema.isObject()) throw wrong(path, "found no schema, expected an object or true");
        var keys = new TreeSet<>(schema.propertyNames());
        keys.removeAll(DESCRIBING);
        for (String sole : List.of("$ref", "anyOf", "const", "enum")) if (keys.remove(sole)) return alone(sole, schema, keys, path);
        List<String> types = types(schema, keys, path);
        var known = new HashSet<>(Set.of("type"));
        types.forEach(type -> known.addAll(OF_TYPE.get(type)));
        for (String key : keys)
            if (!known.contains(key)) throw wrong(path, "%s is not supported%s".formatted(key, types.isEmpty() ? "" : " for type " + String.join(", ", types)));
        if (types.isEmpty()) return JsonRules.VALUE;
        return new Expression.Choice(types.stream().map(type -> ofType(type, schema, path)).toList());
    }

    /// Keywords that say everything by themselves; a `type` beside a constant is believed.
    private Expression alone(String keyword, JsonNode schema, Set<String> others, String path) {
        boolean isConstant = keyword.equals("const") || keyword.equals("enum");
        if (isConstant) others.remove("type");
        if (!others.isEmpty()) throw wrong(path, "%s beside %s is not supported".formatted(others.iterator().next(), keyword));
        JsonNode given = schema.get(keyword);
        String here = path + "/" + keyword;
        return switch (keyword) {
            case "$ref" -> reference(textOf(given, here), here);
            case "const" -> text(given.toString());
            default -> {
                if (!given.isArray() || given.isEmpty()) throw wrong(here, "found no list, or an empty one");
                var ways = new ArrayList<Expression>();
                for (JsonNode one : given) ways.add(isConstant ? text(one.toString()) : value(one, here + "/" + ways.size()));
                yield new Expression.Choice(ways);
            }
        };
    }

    /// What `type` names, or what other keywords of one type tell.
    private List<String> types(JsonNode schema, Set<String> keys, String path) {
        JsonNode type = schema.path("type");
        var types = new ArrayList<String>();
        if (type.isArray()) for (JsonNode one : type) types.add(textOf(one, path + "/type"));
        else if (!type.isMissingNode()) types.add(textOf(type, path + "/type"));
        for (String name : types)
            if (!OF_TYPE.containsKey(name)) throw wrong(path + "/type", "found %s, expected one of %s".formatted(Quote.of(name), new TreeSet<>(OF_TYPE.keySet())));
        boolean isObject = keys.contains("properties") && types.isEmpty();
        return isObject ? List.of("object") : types;
    }

    private Expression ofType(String type, JsonNode schema, String path) {
        return switch (type) {
            case "object" -> object(schema, path);
            case "array" -> array(schema, path);
            case "string" -> JsonRules.string(count(schema, "minLength", 0, path), count(schema, "maxLength", -1, path));
            case "number" -> JsonRules.NUMBER;
            case "integer" -> JsonRules.INTEGER;
            case "boolean" -> JsonRules.BOOLEAN;
            default -> JsonRules.NULL;
        };
    }

    private Expression array(JsonNode schema, String path) {
        int least = count(schema, "minItems", 0, path), most = count(schema, "maxItems", -1, path);
        if (most >= 0 && most < least) throw wrong(path, "maxItems is less than minItems");
        Expression item = schema.has("items") ? rule(value(schema.get("items"), path + "/items")) : JsonRules.VALUE;
        return JsonRules.array(JsonRules.list(item, least, most));
    }

    private Expression object(JsonNode schema, String path) {
        JsonNode properties = schema.path("properties"), others = schema.path("additionalProperties");
        var required = new HashSet<String>();
        for (JsonNode name : schema.path("required")) required.add(textOf(name, path + "/required"));
        for (String name : required)
            if (!properties.has(name)) throw wrong(path + "/required", "%s is not among the properties".formatted(Quote.of(name)));
        if (properties.isMissingNode() || properties.isEmpty()) {
            if (others.isBoolean() && !others.booleanValue()) return JsonRules.object(sequence());
            Expression value = others.isObject() ? rule(value(others, path + "/additionalProperties")) : JsonRules.VALUE;
            return JsonRules.object(JsonRules.list(JsonRules.member(JsonRules.STRING, value), 0, -1));
        }
        if (!properties.isObject()) throw wrong(path + "/properties", "found no object");
        if (others.isObject()) throw wrong(path, "additionalProperties beside properties is not supported, unless it is true or false");
        return JsonRules.object(members(properties, required, path + "/properties"));
    }

    /// From the last member to the first: what may follow where nothing stands before it, and where something does.
    private Expression members(JsonNode properties, Set<String> required, String path) {
        Expression first = sequence(), later = sequence();
        for (String name : new ArrayList<>(properties.propertyNames()).reversed()) {
            Expression value = value(properties.get(name), path + "/" + escaped(name));
            Expression member = rule(JsonRules.member(text(quoted(name)), value));
            Expression behind = later, without = first;
            boolean must = required.contains(name);
            Expression here = sequence(member, behind), after = sequence(JsonRules.COMMA, member, behind);
            first = rule(must ? here : choice(here, without));
            later = rule(must ? after : choice(after, behind));
        }
        return first;
    }

    private static String quoted(String name) {
        return StringNode.valueOf(name).toString();
    }

    /// As JSON pointers write it. Source: RFC 6901.
    private static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private Expression reference(String to, String path) {
        String known = references.get(to);
        if (known != null) return new Rule(known);
        if (!to.equals("#") && !to.startsWith("#/")) throw wrong(path, "found %s, expected # or #/...".formatted(Quote.of(to)));
        JsonNode schema = root.at(to.substring(1));
        if (schema.isMissingNode()) throw wrong(path, "there is no %s".formatted(Quote.of(to)));
        String name = "schema-" + made++;
        references.put(to, name);
        rules.put(name, value(schema, to.substring(1)));
        return new Rule(name);
    }

    /// A rule of its own, so that it is written once however often it is used.
    private Expression rule(Expression meaning) {
        String name = "schema-" + made++;
        rules.put(name, meaning);
        return new Rule(name);
    }

    private int count(JsonNode schema, String key, int absent, String path) {
        JsonNode count = schema.path(key);
        if (count.isMissingNode()) return absent;
        if (!count.isIntegralNumber() || !count.canConvertToInt() || count.intValue() < 0 || count.intValue() > MOST_REPEATS)
            throw wrong(path + "/" + key, "found %s, expected 0 to %d".formatted(Quote.of(count.toString()), MOST_REPEATS));
        return count.intValue();
    }

    private String textOf(JsonNode node, String path) {
        if (!node.isString()) throw wrong(path, "found no text");
        return node.stringValue();
    }

    private IllegalArgumentException wrong(String path, String problem) {
        return new IllegalArgumentException("%s: schema %s: %s".formatted(file, Quote.of("#" + path), problem));
    }
}
