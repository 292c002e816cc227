package tern.runtime.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class JsonSchemaTest {

    private static Automaton automaton(String schema) {
        return new Automaton(new Program(JsonSchema.rules("s.json", JsonMapper.shared().readTree(schema.replace('\'', '"')))));
    }

    private static void assertAccepts(String schema, String... texts) {
        for (String text : texts) assertThat(accepts(schema, text)).as("%s: %s", schema, text).isTrue();
    }

    private static void assertRejects(String schema, String... texts) {
        for (String text : texts) assertThat(accepts(schema, text)).as("%s: %s", schema, text).isFalse();
    }

    private static boolean accepts(String schema, String text) {
        return GbnfTest.accepts(automaton(schema), text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void simpleTypes() {
        assertAccepts("{'type': 'integer'}", "0", "-1", "120");
        assertRejects("{'type': 'integer'}", "", "-", "01", "1.0", "1e3", "+1");
        assertAccepts("{'type': 'number'}", "0", "-1.50", "2e-3", "1E+9");
        assertRejects("{'type': 'number'}", "1.", ".5", "1e", "0x1");
        assertAccepts("{'type': ['boolean', 'null']}", "true", "false", "null");
        assertRejects("{'type': ['boolean', 'null']}", "0", "TRUE");
        assertAccepts("{'type': 'string'}", "''", "'\u00e9 \ud83d\ude00'", "'\\n\\u00e9\\\\'");
        assertRejects("{'type': 'string'}", "'", "'\n'", "'\\x'", "'\\ud800'", "'a''");
        assertAccepts("{'type': 'string', 'minLength': 2, 'maxLength': 3}", "'\u00e9\ud83d\ude00'", "'a\\nb'");
        assertRejects("{'type': 'string', 'minLength': 2, 'maxLength': 3}", "'a'", "'abcd'");
    }

    @Test
    void objects() {
        String schema = "{'type': 'object', 'properties': {'a': {'type': 'integer'}, 'b': {'type': 'boolean'}, 'c': {'const': [1, 'x']}}, 'required': ['b']}";
        assertAccepts(schema, "{'a': 1, 'b': true, 'c': [1,'x']}", "{'b':false}", "{'a':2,'b':false}", "{\n  'b':true ,\n  'c': [1,'x']\n}");
        assertRejects(schema, "{}", "{'a':1}", "{'b':true,'a':1}", "{'b':true,}", "{'b':true,'d':1}", "{,'b':true}");
        String optional = "{'properties': {'a': {'type': 'null'}, 'b': {'type': 'null'}, 'c': {'type': 'null'}}}";
        assertAccepts(optional, "{}", "{'a':null}", "{'b':null}", "{'a':null,'c':null}", "{'a':null,'b':null,'c':null}");
        assertRejects(optional, "{'a':null'b':null}", "{'c':null,'a':null}", "{'a':null,'a':null}");
        assertAccepts("{'type': 'object', 'additionalProperties': {'type': 'integer'}}", "{}", "{'x': 1, 'y': 2}");
        assertRejects("{'type': 'object', 'additionalProperties': {'type': 'integer'}}", "{'x': 'y'}");
        assertAccepts("{'type': 'object', 'additionalProperties': false}", "{}", "{ }");
        assertRejects("{'type': 'object', 'additionalProperties': false}", "{'x': 1}");
    }

    @Test
    void arrays() {
        assertAccepts("{'type': 'array', 'items': {'type': 'integer'}, 'minItems': 1, 'maxItems': 3}", "[1]", "[1, 2,3]");
        assertRejects("{'type': 'array', 'items': {'type': 'integer'}, 'minItems': 1, 'maxItems': 3}", "[]", "[1,2,3,4]", "[1,]", "['a']");
        assertAccepts("{'type': 'array', 'maxItems': 0}", "[]");
        assertRejects("{'type': 'array', 'maxItems': 0}", "[1]");
    }

    @Test
    void choicesAndReferences() {
        assertAccepts("{'enum': ['a', 1, null, {'k': '\u00e9'}]}", "'a'", "1", "null", "{'k':'\u00e9'}");
        assertRejects("{'enum': ['a', 1]}", "'b'", "11");
        assertAccepts("{'anyOf': [{'type': 'integer'}, {'type': 'string'}]}", "5", "'x'");
        String tree = "{'$ref': '#/$defs/node', '$defs': {'node': {'type': 'object', 'properties': {'n': {'type': 'integer'}, "
                + "'next': {'anyOf': [{'$ref': '#/$defs/node'}, {'type': 'null'}]}}, 'required': ['n', 'next']}}}";
        assertAccepts(tree, "{'n': 1, 'next': {'n': 2, 'next': null}}");
        assertRejects(tree, "{'n': 1, 'next': {'n': 2}}");
        assertAccepts("{'properties': {'a/b~': {'type': 'null'}, 'c': {'$ref': '#/properties/a~1b~0'}}}", "{'a/b~':null,'c':null}");
        assertAccepts("true", "{'a': [1, {'b': null}]}", "'x'");
        assertAccepts("{}", "[[]]");
    }

    private static void assertRefused(String schema, String message) {
        assertThatThrownBy(() -> Grammar.ofSchema("s.json", JsonMapper.shared().readTree(schema.replace('\'', '"'))))
                .as(schema.substring(0, Math.min(200, schema.length()))).isInstanceOf(IllegalArgumentException.class).hasMessage("s.json: schema " + message);
    }

    @Test
    void whatIsNotKnownIsRefusedByName() {
        assertRefused("{'type': 'array', 'uniqueItems': true}", "'#': uniqueItems is not supported for type array");
        assertRefused("{'properties': {'a': {'type': 'string', 'not': {}}}}", "'#/properties/a': not is not supported for type string");
        assertRefused("{'oneOf': []}", "'#/oneOf': found no list, or an empty one");
        assertRefused("{'oneOf': [{'type': 'integer'}, {'type': 'number'}]}",
                "'#/oneOf': 0 and 1 may hold at once, which is not supported: anyOf says that they may");
        assertRefused("{'type': 'text'}", "'#/type': found 'text', expected one of [object, array, string, number, integer, boolean, null]");
        assertRefused("{'anyOf': [false]}", "'#': nothing validates");
        assertRefused("{'anyOf': []}", "'#/anyOf': found no list, or an empty one");
        assertRefused("{'$ref': 'http://x'}", "'#/$ref': found 'http://x', expected # or #/...");
        assertRefused("{'$ref': '#/nowhere'}", "'#/$ref': there is no '#/nowhere'");
        assertRefused("{'$ref': '#'}", "'#': a $ref leads back to itself");
        assertRefused("{'type': 'array', 'minItems': 2, 'maxItems': 1}", "'#': maxItems is less than minItems");
        assertRefused("{'type': 'string', 'maxLength': 'x'}", "'#/maxLength': found no number");
        assertRefused("{'type': 'string', 'const': 'a', 'minLength': 2}", "'#': nothing validates");
        assertRefused("{'items': {'type': 5}, 'type': 'array'}", "'#/items/type': found no text");
        assertRefused("{'type': 'string', 'pattern': 'a(?=b)'}", "'#': pattern: look-around is not supported, at character 3");
        assertRefused("{'type': 'integer', 'minimum': 5, 'maximum': 4}", "'#': nothing validates");
    }

    @Test
    void whatPydanticWrites() {
        assertAccepts("{'properties': {'k': {'const': 'cat', 'enum': ['cat'], 'type': 'string'}}, 'required': ['k']}", "{'k':'cat'}");
        assertAccepts(
                "{'properties': {'k': {'allOf': [{'$ref': '#/definitions/A'}], 'default': 'x'}}, 'definitions': {'A': {'type': 'string', 'enum': ['x', 'y']}}}",
                "{'k':'y'}");
        assertAccepts("{'properties': {'k': {'anyOf': [{'type': 'string'}, {'type': 'null'}], 'default': null, 'title': 'K'}}}", "{}", "{'k':null}",
                "{'k':'x'}");
        String union = "{'oneOf': [{'$ref': '#/$defs/Cat'}, {'$ref': '#/$defs/Dog'}], 'discriminator': {'propertyName': 't'}, '$defs': {"
                + "'Cat': {'type': 'object', 'properties': {'t': {'const': 'cat'}, 'n': {'type': 'integer'}}, 'required': ['t']},"
                + "'Dog': {'type': 'object', 'properties': {'t': {'const': 'dog'}}, 'required': ['t']}}}";
        assertAccepts(union, "{'t':'cat','n':1}", "{'t':'dog'}");
        assertRejects(union, "{'t':'dog','n':1}", "{'n':1}");
        String merged = "{'allOf': [{'properties': {'a': {'type': 'integer'}}, 'required': ['a']}, {'properties': {'b': {'type': 'null'}}}]}";
        assertAccepts(merged, "{'a':1}", "{'a':1,'b':null}");
        assertRejects(merged, "{}", "{'b':null}");
        assertAccepts("{'type': 'string', 'maxLength': 20000}", "'" + "x".repeat(20000) + "'");
        assertRejects("{'type': 'string', 'maxLength': 20000}", "'" + "x".repeat(20001) + "'");
        assertAccepts("{'type': 'string', 'pattern': '^[a-z]+$', 'maxLength': 3}", "'abc'");
        assertRejects("{'type': 'string', 'pattern': '^[a-z]+$', 'maxLength': 3}", "'abcd'", "''");
    }

    /// Every number near a bound, against the bounds themselves.
    @Test
    void boundsAreExact() {
        BigDecimal[] bounds = Stream.of("-101", "-10", "-9.5", "-1", "-0.05", "0", "0.3", "0.35", "1", "9.99", "10", "99", "1234").map(BigDecimal::new)
                .toArray(BigDecimal[]::new);
        for (BigDecimal low : bounds)
            for (BigDecimal high : bounds) {
                if (low.compareTo(high) >= 0) continue;
                for (boolean open : new boolean[] {false, true})
                    for (String type : List.of("integer", "number")) {
                        String schema = "{'type': '%s', '%s': %s, '%s': %s}".formatted(type, open ? "exclusiveMinimum" : "minimum", low,
                                open ? "exclusiveMaximum" : "maximum", high);
                        Rules rules = JsonSchema.rules("s.json", JsonMapper.shared().readTree(schema.replace('\'', '"')));
                        var automaton = new Automaton(new Program(rules));
                        for (BigDecimal bound : bounds)
                            for (String step : List.of("-1", "-0.001", "0", "0.05", "0.001", "1", "0.5")) {
                                BigDecimal value = bound.add(new BigDecimal(step)).stripTrailingZeros();
                                boolean isInside =
                                        open ? value.compareTo(low) > 0 && value.compareTo(high) < 0 : value.compareTo(low) >= 0 && value.compareTo(high) <= 0;
                                boolean expected = isInside && (type.equals("number") || value.scale() <= 0);
                                assertThat(GbnfTest.accepts(automaton, value.toPlainString().getBytes(StandardCharsets.UTF_8)))
                                        .as("%s: %s", schema, value.toPlainString()).isEqualTo(expected);
                            }
                    }
            }
    }

    @Test
    void namesThatAreNotListed() {
        String schema = "{'properties': {'ab': {'type': 'null'}, 'a': {'type': 'null'}}, 'additionalProperties': {'type': 'integer'}}";
        assertAccepts(schema, "{}", "{'a':null,'b':1}", "{'abc':1,'':2}", "{'ab':null,'a':null,'x':3}");
        assertRejects(schema, "{'a':1}", "{'ab':1}", "{'x':null}", "{'\\u0061':1}", "{'x':1,'a':null}");
    }

    /// References of references, thousands deep, and combinations without end.
    @Test
    void workIsBounded() {
        var chain = new StringBuilder("{'$ref': '#/$defs/d0', '$defs': {'d20000': {'type': 'null'}");
        for (int i = 0; i < 20_000; i++) chain.append(", 'd%d': {'type': 'array', 'items': {'$ref': '#/$defs/d%d'}, 'maxItems': 1}".formatted(i, i + 1));
        assertAccepts(chain + "}}", "[[]]");
        String two = "{'anyOf': [{'minLength': 1}, {'maxLength': 2}]}";
        assertRefused("{'allOf': [" + String.join(", ", Collections.nCopies(40, two)) + "]}", "'#': more than 10000 combinations");
    }
}
