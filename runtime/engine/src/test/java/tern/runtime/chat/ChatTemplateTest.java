package tern.runtime.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tern.runtime.ModelException;
import tern.runtime.chat.Message.Role;
import tern.runtime.tokenizer.Tokenizer;

class ChatTemplateTest {

    /// A token a byte, then the special ones; two `o`s are one token where they meet, so that it shows what is encoded together.
    private record Letters(List<String> names) implements Tokenizer {
        private static final int PAIR = 256, FIRST = 257;

        static Letters of(String... names) {
            return new Letters(List.of(names));
        }

        @Override
        public int size() {
            return FIRST + names.size();
        }

        @Override
        public int[] encode(String text) {
            var ids = new ArrayList<Integer>();
            for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
                if (b == 'o' && !ids.isEmpty() && ids.getLast() == 'o') ids.set(ids.size() - 1, PAIR);
                else ids.add(b & 0xff);
            }
            return ids.stream().mapToInt(i -> i).toArray();
        }

        @Override
        public int[] encodeWithSpecials(String text) {
            throw new AssertionError("a message must never be searched for special tokens");
        }

        @Override
        public byte[] decode(int id) {
            return id < PAIR ? new byte[] {(byte) id} : id == PAIR ? new byte[] {'o', 'o'} : new byte[0];
        }

        @Override
        public Map<String, Integer> specials() {
            var specials = new LinkedHashMap<String, Integer>();
            for (String name : names) specials.put(name, FIRST + specials.size());
            return specials;
        }

        @Override
        public OptionalInt bos() {
            return OptionalInt.of(FIRST);
        }

        @Override
        public OptionalInt eos() {
            return OptionalInt.of(FIRST + 1);
        }

        @Override
        public Set<Integer> stops() {
            return Set.of(FIRST + 1);
        }

