package tern.ir.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {

    @TempDir
    Path folder;

    private void assertOnly(Path... files) throws IOException {
        try (Stream<Path> there = Files.list(folder)) {
            assertThat(there).containsExactlyInAnyOrder(files);
        }
    }

    /// The umask decides, as for any other file.
    @Test
    void whoMayReadItIsLeftToTheUmask() throws IOException {
        Path plain = Files.createFile(folder.resolve("plain")), whole = folder.resolve("whole");
        WholeFile.write(whole, new byte[] {1});
        assumeTrue(Files.getFileStore(folder).supportsFileAttributeView("posix"), "no permissions here");
        assertThat(Files.getPosixFilePermissions(whole)).isEqualTo(Files.getPosixFilePermissions(plain));
    }

    @Test
    void aLinkStaysAndWhatItLeadsToIsReplaced() throws IOException {
        Path there = folder.resolve("there"), second = Files.createSymbolicLink(folder.resolve("second"), Path.of("there"));
        Path first = Files.createSymbolicLink(folder.resolve("first"), second);
        WholeFile.write(first, new byte[] {'a'});
        assertThat(first).isSymbolicLink();
        assertThat(second).isSymbolicLink();
        assertThat(there).hasContent("a");
        assertOnly(there, first, second);
    }

    @Test
    void aLinkToItselfIsRefused() throws IOException {
        Path loop = Files.createSymbolicLink(folder.resolve("loop"), Path.of("loop"));
        assertThatThrownBy(() -> WholeFile.write(loop, new byte[1])).isInstanceOf(FileSystemLoopException.class);
    }

    @Test
    void whatFailsNamesTheFileAndLeavesItAsItWas() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "before");
        assertThatThrownBy(() -> WholeFile.write(file, channel -> {
            WholeFile.writeAll(channel, ByteBuffer.wrap(new byte[7]));
            throw new IOException("No space left on device");
        })).isInstanceOf(FileSystemException.class).hasMessage(file + ": No space left on device");
        assertThat(file).hasContent("before");
        assertOnly(file);
        assertThatThrownBy(() -> WholeFile.write(folder.resolve("no/file"), new byte[1])).isInstanceOf(NotDirectoryException.class);
    }

    @Test
    void whatIsNoFileOfADiskIsWrittenToAsItIs() throws IOException {
        assumeTrue(Files.exists(Path.of("/dev/full")), "no such device here");
        assertThatThrownBy(() -> WholeFile.write(Path.of("/dev/full"), new byte[1])).isInstanceOf(FileSystemException.class)
                .hasMessage("/dev/full: No space left on device");
        WholeFile.write(Path.of("/dev/null"), new byte[1]);
        assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
    }
}
