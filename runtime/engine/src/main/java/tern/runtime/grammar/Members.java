package tern.runtime.grammar;

import java.util.LinkedHashSet;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The members and items of two schemas at once: a property of one is an additional property of the other, unless it has it too; so are
/// the first items of one.
final class Members {

    private Members() {}

    static boolean isObject(JsonNode schema) {
        return schema.has("properties") || schema.has("additionalProperties");
    }

    static void merge(ObjectNode a, ObjectNode b, ObjectNode into) {
        var names = new LinkedHashSet<String>(a.path("properties").propertyNames());
        names.addAll(b.path("properties").propertyNames());
        if (names.isEmpty()) return;
        ObjectNode properties = SchemaParts.object();
        for (String name : names) properties.set(name, SchemaParts.and(of(a, name), of(b, name)));
        into.set("properties", properties);
    }

    /// What the value of a member must be.
    static JsonNode of(JsonNode schema, String name) {
        JsonNode own = schema.path("properties").path(name);
        if (!own.isMissingNode()) return own;
        JsonNode others = schema.path("additionalProperties");
        return others.isMissingNode() ? SchemaParts.object() : others;
    }

    // ---- items ----

    static boolean isTuple(JsonNode schema) {
        return schema.has("prefixItems") || schema.path("items").isArray();
    }

    /// The first items of a tuple.
    static JsonNode first(JsonNode schema) {
        return schema.path(schema.path("items").isArray() ? "items" : "prefixItems");
    }

    /// What the items after them must be.
    static JsonNode rest(JsonNode schema) {
        return schema.path(schema.path("items").isArray() ? "additionalItems" : "items");
    }

    static void mergeItems(ObjectNode a, ObjectNode b, ObjectNode into) {
        into.remove(List.of("items", "additionalItems", "prefixItems"));
        ArrayNode first = into.putArray("prefixItems");
        for (int i = 0; i < Math.max(first(a).size(), first(b).size()); i++) first.add(SchemaParts.and(item(a, i), item(b, i)));
        if (!rest(a).isMissingNode() || !rest(b).isMissingNode()) into.set("items", SchemaParts.and(item(a, Integer.MAX_VALUE), item(b, Integer.MAX_VALUE)));
    }

    private static JsonNode item(JsonNode schema, int i) {
        JsonNode item = i < first(schema).size() ? first(schema).get(i) : rest(schema);
        return item.isMissingNode() ? SchemaParts.object() : item;
    }
}
