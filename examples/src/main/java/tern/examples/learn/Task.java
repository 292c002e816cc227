package tern.examples.learn;

import java.util.List;
import java.util.SplittableRandom;

/// What a model learns. Some questions are never shown while it does.
interface Task {

    /// Tokens that begin and end a text, after those of the bytes.
    int BEGIN = 256, END = 257;

    String name();

    /// Tokens of the longest sequence.
    int longest();

    /// Sequences of a question.
    int sequences();

    /// The next questions.
    Batch draw(SplittableRandom random, int questions);

    /// Questions that were never shown, in batches of `size`.
    List<Batch> heldOut(int questions, int size, long seed);

    /// @param rows most tokens of a batch
    Loss loss(Weights weights, int rows);

    /// Texts that are one token, from token `END + 1` on.
    List<String> words();

    /// Not `nextInt(bound)`, whose way from bits to a number a JDK may change.
    static int below(SplittableRandom random, int bound) {
        return (int) ((random.nextLong() >>> 33) % bound);
    }

    /// One of sixteen, by a mixed-up product, so that no pattern of digits tells.
    static boolean isHeldOut(long question) {
        return (question * 0x9e3779b97f4a7c15L >>> 40) % 16 == 0;
    }
}