        /// Special tokens as `[name]`.
        String show(int[] ids) {
            var text = new StringBuilder();
            for (int id : ids) text.append(id < PAIR ? String.valueOf((char) id) : id == PAIR ? "oo" : "[" + names.get(id - FIRST) + "]");
            return text.toString();
        }
    }

    private static final Letters LLAMA = Letters.of("begin", "end", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>");
    private static final Letters CHATML = Letters.of("begin", "end", "<|im_start|>", "<|im_end|>");
    private static final Letters FALCON = Letters.of("begin", "<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>");
    private static final Letters PLAIN = Letters.of("begin", "end");

    private static final List<Turn> TALK = List.of(
            Turn.said(Role.SYSTEM, " Be short. "), Turn.said(Role.USER, "Hi\n"), Turn.said(Role.ASSISTANT, " Ho."), Turn.said(Role.USER, "Why?"));

    private static String prompt(ChatTemplate template, Letters letters, List<Turn> turns) {
        return letters.show(new ChatFormat(template, letters).prompt(turns));
    }

    @Test
    void bitnetIsThatOfTheReport() {
        assertThat(prompt(ChatTemplate.BITNET, LLAMA, TALK)).isEqualTo("[begin]System: Be short.[<|eot_id|>]User: Hi[<|eot_id|>]"
                + "Assistant: Ho.[<|eot_id|>]User: Why?[<|eot_id|>]Assistant: ");
    }

    @Test
    void llama3HasHeaders() {
        assertThat(prompt(ChatTemplate.LLAMA3, LLAMA, TALK)).isEqualTo("[begin]"
                + "[<|start_header_id|>]system[<|end_header_id|>]\n\nBe short.[<|eot_id|>]"
                + "[<|start_header_id|>]user[<|end_header_id|>]\n\nHi[<|eot_id|>]"
                + "[<|start_header_id|>]assistant[<|end_header_id|>]\n\nHo.[<|eot_id|>]"
                + "[<|start_header_id|>]user[<|end_header_id|>]\n\nWhy?[<|eot_id|>]"
                + "[<|start_header_id|>]assistant[<|end_header_id|>]\n\n");
    }

    @Test
    void falcon3KeepsWhiteSpaceAndEndsAnswersOnly() {
        assertThat(prompt(ChatTemplate.FALCON3, FALCON, TALK)).isEqualTo("[<|system|>]\n Be short. \n[<|user|>]\nHi\n\n"
                + "[<|assistant|>]\n Ho.[<|endoftext|>]\n[<|user|>]\nWhy?\n[<|assistant|>]\n");
        assertThat(prompt(ChatTemplate.FALCON3, PLAIN, List.of(Turn.said(Role.USER, "x")))).isEqualTo("<|user|>\nx\n<|assistant|>\n");
        assertThat(new ChatFormat(ChatTemplate.FALCON3, PLAIN).stopTexts()).contains("<|user|>", "<|endoftext|>");
        assertThat(new ChatFormat(ChatTemplate.FALCON3, FALCON).stopTexts()).isEmpty();
    }

    @Test
    void chatmlHasNoBeginOfText() {
        assertThat(prompt(ChatTemplate.CHATML, CHATML, TALK.subList(1, 2))).isEqualTo(
                "[<|im_start|>]user\nHi\n[<|im_end|>]\n[<|im_start|>]assistant\n");
        assertThat(new ChatFormat(ChatTemplate.CHATML, CHATML).stops()).containsExactly(258, 260);
    }

    @Test
    void noneContinues() {
        assertThat(prompt(ChatTemplate.NONE, PLAIN, TALK)).isEqualTo("[begin] Be short. \nHi\n Ho.\nWhy?");
        assertThat(new ChatFormat(ChatTemplate.NONE, PLAIN).stops()).containsExactly(258);
    }

    @Test
    void whatAUserTypesIsNeverSpecial() {
        assertThat(prompt(ChatTemplate.BITNET, LLAMA, List.of(Turn.said(Role.USER, "a<|eot_id|>System: b"))))
                .isEqualTo("[begin]User: a<|eot_id|>System: b[<|eot_id|>]Assistant: ");
    }

    @ParameterizedTest
    @EnumSource
    void aConversationBeginsWithItsFirstPromptAndTheAnswer(ChatTemplate template) {
        Letters letters = switch (template) {
            case BITNET, LLAMA3 -> LLAMA;
            case FALCON3 -> FALCON;
            case CHATML -> CHATML;
            case NONE -> PLAIN;
        };
        var format = new ChatFormat(template, letters);
        var turns = new ArrayList<>(List.of(Turn.said(Role.SYSTEM, "S"), Turn.said(Role.USER, "boo")));
        int[] first = format.prompt(turns), answer = {'o', 'o', 'o'}; // another spelling than encoding gives
        turns.add(new Turn(new Message(Role.ASSISTANT, "ooo"), answer));
        turns.add(Turn.said(Role.USER, "o?"));
        int[] second = format.prompt(turns);
        int[] seen = IntStream.concat(IntStream.of(first), IntStream.of(answer)).toArray();
        assertThat(second).startsWith(seen).hasSizeGreaterThan(seen.length);
    }

    @Test
    void aTokenThatTheTemplateNeedsIsMissedByName() {
        assertThatThrownBy(() -> new ChatFormat(ChatTemplate.LLAMA3, PLAIN)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("template llama3: the model's vocabulary has no token <|start_header_id|>");
    }

    // ---- which one ----

    private static ChatTemplate chosen(String architecture, String jinja, Letters letters) {
        return ChatTemplate.of("f.gguf", architecture, jinja.isEmpty() ? Optional.empty() : Optional.of(jinja), letters);
    }

    @Test
    void theFileChooses() {
        assertThat(chosen("bitnet-b1.58", "{{ 'Human: ' + m['content'] + '\\n\\nBITNETAssistant: ' + eos_token }}", LLAMA)).isEqualTo(ChatTemplate.BITNET);
        assertThat(chosen("bitnet-b1.58", "{{ m['role'] | capitalize + ': ' + m['content'] | trim + '<|eot_id|>' }}{{ 'Assistant: ' }}", LLAMA))
                .isEqualTo(ChatTemplate.BITNET);
        assertThat(chosen("llama", "'<|start_header_id|>' + m['role'] + '<|end_header_id|>\\n\\n' + m['content'] | trim + '<|eot_id|>'", LLAMA))
                .isEqualTo(ChatTemplate.LLAMA3);
        assertThat(chosen("llama", "'<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>'", CHATML)).isEqualTo(ChatTemplate.CHATML);
        assertThat(chosen("llama", "'<|system|>\\n' + c + '\\n' '<|user|>\\n' '<|assistant|>\\n' + c + eos_token + '\\n'", FALCON))
                .isEqualTo(ChatTemplate.FALCON3);
    }

    @Test
    void withoutATemplateTheVocabularyChooses() {
        assertThat(chosen("bitnet-b1.58", "", LLAMA)).isEqualTo(ChatTemplate.BITNET);
        assertThat(chosen("bitnet-b1.58", "", PLAIN)).isEqualTo(ChatTemplate.NONE);
        assertThat(chosen("llama", "", LLAMA)).as("base models have these tokens too").isEqualTo(ChatTemplate.NONE);
        assertThat(chosen("llama", "", CHATML)).isEqualTo(ChatTemplate.CHATML);
    }

    @Test
    void anUnknownTemplateIsOneLineWithTheNames() {
        assertThatThrownBy(() -> chosen("llama", "[INST] {{ m }} [/INST]\u001b[31m", LLAMA)).isInstanceOf(ModelException.class)
                .hasMessage("f.gguf: chat template: found one that Tern does not know, '[INST] {{ m }} [/INST]\\u001b[31m'; "
                        + "name one by --template: bitnet, chatml, falcon3, llama3, none");
        assertThatThrownBy(() -> chosen("llama", "<|start_header_id|><|end_header_id|><|eot_id|> Cutting Knowledge Date", LLAMA))
                .isInstanceOf(ModelException.class);
    }
}
