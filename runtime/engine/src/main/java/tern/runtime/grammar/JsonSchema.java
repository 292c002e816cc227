package tern.runtime.grammar;

import static tern.runtime.grammar.Expression.choice;
import static tern.runtime.grammar.Expression.optional;
import static tern.runtime.grammar.Expression.sequence;
import static tern.runtime.grammar.JsonRules.COMMA;
import static tern.runtime.grammar.JsonRules.text;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tern.runtime.Quote;
import tern.runtime.grammar.Expression.Choice;
import tern.runtime.grammar.Expression.Rule;
import tern.runtime.grammar.JsonPattern.Part;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// A JSON schema as rules: whatever follows them validates. They allow less than the schema where that is simpler: members come in the
/// order of `properties`, others after them and only where `additionalProperties` asks for them; a tuple has all its items.
///
/// Known: `type`, `properties`, `required`, `additionalProperties`, `items`, `prefixItems`, `minItems`, `maxItems`, `minLength`, `maxLength`,
/// `pattern`, `format`, `minimum`, `maximum` and their exclusive forms, `enum`, `const`, `allOf`, `anyOf`, `oneOf` of what excludes each
/// other, `$ref` into the same file, and all that only describes. Anything else is refused by name.
///
/// Source: JSON Schema 2020-12, with the `items` and `definitions` of earlier ones.
final class JsonSchema {

    static final long LONGEST = 1 << 20;

    /// Bounds beyond it are beyond every context: an upper one is dropped.
    private static final int MOST_REPEATS = 100_000;

    private static final int MOST_RULES = 100_000;

    static final Set<String> DESCRIBING = Set.of("title", "description", "default", "examples", "example", "$schema", "$id", "id", "$comment", "$anchor",
            "deprecated", "readOnly", "writeOnly", "$defs", "definitions", "discriminator", "contentMediaType", "contentEncoding");

    /// Keywords that constrain, by the types that they constrain.
    private static final Map<String, Set<String>> OF_TYPE = new LinkedHashMap<>();

