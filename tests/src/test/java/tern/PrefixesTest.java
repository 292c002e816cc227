package tern;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tern.runtime.sample.Sampling;
import tern.runtime.serve.Batcher;
import tern.runtime.serve.Generation;
import tern.runtime.serve.Request;

/// Beginnings of texts that are over are used again, and given up in the order of their last use.
class PrefixesTest {

    private static final int LENGTH = 100;

    @TempDir
    Path folder;

    /// Room for three beginnings: by slots, by pages of 64 positions.
    @ParameterizedTest
    @CsvSource({"3, 0", "8, 6"})
    void theLeastRecentlyUsedGoesFirst(int slots, int pages) throws Exception {
        try (TinyServer tiny = TinyServer.of(folder, new Batcher.Settings(1, slots, pages, 1, 64))) {
            for (int text : new int[] {0, 1, 2}) assertThat(shared(tiny.batcher(), text)).as("text %d, new", text).isZero();
            assertThat(shared(tiny.batcher(), 0)).as("used again").isEqualTo(LENGTH - 1);
            assertThat(shared(tiny.batcher(), 3)).as("takes the room of 1").isZero();
            for (int text : new int[] {0, 2, 3}) assertThat(shared(tiny.batcher(), text)).as("text %d is there", text).isEqualTo(LENGTH - 1);
            assertThat(shared(tiny.batcher(), 1)).as("text 1 has gone").isZero();
        }
    }

    /// @return tokens of the text that were there
    private static int shared(Batcher batcher, int text) throws InterruptedException {
        int[] prompt = new SplittableRandom(text).ints(LENGTH, 0, 256).toArray();
        Generation generation = batcher.submit(new Request(prompt, 1, Sampling.GREEDY, Set.of(), Map.of(), -1));
        assertThat(generation.next()).isPresent();
        return generation.shared();
    }
}
