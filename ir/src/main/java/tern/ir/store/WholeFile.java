package tern.ir.store;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Files that are there as a whole, or as they were: written aside, to the disk, and then given their name.
///
/// Who may read one is left to the umask, so the API for temporary files will not do: those are their owner's alone, and stay so when they
/// are renamed. A link stays, and what it leads to is replaced. What is no file of a disk, a pipe or `/dev/stdout`, is written to as it is.
public final class WholeFile {

    private static final int MOST_LINKS = 40;

    private WholeFile() {}

    /// What fills a file.
    @FunctionalInterface
    public interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }

    /// Writes a file; what fails leaves everything as it was.
    ///
    /// @throws NotDirectoryException if its folder is none
    /// @throws IOException           if it cannot be written; its message names this file, and no other
    public static void write(Path file, Content content) throws IOException {
        Path whole = target(file), folder = whole.getParent();
        if (folder == null || !Files.isDirectory(folder)) throw new NotDirectoryException(String.valueOf(folder));
        if (Files.exists(whole) && !Files.isRegularFile(whole) && !Files.isDirectory(whole)) writeTo(whole, file, content);
        else replace(whole, folder, file, content);
    }

    /// The same with all its bytes at hand.
    public static void write(Path file, byte[] bytes) throws IOException {
        write(file, channel -> writeAll(channel, ByteBuffer.wrap(bytes)));
    }

    /// Writes what remains in a buffer, where the channel is.
    public static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) channel.write(bytes);
    }

    /// Where a link leads; what it leads to need not be there.
    ///
    /// @throws FileSystemLoopException if it leads to itself
    public static Path target(Path file) throws IOException {
        Path at = file.toAbsolutePath();
        for (int links = 0; Files.isSymbolicLink(at); links++) {
            if (links == MOST_LINKS) throw new FileSystemLoopException(file.toString());
            at = at.resolveSibling(Files.readSymbolicLink(at));
        }
        return at;
    }

    private static void replace(Path whole, Path folder, Path file, Content content) throws IOException {
        // Of processes in several containers that share a folder, two may have the same number.
        Path aside = folder.resolve(whole.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel = open(aside, file, CREATE_NEW)) {
                fill(channel, file, content);
                channel.force(true);
            }
            Files.move(aside, whole, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            throw aside.toString().equals(e.getFile()) ? named(file, e.getReason(), e) : e;
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    private static void writeTo(Path whole, Path file, Content content) throws IOException {
        try (FileChannel channel = open(whole, file)) {
            fill(channel, file, content);
        }
    }

    private static FileChannel open(Path at, Path file, OpenOption... how) throws IOException {
        try {
            return FileChannel.open(at, Stream.concat(Stream.of(how), Stream.of(WRITE)).toArray(OpenOption[]::new));
        } catch (AccessDeniedException e) {
            throw (IOException) new AccessDeniedException(file.toString()).initCause(e);
        }
    }

    /// A channel does not say whose it is.
    private static void fill(FileChannel channel, Path file, Content content) throws IOException {
        try {
            content.writeTo(channel);
        } catch (IOException e) {
            throw e.getClass() == IOException.class ? named(file, e.getMessage(), e) : e;
        }
    }

    private static IOException named(Path file, @Nullable String reason, IOException cause) {
        return (IOException) new FileSystemException(file.toString(), null, reason).initCause(cause);
    }
}