    static {
        OF_TYPE.put("object", Set.of("properties", "required", "additionalProperties", "minProperties"));
        OF_TYPE.put("array", Set.of("items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems"));
        OF_TYPE.put("string", Set.of("minLength", "maxLength", "pattern", "format"));
        OF_TYPE.put("number", Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format"));
        OF_TYPE.put("integer", OF_TYPE.get("number"));
        OF_TYPE.put("boolean", Set.of());
        OF_TYPE.put("null", Set.of());
    }

    private record Open(String rule, JsonNode schema, String path) {}

    private final SchemaFile file;
    private final SchemaParts parts;
    private final Map<String, Expression> rules = new LinkedHashMap<>(JsonRules.all());
    /// Rules by the schema that they are for: its place in the file, or its text.
    private final Map<String, String> known = new HashMap<>();
    private final Deque<Open> open = new ArrayDeque<>();
    private int made;

    private JsonSchema(SchemaFile file) {
        this.file = file;
        parts = new SchemaParts(file);
    }

    /// @param name for messages
    /// @throws IllegalArgumentException if the schema says something that is not known here
    static Rules rules(String name, JsonNode schema) {
        var file = new SchemaFile(name, schema);
        var compiled = new JsonSchema(file);
        compiled.rules.put(Rules.ROOT, compiled.reference("#", schema, ""));
        while (!compiled.open.isEmpty()) {
            Open next = compiled.open.remove();
            compiled.rules.put(next.rule, compiled.ways(next.schema, next.path));
        }
        return new Rules(compiled.rules, (_, problem) -> file.wrong("", problem));
    }

    /// A rule for a schema, made later: how deep schemas refer to each other needs no stack.
    private Expression reference(String key, JsonNode schema, String path) {
        String name = known.get(key);
        if (name == null) {
            name = "schema-" + made++;
            if (made > MOST_RULES) throw file.wrong(path, "the schema is too large: more than %d rules".formatted(MOST_RULES));
            known.put(key, name);
            open.add(new Open(name, schema, path));
        }
        return new Rule(name);
    }

    /// @param path of the schema, a JSON pointer
    private Expression value(JsonNode schema, String path) {
        JsonNode to = schema.path("$ref");
        boolean isReference = to.isString() && schema.propertyNames().stream().allMatch(key -> key.equals("$ref") || DESCRIBING.contains(key));
        if (isReference) return reference(to.stringValue(), file.at(to.stringValue(), path + "/$ref"), to.stringValue().substring(1));
        return reference(schema.isContainer() ? "=" + schema : path, schema, path);
    }

    private Expression ways(JsonNode schema, String path) {
        var ways = new ArrayList<Expression>();
        for (ObjectNode part : parts.of(schema, path)) ways.add(keywords(part, path));
        return ways.size() == 1 ? ways.getFirst() : new Choice(ways);
    }

    /// A choice of nothing if nothing validates.
    private Expression keywords(ObjectNode schema, String path) {
        if (schema.has("const") || schema.has("enum")) return constants(schema, path);
        List<String> types = types(schema, path);
        var allowed = new LinkedHashSet<>(Set.of("type"));
        types.forEach(type -> allowed.addAll(OF_TYPE.get(type)));
        for (String key : schema.propertyNames()) {
            boolean isForeign = OF_TYPE.values().stream().anyMatch(keys -> keys.contains(key)); // says nothing of these types
            if (!allowed.contains(key) && !isForeign && !key.startsWith("x-"))
                throw file.wrong(path,
                        "%s is not supported%s".formatted(Quote.of(key, 40).replace("'", ""), types.isEmpty() ? "" : " for type " + String.join(", ", types)));
        }
        if (types.isEmpty()) return schema.has("type") ? new Choice(List.of()) : JsonRules.VALUE;
        return new Choice(types.stream().map(type -> ofType(type, schema, path)).toList());
    }

    /// Constants that keep to everything else that is said of them.
    private Expression constants(ObjectNode schema, String path) {
        if (schema.has("enum")) file.list(schema, "enum", path);
        ObjectNode rest = schema.deepCopy();
        rest.remove(List.of("const", "enum"));
        boolean hasTypeAlone = rest.isEmpty() || rest.size() == 1 && rest.has("type");
        var ways = new ArrayList<Expression>();
        for (JsonNode one : SchemaParts.constants(schema)) {
            if (!hasTypeAlone && one.isContainer())
                throw file.wrong(path,
                        "%s together with an object or list that is constant is not supported".formatted(rest.propertyNames().iterator().next()));
            List<String> types = hasTypeAlone ? types(rest, path) : List.of();
            boolean fits = hasTypeAlone ? types.isEmpty() || types.stream().anyMatch(type -> Disjoint.isOf(one, type)) : accepts(rest, one.toString());
            if (fits) ways.add(text(one.toString()));
        }
        return new Choice(ways);
    }

    private boolean accepts(JsonNode schema, String value) {
        Automaton.State state = new Automaton(new Program(rules(file.name(), schema))).start();
        for (byte b : value.getBytes(StandardCharsets.UTF_8)) state = state.step(b & 0xff);
        return state.mayEnd();
    }

    /// What `type` names, or what other keywords tell.
    private List<String> types(JsonNode schema, String path) {
        JsonNode type = schema.path("type");
        var types = new ArrayList<String>();
        if (type.isArray()) for (JsonNode one : type) types.add(file.text(one, path + "/type"));
        else if (!type.isMissingNode()) types.add(file.text(type, path + "/type"));
        for (String name : types)
            if (!OF_TYPE.containsKey(name))
                throw file.wrong(path + "/type", "found %s, expected one of %s".formatted(Quote.of(name), new ArrayList<>(OF_TYPE.keySet())));
        if (types.contains("number")) types.remove("integer");
        if (schema.has("type")) return types;
        for (String name : List.of("object", "array", "string", "number"))
            if (OF_TYPE.getOrDefault(name, Set.of()).stream().anyMatch(key -> schema.has(key) && !(name.equals("number") && key.equals("format"))))
                types.add(name);
        return types;
    }

    private Expression ofType(String type, JsonNode schema, String path) {
        return switch (type) {
            case "object" -> object(schema, path);
            case "array" -> array(schema, path);
            case "string" -> string(schema, path);
            case "number", "integer" -> number(schema, type.equals("integer"), path);
            case "boolean" -> JsonRules.BOOLEAN;
            default -> JsonRules.NULL;
        };
    }

    // ---- strings and numbers ----

    private Expression string(JsonNode schema, String path) {
        int least = least(schema, "minLength", path), most = most(schema, "maxLength", path);
        if (most >= 0 && most < least) throw file.wrong(path, "maxLength is less than minLength");
        String format = schema.has("format") ? JsonFormats.PATTERNS.get(file.text(schema.get("format"), path + "/format")) : null;
        if (schema.has("pattern") && format != null) throw file.wrong(path, "pattern together with format is not supported");
        String pattern = schema.has("pattern") ? file.text(schema.get("pattern"), path + "/pattern") : format;
        if (pattern != null) {
            Part part = JsonPattern.within(JsonPattern.parse(pattern, problem -> file.wrong(path, problem)), least, most, problem -> file.wrong(path, problem));
            return rule("pattern " + least + " " + most + " " + pattern, sequence(text("\""), part.meaning(), text("\"")));
        }
        return least == 0 && most < 0 ? JsonRules.STRING : rule("string " + least + " " + most, JsonRules.string(least, most));
    }

    private Expression number(JsonNode schema, boolean isInteger, String path) {
        @Nullable BigDecimal minimum = bound(schema, "minimum", path), over = bound(schema, "exclusiveMinimum", path);
        @Nullable BigDecimal maximum = bound(schema, "maximum", path), under = bound(schema, "exclusiveMaximum", path);
        if (minimum == null && over == null && maximum == null && under == null) return isInteger ? JsonRules.INTEGER : JsonRules.NUMBER;
        boolean lowOpen = over != null && (minimum == null || over.compareTo(minimum) >= 0);
        boolean highOpen = under != null && (maximum == null || under.compareTo(maximum) <= 0);
        var range = new NumberRange(lowOpen ? over : minimum, lowOpen, highOpen ? under : maximum, highOpen);
        return (isInteger ? range.integers() : range.decimals()).orElseGet(() -> new Choice(List.of()));
    }

    private @Nullable BigDecimal bound(JsonNode schema, String key, String path) {
        if (!schema.has(key)) return null;
        BigDecimal bound = file.number(schema.get(key), path + "/" + key);
        boolean isLong = bound.precision() > NumberRange.MOST_DIGITS || Math.abs((long) bound.scale()) > NumberRange.MOST_DIGITS;
        if (isLong) throw file.wrong(path + "/" + key, "found a number of more than %d digits".formatted(NumberRange.MOST_DIGITS));
        return bound;
    }

    // ---- arrays ----

    private Expression array(JsonNode schema, String path) {
        int least = least(schema, "minItems", path), most = most(schema, "maxItems", path);
        if (most >= 0 && most < least) throw file.wrong(path, "maxItems is less than minItems");
        if (schema.path("uniqueItems").asBoolean(false)) throw file.wrong(path, "uniqueItems is not supported for type array");
        JsonNode others = Members.rest(schema);
        var items = new ArrayList<Expression>();
        for (JsonNode item : Members.first(schema)) items.add(value(item, path + "/prefixItems/" + items.size()));
        while (most >= 0 && items.size() > most) items.removeLast();
        boolean mayFollow = !(others.isBoolean() && !others.booleanValue()) && (most < 0 || most > items.size());
        if (items.isEmpty()) {
            if (!mayFollow) return least > 0 ? new Choice(List.of()) : JsonRules.array(sequence());
            return JsonRules.array(JsonRules.list(item(others, path), least, most));
        }
        Expression all = items.getFirst();
        for (Expression item : items.subList(1, items.size())) all = sequence(all, COMMA, item);
        int further = Math.max(0, least - items.size());
        if (!mayFollow) return further > 0 ? new Choice(List.of()) : JsonRules.array(all);
        boolean isAsked = !others.isMissingNode() || further > 0;
        if (!isAsked) return JsonRules.array(all);
        return JsonRules.array(sequence(all, new Expression.Repeated(sequence(COMMA, item(others, path)), further, most < 0 ? -1 : most - items.size())));
    }

    private Expression item(JsonNode others, String path) {
        return others.isMissingNode() ? JsonRules.VALUE : value(others, path + "/items");
    }

    // ---- objects ----

    private Expression object(JsonNode schema, String path) {
        JsonNode properties = schema.path("properties"), others = schema.path("additionalProperties");
        if (!properties.isMissingNode() && !properties.isObject()) throw file.wrong(path + "/properties", "found no object");
        if (least(schema, "minProperties", path) > schema.path("required").size()) throw file.wrong(path, "minProperties is not supported for type object");
        var names = new LinkedHashSet<String>(properties.propertyNames());
        var required = new LinkedHashSet<String>();
        for (JsonNode name : schema.path("required")) required.add(file.text(name, path + "/required"));
        names.addAll(required);
        boolean mayHaveOthers =
                properties.isEmpty() ? !others.isBoolean() || others.booleanValue() : others.isObject() || others.isBoolean() && others.booleanValue();
        Expression first = sequence(), later = sequence();
        if (mayHaveOthers) {
            Expression value = others.isObject() ? value(others, path + "/additionalProperties") : JsonRules.VALUE;
            Expression member = rule(null, JsonRules.member(names.isEmpty() ? JsonRules.STRING : OtherNames.than(names), value));
            first = JsonRules.list(member, 0, -1);
            later = new Expression.Repeated(sequence(COMMA, member), 0, -1);
        }
        // From the last member to the first: what may follow where nothing stands before it, and where something does.
        for (String name : new ArrayList<>(names).reversed()) {
            Expression value = value(Members.of(schema, name), path + "/properties/" + escaped(name));
            Expression member = rule(null, JsonRules.member(text(StringNode.valueOf(name).toString()), value));
            Expression here = sequence(member, later), after = sequence(COMMA, member, later);
            boolean must = required.contains(name);
            first = rule(null, must ? here : choice(here, first));
            later = rule(null, must ? after : choice(after, later));
        }
        return JsonRules.object(first);
    }

    /// As JSON pointers write it. Source: RFC 6901.
    private static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    /// A rule of its own, so that it is written once however often it is used.
    ///
    /// @param key of what is the same wherever it is used; null if it is not
    private Expression rule(@Nullable String key, Expression meaning) {
        String name = key == null ? null : known.get(key);
        if (name == null) {
            name = "schema-" + made++;
            rules.put(name, meaning);
            if (key != null) known.put(key, name);
        }
        return new Rule(name);
    }

    private int least(JsonNode schema, String key, String path) {
        int least = count(schema, key, path);
        if (least > MOST_REPEATS) throw file.wrong(path + "/" + key, "found %s, expected 0 to %d".formatted(schema.get(key), MOST_REPEATS));
        return Math.max(0, least);
    }

    private int most(JsonNode schema, String key, String path) {
        int most = count(schema, key, path);
        return most > MOST_REPEATS ? -1 : most;
    }

    /// -1 if there is none.
    private int count(JsonNode schema, String key, String path) {
        if (!schema.has(key)) return -1;
        JsonNode found = schema.get(key);
        BigDecimal count = file.number(found, path + "/" + key);
        if (count.signum() < 0 || !Disjoint.isOf(found, "integer"))
            throw file.wrong(path + "/" + key, "found %s, expected a count".formatted(Quote.of(found.toString())));
        return count.min(BigDecimal.valueOf(MOST_REPEATS + 1)).intValue();
    }
}
