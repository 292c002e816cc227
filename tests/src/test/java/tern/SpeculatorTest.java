package tern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tern.ir.Element;
import tern.ir.device.Device;
import tern.ir.text.Tir;
import tern.runtime.generate.Generator;
import tern.runtime.generate.PromptLookup;
import tern.runtime.generate.Speculator;
import tern.runtime.model.GgufModel;
import tern.runtime.model.Model;
import tern.runtime.model.Session;
import tern.runtime.sample.Sampling;
import tern.scheduler.ScheduleSource;
import tern.scheduler.ScheduledLibrary;

/// Guessing changes no token, whatever is guessed, and going back leaves no trace.
class SpeculatorTest {

    private static final int TOKENS = 20, CONTEXT = 96, BATCH = 8;

    @TempDir
    static Path cache;

    private interface Body {
        void run(Model model, Arena arena);
    }

    private static void with(String packing, Body body) throws IOException {
        try (Arena arena = Arena.ofShared();
                Device device = Devices.open("cpu", 2)) {
            GgufModel source = GgufModel.open(GoldenFiles.path("tiny256.i2_s.gguf"), arena, false);
            var library = new ScheduledLibrary(device, List.of(Tir.library().packing(packing)), ScheduleSource.NONE, kernel -> {});
            var settings = new Model.Settings(CONTEXT, BATCH, Element.F32, 2, cache);
            body.run(Model.load(device, library, source, settings, arena, done -> {}), arena);
        }
    }

    private static int[] fresh(int vocabulary) {
        return new SplittableRandom(4).ints(24, 0, vocabulary).toArray();
    }

    /// The first eight tokens, three times.
    private static int[] repeated(int vocabulary) {
        int[] text = fresh(vocabulary);
        for (int i = 8; i < text.length; i++) text[i] = text[i - 8];
        return text;
    }

    private static int[] continued(IntSupplier next) {
        return java.util.stream.IntStream.generate(next).limit(TOKENS).toArray();
    }

    private static float[] logits(Session session, Model model, Arena arena) {
        MemorySegment row = arena.allocate(4L * model.config().vocabulary(), 64);
        session.logits(row);
        return row.toArray(ValueLayout.JAVA_FLOAT);
    }

    /// By decoding and by tables. That passes of any length give the bits of steps is shown for more packings by [GoldenModelTest].
    @ParameterizedTest
    @ValueSource(strings = {"i2_s", "tq1_0", "tri5r32", "planes"})
    void tokensAreThoseOfGreedyGeneration(String packing) throws IOException {
        with(packing, (model, arena) -> {
            int vocabulary = model.config().vocabulary();
            for (int[] prompt : new int[][] {fresh(vocabulary), repeated(vocabulary)}) {
                var plain = new Generator(model, Sampling.GREEDY, arena);
                plain.session().feed(prompt);
                int[] expected = continued(plain.tokens());
                for (int most : new int[] {1, 3, 100}) {
                    var speculator = new Speculator(new Generator(model, Sampling.GREEDY, arena), CONTEXT, most);
                    speculator.begin(prompt);
                    assertThat(continued(speculator::next)).as("%d guesses", most).isEqualTo(expected);
                }
            }
        });
    }

    /// The text is given, so that it is known which guesses are right: all of the first half, and hardly one of the second.
    @Test
    void rightAndWrongGuessesLeaveTheStateOfAPlainSession() throws IOException {
        with("tri5r32", (model, arena) -> {
            int vocabulary = model.config().vocabulary();
            int[] text = Arrays.copyOf(repeated(vocabulary), 80);
            for (int i = 24; i < 48; i++) text[i] = text[i - 8];
            int[] few = new SplittableRandom(9).ints(32, 0, 3).toArray();
            System.arraycopy(few, 0, text, 48, few.length);
            Session session = new Generator(model, Sampling.GREEDY, arena).session();
            var speculator = new Speculator(session, position -> text[position + 1], CONTEXT, 4);
            speculator.begin(Arrays.copyOf(text, 24));
            while (speculator.text().length < 70) speculator.next();
            assertThat(speculator.text()).isEqualTo(Arrays.copyOf(text, 70));
            Speculator.Score score = speculator.score();
            assertThat(score.accepted()).isBetween(15L, score.drafts() - 5);
            assertThat(score.tokensPerPass()).isGreaterThan(1);
            assertThat(session.position()).isBetween(69, 75);

            Session plain = model.session(false, 0);
            plain.feed(Arrays.copyOf(text, session.position()));
            assertThat(logits(session, model, arena)).isEqualTo(logits(plain, model, arena));
        });
    }

