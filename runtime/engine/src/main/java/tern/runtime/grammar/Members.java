package tern.runtime.grammar;

import java.util.LinkedHashSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The members of two schemas at once: a property of one is an additional property of the other, unless it has it too.
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
}
