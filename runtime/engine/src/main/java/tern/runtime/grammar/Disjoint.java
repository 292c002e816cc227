package tern.runtime.grammar;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Whether no value that a grammar writes for one schema validates against another: by type, constants, bounds, or a member that one
/// must have and the other cannot.
final class Disjoint {

    private static final int DEEPEST = 8;

    private final SchemaFile file;

    Disjoint(SchemaFile file) {
        this.file = file;
    }

    /// @throws IllegalArgumentException if two of them may share a value, so that it would validate against both
    void require(List<List<ObjectNode>> ways, String path) {
        for (int i = 0; i < ways.size(); i++)
            for (int j = 0; j < i; j++)
                for (ObjectNode a : ways.get(i))
                    for (ObjectNode b : ways.get(j))
                        if (!are(a, b, 0))
                            throw file.wrong(path, "%d and %d may hold at once, which is not supported: anyOf says that they may".formatted(j, i));
    }

    private boolean are(JsonNode a, JsonNode b, int depth) {
        if (isNothing(a) || isNothing(b)) return true;
        if (depth > DEEPEST || !a.isObject() || !b.isObject()) return false;
        if (types(a, b) || constants(a, b) || constants(b, a)) return true;
        Set<String> both = names(a.path("type").isMissingNode() ? b.path("type") : a.path("type"));
        if (both.equals(Set.of("object"))) return members(a, b, depth) || members(b, a, depth);
        return (both.equals(Set.of("integer")) || both.equals(Set.of("number"))) && (below(a, b) || below(b, a));
    }

    private static boolean isNothing(JsonNode schema) {
        return schema.isBoolean() && !schema.booleanValue();
    }

    /// No constant of the first is one of the second, or of its type.
    private static boolean constants(JsonNode a, JsonNode b) {
        List<JsonNode> some = SchemaParts.constants(a), others = SchemaParts.constants(b);
        if (some.isEmpty()) return false;
        if (others.isEmpty()) return b.has("type") && some.stream().noneMatch(one -> names(b.get("type")).stream().anyMatch(type -> isOf(one, type)));
        return some.stream().noneMatch(one -> others.stream().anyMatch(other -> SchemaParts.same(one, other)));
    }

    private boolean members(JsonNode a, JsonNode b, int depth) {
        for (JsonNode name : a.path("required")) {
            JsonNode mine = Members.of(a, name.asString()), other = Members.of(b, name.asString());
            if (isNothing(other)) return true;
            boolean isRequired = false;
            for (JsonNode also : b.path("required")) isRequired |= also.equals(name);
            boolean isListed = b.path("properties").has(name.asString());
            // Only what is listed is written, where nothing else is asked for.
            if (!isRequired && !isListed && b.has("properties") && !b.has("additionalProperties") && a.has("properties") && !a.has("additionalProperties")) {
                boolean mustHave = false;
                for (JsonNode needed : b.path("required")) mustHave |= !a.path("properties").has(needed.asString());
                if (mustHave) return true;
            }
            if (isRequired && are(file.resolved(mine), file.resolved(other), depth + 1)) return true;
        }
        return false;
    }

    private boolean below(JsonNode a, JsonNode b) {
        JsonNode most = a.path("maximum"), least = b.path("minimum"), under = a.path("exclusiveMaximum"), over = b.path("exclusiveMinimum");
        return most.isNumber() && least.isNumber() && number(most).compareTo(number(least)) < 0
                || most.isNumber() && over.isNumber() && number(most).compareTo(number(over)) <= 0
                || under.isNumber() && least.isNumber() && number(under).compareTo(number(least)) <= 0
                || under.isNumber() && over.isNumber() && number(under).compareTo(number(over)) <= 0;
    }

    private static BigDecimal number(JsonNode number) {
        return new BigDecimal(number.toString());
    }

    // ---- types ----

    /// Whether both name types, and no value is of both.
    static boolean types(JsonNode a, JsonNode b) {
        return a.has("type") && b.has("type") && common(a.get("type"), b.get("type")).isEmpty();
    }

    /// Types that values of both have: an integer is a number.
    static ArrayNode common(JsonNode a, JsonNode b) {
        Set<String> some = names(a), others = names(b);
        var all = new ArrayList<String>();
        for (String type : some)
            if (others.contains(type) || type.equals("integer") && others.contains("number")) all.add(type);
            else if (type.equals("number") && others.contains("integer")) all.add("integer");
        ArrayNode list = JsonMapper.shared().createArrayNode();
        all.stream().distinct().forEach(list::add);
        return list;
    }

    private static Set<String> names(JsonNode type) {
        var names = new LinkedHashSet<String>();
        if (type.isArray()) type.forEach(one -> names.add(one.asString("")));
        else if (type.isString()) names.add(type.stringValue());
        return names;
    }

    /// Whether a value is of a type; 1.0 is an integer.
    static boolean isOf(JsonNode value, String type) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "number" -> value.isNumber();
            case "integer" -> value.isNumber() && number(value).stripTrailingZeros().scale() <= 0;
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> false;
        };
    }
}