    @Test
    void aSessionThatWentBackIsOneThatNeverSawMore() throws IOException {
        with("tri5r32", (model, arena) -> {
            int[] text = fresh(model.config().vocabulary());
            Session plain = model.session(false, 0), other = model.session(false, 1);
            plain.feed(Arrays.copyOf(text, 14));
            other.feed(text); // in passes of 8
            other.rollback(20);
            assertThatThrownBy(() -> other.rollback(21)).isInstanceOf(IllegalArgumentException.class).hasMessage("cannot go back to token 21 of 20");
            assertThat(other.position()).isEqualTo(20);
            float[] atTwenty = logits(other, model, arena);
            other.rollback(12); // before the last pass: no logits until another token
            assertThatThrownBy(() -> logits(other, model, arena)).isInstanceOf(IllegalStateException.class);
            other.next(text[12]);
            other.next(text[13]);
            assertThat(logits(other, model, arena)).isEqualTo(logits(plain, model, arena));
            for (int i = 14; i < 20; i++) plain.next(text[i]);
            assertThat(atTwenty).isEqualTo(logits(plain, model, arena));
        });
    }

    @Test
    void theLargestLogitsBehindEveryTokenOfAPass() throws IOException {
        with("tri5r32", (model, arena) -> {
            int[] text = fresh(model.config().vocabulary());
            var generator = new Generator(model, Sampling.GREEDY, arena);
            var plain = new Generator(model, Sampling.GREEDY, arena);
            generator.session().feed(Arrays.copyOf(text, 5));
            generator.session().pass(Arrays.copyOfRange(text, 5, 12), 7);
            plain.session().feed(Arrays.copyOf(text, 5));
            for (int i = 5; i < 12; i++) {
                plain.session().next(text[i]);
                assertThat(generator.pickAfter(i)).isEqualTo(plain.pick());
            }
            assertThat(generator.pick()).isEqualTo(plain.pick());
            assertThatThrownBy(() -> generator.pickAfter(4)).hasMessage("token 4 is none of 5 to 11");
            assertThatThrownBy(() -> generator.session().pass(text, 9)).hasMessage("a pass of 9 tokens, expected 1 to 8");
        });
    }

    @Test
    void aContextIsFilledToItsLastToken() throws IOException {
        with("tri5r32", (model, arena) -> {
            int[] text = repeated(model.config().vocabulary());
            var speculator = new Speculator(new Generator(model, Sampling.GREEDY, arena), CONTEXT, 7);
            speculator.begin(text);
            for (int i = text.length; i <= CONTEXT; i++) speculator.next();
            assertThat(speculator.text()).hasSize(CONTEXT + 1);
            assertThatThrownBy(speculator::next).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("exceed the context of 96");
        });
    }

    @Test
    void guessesFollowTheLastPlaceThatLooksAlike() {
        int[] text = {1, 2, 3, 4, 9, 2, 3, 5, 6, 1, 2, 3};
        int[] drafts = new int[6];
        assertThat(PromptLookup.find(text, text.length, drafts, 1, 3)).isEqualTo(3);
        assertThat(drafts).containsExactly(0, 4, 9, 2, 0, 0); // three tokens agree there, two nearer by
        int[] two = {7, 2, 3, 4, 9, 2, 3, 5, 6, 8, 2, 3};
        assertThat(PromptLookup.find(two, two.length, drafts, 0, 6)).isEqualTo(5);
        assertThat(drafts).containsExactly(5, 6, 8, 2, 3, 0);
        assertThat(PromptLookup.find(two, 7, drafts, 0, 1)).isEqualTo(1);
        assertThat(drafts[0]).isEqualTo(4);
        assertThat(PromptLookup.find(two, 6, drafts, 0, 6)).isZero();
        assertThat(PromptLookup.find(two, 12, drafts, 0, 0)).isZero();
        assertThat(PromptLookup.find(two, 1, drafts, 0, 6)).isZero();
    }
}
