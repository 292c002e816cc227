package tern.runtime.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
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
        assertThatThrownBy(() -> automaton(schema)).as(schema).isInstanceOf(IllegalArgumentException.class).hasMessage("s.json: schema " + message);
    }

    @Test
    void whatIsNotKnownIsRefusedByName() {
        assertRefused("{'type': 'integer', 'minimum': 3}", "'#': minimum is not supported for type integer");
        assertRefused("{'properties': {'a': {'type': 'string', 'pattern': 'x'}}}", "'#/properties/a': pattern is not supported for type string");
        assertRefused("{'oneOf': []}", "'#': oneOf is not supported");
        assertRefused("{'type': 'text'}", "'#/type': found 'text', expected one of [array, boolean, integer, null, number, object, string]");
        assertRefused("{'type': 'object', 'properties': {'a': {}}, 'required': ['b']}", "'#/required': 'b' is not among the properties");
        assertRefused("{'properties': {'a': {}}, 'additionalProperties': {}}",
                "'#': additionalProperties beside properties is not supported, unless it is true or false");
        assertRefused("{'anyOf': [false]}", "'#/anyOf/0': nothing validates against false");
        assertRefused("{'anyOf': []}", "'#/anyOf': found no list, or an empty one");
        assertRefused("{'$ref': 'http://x'}", "'#/$ref': found 'http://x', expected # or #/...");
        assertRefused("{'$ref': '#/nowhere'}", "'#/$ref': there is no '#/nowhere'");
        assertRefused("{'$ref': '#'}", "'#': a $ref leads back to itself");
        assertRefused("{'type': 'array', 'minItems': 2, 'maxItems': 1}", "'#': maxItems is less than minItems");
        assertRefused("{'type': 'string', 'maxLength': 'x'}", "'#/maxLength': found '\"x\"', expected 0 to 10000".replace("'\"x\"'", "'\"x\"'"));
        assertRefused("{'type': 'string', 'const': 'a', 'minLength': 1}", "'#': minLength beside const is not supported");
        assertRefused("{'items': {'type': 5}, 'type': 'array'}", "'#/items/type': found no text");
    }
}
