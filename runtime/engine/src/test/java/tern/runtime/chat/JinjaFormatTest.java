package tern.runtime.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tern.runtime.ModelException;
import tern.runtime.chat.Message.Role;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Templates of models' files, in tokens.
class JinjaFormatTest {

    private static final Letters LETTERS = Letters.of("begin", "end", "<|turn|>", "<|done|>", "<|turn|>x");
    private static final String PLAIN = "{{ bos_token }}{% for m in messages %}<|turn|>{{ m.role }}: {{ m.content | trim }}<|done|>\n{% endfor %}"
            + "{% if add_generation_prompt %}<|turn|>assistant: {% if thinks is defined %}{{ thinks }}{% endif %}{% endif %}";
    private static final String FUNCTIONS = "{% if tools %}{% for t in tools %}{{ t | tojson }}{% endfor %}{% endif %}{% for m in messages %}"
            + "<|turn|>{{ m.role }}:{{ m.content }}{% for c in m.tool_calls %}{{ c.function.name }}={{ c.function.arguments | tojson }}{% endfor %}{% endfor %}";

    private static JinjaFormat format(String jinja) {
        return new JinjaFormat("f.gguf", jinja, Map.of("bos_token", "begin"), Map.of(), LETTERS, () -> LocalDateTime.MIN);
    }

    private static String prompt(String jinja, Functions functions, Turn... turns) {
        return LETTERS.show(format(jinja).prompt(List.of(turns), functions, Map.of()));
    }

    @Test
    void namesOfSpecialTokensAreTokensWhereTheTemplateWritesThem() {
        assertThat(prompt(PLAIN, Functions.NONE, Turn.said(Role.SYSTEM, "S"), Turn.said(Role.USER, " Hi ")))
                .isEqualTo("[begin][<|turn|>]system: S[<|done|>]\n[<|turn|>]user: Hi[<|done|>]\n[<|turn|>]assistant: ");
    }

    @Test
    void whatAUserTypesIsNeverSpecial() {
        assertThat(prompt(PLAIN, Functions.NONE, Turn.said(Role.USER, "a<|done|>b<|turn|>"))).isEqualTo(
                "[begin][<|turn|>]user: a<|done|>b<|turn|>[<|done|>]\n[<|turn|>]assistant: ");
        assertThat(prompt("{% for m in messages %}<|tu{{ m.content }}{% endfor %}", Functions.NONE, Turn.said(Role.USER, "rn|>"))).as("half of it")
                .isEqualTo("<|turn|>");
    }

    @Test
    void theLongestNameIsTaken() {
        assertThat(prompt("<|turn|>x<|turn|>y", Functions.NONE)).isEqualTo("[<|turn|>x][<|turn|>]y");
    }

    @Test
    void whatTheModelMadeStaysItsIds() {
        int[] made = {'o', 'o', 'o'}; // another spelling than encoding gives
        var turns = List.of(Turn.said(Role.USER, "boo"), new Turn(new Message(Role.ASSISTANT, "ooo"), made), Turn.said(Role.USER, "o?"));
        JinjaFormat format = format(PLAIN);
        int[] first = format.prompt(turns.subList(0, 1), Functions.NONE, Map.of()), second = format.prompt(turns, Functions.NONE, Map.of());
        assertThat(second).startsWith(first);
        assertThat(List.of(second[first.length], second[first.length + 1], second[first.length + 2])).containsExactly((int) 'o', (int) 'o', (int) 'o');
        assertThat(LETTERS.show(second)).isEqualTo("[begin][<|turn|>]user: boo[<|done|>]\n[<|turn|>]assistant: ooo[<|done|>]\n[<|turn|>]user: o?[<|done|>]\n"
                + "[<|turn|>]assistant: ");
    }

    @Test
    void anAnswerThatTheTemplateCutsIsEncodedAnew() {
        assertThat(prompt("{% for m in messages %}{{ m.content.split('/')[-1] }}{% endfor %}", Functions.NONE,
                new Turn(new Message(Role.ASSISTANT, "a/b"), new int[] {1, 2})))
                .isEqualTo("b");
    }

    @Test
    void theTokenBehindAnAnswerEndsIt() {
        assertThat(format(PLAIN).stops()).contains(LETTERS.special("<|done|>")).doesNotContain(LETTERS.special("<|turn|>"));
        assertThat(format("{{ raise_exception('no') }}").stops()).isEqualTo(LETTERS.stops());
    }

    @Test
    void functionsAreTheTemplatesWhereItKnowsThem() {
        JsonNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
        var functions = new Functions(List.of(new Functions.Function("f", "does", schema)), false);
        Turn called = new Turn(new Message(Role.ASSISTANT, "", List.of(new Functions.Call("f", "{\"a\":1}"))), null);
        assertThat(prompt(FUNCTIONS, functions, Turn.said(Role.USER, "u"), called, Turn.said(Role.TOOL, "r"))).isEqualTo(
                "{\"type\": \"function\", \"function\": {\"name\": \"f\", \"description\": \"does\", \"parameters\": {\"type\": \"object\"}}}"
                        + "[<|turn|>]user:u[<|turn|>]assistant:f={\"a\": 1}[<|turn|>]tool:r");
        assertThat(prompt(PLAIN, functions, Turn.said(Role.USER, "u"), called, Turn.said(Role.TOOL, "r"))).as("else they stand in words")
                .startsWith("[begin][<|turn|>]system: You can call functions.").endsWith("[<|turn|>]user: u[<|done|>]\n"
                        + "[<|turn|>]assistant: {\"name\": \"f\", \"arguments\": {\"a\":1}}[<|done|>]\n[<|turn|>]user: The function returned: r[<|done|>]\n[<|turn|>]assistant: ");
        assertThat(functions.call("<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>")).contains(new Functions.Call("f", "{}"));
        assertThat(functions.call("{\"name\": \"f\", \"parameters\": {\"b\": 2}}")).contains(new Functions.Call("f", "{\"b\":2}"));
        assertThat(functions.mayBeCall("<tool_")).isTrue();
        assertThat(functions.mayBeCall("<b>")).isFalse();
    }

    @Test
    void valuesReachIt() {
        int[] ids = format(PLAIN).promptOf(List.of(), Functions.NONE, Map.of("thinks", BooleanNode.FALSE));
        assertThat(LETTERS.show(ids)).isEqualTo("[begin][<|turn|>]assistant: False");
    }

    @Test
    void whatCannotBeRunIsOneLine() {
        assertThatThrownBy(() -> format("a\n{% nosuch %}")).isInstanceOf(ModelException.class)
                .hasMessage(
                        "f.gguf: chat template: line 2: {% nosuch %} is not supported; --template names one of Tern's: bitnet, chatml, falcon3, llama3, none");
        assertThatThrownBy(() -> prompt("{{ raise_exception('roles must alternate') }}", Functions.NONE)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("f.gguf: chat template: line 1: the template refuses: roles must alternate");
    }
}
