package tern.runtime.json;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import tern.runtime.ModelException;
import tern.runtime.Quote;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A value of a JSON file, and where it stands. A getter throws [ModelException] if the value is absent or of another kind; `null`
/// counts as absent.
public final class JsonTree {

    private static final int DEEPEST = 64, LONGEST_TEXT = 1 << 24, LONGEST_NUMBER = 64;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxStringLength(LONGEST_TEXT)
                    .maxNameLength(1 << 16)
                    .maxNumberLength(LONGEST_NUMBER)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final String file, part;
    private final JsonNode node;

    private JsonTree(String file, String part, JsonNode node) {
        this.file = file;
        this.part = part;
        this.node = node;
    }

    /// @param longest bytes that are read at most
    /// @throws ModelException if it is longer, or no JSON object
    public static JsonTree read(Path file, long longest) throws IOException {
        long size = Files.size(file);
        if (size > longest)
            throw new ModelException(file.toString(), "JSON", "found %d bytes, expected at most %d".formatted(size, longest));
        return parse(file.toString(), "JSON", Files.readAllBytes(file));
    }

    /// @param part of the file that it is
    /// @throws ModelException if it is no JSON object; a key that comes twice is none, nor is one nested deeper than 64
    public static JsonTree parse(String file, String part, byte[] json) {
        try {
            JsonNode node = MAPPER.readTree(json);
            if (!node.isObject()) throw new ModelException(file, part, "found no object");
            return new JsonTree(file, "", node);
        } catch (JacksonException e) {
            long at = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset());
            // Without Jackson's own words on where it was: it does not know the file.
            String problem = e.getOriginalMessage().lines().findFirst().orElse("nothing").replaceFirst(" \\([^()]*\\[Source: .*", "");
            throw new ModelException(file, part, at, "found malformed JSON: " + Quote.of(problem, 200));
        }
    }

    public String file() {
        return file;
    }

    /// Whether there is such a key, with another value than null.
    public boolean has(String key) {
        return node.hasNonNull(key);
    }

    public Collection<String> keys() {
        return node.propertyNames();
    }

    public JsonTree object(String key) {
        return child(key, JsonNode::isObject, "an object");
    }

    /// The object of that name, if there is one.
    public Optional<JsonTree> find(String key) {
        return has(key) ? Optional.of(object(key)) : Optional.empty();
    }

    public String text(String key) {
        return child(key, JsonNode::isString, "a text").node.stringValue();
    }

    public String text(String key, String absent) {
        return has(key) ? text(key) : absent;
    }

    public boolean bool(String key, boolean absent) {
        return has(key) ? child(key, JsonNode::isBoolean, "true or false").node.booleanValue() : absent;
    }

    /// A size or an id, from 0 to 2^31 - 1.
    public int count(String key) {
        return child(key, JsonTree::isCount, "an integer from 0 to " + Integer.MAX_VALUE).node.intValue();
    }

    public int count(String key, int absent) {
        return has(key) ? count(key) : absent;
    }

    public double real(String key) {
        return child(key, JsonNode::isNumber, "a number").node.doubleValue();
    }

    public double real(String key, double absent) {
        return has(key) ? real(key) : absent;
    }

    /// Integers from 0 to 2^63 - 1.
    public List<Long> longs(String key) {
        var longs = new ArrayList<Long>();
        for (JsonTree one : list(key)) {
            if (!one.node.isIntegralNumber() || !one.node.canConvertToLong() || one.node.longValue() < 0)
                throw one.wrong("an integer from 0 to " + Long.MAX_VALUE);
            longs.add(one.node.longValue());
        }
        return longs;
    }

    /// One id or a list of them; empty if the key is absent.
    public List<Integer> ids(String key) {
        if (!has(key)) return List.of();
        if (node.get(key).isIntegralNumber()) return List.of(count(key));
        var ids = new ArrayList<Integer>();
        for (JsonTree one : list(key)) {
            if (!isCount(one.node)) throw one.wrong("an integer from 0 to " + Integer.MAX_VALUE);
            ids.add(one.node.intValue());
        }
        return ids;
    }

    /// The elements of an array.
    public List<JsonTree> list(String key) {
        JsonTree array = child(key, JsonNode::isArray, "an array");
        var list = new ArrayList<JsonTree>(array.node.size());
        for (JsonNode element : array.node) list.add(new JsonTree(file, array.part + "[" + list.size() + "]", element));
        return list;
    }

    /// The text that this is.
    public String asText() {
        if (!node.isString()) throw wrong("a text");
        return node.stringValue();
    }

    /// Two texts in an array, or the text that this is.
    public String asPair() {
        if (!node.isArray()) return asText();
        if (node.size() != 2 || !node.get(0).isString() || !node.get(1).isString()) throw wrong("two texts");
        return node.get(0).stringValue() + " " + node.get(1).stringValue();
    }

    /// This object, which the caller takes over.
    public JsonNode node() {
        return node;
    }

    /// @param problem of the value of `key`
    public ModelException wrong(String key, String problem) {
        return new ModelException(file, "key " + Quote.of(place(key)), problem);
    }

    private static boolean isCount(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToInt() && node.intValue() >= 0;
    }

    private JsonTree child(String key, Predicate<JsonNode> is, String expected) {
        JsonNode child = node.get(key);
        if (child == null || child.isNull()) throw wrong(key, "found no such key");
        var tree = new JsonTree(file, place(key), child);
        if (!is.test(child)) throw tree.wrong(expected);
        return tree;
    }

    private String place(String key) {
        return part.isEmpty() ? key : part + "." + key;
    }

    private ModelException wrong(String expected) {
        return new ModelException(file, "key " + Quote.of(part), "found %s, expected %s".formatted(shown(), expected));
    }

    private String shown() {
        return switch (node.getNodeType()) {
            case NUMBER -> {
                BigDecimal value = node.isIntegralNumber() ? new BigDecimal(node.bigIntegerValue()) : null;
                yield value == null ? String.valueOf(node.doubleValue()) : value.toString();
            }
            case STRING -> Quote.of(node.stringValue());
            case BOOLEAN -> String.valueOf(node.booleanValue());
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case NULL, MISSING, BINARY, POJO -> "nothing";
        };
    }
}
