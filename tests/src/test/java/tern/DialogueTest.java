package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.ir.Element;
import tern.ir.device.Device;
import tern.runtime.chat.ChatFormat;
import tern.runtime.chat.ChatTemplate;
import tern.runtime.chat.Dialogue;
import tern.runtime.chat.Dialogue.Answer;
import tern.runtime.chat.Dialogue.End;
import tern.runtime.chat.Message;
import tern.runtime.chat.Message.Role;
import tern.runtime.generate.Generator;
import tern.runtime.gguf.TensorType;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.model.ModelConfig;
import tern.runtime.sample.Sampling;
import tern.runtime.synth.Synthesizer;
import tern.runtime.tokenizer.ByteAlphabet;
import tern.runtime.tokenizer.Llama3;
import tern.runtime.tokenizer.Tokenizer;
import tern.runtime.tokenizer.WrittenVocabulary;
import tern.runtime.tokenizer.WrittenVocabulary.Type;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// Conversations with a tiny random model: what is fed turn by turn gives what the whole would give, and nothing is fed twice.
class DialogueTest {

    private static final int CONTEXT = 256, MOST = 12;

    @TempDir
    static Path folder;

    private static final Arena ARENA = Arena.ofShared();
    private static Device device;
    private static Model model;
    private static final Tokenizer TOKENIZER = tokenizer();

    @BeforeAll
    static void load() throws IOException {
        Path file = folder.resolve("tiny.gguf");
        Synthesizer.write(ModelConfig.TINY, 3, TensorType.I2_S, TensorType.F16, file, (_, _) -> {});
        device = Devices.open("cpu", 1);
        var library = new ScheduledLibrary(device, Breadth.packings(), ScheduleSource.NONE, kernel -> {});
        var settings = new Model.Settings(CONTEXT, 8, Element.F32, 1, folder);
        model = Model.load(device, library, GgufModel.open(file, ARENA, false), settings, ARENA, done -> {});
    }

    @AfterAll
    static void close() {
        device.close();
        ARENA.close();
    }

    /// The bytes, and after them Llama 3's special tokens.
    private static Tokenizer tokenizer() {
        var tokens = new ArrayList<String>();
        var types = new ArrayList<Type>();
        for (int b = 0; b < 256; b++) {
            tokens.add(ByteAlphabet.write(new byte[] {(byte) b}));
            types.add(Type.ORDINARY);
        }
        for (String name : Llama3.SPECIALS) {
            tokens.add(name);
            types.add(Type.CONTROL);
        }
        return new WrittenVocabulary("made", tokens, types, Optional.empty(), OptionalInt.of(256), OptionalInt.of(257), Set.of(), Optional.empty()).tokenizer();
    }

    private static Generator generator(Sampling sampling) {
        return new Generator(model, sampling, ARENA);
    }

    private static Dialogue dialogue(Generator generator, String... stops) {
        return new Dialogue(generator, CONTEXT, ChatFormat.of(ChatTemplate.BITNET, TOKENIZER), TOKENIZER, List.of(stops));
    }

    private static class Silent implements Dialogue.Listener {
        final List<Integer> forgotten = new ArrayList<>();
        final StringBuilder heard = new StringBuilder();

        @Override
        public void text(String part) {
            heard.append(part);
        }

        @Override
        public void forgotten(int messages) {
            forgotten.add(messages);
        }

        @Override
        public boolean isEnough() {
            return false;
        }
    }

    private static Answer say(Dialogue dialogue, String message) {
        return dialogue.answer(message, MOST, null, new Silent());
    }

