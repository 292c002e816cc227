package tern.examples.learn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What a model of vectors learns: that `4072` and `four thousand seventy two` mean the same. Numbers below 10,000, every sixteenth of which is
/// never shown.
public record Numbers() implements Task {

    private static final int ALL = 10_000;

    private static final List<String> UNITS = List.of(
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
            "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
            TENS = List.of("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety");

    private static final String HUNDRED = "hundred", THOUSAND = "thousand";

    private static final List<String> WORDS = Stream.of(UNITS, TENS, List.of(HUNDRED, THOUSAND)).flatMap(List::stream)
            .filter(word -> !word.isEmpty()).flatMap(word -> Stream.of(word, " " + word)).toList();

    private static final Map<String, Integer> IDS = new HashMap<>();

    static {
        for (int i = 0; i < WORDS.size(); i++) IDS.put(WORDS.get(i), END + 1 + i);
    }

    /// As one reads a number.
    public static String spelled(int number) {
        var words = new ArrayList<String>();
        if (number >= 1000) words.addAll(List.of(UNITS.get(number / 1000), THOUSAND));
        if (number % 1000 >= 100) words.addAll(List.of(UNITS.get(number / 100 % 10), HUNDRED));
        int rest = number % 100;
        if (rest >= UNITS.size()) words.add(TENS.get(rest / 10));
        int last = rest < UNITS.size() ? rest : rest % 10;
        if (last > 0 || words.isEmpty()) words.add(UNITS.get(last));
        return String.join(" ", words);
    }

    /// Different numbers that were never shown.
    public List<Integer> heldOut(int count, long seed) {
        return List.copyOf(some(new SplittableRandom(seed), count, true));
    }

    @Override
    public String name() {
        return "numbers";
    }

    @Override
    public List<String> words() {
        return WORDS;
    }

    /// `one thousand one hundred twenty one` and both ends.
    @Override
    public int longest() {
        return 8;
    }

    @Override
    public int sequences() {
        return 2;
    }

    @Override
    public Loss loss(Weights weights, int rows) {
        return new NearestText(weights.layout().embedding().k(), rows);
    }

    @Override
    public Batch draw(SplittableRandom random, int questions) {
        return batch(some(random, questions, false));
    }

    @Override
    public List<Batch> heldOut(int questions, int size, long seed) {
        List<Integer> asked = heldOut(questions, seed);
        return IntStream.iterate(0, from -> from < questions, from -> from + size)
                .mapToObj(from -> batch(asked.subList(from, Math.min(questions, from + size)))).toList();
    }

    /// Every other one that is drawn differs from one before it in one digit: those are the hardest to tell apart.
    private static Set<Integer> some(SplittableRandom random, int count, boolean heldOut) {
        var some = new LinkedHashSet<Integer>();
        int before = 0;
        for (int drawn = 0; some.size() < count; drawn++) {
            int number = Task.below(random, ALL);
            if (drawn % 2 == 1) {
                int place = (int) Math.pow(10, Task.below(random, 4)), digit = before / place % 10;
                number = before + (Task.below(random, 10) - digit) * place;
            }
            if (Task.isHeldOut(number) == heldOut && some.add(number)) before = number;
        }
        return some;
    }

    /// Both texts of each number, one after the other; the state of the last token is what is asked for.
    private static Batch batch(Iterable<Integer> numbers) {
        var texts = new ArrayList<int[]>();
        for (int number : numbers) {
            texts.add(tokens(String.valueOf(number).chars()));
            String[] words = spelled(number).split("(?= )");
            texts.add(tokens(Arrays.stream(words).mapToInt(IDS::get)));
        }
        int[] starts = new int[texts.size() + 1];
        for (int i = 0; i < texts.size(); i++) starts[i + 1] = starts[i] + texts.get(i).length;
        int[] targets = new int[starts[texts.size()]];
        Arrays.fill(targets, -1);
        for (int i = 0; i < texts.size(); i++) targets[starts[i + 1] - 1] = i / 2;
        return new Batch(texts.stream().flatMapToInt(Arrays::stream).toArray(), starts, targets);
    }

    private static int[] tokens(IntStream text) {
        return IntStream.concat(IntStream.concat(IntStream.of(BEGIN), text), IntStream.of(END)).toArray();
    }
}
