package tern.runtime.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {

    private static final int DRAWS = 200_000;
    /// More than five standard deviations of a share of so many draws.
    private static final double NOISE = 0.006;

    private static MemorySegment logits(double... values) {
        var floats = new float[values.length];
        for (int i = 0; i < values.length; i++) floats[i] = (float) values[i];
        return MemorySegment.ofArray(floats);
    }

    private static MemorySegment logsOf(double... probabilities) {
        return logits(IntStream.range(0, probabilities.length).mapToDouble(i -> Math.log(probabilities[i])).toArray());
    }

    private static void assertShares(Sampling settings, MemorySegment logits, double... expected) {
        var sampler = new Sampler(settings, expected.length);
        var counts = new int[expected.length];
        for (int i = 0; i < DRAWS; i++) counts[sampler.pick(logits)]++;
        for (int i = 0; i < expected.length; i++) {
            if (expected[i] == 0) assertThat(counts[i]).as("token %d", i).isZero();
            else assertThat((double) counts[i] / DRAWS).as("token %d", i).isCloseTo(expected[i], within(NOISE));
        }
    }

    private static int greedy(double... values) {
        return new Sampler(Sampling.GREEDY, values.length).pick(logits(values));
    }

    @Test
    void greedyTakesTheFirstOfTheLargest() {
        assertThat(greedy(1, 3, 2)).isEqualTo(1);
        assertThat(greedy(1, 3, 3)).isEqualTo(1);
        assertThat(greedy(-5)).isZero();
        assertThat(greedy(Double.NEGATIVE_INFINITY, -1e30)).isEqualTo(1);
        assertThat(greedy(-0.0, 0.0)).isZero();
    }

    @Test
    void topKOfOneIsGreedyAtAnyTemperature() {
        var sampler = new Sampler(new Sampling(100, 1, 1, 7), 3);
        for (int i = 0; i < 100; i++) assertThat(sampler.pick(logits(1, 2, 2))).isEqualTo(1);
    }

    @Test
    void aTinyTemperatureIsGreedy() {
        var sampler = new Sampler(new Sampling(Float.MIN_VALUE, 0, 1, 7), 3);
        for (int i = 0; i < 100; i++) assertThat(sampler.pick(logits(1, 1.000001, -1e30))).isEqualTo(1);
    }

    @Test
    void temperatureOneDrawsFromTheSoftmax() {
        assertShares(new Sampling(1, 0, 1, 1), logsOf(0.1, 0.2, 0.3, 0.4), 0.1, 0.2, 0.3, 0.4);
    }

    @Test
    void temperatureSharpensAndFlattens() {
        assertShares(new Sampling(0.5f, 0, 1, 2), logsOf(0.1, 0.2, 0.3, 0.4), 1 / 30.0, 4 / 30.0, 9 / 30.0, 16 / 30.0);
        assertShares(new Sampling(1e6f, 0, 1, 3), logsOf(0.1, 0.2, 0.3, 0.4), 0.25, 0.25, 0.25, 0.25);
    }

    @Test
    void topKKeepsTheLargest() {
        assertShares(new Sampling(1, 2, 1, 4), logsOf(0.1, 0.2, 0.3, 0.4), 0, 0, 3 / 7.0, 4 / 7.0);
        assertShares(new Sampling(1, 9, 1, 5), logsOf(0.25, 0.75), 0.25, 0.75);
        assertShares(new Sampling(1, 2, 1, 6), logits(1, 1, 1), 0.5, 0.5, 0); // ties: the lower index
    }

    @Test
    void topPKeepsTheFewestThatReachIt() {
        assertShares(new Sampling(1, 0, 0.65f, 7), logsOf(0.1, 0.4, 0.3, 0.2), 0, 4 / 7.0, 3 / 7.0, 0);
        assertShares(new Sampling(1, 0, 0.75f, 8), logsOf(0.1, 0.4, 0.3, 0.2), 0, 4 / 9.0, 3 / 9.0, 2 / 9.0);
        assertShares(new Sampling(1, 0, 0.01f, 9), logsOf(0.1, 0.4, 0.3, 0.2), 0, 1, 0, 0);
        assertShares(new Sampling(1, 0, 0.6f, 9), logits(1, 1, 1, 1), 1 / 3.0, 1 / 3.0, 1 / 3.0, 0);
    }

    @Test
    void topPIsAShareOfWhatTopKLeft() {
        // Top-k leaves 0.4 and 0.3, as shares 0.571 and 0.429: the first alone reaches 0.55. Of all it has only 0.4.
        assertShares(new Sampling(1, 2, 0.55f, 10), logsOf(0.1, 0.4, 0.3, 0.2), 0, 1, 0, 0);
    }

    @Test
    void topPIsTakenAtTheTemperature() {
        // Squared and scaled: 1/30, 16/30, 9/30, 4/30; two reach 0.8. At temperature 1 it would take three.
        assertShares(new Sampling(0.5f, 0, 0.8f, 11), logsOf(0.1, 0.4, 0.3, 0.2), 0, 16 / 25.0, 9 / 25.0, 0);
    }

    @ParameterizedTest
    @ValueSource(floats = {0.05f, 0.5f, 0.9f, 0.999f})
    void theTokensThatTopPLeavesOutUnsortedWouldNotHaveBeenKept(float topP) {
        // With top-k at the size of the vocabulary nothing is passed over, and the same tokens must come out.
        int vocabulary = 5000;
        var random = new SplittableRandom(12);
        MemorySegment logits = logits(random.doubles(vocabulary).map(u -> 12 * u).toArray());
        var shortcut = new Sampler(new Sampling(0.6f, 0, topP, 13), vocabulary);
        var sorted = new Sampler(new Sampling(0.6f, vocabulary, topP, 13), vocabulary);
        for (int i = 0; i < 500; i++) assertThat(shortcut.pick(logits)).isEqualTo(sorted.pick(logits));
    }

    @Test
    void theSameSeedGivesTheSameTokens() {
        MemorySegment logits = logits(new SplittableRandom(1).doubles(1000).toArray());
        assertThat(draws(1, logits)).isEqualTo(draws(1, logits)).isNotEqualTo(draws(2, logits));
    }

    private static int[] draws(long seed, MemorySegment logits) {
        var sampler = new Sampler(Sampling.recommended(seed), 1000);
        return IntStream.range(0, 100).map(i -> sampler.pick(logits)).toArray();
    }

    @Test
    void theGeneratorIsTheOneOfThePaper() {
        // First outputs for seed 1234567, as in the reference implementation of S. Vigna (prng.di.unimi.it).
        var random = new SplitMix64(1234567);
        assertThat(random.nextLong()).isEqualTo(6457827717110365317L);
        assertThat(random.nextLong()).isEqualTo(3203168211198807973L);
    }

    @Test
    void nativeLogitsAreReadAndMoreThanTheVocabularyIgnored() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment nativeLogits = arena.allocate(16).copyFrom(logits(1, 2, 3, 4));
            assertThat(new Sampler(Sampling.GREEDY, 3).pick(nativeLogits)).isEqualTo(2);
        }
    }

    @Test
    void excludedTokensNeverCome() {
        assertShares(new Sampling(1, 0, 1, 14), logits(0, Double.NEGATIVE_INFINITY, 0), 0.5, 0, 0.5);
        assertShares(new Sampling(1, 2, 0.99f, 14), logits(Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY, 0), 0, 0, 1);
    }

    @Test
    void logitsThatAreNone() {
        for (Sampling settings : new Sampling[] {Sampling.GREEDY, Sampling.recommended(1)}) {
            var sampler = new Sampler(settings, 3);
            assertThatThrownBy(() -> sampler.pick(logits(1, Double.NaN, 2)))
                    .isInstanceOf(ArithmeticException.class).hasMessage("logit 1 is NaN");
            assertThatThrownBy(() -> sampler.pick(logits(1, 1, Double.POSITIVE_INFINITY))).hasMessage("logit 2 is Infinity");
            double none = Double.NEGATIVE_INFINITY;
            assertThatThrownBy(() -> sampler.pick(logits(none, none, none))).hasMessage("all 3 logits are -infinity");
            assertThatThrownBy(() -> sampler.pick(logits(1, 2)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessage("found 8 bytes of logits, expected 12");
        }
    }

    @Test
    void settingsThatAreNone() {
        assertRefused(() -> new Sampling(-1, 0, 1, 0), "temperature must be finite and not negative: -1.0");
        assertRefused(() -> new Sampling(Float.NaN, 0, 1, 0), "temperature must be finite and not negative: NaN");
        assertRefused(() -> new Sampling(Float.POSITIVE_INFINITY, 0, 1, 0), "temperature must be finite and not negative: Infinity");
        assertRefused(() -> new Sampling(1, -1, 1, 0), "top-k must not be negative: -1");
        assertRefused(() -> new Sampling(1, 0, 0, 0), "top-p must be above 0 and at most 1: 0.0");
        assertRefused(() -> new Sampling(1, 0, 1.5f, 0), "top-p must be above 0 and at most 1: 1.5");
        assertRefused(() -> new Sampling(1, 0, Float.NaN, 0), "top-p must be above 0 and at most 1: NaN");
        assertRefused(() -> new Sampler(Sampling.GREEDY, 0), "vocabulary must be positive: 0");
    }

    private static void assertRefused(Runnable action, String message) {
        assertThatThrownBy(action::run).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    @Test
    void aTokenCostsNoMemory() {
        MemorySegment logits = logits(new SplittableRandom(1).doubles(1000).map(u -> 10 * u).toArray());
        var sampler = new Sampler(new Sampling(0.6f, 50, 0.9f, 1), 1000);
        for (int i = 0; i < 20_000; i++) sampler.pick(logits); // compiled by then
        var thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = thread.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1000; i++) sampler.pick(logits);
        assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(1000); // not one object a token
    }
}
