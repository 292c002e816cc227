package tern.runtime.grammar;

import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tern.runtime.Quote;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;

/// The file of a schema: what `$ref` leads to, and messages that name the place.
///
/// @param name for messages
record SchemaFile(String name, JsonNode root) {

    private static final int MOST_LINKS = 64;

    /// @param to   `#` or `#/...`, where `%25` stands for a percent sign; Source: RFC 6901, 6
    /// @param path of the reference
    JsonNode at(String to, String path) {
        if (!to.equals("#") && !to.startsWith("#/")) throw wrong(path, "found %s, expected # or #/...".formatted(Quote.of(to)));
        JsonNode schema = root.at(JsonPointer.compile(decoded(to.substring(1), path)));
        if (schema.isMissingNode()) throw wrong(path, "there is no %s".formatted(Quote.of(to)));
        return schema;
    }

    private String decoded(String pointer, String path) {
        try {
            return URLDecoder.decode(pointer.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw wrong(path, "found a % that no two hexadecimal digits follow");
        }
    }

    /// The schema that references alone lead to.
    JsonNode resolved(JsonNode schema) {
        JsonNode at = schema;
        for (int i = 0; i < MOST_LINKS && at.path("$ref").isString(); i++) at = at(at.get("$ref").stringValue(), "");
        return at;
    }

    String text(JsonNode node, String path) {
        if (!node.isString()) throw wrong(path, "found no text");
        return node.stringValue();
    }

    BigDecimal number(JsonNode node, String path) {
        if (!node.isNumber()) throw wrong(path, "found no number");
        return new BigDecimal(node.toString());
    }

    /// Empty if there is none.
    Iterable<JsonNode> list(JsonNode schema, String key, String path) {
        JsonNode list = schema.path(key);
        if (list.isMissingNode()) return List.of();
        if (!list.isArray() || list.isEmpty()) throw wrong(path + "/" + key, "found no list, or an empty one");
        return list;
    }

    IllegalArgumentException wrong(String path, String problem) {
        return new IllegalArgumentException("%s: schema %s: %s".formatted(name, Quote.of("#" + path), problem));
    }
}
