package tern.examples.learn;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tern.runtime.evaluate.Exam;

/// What the model learns: to add. It writes the digits as one adds by hand, units first, and then the number:
///
///     47+85=231:132
///
/// Every sixteenth pair of numbers is never shown while it learns, and is what it is asked about afterwards.
///
/// @param digits of the longest number
public record Sums(int digits) implements Task {

    /// Seed of the questions of an exam.
    private static final long EXAM = 2;

    /// @param a,b to be added
    record Sum(int a, int b) {

        /// What a user types.
        String question() {
            return a + "+" + b + "=";
        }

        /// What the model should say.
        String answer() {
            String sum = String.valueOf(a + b);
            return new StringBuilder(sum).reverse() + ":" + sum;
        }
    }

    @Override
    public String name() {
        return "sums";
    }

    @Override
    public List<String> words() {
        return List.of();
    }

    @Override
    public int sequences() {
        return 1;
    }

    @Override
    public Loss loss(Weights weights, int rows) {
        return new NextToken(weights, rows);
    }

    @Override
    public Batch draw(SplittableRandom random, int questions) {
        return batch(Stream.generate(() -> draw(random, false)).limit(questions).toList());
    }

    @Override
    public List<Batch> heldOut(int questions, int size, long seed) {
        List<Sum> asked = heldOut(questions, seed);
        return IntStream.iterate(0, from -> from < questions, from -> from + size)
                .mapToObj(from -> batch(asked.subList(from, Math.min(questions, from + size)))).toList();
    }

    /// With the answer and both ends.
    @Override
    public int longest() {
        return 1 + digits + 1 + digits + 1 + (digits + 1) + 1 + (digits + 1) + 1;
    }

    /// A pair with any numbers of digits, each as likely.
    Sum draw(SplittableRandom random, boolean heldOut) {
        while (true) {
            var sum = new Sum(number(random), number(random));
            if (isHeldOut(sum) == heldOut) return sum;
        }
    }

    /// Questions that were never shown.
    List<Sum> heldOut(int count, long seed) {
        var random = new SplittableRandom(seed);
        return Stream.generate(() -> draw(random, true)).distinct().limit(count).toList();
    }

    /// [#heldOut] as a model is asked it.
    public Exam exam(int count) {
        return new Exam(heldOut(count, EXAM).stream().map(sum -> new Exam.Question(sum.question(), sum.answer())).toList());
    }

    private int number(SplittableRandom random) {
        int length = Task.below(random, digits) + 1, low = 1;
        for (int i = 1; i < length; i++) low *= 10;
        return length == 1 ? Task.below(random, 10) : low + Task.below(random, 9 * low);
    }

    static boolean isHeldOut(Sum sum) {
        return Task.isHeldOut(sum.a * 1_000_003L + sum.b);
    }

    /// The sequences of some sums. Only what follows the `=` is asked for.
    static Batch batch(List<Sum> sums) {
        int rows = sums.stream().mapToInt(sum -> text(sum).length + 1).sum();
        int[] tokens = new int[rows], targets = new int[rows], starts = new int[sums.size() + 1];
        int row = 0;
        for (int s = 0; s < sums.size(); s++) {
            byte[] text = text(sums.get(s));
            starts[s] = row;
            int ask = sums.get(s).question().length();
            for (int i = 0; i <= text.length; i++, row++) {
                tokens[row] = i == 0 ? BEGIN : text[i - 1];
                targets[row] = i < ask ? -1 : i == text.length ? END : text[i];
            }
        }
        starts[sums.size()] = row;
        return new Batch(tokens, starts, targets);
    }

    private static byte[] text(Sum sum) {
        return (sum.question() + sum.answer()).getBytes(StandardCharsets.US_ASCII);
    }
}