    /// Continues tokens that are fed at once, as far as an answer went.
    private static int[] continued(int[] prompt, Sampling sampling, int count) {
        Generator fresh = generator(sampling);
        fresh.feed(prompt);
        int[] made = new int[count];
        for (int i = 0; i < count; i++) made[i] = fresh.next();
        return made;
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 1", "0, 0, 1.3", "1.2, 5, 1", "0.9, 0, 1.1"})
    void laterTurnsGiveWhatTheWholeConversationGives(float temperature, int topK, float penalty) {
        // A fresh sampler draws from the beginning of its numbers, so only the first turn of a random dialogue can be compared.
        int turns = temperature == 0 ? 3 : 1;
        var sampling = new Sampling(temperature, topK, 1, 0, new Sampling.Penalty(penalty, 32), 5);
        Generator generator = generator(sampling);
        Dialogue dialogue = dialogue(generator);
        dialogue.system("Be brief.");
        for (int turn = 0; turn < turns; turn++) {
            int before = generator.session().position();
            Answer answer = say(dialogue, "question " + turn);
            int prompt = answer.fed() + answer.kept();
            assertThat(answer.kept()).as("everything that was seen stays").isEqualTo(before);
            int[] seen = generator.text();
            int[] answered = Arrays.copyOfRange(seen, prompt, seen.length);
            assertThat(continued(Arrays.copyOf(seen, prompt), sampling, answered.length)).as("turn %d", turn).isEqualTo(answered);
        }
        assertThat(dialogue.messages()).hasSize(1 + 2 * turns);
    }

    @Test
    void theBeginningOfAPromptIsThatOfTheTemplate() {
        Generator generator = generator(Sampling.GREEDY);
        say(dialogue(generator), "  hi ");
        int[] seen = generator.text();
        String rest = "User: hi";
        assertThat(seen[0]).isEqualTo(256);
        assertThat(TOKENIZER.decode(Arrays.copyOfRange(seen, 1, 1 + rest.length()))).isEqualTo(rest);
        assertThat(seen[1 + rest.length()]).isEqualTo(TOKENIZER.special("<|eot_id|>"));
    }

    @Test
    void anotherSystemMessageOrAResetIsAsIfItHadAlwaysBeenSo() {
        Dialogue dialogue = dialogue(generator(Sampling.GREEDY));
        dialogue.system("One.");
        say(dialogue, "a");
        dialogue.reset();
        dialogue.system("Two.");
        Answer again = say(dialogue, "b");
        Dialogue fresh = dialogue(generator(Sampling.GREEDY));
        fresh.system("Two.");
        Answer expected = say(fresh, "b");
        assertThat(again.text()).isEqualTo(expected.text());
        assertThat(again.kept()).as("up to the first letter that differs").isEqualTo("_System: ".length());
        assertThat(again.fed() + again.kept()).isEqualTo(expected.fed());
        assertThat(dialogue.messages()).containsExactlyElementsOf(fresh.messages());
    }

    @Test
    void aConversationThatIsLoadedGoesOn() {
        Dialogue dialogue = dialogue(generator(Sampling.GREEDY));
        List<Message> talk = List.of(new Message(Role.USER, "x"), new Message(Role.ASSISTANT, "y"));
        dialogue.load(talk);
        Answer first = say(dialogue, "z");
        dialogue.load(talk);
        Answer second = say(dialogue, "z");
        assertThat(second.text()).isEqualTo(first.text());
        assertThat(second.fed()).as("logits stand behind a token that is fed").isEqualTo(1);
    }

    @Test
    void aStopTextEndsAnAnswerAndIsNoPartOfIt() {
        String whole = say(dialogue(generator(Sampling.GREEDY)), "w").text();
        assertThat(whole.length()).as(whole).isGreaterThan(3);
        String stop = whole.substring(2, 4);
        Generator generator = generator(Sampling.GREEDY);
        Dialogue dialogue = dialogue(generator, stop);
        var heard = new Silent();
        Answer cut = dialogue.answer("w", MOST, null, heard);
        assertThat(cut.end()).isEqualTo(End.STOP_TEXT);
        assertThat(cut.text()).isEqualTo(whole.substring(0, whole.indexOf(stop))).isEqualTo(heard.heard.toString());
        say(dialogue, "next");
        assertThat(TOKENIZER.decode(generator.text())).doesNotStartWith("User: wAssistant: " + whole);
    }

    @Test
    void anInterruptedAnswerStaysAndTheConversationGoesOn() {
        Dialogue dialogue = dialogue(generator(Sampling.GREEDY));
        Answer cut = dialogue.answer("long", 100, null, new Silent() {
            @Override
            public boolean isEnough() {
                return heard.length() >= 3;
            }
        });
        assertThat(cut.end()).isEqualTo(End.INTERRUPTED);
        assertThat(dialogue.messages().getLast()).isEqualTo(new Message(Role.ASSISTANT, cut.text()));
        assertThat(say(dialogue, "on").kept()).isPositive();
    }

    @Test
    void anInterruptedPromptWasNeverSaid() {
        Generator generator = generator(Sampling.GREEDY);
        Dialogue dialogue = dialogue(generator);
        Answer none = dialogue.answer("a question of many tokens, more than four batches of eight", 9, null, new Silent() {
            @Override
            public boolean isEnough() {
                return true;
            }
        });
        assertThat(none.end()).isEqualTo(End.INTERRUPTED);
        assertThat(none.made()).isZero();
        assertThat(dialogue.messages()).isEmpty();
        assertThat(say(dialogue, "b").text()).isEqualTo(say(dialogue(generator(Sampling.GREEDY)), "b").text());
    }

    @Test
    void aFullContextForgetsTheOldestTurnsButNotTheSystemMessage() {
        Dialogue dialogue = dialogue(generator(Sampling.GREEDY));
        dialogue.system("S.");
        var listener = new Silent();
        for (int i = 0; i < 12 && listener.forgotten.isEmpty(); i++) dialogue.answer("a message of some length, number " + i, MOST, null, listener);
        assertThat(listener.forgotten).containsExactly(2);
        assertThat(dialogue.messages().getFirst()).isEqualTo(new Message(Role.SYSTEM, "S."));
        assertThat(dialogue.messages().get(1)).isEqualTo(new Message(Role.USER, "a message of some length, number 1"));
        assertThat(dialogue.totals().position()).isLessThanOrEqualTo(CONTEXT);
    }

    @Test
    void aMessageThatFitsNowhereIsRefused() {
        Dialogue dialogue = dialogue(generator(Sampling.GREEDY));
        assertThatThrownBy(() -> say(dialogue, "x".repeat(CONTEXT))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("and the context has 256");
        assertThat(dialogue.messages()).isEmpty();
        Answer full = dialogue.answer("y".repeat(CONTEXT - 40), 100, null, new Silent());
        assertThat(full.end()).isIn(End.CONTEXT, End.STOP_TOKEN);
        assertThat(dialogue.totals().position()).isLessThanOrEqualTo(CONTEXT);
    }
}
