package tern.runtime.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tern.ir.text.Source;
import tern.runtime.sample.TokenSet;
import tern.runtime.tokenizer.ByteAlphabet;
import tern.runtime.tokenizer.Tokenizer;
import tern.runtime.tokenizer.WrittenVocabulary;
import tern.runtime.tokenizer.WrittenVocabulary.Type;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class GrammarConstraintTest {

    private static final List<String> MORE =
            List.of("{\"", "\": ", "\",", "true", "tr", "ue}", "null", " 12", "123", "abc", "ab", "\\n", "\\u00", "]}", "  ", "\n\n",
                    "\u00e9", "\u4e2d\u6587", "\"}", "[{", "e-5", "0.", "false,");
    private static final int END = 256 + MORE.size() + 2;
    private static final Tokenizer TOKENIZER = tokenizer();

    @TempDir
    Path folder;

    /// The bytes, longer tokens, halves of characters among them, and a special token that ends a text.
    private static Tokenizer tokenizer() {
        var tokens = new ArrayList<byte[]>();
        for (int b = 0; b < 256; b++) tokens.add(new byte[] {(byte) b});
        for (String text : MORE) tokens.add(text.getBytes(StandardCharsets.UTF_8));
        tokens.add(new byte[] {(byte) 0xe4, (byte) 0xb8});
        tokens.add(new byte[] {(byte) 0xad, '"'});
        var written = new ArrayList<String>();
        var types = new ArrayList<Type>();
        for (byte[] bytes : tokens) {
            written.add(ByteAlphabet.write(bytes));
            types.add(Type.ORDINARY);
        }
        written.add("<end>");
        types.add(Type.CONTROL);
        return new WrittenVocabulary("made", written, types, Optional.empty(), OptionalInt.empty(), OptionalInt.of(END), Set.of(), Optional.empty())
                .tokenizer();
    }

    private static GrammarConstraint gbnf(String grammar) {
        return Grammar.ofGbnf(new Source("g", grammar)).constraint(TOKENIZER, Set.of(END));
    }

    private static List<String> allowed(GrammarConstraint constraint) {
        TokenSet allowed = constraint.allowed();
        var texts = new ArrayList<String>();
        for (int id = 0; id < TOKENIZER.size(); id++)
            if (allowed.has(id)) texts.add(id == END ? "<end>" : new String(TOKENIZER.decode(id), StandardCharsets.UTF_8));
        assertThat(allowed.size()).isEqualTo(texts.size());
        return texts;
    }

    @Test
    void tokensFitIfAllTheirBytesDo() {
        GrammarConstraint constraint = gbnf("root ::= \"abc\" \"123\"? | \"true\"");
        assertThat(allowed(constraint)).containsExactlyInAnyOrder("a", "t", "ab", "abc", "tr", "true");
        constraint.take(TOKENIZER.encode("a")[0]);
        assertThat(allowed(constraint)).containsExactly("b");
        constraint.restart();
        constraint.take(256 + MORE.indexOf("abc"));
        assertThat(allowed(constraint)).containsExactlyInAnyOrder("1", "123", "<end>");
        assertThat(constraint.isOver()).isFalse();
        constraint.take(256 + MORE.indexOf("123"));
        assertThat(allowed(constraint)).containsExactly("<end>");
        assertThat(constraint.isOver()).isTrue();
        assertThat(constraint.isComplete()).isTrue();
    }

    @Test
    void aCharacterMayBeCutIntoTokens() {
        GrammarConstraint constraint = gbnf("root ::= \"\u4e2d\\\"\"");
        int first = 256 + MORE.size();
        assertThat(constraint.allowed().has(first)).isTrue();
        assertThat(constraint.allowed().has(first + 1)).isFalse();
        constraint.take(first);
        assertThat(constraint.allowed().has(first + 1)).isTrue();
        assertThat(constraint.allowed().has(0xad)).isTrue();
        constraint.take(first + 1);
        assertThat(constraint.isComplete()).isTrue();
    }

    private static final String NESTED =
            "root ::= \"{\\\"\" [a-c\u00e9-\u6587]* \"\\\": \" (root | [0-9]+ | \"true\" | \"null\") [ ,\\n]* \"}\"";

    /// The trie and the remembered states against reading the text and each token from the beginning.
    @Test
    void theSetIsThatOfTryingEveryToken() {
        GrammarConstraint constraint = gbnf(NESTED);
        var random = new SplittableRandom(8);
        for (int round = 0; round < 25; round++) {
            constraint.restart();
            var text = new ByteArrayOutputStream();
            for (int step = 0; step < 25 && !constraint.isOver(); step++) {
                var automaton = new Automaton(new Program(GbnfParser.parse(new Source("g", NESTED))));
                var fitting = new ArrayList<Integer>();
                for (int id = 0; id < END; id++) if (begins(automaton, text.toByteArray(), TOKENIZER.decode(id))) fitting.add(id);
                assertThat(all(constraint.allowed())).isEqualTo(fitting);
                assertThat(IntStream.range(0, END).filter(constraint::allows).boxed().toList()).isEqualTo(fitting);
                int token = fitting.get(random.nextInt(fitting.size()));
                text.writeBytes(TOKENIZER.decode(token));
                constraint.take(token);
            }
        }
    }

    /// Whether some text of the grammar begins with these bytes.
    private static boolean begins(Automaton automaton, byte[] text, byte[] more) {
        Automaton.State state = automaton.start();
        for (byte b : text) state = state.step(b & 0xff);
        for (byte b : more) state = state.step(b & 0xff);
        return state.mayEnd() || !state.isOver();
    }

    private static List<Integer> all(TokenSet allowed) {
        var all = new ArrayList<Integer>();
        for (int id = 0; id < END; id++) if (allowed.has(id)) all.add(id);
        return all;
    }

    @Test
    void randomTokensUnderASchemaGiveJsonThatValidates() throws IOException {
        Path schema = Files.writeString(folder.resolve("s.json"), """
                {"type": "object", "required": ["name", "tags"],
                 "properties": {
                  "name": {"type": "string", "minLength": 1, "maxLength": 8},
                  "age": {"type": ["integer", "null"]},
                  "tags": {"type": "array", "items": {"enum": ["a", "b\\u00e9", 3]}, "minItems": 1, "maxItems": 4},
                  "more": {"$ref": "#/$defs/point"}},
                 "$defs": {"point": {"type": "object", "properties": {"x": {"type": "number"}, "y": {"type": "boolean"}}, "required": ["x"]}}}
                """);
        GrammarConstraint constraint = Grammar.ofSchema(schema).constraint(TOKENIZER, Set.of(END));
        var random = new SplittableRandom(4);
        boolean anyAge = false, anyMore = false;
        for (int round = 0; round < 300; round++) {
            constraint.restart();
            var text = new ByteArrayOutputStream();
            while (!constraint.isOver()) {
                List<Integer> fitting = all(constraint.allowed());
                assertThat(fitting).as(text.toString(StandardCharsets.UTF_8)).isNotEmpty();
                int token = fitting.get(random.nextInt(fitting.size()));
                text.writeBytes(TOKENIZER.decode(token));
                constraint.take(token);
            }
            assertThat(constraint.isComplete()).isTrue();
            JsonNode value = JsonMapper.shared().readTree(text.toByteArray());
            String name = value.path("name").stringValue();
            assertThat(name.codePointCount(0, name.length())).isBetween(1, 8);
            assertThat(value.path("tags").size()).isBetween(1, 4);
            for (JsonNode tag : value.path("tags")) assertThat(tag.toString()).isIn("\"a\"", "\"b\u00e9\"", "3");
            assertThat(value.propertyNames()).isSubsetOf("name", "age", "tags", "more");
            if (value.has("age")) assertThat(value.get("age").isIntegralNumber() || value.get("age").isNull()).isTrue();
            if (value.has("more")) assertThat(value.at("/more/x").isNumber()).isTrue();
            anyAge |= value.has("age");
            anyMore |= value.has("more");
        }
        assertThat(anyAge && anyMore).as("what is optional comes at times").isTrue();
    }
}
