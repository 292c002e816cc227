package tern.runtime.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StopTextsTest {

    @Test
    void whatMayBeginAStopTextIsHeldBack() {
        var stops = new StopTexts(List.of("User:", "\n\n"));
        assertThat(stops.push("Hello Us")).isEqualTo("Hello ");
        assertThat(stops.push("e")).isEmpty();
        assertThat(stops.push(" it.\n")).isEqualTo("Use it.");
        assertThat(stops.push("U")).isEqualTo("\n");
        assertThat(stops.push("ser")).isEmpty();
        assertThat(stops.isFound()).isFalse();
        assertThat(stops.push(": hi")).isEmpty();
        assertThat(stops.isFound()).isTrue();
        assertThat(stops.push("more")).isEmpty();
        assertThat(stops.finish()).isEmpty();
    }

    @Test
    void theEndReleasesWhatWasHeld() {
        var stops = new StopTexts(List.of("END"));
        assertThat(stops.push("the EN")).isEqualTo("the ");
        assertThat(stops.finish()).isEqualTo("EN");
        assertThat(stops.isFound()).isFalse();
    }

    @Test
    void beginningsThatOverlapThemselves() {
        assertThat(pushed(List.of("aab"), "aaab", 1)).isEqualTo("a|");
        assertThat(pushed(List.of("abab|"), "ababab|x", 1)).isEqualTo("ab|");
        assertThat(pushed(List.of("b", "ab"), "xab", 1)).isEqualTo("x|");
        assertThat(pushed(List.of("abc", "b"), "xabc", 3)).as("the first that is complete").isEqualTo("xa|");
        assertThat(pushed(List.of(), "abc", 2)).isEqualTo("abc");
    }

    /// What is shown, and `|` if it was stopped.
    private static String pushed(List<String> stops, String text, int step) {
        var stream = new StopTexts(stops);
        var shown = new StringBuilder();
        for (int i = 0; i < text.length(); i += step) shown.append(stream.push(text.substring(i, Math.min(i + step, text.length()))));
        shown.append(stream.finish());
        return shown + (stream.isFound() ? "|" : "");
    }

    /// Short texts of two letters, in which nearly everything is the beginning of something.
    @Test
    void howATextIsCutIntoTokensChangesNothing() {
        var random = new SplittableRandom(1);
        for (int round = 0; round < 5000; round++) {
            List<String> stops = random.ints(2, 2, 6).mapToObj(length -> letters(random.split(), length)).toList();
            String text = letters(random, 12);
            String expected = plain(stops, text);
            for (int step : new int[] {1, 2, 5, 12}) assertThat(pushed(stops, text, step)).as("%s in %s", stops, text).isEqualTo(expected);
        }
    }

    private static String letters(SplittableRandom random, int length) {
        return random.ints(length, 'a', 'c').collect(StringBuilder::new, (s, c) -> s.append((char) c), StringBuilder::append).toString();
    }

    /// Up to the stop text whose last character comes first, the longest of those.
    private static String plain(List<String> stops, String text) {
        for (int end = 1; end <= text.length(); end++) {
            String before = text.substring(0, end);
            int length = stops.stream().filter(before::endsWith).mapToInt(String::length).max().orElse(0);
            if (length > 0) return text.substring(0, end - length) + "|";
        }
        return text;
    }

    @Test
    void anEmptyStopTextIsNone() {
        assertThatThrownBy(() -> new StopTexts(List.of("a", ""))).isInstanceOf(IllegalArgumentException.class);
    }
}
