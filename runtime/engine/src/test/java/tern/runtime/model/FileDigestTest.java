package tern.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tern.ir.store.Kind;
import tern.ir.store.Store;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "no inode tells whether a file was touched: nothing is kept")
class FileDigestTest {

    private static final Instant LATER = Instant.now().plus(Duration.ofHours(1));

    @TempDir
    Path folder;

    private Store store;
    private Path file;

    @BeforeEach
    void write() throws IOException {
        store = new Store(folder.resolve("kept"), Kind.DIGEST);
        file = Files.write(folder.resolve("file"), new byte[3 << 20]);
    }

    private String digest() throws IOException {
        return FileDigest.of(file, store, LATER);
    }

    @Test
    void isThatOfAllBytes() throws IOException {
        assertThat(digest()).isEqualTo(java.util.HexFormat.of().formatHex(Store.sha().digest(new byte[3 << 20])));
    }

    @Test
    void isKeptUntilTheFileIsTouched() throws IOException {
        String right = digest();
        Files.delete(Files.copy(file, folder.resolve("other")));
        String text = new String(store.find(file.toString()).orElseThrow(), java.nio.charset.StandardCharsets.UTF_8);
        store.keep(file.toString(), text.replace(right, "what was kept").getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(digest()).isEqualTo("what was kept");
        Files.setLastModifiedTime(file, Files.getLastModifiedTime(file)); // changes the inode's time
        assertThat(digest()).isEqualTo(right);
    }

    @Test
    void otherBytesOfEqualSizeAndTime() throws IOException {
        String before = digest();
        FileTime time = Files.getLastModifiedTime(file);
        byte[] bytes = Files.readAllBytes(file);
        bytes[2_000_000] = 1;
        Files.write(file, bytes);
        Files.setLastModifiedTime(file, time);
        assertThat(digest()).isNotEqualTo(before);
    }

    @Test
    void anotherFileUnderTheName() throws IOException {
        String before = digest();
        Path other = Files.write(folder.resolve("other"), new byte[(3 << 20) - 1]);
        Files.write(other, new byte[] {5}, java.nio.file.StandardOpenOption.APPEND);
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(digest()).isNotEqualTo(before);
    }

    /// Within a tick of the clock a second change would not show.
    @Test
    void aFileThatJustChangedIsNotKept() throws IOException {
        FileDigest.of(file, store, Instant.now());
        assertThat(store.find(file.toString())).isEmpty();
    }

    @Test
    void aFolderThatCannotBeWrittenIsNoFault() throws IOException {
        Files.writeString(folder.resolve("kept"), "a file in its place");
        assertThat(digest()).hasSize(64);
    }
}
