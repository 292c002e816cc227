package tern.ir.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
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
        var store = new Store(folder.resolve("made"), Kind.CHOICE);
        assertThat(store.find("a")).isEmpty();
        store.keep("a", bytes("first"));
        store.keep("a", bytes("second"));
        store.keep("b", new byte[0]);
        assertThat(store.find("a")).hasValue(bytes("second"));
        assertThat(store.find("b")).hasValue(new byte[0]);
        assertThat(store.find("c")).isEmpty();
        assertThat(new Store(store.folder(), Kind.CODE).find("a")).isEmpty();
    }

    @Test
    void everyDamageIsAsGoodAsNothing() throws IOException {
        var store = new Store(folder, Kind.CHOICE);
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
        var store = new Store(folder, Kind.CHOICE);
        store.keep("one", bytes("1"));
        Path one = files().getFirst();
        byte[] content = Files.readAllBytes(one);
        Files.delete(one);
        store.keep("two", bytes("2"));
        Files.write(files().getFirst(), content);
        assertThat(store.find("two")).isEmpty();
    }

    @Test
    void whatWasNotUsedForLongestGoesFirst() throws IOException {
        long file = 8 + 4 + 1 + 100;
        var store = new Store(folder, Kind.CHOICE, 3 * file);
        var other = new Store(folder, Kind.DIGEST, file);
        other.keep("o", new byte[100]);
        Path older = Files.write(folder.resolve("0123456789abcdef.plan1"), new byte[100]);
        Files.setLastModifiedTime(older, FileTime.from(Instant.EPOCH));
        for (String key : List.of("a", "b", "c")) {
            store.keep(key, new byte[100]);
            Files.setLastModifiedTime(newest(), FileTime.from(Instant.EPOCH.plusSeconds(key.charAt(0))));
        }
        assertThat(older).doesNotExist();
        assertThat(store.find("a")).isPresent(); // in use again
        store.keep("d", new byte[100]);
        assertThat(Stream.of("a", "b", "c", "d").filter(key -> store.find(key).isPresent())).containsExactly("a", "c", "d");
        assertThat(other.find("o")).isPresent();
    }

    private Path newest() throws IOException {
        return Store.in(folder).getLast().file();
    }

    @Test
    void listsWhatAnyVersionKept() throws IOException {
        new Store(folder, Kind.CHOICE).keep("a", new byte[3]);
        Files.write(folder.resolve("0123456789abcdef0123456789abcdef.plan1"), new byte[7]);
        Files.write(folder.resolve("0123456789abcdef.packed"), new byte[7]);
        Files.write(folder.resolve("notes.plan2"), new byte[7]);
        assertThat(Store.in(folder)).extracting(Store.Kept::suffix, Store.Kept::bytes, Store.Kept::isCurrent)
                .containsExactlyInAnyOrder(tuple("plan2", 16L, true), tuple("plan1", 7L, false));
        assertThat(Store.in(folder.resolve("nowhere"))).isEmpty();
    }

    /// Two processes, so that nothing of this one helps.
    @Test
    void anotherProcessFindsIt() throws Exception {
        Process writer = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", System.getProperty("java.class.path"),
                Writer.class.getName(), folder.toString()).inheritIO().start();
        var store = new Store(folder, Kind.CHOICE);
        while (writer.isAlive()) store.find("key").ifPresent(bytes -> assertThat(bytes).hasSize(100_000));
        assertThat(writer.waitFor()).isZero();
        assertThat(store.find("key")).isPresent();
    }

    static final class Writer {
        private Writer() {}

        public static void main(String[] folder) throws IOException {
            for (int i = 0; i < 50; i++) new Store(Path.of(folder[0]), Kind.CHOICE).keep("key", new byte[100_000]);
        }
    }

    @Test
    void manyWritersAndReadersNeverSeeAPart() throws IOException {
        var store = new Store(folder, Kind.CHOICE);
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
