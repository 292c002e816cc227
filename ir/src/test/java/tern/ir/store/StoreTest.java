package tern.ir.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {

    @TempDir
    Path folder;

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void givesBackWhatWasKeptUnderTheSameKeyAndKind() throws IOException {
        var store = new Store(folder.resolve("made"), "plan1");
        assertThat(store.find("a")).isEmpty();
        store.keep("a", bytes("first"));
        store.keep("a", bytes("second"));
        store.keep("b", new byte[0]);
        assertThat(store.find("a")).hasValue(bytes("second"));
        assertThat(store.find("b")).hasValue(new byte[0]);
        assertThat(store.find("c")).isEmpty();
        assertThat(new Store(store.folder(), "plan2").find("a")).isEmpty();
    }

    @Test
    void everyDamageIsAsGoodAsNothing() throws IOException {
        var store = new Store(folder, "plan");
        store.keep("the key", bytes("the content"));
        Path file = files().getFirst();
        byte[] good = Files.readAllBytes(file);
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 16;
            Files.write(file, bad);
            assertThat(store.find("the key")).as("byte %d", i).isEmpty();
            Files.write(file, java.util.Arrays.copyOf(good, i));
            assertThat(store.find("the key")).as("cut at %d", i).isEmpty();
        }
        Files.write(file, good);
        assertThat(store.find("the key")).hasValue(bytes("the content"));
    }

    /// Whoever renames files.
    @Test
    void aFileOfAnotherKeyIsNotTaken() throws IOException {
        var store = new Store(folder, "plan");
        store.keep("one", bytes("1"));
        Path one = files().getFirst();
        byte[] content = Files.readAllBytes(one);
        Files.delete(one);
        store.keep("two", bytes("2"));
        Files.write(files().getFirst(), content);
        assertThat(store.find("two")).isEmpty();
    }

    @Test
    void manyWritersAndReadersNeverSeeAPart() throws IOException {
        var store = new Store(folder, "plan");
        String text = "x".repeat(100_000);
        store.keep("k", bytes(text + 0));
        IntStream.range(0, 200).parallel().forEach(i -> {
            try {
                if (i % 2 == 0) store.keep("k", bytes(text + i % 10));
                else assertThat(new String(store.find("k").orElseThrow(), UTF_8)).startsWith(text).hasSize(text.length() + 1);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(files()).hasSize(1);
    }
}
