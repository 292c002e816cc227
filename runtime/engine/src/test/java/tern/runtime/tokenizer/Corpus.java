package tern.runtime.tokenizer;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Texts of all kinds, the same from the same seed: every script of Unicode, prose, code, emoji, marks on marks, white space, digits,
/// contractions, runs, halves of surrogate pairs, and mixtures.
final class Corpus {

    /// As many characters of a script are drawn from.
    private static final int OF_A_SCRIPT = 200;

    private static final List<int[]> SCRIPTS = scripts();
    private static final int[] SPACES = IntStream.concat(
            IntStream.rangeClosed(0, 0xffff).filter(PlainWords::isSpace), IntStream.of(0x180e, 0x200b, 0x200d, 0x2060, 0xfeff, 0x1c, 0x1f))
            .toArray();
    private static final int[] DIGITS = IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
            .filter(c -> Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER || Character.getType(c) == Character.LETTER_NUMBER
                    || Character.getType(c) == Character.OTHER_NUMBER)
            .toArray();
    private static final String[] WORDS = ("the of and to in is that it was for on are with as be this have from or one had by word but not what all were we "
            + "when your can said there use an each which she do how their if will up other about out many then them these so some her would "
            + "make like him into time has look two more write go see number no way could people my than first water been call who oil its now "
            + "find long down day did get come made may part token ternary weights attention naïve café Straße façade Zürich coöperate")
            .split(" ");
    private static final String[] CONTRACTIONS = "'s 't 're 've 'm 'll 'd 'S 'T 'RE 'Ve 'M 'lL 'D 'ſ ’s ’t 'x ''s".split(" ");
    private static final String[] CODE =
            ("for (int i = 0; i < n; i++) {|    return x[i] >> 2;|}|\t\tif (a != b && !c)|#include <stdio.h>|def f(self, *args, **kwargs):|"
                    + "    \"\"\"doc\"\"\"|x = {'a': [1, 2.5e-3], \"b\": None}|SELECT * FROM t WHERE id = 12345;|<div class=\"row\">&nbsp;</div>|"
                    + "$ ls -la ~/.cache/*.bin | grep -v '^#'|https://example.org/a_b?c=d%20e&f=1#g|0x7fff_ffff + 1_000_000ULL|/* ... */ // TODO|"
                    + "\\begin{equation} \\alpha^{2} \\end{equation}|λ x -> x >>= return . fst|@Override public <T extends Comparable<T>> void f() {}")
                    .split("\\|");
    private static final String[] EMOJI =
            "😀 🐦 👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 🇯🇵 1️⃣ ❤️ ☃ 🧑🏿‍🚀 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🤷‍♀️ 😶‍🌫️ ™️ 🫠".split(" ");
    private static final String[] SPECIALS =
            "<|begin_of_text|> <|eot_id|> <|end_of_text|> <s> </s> <unk> <0x0A> ▁ <| |> [INST] ĠĊ".split(" ");

    private final SplittableRandom random;

    Corpus(long seed) {
        random = new SplittableRandom(seed);
    }

    /// The first `count` of them.
    static Stream<String> texts(long seed, int count) {
        var corpus = new Corpus(seed);
        return Stream.generate(corpus::next).limit(count);
    }

    private static List<int[]> scripts() {
        Map<Character.UnicodeScript, List<Integer>> points = new EnumMap<>(Character.UnicodeScript.class);
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++)
            if (Character.isDefined(c) && (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE))
                points.computeIfAbsent(Character.UnicodeScript.of(c), _ -> new ArrayList<>()).add(c);
        var scripts = new ArrayList<int[]>();
        for (List<Integer> all : points.values()) {
            int step = Math.max(1, all.size() / OF_A_SCRIPT);
            scripts.add(IntStream.range(0, all.size() / step).map(i -> all.get(i * step)).toArray());
        }
        return scripts;
    }

    String next() {
        if (random.nextInt(2000) == 0) return run();
        var text = new StringBuilder();
        for (int parts = random.nextInt(1, 5); parts > 0; parts--) part(text);
        return text.toString();
    }

    private void part(StringBuilder text) {
        switch (random.nextInt(13)) {
            case 0, 1 -> prose(text);
            case 2 -> text.append(of(CODE)).append(random.nextBoolean() ? "\n" : "\r\n");
            case 3, 4 -> script(text);
            case 5 -> some(6, () -> text.append(of(EMOJI)).append(random.nextInt(3) == 0 ? " " : ""));
            case 6 -> some(3, () -> {
                text.append((char) random.nextInt('a', 'z' + 1));
                some(4, () -> text.appendCodePoint(random.nextInt(0x300, 0x370)));
            });
            case 7 -> some(8, () -> text.appendCodePoint(SPACES[random.nextInt(random.nextBoolean() ? 6 : SPACES.length)]));
            case 8 -> some(9, () -> text.append((char) random.nextInt('0', '9' + 1)));
            case 9 -> some(5, () -> text.appendCodePoint(DIGITS[random.nextInt(DIGITS.length)]));
            case 10 -> some(6, () -> text.append((char) random.nextInt(0x21, 0x7f)));
            case 11 -> some(3, () -> text.append((char) random.nextInt(Character.MIN_SURROGATE, Character.MAX_SURROGATE + 1)).append(of(WORDS)));
            default -> {
                if (random.nextBoolean()) text.append(of(SPECIALS));
                else some(5, () -> text.appendCodePoint(random.nextInt(Character.MAX_CODE_POINT + 1)));
            }
        }
    }

    private void prose(StringBuilder text) {
        some(9, () -> {
            String word = of(WORDS);
            text.append(random.nextInt(8) == 0 ? word.toUpperCase(java.util.Locale.ROOT) : word);
            if (random.nextInt(4) == 0) text.append(of(CONTRACTIONS));
            text.append(random.nextInt(7) == 0 ? ", " : random.nextInt(12) == 0 ? ".\n" : " ");
        });
    }

    private void script(StringBuilder text) {
        int[] script = SCRIPTS.get(random.nextInt(SCRIPTS.size()));
        some(12, () -> {
            text.appendCodePoint(script[random.nextInt(script.length)]);
            if (random.nextInt(6) == 0) text.append(' ');
        });
    }

    /// Many times the same.
    private String run() {
        String piece = switch (random.nextInt(6)) {
            case 0 -> " ";
            case 1 -> "\n";
            case 2 -> of(EMOJI);
            case 3 -> String.valueOf((char) random.nextInt(0x21, 0x7f));
            case 4 -> of(WORDS);
            default -> Character.toString(DIGITS[random.nextInt(DIGITS.length)]);
        };
        return piece.repeat(random.nextInt(100, 1500) / piece.length());
    }

    private void some(int most, Runnable one) {
        for (int times = random.nextInt(1, most + 1); times > 0; times--) one.run();
    }

    private String of(String[] choices) {
        return choices[random.nextInt(choices.length)];
    }
}
