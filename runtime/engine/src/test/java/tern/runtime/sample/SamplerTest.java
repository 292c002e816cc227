package tern.runtime.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tern.runtime.sample.Sampling.Penalty;

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
        int vocabulary = 2000;
        var random = new SplittableRandom(12);
        MemorySegment logits = logits(random.doubles(vocabulary).map(u -> 12 * u).toArray());
        var shortcut = new Sampler(new Sampling(0.6f, 0, topP, 13), vocabulary);
        var sorted = new Sampler(new Sampling(0.6f, vocabulary, topP, 13), vocabulary);
        for (int i = 0; i < 300; i++) assertThat(shortcut.pick(logits)).isEqualTo(sorted.pick(logits));
    }

    // ---- min-p ----

    private static Sampling minP(float temperature, int topK, float topP, float minP) {
        return new Sampling(temperature, topK, topP, minP, Penalty.NONE, 21);
    }

    @Test
    void minPKeepsThoseOfThatShareOfTheBest() {
        assertShares(minP(1, 0, 1, 0.49f), logsOf(0.1, 0.4, 0.3, 0.2), 0, 4 / 9.0, 3 / 9.0, 2 / 9.0); // 0.2 is half of 0.4
        assertShares(minP(1, 0, 1, 0.51f), logsOf(0.1, 0.4, 0.3, 0.2), 0, 4 / 7.0, 3 / 7.0, 0);
        assertShares(minP(1, 0, 1, 1), logsOf(0.1, 0.4, 0.3, 0.2), 0, 1, 0, 0);
        assertShares(minP(1, 0, 1, 1), logits(1, 1, 1), 1 / 3.0, 1 / 3.0, 1 / 3.0);
    }

    @Test
    void minPIsTakenAtTheTemperature() {
        // Squared: 1, 16, 9, 4 of 16; a share of 0.5 leaves two. At temperature 1 it leaves three.
        assertShares(minP(0.5f, 0, 1, 0.5f), logsOf(0.1, 0.4, 0.3, 0.2), 0, 16 / 25.0, 9 / 25.0, 0);
    }

    @Test
    void minPComesBehindTopKAndTopP() {
        // Top-p of 0.8 counts what min-p drops: 0.4 and 0.3 do not reach it, so 0.2 stays, and then goes.
        assertShares(minP(1, 0, 0.8f, 0.6f), logsOf(0.1, 0.4, 0.3, 0.2), 0, 4 / 7.0, 3 / 7.0, 0);
        assertShares(minP(1, 0, 0.5f, 0.1f), logsOf(0.1, 0.4, 0.3, 0.2), 0, 4 / 7.0, 3 / 7.0, 0);
        assertShares(minP(1, 2, 1, 0.1f), logsOf(0.1, 0.4, 0.3, 0.2), 0, 4 / 7.0, 3 / 7.0, 0);
        assertShares(minP(1, 3, 1, 0.6f), logsOf(0.1, 0.4, 0.3, 0.2), 0, 4 / 7.0, 3 / 7.0, 0);
    }

    @ParameterizedTest
    @ValueSource(floats = {0.01f, 0.3f, 0.99f})
    void theTokensThatMinPLeavesOutUnsortedWouldNotHaveBeenKept(float minP) {
        int vocabulary = 2000;
        MemorySegment logits = logits(new SplittableRandom(3).doubles(vocabulary).map(u -> 9 * u).toArray());
        for (float topP : new float[] {1, 0.9f}) {
            var shortcut = new Sampler(minP(0.8f, 0, topP, minP), vocabulary);
            var sorted = new Sampler(minP(0.8f, vocabulary, topP, minP), vocabulary);
            for (int i = 0; i < 300; i++) assertThat(shortcut.pick(logits)).isEqualTo(sorted.pick(logits));
        }
    }

    // ---- repetition penalty ----

    private static Sampler penalising(float temperature, int topK, float factor, int last, int vocabulary) {
        return new Sampler(new Sampling(temperature, topK, 1, 0, new Penalty(factor, last), 22), vocabulary);
    }

    private static double[] shares(Sampler sampler, MemorySegment logits, int vocabulary) {
        var counts = new double[vocabulary];
        for (int i = 0; i < DRAWS; i++) counts[sampler.pick(logits)] += 1.0 / DRAWS;
        return counts;
    }

    @Test
    void thePenaltyDividesPositiveLogitsAndMultipliesNegativeOnes() {
        Sampler sampler = penalising(1, 0, 2, 8, 4);
        sampler.take(0);
        sampler.take(2);
        sampler.take(0); // twice counts once
        MemorySegment logits = logits(Math.log(9), Math.log(3), -Math.log(2), -Math.log(2));
        // Weights 3 instead of 9, 3, 1/4 instead of 1/2, 1/2.
        double sum = 3 + 3 + 0.25 + 0.5;
        assertThat(shares(sampler, logits, 4)).containsExactly(new double[] {3 / sum, 3 / sum, 0.25 / sum, 0.5 / sum}, within(NOISE));
    }

    @Test
    void onlyTheLastTokensAreRecent() {
        Sampler sampler = penalising(0, 0, 4, 2, 3);
        MemorySegment logits = logits(3, 2, 1);
        assertThat(sampler.pick(logits)).isZero();
        sampler.take(0);
        assertThat(sampler.pick(logits)).isEqualTo(1);
        sampler.take(1);
        assertThat(sampler.pick(logits)).isEqualTo(2); // 0.75, 0.5, 1
        sampler.take(2);
        assertThat(sampler.pick(logits)).isZero(); // forgotten
        sampler.restart(new int[] {2, 1, 0, 2}, 3);
        assertThat(sampler.pick(logits)).isEqualTo(2);
        Sampler all = penalising(0, 0, 4, -1, 3);
        for (int i = 0; i < 100; i++) all.take(i == 0 ? 0 : 1);
        assertThat(all.pick(logits)).isEqualTo(2);
    }

    @Test
    void noPenaltyIsNone() {
        assertThat(penalising(0, 0, 1, 64, 9).penalises()).isFalse();
        assertThat(penalising(0, 0, 2, 0, 9).penalises()).isFalse();
        assertThat(penalising(0, 0, 2, 1, 9).penalises()).isTrue();
    }

    @Test
    void theShortlistHasRoomForAllThatThePenaltyPushesDown() {
        assertThat(penalising(0, 0, 1.1f, 64, 999).shortlist()).isEqualTo(65);
        assertThat(penalising(0, 0, 1.1f, 64, 20).shortlist()).isEqualTo(20);
        assertThat(penalising(1, 40, 1.1f, 64, 999).shortlist()).isEqualTo(104);
        assertThat(penalising(1, 40, 1.1f, 250, 999).shortlist()).isZero();
        assertThat(penalising(0, 0, 0.9f, 64, 999).shortlist()).as("it raises").isZero();
        assertThat(penalising(0, 0, 1.1f, -1, 999).shortlist()).isZero();
        assertThat(penalising(1, 0, 1.1f, 5, 999).shortlist()).isZero();
    }

    /// With few different logits, so that there are many ties.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void theShortlistGivesTheTokensOfAllLogitsUnderAPenalty(int topK) {
        int vocabulary = 60;
        var random = new SplittableRandom(5);
        Sampler all = penalising(topK == 0 ? 0 : 0.7f, topK, 1.5f, 12, vocabulary), few = penalising(topK == 0 ? 0 : 0.7f, topK, 1.5f, 12, vocabulary);
        for (int step = 0; step < 2000; step++) {
            double[] values = random.ints(vocabulary, -3, 4).mapToDouble(i -> i / 2.0).toArray();
            int[] order = IntStream.range(0, vocabulary).boxed()
                    .sorted(Comparator.comparingDouble((Integer i) -> -values[i]).thenComparing(i -> i)).limit(few.shortlist()).mapToInt(i -> i).toArray();
            int expected = all.pick(logits(values));
            assertThat(few.pick(MemorySegment.ofArray(order), logits(IntStream.of(order).mapToDouble(i -> values[i]).toArray()))).isEqualTo(expected);
            int next = random.nextInt(vocabulary);
            all.take(next);
            few.take(next);
        }
    }

    // ---- some tokens only ----

    @Test
    void onlyAllowedTokensCome() {
        var allowed = new TokenSet(4);
        allowed.add(0);
        allowed.add(3);
        MemorySegment logits = logsOf(0.1, 0.4, 0.3, 0.2);
        assertThat(new Sampler(Sampling.GREEDY, 4).pick(logits, allowed)).isEqualTo(3);
        var sampler = new Sampler(new Sampling(1, 2, 1, 9), 4); // the two largest of those that are allowed
        var counts = new double[4];
        for (int i = 0; i < DRAWS; i++) counts[sampler.pick(logits, allowed)] += 1.0 / DRAWS;
        assertThat(counts).containsExactly(new double[] {1 / 3.0, 0, 0, 2 / 3.0}, within(NOISE));
        assertThatThrownBy(() -> sampler.pick(logits, new TokenSet(4))).hasMessage("all 0 logits are -infinity");
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
        assertRefused(() -> minP(1, 0, 1, -0.1f), "min-p must be from 0 to 1: -0.1");
        assertRefused(() -> minP(1, 0, 1, Float.NaN), "min-p must be from 0 to 1: NaN");
        assertRefused(() -> new Penalty(0, 64), "repetition penalty must be finite and positive: 0.0");
        assertRefused(() -> new Penalty(1.1f, -2), "tokens of the repetition penalty must be -1 or more: -2");
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
